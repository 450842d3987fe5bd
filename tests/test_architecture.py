"""The arrows between the module families point one way."""

import ast

import pytest

from caseseries.paths import PACKAGE

ALLOWED = {
    "records": {"errors", "paths", "records"},
    "derive": {"errors", "design", "records", "derive"},
    "estimate": {"errors", "design", "precision", "records", "derive", "estimate"},
    "exhibits": {"errors", "design", "paths", "plan", "precision", "records", "derive", "estimate", "exhibits"},
    "manuscript": {
        "errors",
        "design",
        "paths",
        "plan",
        "precision",
        "records",
        "derive",
        "estimate",
        "exhibits",
        "manuscript",
    },  # fmt: skip,
    "build": {"errors", "paths", "plan", "build"},
    "verify": {"errors", "design", "paths", "plan", "precision", "records", "exhibits", "build", "tiffs", "verify"},
    "simulate": {"errors", "design", "paths", "records", "simulate"},
}


def list_imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("caseseries."):
            yield node.module.split(".")[1]
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("caseseries."))


@pytest.mark.parametrize("family", ALLOWED)
def test_a_family_imports_only_what_stands_before_it(family):
    paths = sorted((PACKAGE / family).rglob("*.py"))

    surplus = {(path.name, name) for path in paths for name in list_imports(path)} - {
        (path.name, name) for path in paths for name in ALLOWED[family]
    }

    assert paths
    assert not surplus


@pytest.mark.parametrize("shared", ["forms", "drawing"])
def test_what_exhibits_share_knows_none_of_them(shared):
    subjects = {path.parent.name for path in PACKAGE.glob("exhibits/*/__init__.py")} - {"forms", "drawing"}
    imported = {
        (path.name, node.module.split(".")[2])
        for path in (PACKAGE / "exhibits" / shared).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("caseseries.exhibits.")
    }

    assert subjects
    assert not {(name, module) for name, module in imported if module in subjects}


def test_no_module_has_grown_into_two_subjects():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}

    assert not {path: length for path, length in lengths.items() if length > 300}


def test_only_the_module_of_paths_spells_the_places_of_the_project():
    spelled = [
        path.name
        for path in PACKAGE.rglob("*.py")
        if path.name != "paths.py" and "parents[1]" in path.read_text(encoding="utf-8")
    ]

    assert not spelled
