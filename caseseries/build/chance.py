"""What a result must not depend on: the clock, and random numbers without a seed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import wraps

from caseseries.build.observe import Witness


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
                self.witness.refuse(
                    f"A notebook must not read the clock ({name}): tomorrow its result would be another."
                )
            return function(*arguments, **options)

        return guarded

    def install(self) -> None:
        """Guard the functions of time and datetime."""
        import datetime

        for name in ("time", "time_ns"):
            setattr(time, name, self.guard(getattr(time, name), f"time.{name}"))
        for name in ("localtime", "gmtime", "ctime"):
            setattr(time, name, self.guard(getattr(time, name), f"time.{name}", without_arguments=True))
        clock, plain = self, datetime.datetime

        class Guarded(type(plain)):
            def __instancecheck__(cls, other):
                return isinstance(other, plain)

            def __subclasscheck__(cls, other):
                return issubclass(other, plain)

        def asking(name):
            def method(cls, *arguments, **options):
                if clock.is_own(sys._getframe(1).f_globals):
                    clock.witness.refuse(
                        f"A notebook must not read the clock (datetime.{name}): tomorrow its result would be another."
                    )
                return getattr(plain, name)(*arguments, **options)

            return classmethod(method)

        guarded = Guarded("datetime", (plain,), {name: asking(name) for name in ("now", "utcnow", "today")})
        guarded.__module__ = "datetime"
        datetime.datetime = guarded
        if "pandas" in sys.modules:
            import pandas as pd

            for name in ("now", "today", "utcnow"):
                setattr(pd.Timestamp, name, staticmethod(self.guard(getattr(pd.Timestamp, name), f"Timestamp.{name}")))


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
