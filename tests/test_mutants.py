"""Mutants are drawn by seed, change one place each, and meet the tests that reach them."""

import ast

import pytest

from benchmarks.mutants import ROOT, SEED, draw, find_mutants, find_tests, judge

RULE = '''"""A rule."""
def rule(day: int = 7, *, name="ab"):
    """Say whether ä day is late."""
    if not name:
        raise ValueError("no name")
    return day + 1 > 9 and name == "ü" or f"{day}" == name
'''


def test_each_mutant_changes_one_place_and_leaves_docstrings_and_errors_alone(tmp_path):
    found = list(find_mutants("rule.py", RULE))
    changes = {(mutant.old, mutant.new) for mutant in found}

    for mutant in found:
        (tmp_path / "rule.py").write_text(RULE, encoding="utf-8")
        mutant.apply(tmp_path)
        text = (tmp_path / "rule.py").read_text(encoding="utf-8")
        assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(RULE))
        assert text.replace(f"({mutant.new})", mutant.old, 1) == RULE
    assert {("7", "8"), ('"ab"', "'abX'"), ("not name", "name"), ("day + 1", "day - 1"), ('"ü"', "'üX'")} <= changes
    assert not [old for old, _ in changes if "late" in old or "no name" in old]


def test_the_same_seed_draws_the_same_mutants():
    first = draw(ROOT, 40, SEED)

    assert first == draw(ROOT, 40, SEED) != draw(ROOT, 40, SEED + 1)
    assert len(set(first)) == 40


def test_the_nearest_tests_come_first_and_none_that_builds():
    found = [path.name for path in find_tests(ROOT, "caseseries/derive/kinetics/nca.py")]

    assert found[0] in ("test_derive_nca.py", "test_derive_nca_reference.py")
    assert "test_derive_tables.py" in found
    assert not {"test_whole.py", "test_engine.py", "test_cluster.py"} & set(found)


@pytest.mark.parametrize(("test", "verdict"), [("rule(8) is False", "NOT KILLED"), ("rule(9)", "killed")])
def test_a_mutant_is_killed_by_a_test_that_fails(tmp_path, test, verdict):
    (tmp_path / "rule.py").write_text("def rule(day):\n    return day + 0 > 8\n")
    (tmp_path / "test_rule.py").write_text(f"from rule import rule\n\n\ndef test_a_rule():\n    assert {test}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    mutant = next(one for one in find_mutants("rule.py", (tmp_path / "rule.py").read_text()) if one.old == "8")

    told, by, _ = judge(mutant, tmp_path, [tmp_path / "test_rule.py"])

    assert told == verdict
    assert by == ("1 files passed" if verdict == "NOT KILLED" else "test_rule.py::test_a_rule - assert False")
    assert (tmp_path / "rule.py").read_text().endswith("> 8\n")
