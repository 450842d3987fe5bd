"""No sequence of edits and accidents ends with an old result that passes for a new one."""

import os
import tempfile
from pathlib import Path

import pytest
from edits import KINDS, MOVES, run_sequence
from hypothesis import HealthCheck, Phase, given, seed, settings

N = int(os.environ.get("SEQUENCES", "10"))


@seed(16)
@given(MOVES)
@settings(
    max_examples=N,
    deadline=None,
    database=None,
    # A sequence takes seconds: the first that fails is shown as it is.
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_no_old_result_passes_for_a_new_one(moves):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        run_sequence(Path(folder), moves, monkeypatch)


def test_the_sequences_hold_every_kind_of_edit():
    assert {"counts", "link", "mode", "time", "package", "interruption"} <= KINDS.keys()
