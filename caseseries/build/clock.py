"""Refuses the time of day to notebooks and to the project's modules; libraries may ask for it.

What they are told is the same each day where the clock stands still below the language (``vdso``). The types of dates
stay what they are: only their methods that tell the present are others.
"""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from caseseries.build.callers import Callers, guard, replace_method
from caseseries.build.observe import Witness
from caseseries.build.vdso import STILL_S

TELLS = ("time", "time_ns", "clock_gettime", "clock_gettime_ns")
TELLS_IF_NOT_ASKED = {"localtime": 0, "gmtime": 0, "ctime": 0, "asctime": 0, "strftime": 1}
"""Functions that take the present moment if they are given so few arguments."""
DURATIONS = frozenset(
    getattr(time, name)
    for name in dir(time)
    if name.startswith("CLOCK_") and name not in ("CLOCK_REALTIME", "CLOCK_TAI", "CLOCK_REALTIME_COARSE")
)
METHODS = ((datetime.datetime, "now"), (datetime.datetime, "utcnow"), (datetime.date, "today"))
ASKED = frozenset((*TELLS, *TELLS_IF_NOT_ASKED, "now", "utcnow", "today"))


class Clock:
    """Guards what tells the time, in one kernel."""

    def __init__(self, witness: Witness, callers: Callers):
        self.witness, self.callers = witness, callers

    def install(self) -> None:
        """Guard the functions of time, the methods of dates, and the times of files."""
        for name in TELLS:
            guard(time, name, self._refuse(f"time.{name}"))
        for name, most in TELLS_IF_NOT_ASKED.items():
            guard(time, name, self._refuse(f"time.{name}", most=most))
        for kind, name in METHODS:
            # pandas asks these for the words now and today, too.
            replace_method(kind, name, self._guard_method(f"{kind.__name__}.{name}"))
        self._still_files()

    def _refuse(self, name: str, most: float = float("inf")) -> Callable[..., None]:
        def check(*arguments, **options) -> None:
            given = [value for value in arguments if value is not None]
            tells_duration = name.startswith("time.clock_") and DURATIONS.issuperset(given)
            if len(given) <= most and not tells_duration and self.callers.is_own_act(ASKED):
                self.witness.refuse(
                    f"A notebook must not read the clock ({name}): tomorrow its result would be another."
                )

        return check

    def _guard_method(self, name: str) -> Callable[[Any], Any]:
        check = self._refuse(name)

        def make(plain: Any) -> Any:
            def method(cls, *arguments, **options):
                check()
                return plain.__get__(None, cls)(*arguments, **options)

            method.__name__, method.__qualname__ = plain.__name__, name
            return classmethod(method)

        return make

    def _still_files(self) -> None:
        """Give every file one time: that of a file tells when it was written."""
        for name in ("stat", "lstat", "fstat"):
            plain = getattr(os, name)
            guard(os, name, lambda *_, **__: None, still_times(plain))
            for places in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
                if plain in places:
                    places.add(getattr(os, name))
        replace_method(os.DirEntry, "stat", still_times)


def still_times(read: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
    """Wrap a function that describes a file, so that all its times are the one at which the clock stands still."""

    @wraps(read)
    def describe(*arguments, **options) -> os.stat_result:
        kind, (values, names) = read(*arguments, **options).__reduce__()
        still = {name: STILL_S * 10**9 if name.endswith("_ns") else float(STILL_S) for name in names if "time" in name}
        return kind((*values[:7], STILL_S, STILL_S, STILL_S), names | still)

    return describe
