"""What a result must not depend on: random numbers without a seed.

Whoever draws random bytes of the operating system gets those of a stream that is the same in each build: names of
temporary files, keys and ids, which libraries draw. Notebooks and the project's modules may not draw them, and nobody
may make a generator of numpy from them.
"""

from __future__ import annotations

import os
import pickle
import random
import secrets
import uuid
from collections.abc import Callable
from functools import wraps

from caseseries.build.callers import Callers, guard, replace_method
from caseseries.build.observe import Witness
from caseseries.build.stream import Stream

SOURCES = frozenset(("random", "secrets", "uuid"))
"""Modules that draw for their callers."""
UUIDS = tuple(f"uuid{version}" for version in (1, 4, 6, 7))
DRAWS = frozenset(("_urandom", "getrandom", "urandom", "Random", "SystemRandom", "random", *UUIDS, *secrets.__all__))
WITHOUT_SEED = (
    "A generator of numpy.random must be given a seed: a result must not depend on chance. "
    "In seaborn, give seed= or errorbar=None."
)
RESTORES = ("load", "loads")
"""Functions of pickle, which make a generator without a seed and then give it the state that it had."""


class Chance:
    """Settles and watches random numbers in one kernel; ``seed`` tells its stream from those of other kernels."""

    def __init__(self, witness: Witness, callers: Callers, *, seed: str):
        self.witness, self.callers, self.seed = witness, callers, seed
        self.stream = self.next_stream = Stream(seed.encode())
        self.is_seeded = {"random": False, "numpy.random": False}
        self.states: dict[str, object] = {}
        self.moved: set[str] = set()
        self.unseeded: list[tuple[int, int]] = []
        self.n_restoring = 0

    def install(self) -> None:
        """Seed the global generators, watch who seeds or restores them, and guard what gives random bytes."""
        import numpy as np
        import numpy.random.bit_generator as bits

        self._settle_system()
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002 - the global generator is the one that must be settled
        guard(random, "seed", self._note_seed("random"))
        guard(np.random, "seed", self._note_seed("numpy.random"))
        for module, name in ((random, "setstate"), (np.random, "set_state")):
            guard(module, name, lambda *_, **__: self.look())
        guard(np.random, "default_rng", self._want_seed)
        guard(bits, "randbits", self._note_unseeded, self._draw_bits)
        replace_method(np.random.MT19937, "_legacy_seeding", self._take_back)
        self.states = self.read()

    def read(self) -> dict[str, object]:
        """Read the state of the global generators."""
        import numpy as np

        return {
            "random": hash(random.getstate()),
            "numpy.random": pickle.dumps(np.random.get_state(legacy=False)),  # noqa: NPY002
        }

    def begin(self, cell: int) -> None:
        """Remember where the generators stand when a cell begins, and give it a stream of its own."""
        self.stream = Stream(f"{self.seed}\0{cell}".encode())
        self.states, self.moved, self.unseeded = self.read(), set(), []

    def look(self) -> None:
        """Take note of the generators that were drawn from without a seed, before somebody puts them back."""
        now = self.read()
        self.moved |= {name for name in now if now[name] != self.states.get(name) and not self.is_seeded[name]}

    def check(self) -> list[str]:
        """Say which generators were drawn from or made without a seed since the cell began."""
        self.look()
        drawn = [f"A notebook must seed {name} before it draws from it." for name in sorted(self.moved)]
        return [*drawn, WITHOUT_SEED] if self.unseeded else drawn

    def _settle_system(self) -> None:
        """Let the stream stand in for the random bytes of the operating system."""

        def draw_bytes(n: int, *_) -> bytes:
            return self.stream.read(n)

        def draw_uuid(version: int) -> Callable[..., uuid.UUID]:
            return lambda *_, **__: uuid.UUID(bytes=self.stream.read(16), version=version)

        for module, name in ((os, "urandom"), (os, "getrandom"), (random, "_urandom")):
            guard(module, name, self._refuse_own("os.urandom"), draw_bytes)
        # These are made of the time and of the machine's address.
        for version in (1, 6):
            guard(uuid, f"uuid{version}", self._refuse_own(f"uuid.uuid{version}"), draw_uuid(version))
        uuid._node = int.from_bytes(self.stream.read(6), "big") | 1 << 40
        random.Random.seed = self._seed_generator(random.Random.seed)
        for name in RESTORES:
            guard(pickle, name, lambda *_, **__: None, self._restore(getattr(pickle, name)))
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._prepare_child, after_in_child=self._be_child)

    def _prepare_child(self) -> None:
        self.next_stream = self.stream.branch()

    def _be_child(self) -> None:
        self.stream = self.next_stream

    def _refuse_own(self, name: str) -> Callable[..., None]:
        def check(*_, **__) -> None:
            if self.callers.is_own_act(DRAWS, through=SOURCES):
                self.witness.refuse(
                    f"A notebook must not draw random numbers of the operating system ({name}): "
                    "a result must not depend on chance. Draw them from a generator with a seed."
                )

        return check

    def _seed_generator(self, plain: Callable) -> Callable:
        refuse = self._refuse_own("random.Random")

        @wraps(plain)
        def seed(generator, a=None, *arguments, **options):
            if a is None:
                if not self.n_restoring:
                    refuse()
                a = self.stream.read(32)
            return plain(generator, a, *arguments, **options)

        return seed

    def _restore(self, plain: Callable) -> Callable:
        def restore(*arguments, **options):
            self.n_restoring += 1
            try:
                return plain(*arguments, **options)
            finally:
                self.n_restoring -= 1

        return restore

    def _note_seed(self, name: str) -> Callable[..., None]:
        def check(*arguments, **options) -> None:
            if any(value is not None for value in (*arguments, *options.values())):
                self.is_seeded[name] = True
            elif not self.callers.is_within_import():
                self.witness.refuse(f"{name}.seed must be given a number: without one it takes a seed by chance.")

        return check

    def _want_seed(self, seed=None) -> None:
        if seed is None and not self.callers.is_within_import():
            self.witness.refuse(WITHOUT_SEED)

    def _note_unseeded(self, *_) -> None:
        if not self.callers.is_within_import() and not self.callers.is_called_by("numpy.random._pickle"):
            self.unseeded.append(self.callers.find_place())

    def _take_back(self, plain: Callable) -> Callable:
        """Wrap what seeds a RandomState: numpy first makes it without its seed, at the same place of the same code."""

        def seed(generator, value):
            if value is not None and self.unseeded[-1:] == [self.callers.find_place()]:
                self.unseeded.pop()
            return plain(generator, value)

        return seed

    def _draw_bits(self, n: int) -> int:
        return int.from_bytes(self.stream.read(-(-n // 8)), "big") >> (-n % 8)
