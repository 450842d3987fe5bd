"""What a result must not depend on: the clock, and random numbers without a seed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import wraps

from caseseries.build.observe import Witness

NOW = ("now", "today")
"""Words that numpy and pandas read as the present time."""


class Clock:
    """Refuses the present time to notebooks and to the project's modules; libraries may have it."""

    def __init__(self, witness: Witness, is_own: Callable[[dict], bool]):
        self.witness, self.is_own = witness, is_own

    def guard(self, function: Callable, name: str, *, without_arguments: bool = False) -> Callable:
        """Wrap a function that tells the time; ``without_arguments`` guards it only where it is called without any."""

        @wraps(function)
        def guarded(*arguments, **options):
            is_asked = not without_arguments or not (arguments or options)
            if is_asked and self.is_own(sys._getframe(1).f_globals):
                self.refuse(name)
            return function(*arguments, **options)

        return guarded

    def install(self) -> None:
        """Guard the functions of time and datetime."""
        import datetime

        for name in ("time", "time_ns", "clock_gettime", "clock_gettime_ns"):
            if hasattr(time, name):
                setattr(time, name, self.guard(getattr(time, name), f"time.{name}"))
        for name in ("localtime", "gmtime", "ctime", "asctime"):
            setattr(time, name, self.guard(getattr(time, name), f"time.{name}", without_arguments=True))
        strftime = time.strftime

        def write_time(form, *moment):
            if not moment and self.is_own(sys._getframe(1).f_globals):
                self.refuse("time.strftime")
            return strftime(form, *moment)

        time.strftime = write_time
        clock, plain = self, datetime.datetime

        class Guarded(type(plain)):
            def __instancecheck__(cls, other):
                return isinstance(other, plain)

            def __subclasscheck__(cls, other):
                return issubclass(other, plain)

        def asking(name):
            def method(cls, *arguments, **options):
                if clock.is_own(sys._getframe(1).f_globals):
                    clock.refuse(f"datetime.{name}")
                return getattr(plain, name)(*arguments, **options)

            return classmethod(method)

        guarded = Guarded("datetime", (plain,), {name: asking(name) for name in ("now", "utcnow", "today")})
        guarded.__module__ = "datetime"
        datetime.datetime = guarded
        if "numpy" in sys.modules:
            self._install_numpy()
        if "pandas" in sys.modules:
            self._install_pandas()

    def check_words(self, values: tuple, name: str) -> None:
        """Refuse the words that stand for the present time wherever a date is read, by whomever."""
        if any(isinstance(value, str) and value.strip().casefold() in NOW for value in values):
            self.refuse(f"{name}({values[0]!r})")

    def refuse(self, name: str) -> None:
        """Stop the statement that asked for the time."""
        self.witness.refuse(f"A notebook must not read the clock ({name}): tomorrow its result would be another.")

    def _install_numpy(self) -> None:
        import numpy as np

        clock, plain = self, np.datetime64

        class Guarded(type(plain)):
            def __instancecheck__(cls, other):
                return isinstance(other, plain)

            def __subclasscheck__(cls, other):
                return issubclass(other, plain)

        def make(cls, *arguments):
            clock.check_words(arguments, "numpy.datetime64")
            return plain(*arguments)

        np.datetime64 = Guarded("datetime64", (plain,), {"__new__": make, "__module__": "numpy"})

    def _install_pandas(self) -> None:
        import pandas as pd

        clock = self
        for kind in (pd.Timestamp, pd.Period):
            words = kind.__name__
            for name in ("now", "today", "utcnow"):
                # A word such as now in a column of dates comes here too, from within pandas.
                if hasattr(kind, name):
                    asked = staticmethod(lambda *_, name=f"{words}.{name}", **__: clock.refuse(name))
                    setattr(kind, name, asked)

            def make(cls, *arguments, plain=kind.__new__, words=words, **options):
                clock.check_words((*arguments, *options.values()), words)
                return plain(cls, *arguments, **options)

            kind.__new__ = make


class Chance:
    """Finds random numbers without a seed: the global generators must not move unless they were seeded."""

    def __init__(self, witness: Witness):
        self.witness = witness
        self.is_seeded = {"random": False, "numpy.random": False}
        self.states: dict[str, object] = {}

    def install(self) -> None:
        """Seed the global generators, and watch who seeds them again or makes others without a seed."""
        import random

        import numpy as np

        random.seed(0)
        np.random.seed(0)  # noqa: NPY002 - the global generator is the one that must be settled
        random.seed = self._note_seed(random.seed, "random")
        np.random.seed = self._note_seed(np.random.seed, "numpy.random")
        np.random.default_rng = self._wants_seed(np.random.default_rng, "numpy.random.default_rng")
        np.random.RandomState = _seeded_class(np.random.RandomState, self)

    def read(self) -> dict[str, object]:
        """Read the state of the global generators."""
        import random

        import numpy as np

        kind, keys, place, *_ = np.random.get_state()  # noqa: NPY002
        return {"random": hash(random.getstate()), "numpy.random": (kind, keys.tobytes(), place)}

    def begin(self) -> None:
        """Remember where the generators stand when a cell begins."""
        self.states = self.read()

    def check(self) -> list[str]:
        """Name the generators that were drawn from without a seed since the cell began."""
        now = self.read()
        return [name for name in now if now[name] != self.states.get(name) and not self.is_seeded[name]]

    def _note_seed(self, function: Callable, name: str) -> Callable:
        @wraps(function)
        def seed(*arguments, **options):
            if not any(value is not None for value in (*arguments, *options.values())):
                self.witness.refuse(f"{name}.seed must be given a number: without one it takes a seed from the clock.")
            self.is_seeded[name] = True
            return function(*arguments, **options)

        return seed

    def _wants_seed(self, function: Callable, name: str) -> Callable:
        @wraps(function)
        def make(seed=None, *arguments, **options):
            if seed is None:
                self.witness.refuse(
                    f"{name} must be given a seed: a result must not depend on chance. "
                    "In seaborn, give seed= or errorbar=None."
                )
            return function(seed, *arguments, **options)

        return make


def _seeded_class(plain: type, chance: Chance) -> type:
    class RandomState(plain):
        def __init__(self, seed=None):
            if seed is None:
                chance.witness.refuse("numpy.random.RandomState must be given a seed.")
            super().__init__(seed)

    return RandomState
