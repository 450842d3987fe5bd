"""Some 2,000 mutations of a data set: no traceback, no broken rule accepted, no sound set refused."""

from __future__ import annotations

import copy
import csv
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from broken import VALID
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mutations import BREAKING, HARMLESS, to_bytes

from caseseries.records import list_problems, problems_json

SYNTHETIC = Path(__file__).parents[1] / "data" / "synthetic"
PATIENTS = ("SYN-1", "SYN-5")
MOST_ROWS = 12
ALWAYS = settings(
    derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False
)
# The patients are mutated alone, because other tables refer to them.
GROUPS = (
    ("patients",),
    ("infusions", "labs", "vital_signs", "adverse_events"),
    ("medications", "assessments", "neuro_checks", "visits"),
)
TABLES = [name.removesuffix(".csv") for name in VALID if name.endswith(".csv")]


@cache
def read_small() -> dict[str, list[list[str]]]:
    """Read a few rows of two patients from each table of the synthetic data set."""
    small = {}
    for name in TABLES:
        with (SYNTHETIC / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        of_two = [row for row in rows if row[0] in PATIENTS]
        step = max(1, len(of_two) // MOST_ROWS)
        small[name] = [header, *of_two[::step]]
    return small


def list_problems_of(files: dict[str, bytes], *, told: dict[str, int]) -> list:
    """Check files with a dataset.toml that tells their rows, and see that the report can be written."""
    about = VALID["dataset.toml"].partition("[rows]")[0]
    about += "[rows]\n" + "".join(f"{name} = {n}\n" for name, n in told.items())
    with TemporaryDirectory() as folder:
        for name, content in {"dataset.toml": about.encode(), **files}.items():
            (Path(folder) / name).write_bytes(content)
        problems = list_problems(folder)
    assert all(problem.text() for problem in problems)
    assert problems_json(problems).encode()
    named = [(problem.file, problem.rule) for problem in problems]
    assert len(set(named)) == len(named), "a rule of a file is told twice"
    return problems


def mutate(data, mutation) -> tuple[set[str], list]:
    """Mutate the patients, or four other tables at once, and give the names of the mutated files and all problems."""
    small = read_small()
    rng = data.draw(st.randoms(use_true_random=False))
    names = data.draw(st.sampled_from(GROUPS))
    files = {name: to_bytes(small[name]) for name in {"patients", *names}}
    mutated = {name: mutation(rng, copy.deepcopy(small[name])) for name in names}
    mutated = {name: content for name, content in mutated.items() if content not in (None, files[name])}
    assume(mutated)
    problems = list_problems_of(
        {f"{name}.csv": content for name, content in {**files, **mutated}.items()},
        told={name: len(small[name]) - 1 for name in files},
    )
    return {f"{name}.csv" for name in mutated}, problems


def test_the_small_set_breaks_no_rule():
    small = read_small()
    files = {f"{name}.csv": to_bytes(rows) for name, rows in small.items()}
    assert list_problems_of(files, told={name: len(rows) - 1 for name, rows in small.items()}) == []
    assert all(len(rows) > 2 for rows in small.values())


@pytest.mark.parametrize("mutation", BREAKING, ids=lambda mutation: mutation.__name__)
@given(data=st.data())
@settings(ALWAYS, max_examples=30)
def test_what_breaks_a_rule_is_refused(mutation, data):
    mutated, problems = mutate(data, mutation)
    assert mutated <= {problem.file for problem in problems if problem.severity == "error"}


@pytest.mark.parametrize("mutation", HARMLESS, ids=lambda mutation: mutation.__name__)
@given(data=st.data())
@settings(ALWAYS, max_examples=10)
def test_what_breaks_no_rule_is_accepted(mutation, data):
    assert mutate(data, mutation)[1] == []


@given(
    name=st.sampled_from(["dataset.toml", *(f"{name}.csv" for name in TABLES)]),
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))),
)
@settings(ALWAYS, max_examples=80)
def test_any_bytes_as_a_file_give_a_report(name, content):
    small = {"patients": read_small()["patients"]}
    files = {"patients.csv": to_bytes(small["patients"]), name: content}
    problems = list_problems_of(files, told={"patients": 2, name.removesuffix(".csv"): 3})
    assert any(problem.file == name and problem.severity == "error" for problem in problems)


@given(data=st.data())
@settings(ALWAYS, max_examples=60)
def test_bytes_strewn_over_a_file_give_a_report(data):
    name = data.draw(st.sampled_from(TABLES))
    content = bytearray(to_bytes(read_small()[name]))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.sampled_from(b'\r\n",;.- 0129eEPxnN=<>\x00\x80\xe9'))
    files = {"patients.csv": to_bytes(read_small()["patients"]), f"{name}.csv": bytes(content)}
    list_problems_of(files, told={"patients": 2, name: len(read_small()[name]) - 1})
