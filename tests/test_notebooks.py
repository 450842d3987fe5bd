"""The notebooks keep the form of the house: header, literals, thinness, no outputs, and they agree with the plan."""

import ast
import re

import nbformat
import pytest

from caseseries.build.parameters import PLACES, read_parameters
from caseseries.paths import BY_HAND, NOTEBOOKS
from caseseries.plan import read_plan

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
FORBIDDEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.While, ast.For, ast.If, ast.Lambda)


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert len(PATHS) >= 3


def test_the_first_cell_says_question_inputs_outputs_and_method(notebook):
    text = notebook.cells[0].source

    assert notebook.cells[0].cell_type == "markdown"
    assert text.startswith("# ")
    assert re.findall(r"^\*\*(\w+)\.\*\* \S", text, flags=re.MULTILINE) == ["Question", "Reads", "Makes", "Method"]


def test_the_parameters_are_literals_with_a_comment_each(notebook):
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))

    assert all(re.search(r"\S  # \S", line) for line in cell.source.splitlines())


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_notebook_takes_its_folders_and_options_as_parameters(path):
    parameters = read_parameters(path)

    assert list(parameters)[:3] == list(PLACES)
    assert parameters["data"] == "data/synthetic"
    assert parameters["out"] == BY_HAND.as_posix()


def test_a_notebook_is_thin(notebook):
    cells = code_cells(notebook)

    assert len(cells) <= 12
    assert max(len(cell.source.splitlines()) for cell in cells) <= 15


def test_a_notebook_decides_and_computes_nothing_itself(notebook):
    trees = [ast.parse(cell.source) for cell in code_cells(notebook)]
    nodes = [node for tree in trees for node in ast.walk(tree)]

    assert not [node for node in nodes if isinstance(node, FORBIDDEN)]
    assert "filterwarnings" not in " ".join(cell.source for cell in code_cells(notebook))


def test_a_notebook_is_stored_without_outputs_and_with_words_as_cell_ids(notebook):
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code_cells(notebook))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", cell.id) for cell in notebook.cells)


def test_no_notebook_spells_a_path_of_a_machine_or_a_figure_number_in_its_name(notebook):
    assert not re.search(r"['\"](/|[A-Z]:\\|~)", " ".join(cell.source for cell in code_cells(notebook)))


def test_plan_and_notebooks_name_the_same_exhibits():
    plan = read_plan()
    made = {}
    for path in PATHS:
        cells = code_cells(nbformat.read(path, as_version=4))
        for name in re.findall(
            r"study\.write_(?:table|figure|text|part|page)\(\s*\"(\w+)\"", "\n".join(cell.source for cell in cells)
        ):
            made[name] = path.stem

    without = {"supplement", "start"}
    planned = {exhibit.id: exhibit.notebook for exhibit in plan.exhibits if exhibit.kind not in without}

    assert made == planned
    assert {path.stem for path in PATHS} == set(plan.notebooks)
