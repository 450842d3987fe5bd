"""How a kernel loads the modules that are inputs of its run: from their source as it is, and told with its hash.

Python trusts byte code whose source has the time stamp and the size that it had; an edit within the same second that
keeps the size goes unnoticed. Here byte code is kept by the hash of its source, outside of the project.
"""

from __future__ import annotations

import _imp
import hashlib
import marshal
import os
import sys
import tempfile
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType

from caseseries.build.borders import ABSENT
from caseseries.build.observe import Witness, resolve_module


def watch_imports(witness: Witness, kept: str) -> None:
    """Load own modules of this process in that way from now on; ``kept`` is the folder of the byte code."""
    plain, search = SourceFileLoader.get_code, FileFinder.find_spec

    def get_code(loader: SourceFileLoader, name: str) -> CodeType:
        if not witness.is_input(loader.path):
            return plain(loader, name)
        with witness.looking_away():
            content = Path(loader.path).read_bytes()
            witness.say("module", resolve_module(loader.path), hashlib.sha256(content).hexdigest())
            return load_code(content, loader.path, Path(kept) if kept else None)

    def find_spec(finder: FileFinder, name: str, target=None) -> ModuleSpec | None:
        # The many places in which Python looks for a module tell nothing; the one in which it finds it does.
        if not witness.is_input(finder.path):
            return search(finder, name, target)
        with witness.looking_away():
            return search(finder, name, target)

    SourceFileLoader.get_code, FileFinder.find_spec = get_code, find_spec
    sys.meta_path.append(Missed(witness))


class Missed:
    """The finder that is asked last: a module that own code misses is an input by its absence, for it may come."""

    def __init__(self, witness: Witness):
        self.witness = witness

    def find_spec(self, name: str, path=None, target=None) -> None:
        """Note where a module would have been found."""
        frame = sys._getframe(1)
        while frame.f_back and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        if not self.witness.is_own(frame.f_globals):
            return
        for folder in sys.path if path is None else path:
            place = os.path.join(os.path.realpath(folder), name.rpartition(".")[2])  # noqa: PTH118 (as paths of modules are)
            if self.witness.is_input(place):
                for file in (f"{place}.py", os.path.join(place, "__init__.py")):  # noqa: PTH118
                    self.witness.say("absent", file, ABSENT)


def load_code(content: bytes, path: str, kept: Path | None) -> CodeType:
    """Give the code of a module from its source."""
    return place_code(load_payload(content, Path(path).name, kept), path)


def place_code(payload: bytes, path: str) -> CodeType:
    """Give the code that is written as byte code, with the file of its module."""
    code = marshal.loads(payload)
    _imp._fix_co_filename(code, path)
    return code


def load_payload(content: bytes, name: str, kept: Path | None) -> bytes:
    """Give the byte code of a source; what is kept and damaged is made again.

    Raises
    ------
    SyntaxError, ValueError
        If the source is no Python.
    """
    # The folder of a module is another in each build.
    names = "\0".join([name, sys.implementation.cache_tag, sys.version]).encode()
    file = kept and kept / hashlib.sha256(names + b"\0" + content).hexdigest()
    try:
        seal, payload = (found := file.read_bytes() if file else b"")[:32], found[32:]
        if seal == hashlib.sha256(payload).digest():
            return payload
    except OSError:
        pass
    payload = marshal.dumps(compile(content, name, "exec", dont_inherit=True))
    if file:
        _keep(payload, file)
    return payload


def _keep(payload: bytes, file: Path) -> None:
    try:
        if not file.parent.is_dir():
            file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".partial-")
        with os.fdopen(handle, "wb") as partial:
            partial.write(hashlib.sha256(payload).digest() + payload)
        Path(name).replace(file)
    except OSError:
        # It is a convenience only: without it the module is compiled again the next time.
        return
