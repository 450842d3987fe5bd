"""The quick run holds the derivations and nothing that builds; what it leaves out is told from the files themselves."""

import subprocess
import sys

import pytest
from quick import TESTS, describe, is_left_out

from caseseries.cli import main
from caseseries.paths import ROOT


@pytest.mark.parametrize(
    "line",
    [
        "import subprocess",
        "from test_engine import project",
        "from caseseries.build.engine import Engine",
        "from caseseries.cli import main",
        "from caseseries.verify.rows import compare_rows",
        "from layout import check_page",
        "from caseseries.exhibits.drawing.style import new_figure",
    ],
)
def test_a_file_that_builds_draws_or_starts_something_is_left_out(tmp_path, monkeypatch, line):
    monkeypatch.setattr("quick.TESTS", tmp_path)
    path = tmp_path / "test_new.py"
    path.write_text(f'"""A test."""\n\n{line}\n')
    assert is_left_out(path)

    path.write_text(f'"""A test."""\n\nWORDS = "{line}"\n\nfrom caseseries.build.manifest import read_manifest\n')
    assert not is_left_out(path)


def test_of_derivations_estimators_and_rules_only_what_derives_everything_or_holds_long_properties_is_left_out():
    files = [path for name in ("derive", "estimate", "check") for path in sorted(TESTS.glob(f"test_{name}_*.py"))]

    assert len(files) > 50
    assert [path.name for path in files if is_left_out(path)] == [
        "test_derive_b_cells.py",
        "test_derive_contract.py",
        "test_derive_grade_properties.py",
        "test_derive_ledger.py",
        "test_derive_pilot.py",
        "test_derive_properties.py",
        "test_derive_tables.py",
        "test_estimate_properties.py",
    ]


def test_the_last_line_of_a_quick_run_says_what_it_left_out():
    command = [sys.executable, "-m", "pytest", "--quick", "--collect-only", "-q", "-n", "0", "tests/test_format.py"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()

    assert told[-1] == describe()
    assert "tests/test_format.py::test_words_join_as_in_a_sentence" in told
    assert len([line for line in told if "test_a_p_value_keeps_what_can_be_read" in line]) == 2
    assert not [line for line in told if "farther_off_than_half_its_last_digit" in line]


def test_all_cores_run_the_tests_and_keep_what_they_compiled(monkeypatch):
    seen = {}
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(subprocess, "call", lambda command, **facts: seen.update(facts, command=command) or 0)

    assert main(["test", "--quick"]) == 0
    assert seen["command"][1:] == ["-m", "pytest", "-n", "auto", "--dist", "worksteal", "--quick"]
    assert seen["cwd"] == ROOT
    assert "PYTHONDONTWRITEBYTECODE" not in seen["env"]
    assert seen["env"]["PATH"]
