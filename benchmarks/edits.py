"""Three hundred sequences of edits and accidents on a project of two notebooks: none may end wrong and green.

Run it from the project folder; it takes an hour or more on two cores::

    python benchmarks/edits.py [N]

Prints how many sequences there were, and in how many of them a build said that something was left old or failed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from edits import MOVES, run_sequence


def main(n: int) -> None:
    """Draw and run the sequences; the first that is wrong ends them."""
    said: list[bool] = []

    @seed(300)
    @given(MOVES)
    @settings(
        max_examples=n,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def run(moves: list) -> None:
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
            said.append(run_sequence(Path(folder), moves, monkeypatch))

    run()
    print(f"{len(said)} sequences, 0 wrong but green; in {sum(said)} a build said that something was left old.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
