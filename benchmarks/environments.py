"""A virtual environment for each peer: its pinned release beside the very libraries that the project is locked to."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from caseseries.paths import LOCK

SHARED = (
    "ipykernel",
    "ipython",
    "jupyter-client",
    "matplotlib",
    "matplotlib-inline",
    "nbclient",
    "nbconvert",
    "nbformat",
    "numpy",
    "pandas",
    "papermill",
    "pillow",
    "scipy",
    "seaborn",
)
"""Taken from the project's lock in every environment: differences between peers must not come from these."""

DRAWING = ("ipykernel", "matplotlib", "nbconvert", "pandas", "papermill", "seaborn")
"""What the notebooks import and what every peer but one needs to run them."""

PIP = "pip==26.3"
"""The pip of Python 3.11 itself takes half an hour to find versions of some peers that go together."""


class NotInstalled(Exception):  # noqa: N818 - a finding to report, not a fault of this program
    """An environment could not be made here; the message holds pip's last words."""


def locked_versions() -> dict[str, str]:
    """Give the locked version of each shared library."""
    found = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE))
    return {name: found[name] for name in SHARED}


def make_environment(folder: Path, pins: tuple[str, ...]) -> Path:
    """Make an environment unless it is there already, and give its Python.

    Parameters
    ----------
    folder
        Where it stands.
    pins
        The peer's own packages, each as ``name==version``.

    Raises
    ------
    NotInstalled
        If pip or venv cannot make it.
    """
    python, stamp = folder / "bin" / "python", folder / "made-from"
    versions = locked_versions()
    constraints = "".join(f"{name}=={version}\n" for name, version in versions.items())
    wanted = f"{constraints}{' '.join(pins)}\n"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "constraints.txt").write_text(constraints)
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    (folder / "constraints.txt").write_text(constraints)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    _run([*pip, PIP])
    _run([*pip, "-c", str(folder / "constraints.txt"), *DRAWING, *pins])
    stamp.write_text(wanted)
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("ERROR", "error"))]
        raise NotInstalled(" ".join(lines[:2]) or (done.stdout + done.stderr)[-300:])
