"""What ``run_all.py test --quick`` leaves out: all that builds, starts programs, draws or takes long by its nature."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
BROWSER = "browser"
PROPERTIES = "_properties"
LONG = {"pilot_report", "synthetic_build"}
"""Fixtures that make what takes long to make."""

# Read from its text, so that a file that is left out costs no import, and a new file needs no entry in any list.
STARTS = re.compile(
    r"^(?:from|import) (?:(?:benchmarks|subprocess|distributed|pypdf|playwright|layout|looks|test_engine|matplotlib)\b"
    r"|caseseries\.(?:build\.(?!manifest|parameters)|cli import main|exhibits\.drawing\.style|simulate|verify))",
    re.MULTILINE,
)
DERIVES_ALL = re.compile(r"\b(?:derive_tables|derive_at_cut|derived|derived_cohort)\(")
WORDS = (
    "Quick: {n} of {total} files were left out (builds, kernels, verification, figures, browsers, simulation, "
    "all derived tables at once, long properties), of the others what hypothesis draws or reads the pilot trial, and "
    "all but the first and last case of each test."
)


def is_left_out(path):
    """Whether a file of tests is none that is run in some seconds."""
    text = path.read_text(encoding="utf-8")
    is_long = BROWSER in path.relative_to(TESTS).parts or path.stem.endswith(PROPERTIES)
    return is_long or bool(STARTS.search(text) or DERIVES_ALL.search(text))


def choose(items):
    """Choose the tests of a quick run: none that is long by itself, and of many cases of one the first and last."""
    kept = [item for item in items if not is_long(item)]
    cases = {}
    for item in kept:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    ends = {id(item) for own in cases.values() for item in (own[0], own[-1])}
    return [item for item in kept if id(item) in ends]


def is_long(item):
    """Whether a single test of a quick file is none that is run in a moment."""
    return bool(LONG & set(item.fixturenames)) or getattr(item.obj, "is_hypothesis_test", False)


def describe():
    """Say what is left out."""
    files = sorted(TESTS.rglob("test_*.py"))
    return WORDS.format(n=sum(map(is_left_out, files)), total=len(files))
