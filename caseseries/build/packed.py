"""The project's package as the kernels of a build load it: all modules of one state in one file.

Each kernel loads a few hundred modules. Looking for each of them, reading it, and having the witness asked about each
look took longer than most notebooks run.
"""

from __future__ import annotations

import hashlib
import marshal
import os
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType

from caseseries.build.imports import load_payload, place_code
from caseseries.build.observe import Witness
from caseseries.paths import CACHE, ROOT

PACKED = "package"
KEPT = ROOT / CACHE / "bytecode"
"""Where byte code of the package is kept for all builds."""


def pack_modules(package: Path, file: Path) -> str:
    """Write the hash and the byte code of each module of a package to a file; give its path, empty without a package.

    A module that does not compile is left out: whoever imports it is told why.
    """
    modules = {}
    for path in sorted(package.rglob("*.py")):
        content = path.read_bytes()
        try:
            payload = load_payload(content, path.name, KEPT)
        except (SyntaxError, ValueError):
            continue
        name = path.relative_to(package.parent).as_posix()
        modules[name] = (hashlib.sha256(content).hexdigest(), payload)
    if modules:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(marshal.dumps(modules))
    return str(file) if modules else ""


class PackedFinder:
    """The finder that is asked first, for modules of the package alone."""

    def __init__(self, witness: Witness, project: str, file: str):
        self.witness, self.modules = witness, {}
        with witness.looking_away():
            packed = marshal.loads(Path(file).read_bytes())
        for place, (digest, payload) in packed.items():
            path = os.path.join(project, *place.split("/"))  # noqa: PTH118 (quick)
            name = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            self.modules[name] = (path, digest, payload)

    def find_spec(self, name: str, path=None, target=None) -> ModuleSpec | None:
        """Find a module of the package; None for any other."""
        if name not in self.modules:
            return None
        place = self.modules[name][0]
        folder, file = os.path.split(place)
        inside = [folder] if file == "__init__.py" else None
        return spec_from_file_location(name, place, loader=PackedLoader(self, name), submodule_search_locations=inside)


class PackedLoader(SourceFileLoader):
    """Loads a module from what was packed, and tells the witness of it."""

    def __init__(self, finder: PackedFinder, name: str):
        self.finder = finder
        super().__init__(name, finder.modules[name][0])

    def get_code(self, fullname: str) -> CodeType:
        """Give the code of the module, with its file as this build has it."""
        place, digest, payload = self.finder.modules[fullname]
        self.finder.witness.say("module", place, digest)
        self.finder.witness.modules.add(fullname)
        return place_code(payload, place)
