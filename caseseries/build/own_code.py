"""Whose code runs: a kernel imports the project's package from the copy that its build works with, the builder not."""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path

from caseseries.build.fingerprint import hash_content
from caseseries.build.observe import held
from caseseries.build.snapshot import Snapshot, Sources
from caseseries.paths import PACKAGE, ROOT

STARTED_NS = time.time_ns()
"""When this process loaded the program that builds."""


def take_own_code(project: str) -> tuple[str, dict[str, str]]:
    """Forget the package as the parent of all kernels has it, and find it in a folder from now on.

    Returns
    -------
    str, dict
        The folder of the package; and the hash of each module that was loaded already and goes on as it is, by its
        place in that folder.
    """
    name = PACKAGE.name
    package = os.path.join(project, name)  # noqa: PTH118 (a kernel has many of these)
    if not Path(package).is_dir():
        # A project without the package, as in the trial of a build, uses the builder's own.
        return str(PACKAGE), {}
    kept = {}
    for module in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
        file = os.path.realpath(sys.modules.pop(module).__file__)
        kept[os.path.join(package, os.path.relpath(file, PACKAGE))] = held.get(file) or hash_content(Path(file))  # noqa: PTH118
    sys.path[:] = [project if path and os.path.realpath(path) == str(ROOT) else path for path in sys.path]
    if project not in sys.path:
        sys.path.insert(1, project)
    importlib.invalidate_caches()
    return package, kept


def list_newer(sources: Sources) -> list[str]:
    """List modules of the program that builds which were saved after this process had loaded it."""
    if not isinstance(sources, Snapshot):
        return []
    files = [
        PACKAGE / "build" / f"{name.rpartition('.')[2]}.py" for name in sys.modules if name.startswith(__package__)
    ]
    return sorted(file.relative_to(ROOT).as_posix() for file in files if _changed_ns(file) > STARTED_NS)


def _changed_ns(file: Path) -> int:
    try:
        found = file.stat()
    except FileNotFoundError:
        return 0
    return max(found.st_mtime_ns, found.st_ctime_ns)
