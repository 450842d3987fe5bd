"""Tells what a notebook or a module of the project does from what a library does on its own account.

It reads the stack: the nearest function decides. One that only calls what it was handed, such as a thread, a partial
or the apply of a frame, passes the question on to its own caller.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from types import FrameType
from typing import Any

BUILD = str(Path(__file__).parent)
"""Modules of the build act in a kernel too, and are neither of the notebook nor of a library."""
HELPERS = frozenset(("concurrent", "functools", "joblib", "multiprocessing", "numpy", "pandas", "scipy", "threading"))
"""Libraries that call what they are handed."""
IMPORTERS = frozenset(("importlib._bootstrap", "importlib._bootstrap_external"))


class Callers:
    """Knows own code by the file that it stands in; what a cell holds stands in none but has the names of the notebook.

    ``is_own_file`` tells whether a file belongs to the project or the data; ``names`` are those of the notebook.
    """

    def __init__(self, is_own_file: Callable[[str], bool], names: dict[str, Any]):
        self.is_own_file, self.names = is_own_file, names
        self.files: dict[str, bool] = {}

    def is_own(self, names: dict[str, Any]) -> bool:
        """Tell whether code that has these global names is the notebook's or the project's."""
        if names is self.names:
            return True
        file = names.get("__file__")
        if not isinstance(file, str) or file.startswith(BUILD):
            return False
        if file not in self.files:
            self.files[file] = self.is_own_file(file)
        return self.files[file]

    def is_own_act(self, asked: frozenset[str], *, through: frozenset[str] = frozenset()) -> bool:
        """Tell whether own code calls one of the functions with these names, itself or through a helper.

        ``through`` names modules of libraries that do nothing else than to ask on behalf of their callers. What
        happens while a library is imported is the library's act.
        """
        frame = sys._getframe(1)
        while frame is not None:
            if self.is_own(frame.f_globals):
                return True
            if not self._passes_on(frame, asked, through):
                return False
            frame = frame.f_back
        # A thread was handed the function itself.
        return True

    def is_within_import(self) -> bool:
        """Tell whether all this happens because a library is imported."""
        frame = sys._getframe(1)
        while frame is not None and not self.is_own(frame.f_globals):
            if frame.f_globals.get("__name__") in IMPORTERS:
                return True
            frame = frame.f_back
        return False

    def is_called_by(self, module: str) -> bool:
        """Tell whether it is this module that called."""
        return _find_caller().f_globals.get("__name__") == module

    def find_place(self) -> tuple[int, int]:
        """Tell one call from others: by the function that runs, and where in it."""
        frame = _find_caller()
        return id(frame), frame.f_lasti

    def _passes_on(self, frame: FrameType, asked: frozenset[str], through: frozenset[str]) -> bool:
        names = frame.f_globals
        module = str(names.get("__name__", ""))
        if module in IMPORTERS:
            return False
        if module in through or "__file__" not in names or str(names["__file__"]).startswith(BUILD):
            return True
        return module.partition(".")[0] in HELPERS and asked.isdisjoint(frame.f_code.co_names)


def _find_caller() -> FrameType:
    frame = sys._getframe(1)
    while frame.f_back and str(frame.f_globals.get("__file__", "")).startswith(BUILD):
        frame = frame.f_back
    return frame


class Guard:
    """A function whose calls are checked; like one that is written in C, it is no method where a class has it."""

    def __init__(self, function: Callable, check: Callable[..., None]):
        update_wrapper(self, function)
        self.function, self.check = function, check

    def __call__(self, *arguments, **options):
        """Check the arguments, then call the function with them."""
        self.check(*arguments, **options)
        return self.function(*arguments, **options)

    def __reduce__(self) -> str:
        return self.__name__


def guard(module: Any, name: str, check: Callable[..., None], function: Callable | None = None) -> None:
    """Look at each call of a module's function, if there is one of that name, and call ``function`` if one is given."""
    plain = getattr(module, name, None)
    if plain is not None:
        guarded = Guard(plain, check)
        guarded.function, guarded.__module__ = function or plain, module.__name__
        setattr(module, name, guarded)


def replace_method(kind: type, name: str, make: Callable[[Any], Any]) -> None:
    """Put another method into a type that does not let its attributes be set; the type itself stays what it is."""
    names, *_ = gc.get_referents(kind.__dict__)
    names[name] = make(names[name])
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
