#!/usr/bin/env python3
"""Build the whole package, or run any of its commands, in the locked environment.

Started by a bare Python this makes ``.venv`` from ``requirements.lock`` once and goes on inside it. In an
environment that already holds what the lock names (conda, Binder, a virtual environment) it uses that one.
"""

import hashlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "made-from"
LOCK = ROOT / "requirements.lock"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted_stamp():
    """Name what an environment is made from: the lock, the project's own metadata, this Python."""
    # What pyproject.toml says of style and tests comes last there, and changes no environment.
    project, _, _ = (ROOT / "pyproject.toml").read_bytes().partition(b"\n[tool.ruff]")
    parts = [
        LOCK.read_bytes(),
        project,
        sys.version.encode(),
        str(ROOT).encode(),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_current():
    """Whether .venv was made whole, from the lock as it is now, by this Python, in this folder."""
    return STAMP.exists() and STAMP.read_text() == wanted_stamp()


def locked_versions():
    """Give the name and version of every locked package that is wanted on each platform and Python."""
    import re

    pattern = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+) *\\?$")
    matches = map(pattern.match, LOCK.read_text(encoding="utf-8").splitlines())
    return [match.groups() for match in matches if match]


def is_prepared():
    """Whether the Python that runs this already holds exactly what the lock names."""
    import importlib.metadata

    try:
        return all(importlib.metadata.version(name) == version for name, version in locked_versions())
    except importlib.metadata.PackageNotFoundError:
        return False


def hold_lock(file):
    """Wait until no other process makes the environment; the system releases the lock if this one dies."""
    if os.name == "nt":
        import msvcrt
        import time

        while True:
            try:
                return msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            except OSError:
                time.sleep(1)
    import fcntl

    try:
        return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another process is making the environment; waiting for it.", file=sys.stderr)
        return fcntl.flock(file, fcntl.LOCK_EX)


def run_pip(python, *arguments):
    """Run pip inside an environment and show one line that moves while it works."""
    import subprocess

    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    total, seen, tail = len(locked_versions()), 0, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as process:
        for line in process.stdout:
            tail = [*tail[-20:], line]
            seen += line.startswith("Collecting")
            if sys.stderr.isatty() and seen:
                print(f"\r  packages: {min(seen, total)} of {total} ", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty() and seen:
        print(file=sys.stderr)
    if process.returncode:
        print("".join(tail), file=sys.stderr)
        sys.exit("The environment could not be made; pip's last lines stand above. Run the same command again.")


def register(python):
    """Make the package importable from any folder of an environment; nothing is fetched."""
    run_pip(python, "--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT))


def is_registered():
    """Whether the Python that runs this imports the package from this very folder."""
    import importlib.metadata

    try:
        files = importlib.metadata.files("caseseries") or []
    except importlib.metadata.PackageNotFoundError:
        return False
    return any(file.suffix == ".pth" and file.read_text().strip() == str(ROOT) for file in files)


def make_environment():
    """Make .venv from the lock; the stamp comes last, so that one cut off half-way is made again."""
    import shutil
    import subprocess
    import time

    with (ROOT / ".venv.lock").open("w") as file:
        hold_lock(file)
        if is_current():
            return
        start = time.monotonic()
        print("Making the environment in .venv from requirements.lock; this happens once.", file=sys.stderr)
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
        if made.returncode:
            sys.exit(f"python -m venv failed (on Debian and Ubuntu, install python3-venv):\n{made.stdout}{made.stderr}")
        run_pip(PYTHON, "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK))
        register(PYTHON)
        STAMP.write_text(wanted_stamp())
        print(f"The environment is ready after {time.monotonic() - start:.0f} s.", file=sys.stderr)


def main():
    """Go on in the locked environment: most starts find .venv current, and load nothing else before they are there."""
    if sys.flags.optimize:
        sys.exit("Python must run without -O and PYTHONOPTIMIZE: they leave out checks of the results.")
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    in_venv = Path(sys.prefix).resolve() == VENV.resolve()
    is_made = is_current()
    if in_venv and not is_made:
        sys.exit("The environment in .venv is out of date; start run_all.py with a Python outside of it.")
    if not in_venv and (is_made or not is_prepared()):
        if not is_made:
            make_environment()
        command = [str(PYTHON), str(ROOT / "run_all.py"), *sys.argv[1:]]
        if os.name == "nt":
            import subprocess

            sys.exit(subprocess.call(command))
        os.execv(PYTHON, command)
    if not in_venv and not is_registered():
        register(sys.executable)
    from caseseries.cli import main as run_command

    sys.exit(run_command())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped. The same command starts again where it must.")
