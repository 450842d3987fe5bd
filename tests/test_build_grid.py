"""A notebook that runs for many names or sets of parameters is built as one: in order, whole, and with safe names."""

import tomllib
from dataclasses import replace

import nbformat
import pytest

from caseseries.build.drive import Failure
from caseseries.build.failures import join_failures, tell_failure
from caseseries.build.nodes import list_nodes
from caseseries.build.parameters import read_parameters
from caseseries.build.request import Request
from caseseries.build.run import BuildError, build_exhibits
from caseseries.design import Design
from caseseries.errors import ExhibitError, UsageError
from caseseries.paths import EXHIBITS, NOTEBOOKS, safe_name
from caseseries.plan import Exhibit, Grid, Plan, read_plan

HOSTILE = '<img src=x onerror="alert(1)">/../../"; import os #'
NAMES = ["P1", "P2", HOSTILE]
PLAN = Plan(
    title="A series with grids",
    prepares="00_first",
    exhibits=(
        Exhibit("pages", "S1", "supplement", "Pages", "", "20_page"),
        Exhibit("totals", "Table 1", "table", "Totals", "", "40_reader"),
    ),
    grids=(
        Grid("20_page", "who", over="people", most=3),
        Grid("30_run", "run", runs={"two": {"times": 2}, "three": {"times": 3}}, read_by="40_reader"),
    ),
)
PARAMETERS = """
data = "data/synthetic"  # folder
out = "."  # folder
design = {}  # options
times = 2  # factor
who = "P1"  # name
run = "two"  # name
"""
FIRST = """
from pathlib import Path
(Path(out) / "data/derived").mkdir(parents=True)
value = Path(data, "value.txt").read_text().strip()
Path(out, "data/derived/value.csv").write_text(f"value\\n{value}\\n")
"""
PAGE = "from IPython.display import HTML\nimport html\nHTML(f'<p>I am {html.escape(who)}.</p>')"
RUN = """
from pathlib import Path
from IPython.display import HTML, display
value = int(Path(out, "data/derived/value.csv").read_text().split()[1])
Path(out, "data/derived/runs").mkdir(exist_ok=True)
Path(out, f"data/derived/runs/{run}.csv").write_text(f"{value * times}\\n")
facts = {"exhibit": "totals", "files": [f"data/derived/runs/{run}.csv"], "lacks": []}
display(HTML("ran"), metadata={"caseseries": facts})
"""
READER = """
from pathlib import Path
from IPython.display import HTML, display
numbers = [int(path.read_text()) for path in Path(out, "data/derived/runs").glob("*.csv")]
Path(out, "tables").mkdir()
Path(out, "tables/totals.csv").write_text(f"{sum(numbers)}\\n")
display(HTML("read"), metadata={"caseseries": {"exhibit": "totals", "files": ["tables/totals.csv"], "lacks": []}})
"""


def write(path, code):
    parameters = nbformat.v4.new_code_cell(PARAMETERS.strip(), id="parameters")
    parameters.metadata["tags"] = ["parameters"]
    cells = [nbformat.v4.new_markdown_cell("# Title", id="about"), parameters]
    notebook = nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_code_cell(code.strip(), id="work")])
    nbformat.write(notebook, path)


def build(request):
    return build_exhibits(request, say=lambda words: None)


def read_made(out):
    files = (path for path in out.rglob("*.*") if path.is_file() and path.suffix in (".html", ".csv"))
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files if ".cache" not in path.parts}


def make_request(folder):
    notebooks, data = folder / "notebooks", folder / "data"
    notebooks.mkdir()
    data.mkdir()
    (data / "value.txt").write_text("10")
    for name, code in {"00_first": FIRST, "20_page": PAGE, "30_run": RUN, "40_reader": READER}.items():
        write(notebooks / f"{name}.ipynb", code)
    return Request(
        plan=PLAN, exhibits=PLAN.exhibits, data=data, out=folder / "out", lists={"people": NAMES}, parameters={},
        dataset={"title": "Rows", "kind": "synthetic", "sha256": "0" * 64}, jobs=2, folder=notebooks,
    )  # fmt: skip


@pytest.fixture
def request_(tmp_path):
    return make_request(tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    request = make_request(tmp_path_factory.mktemp("built"))
    manifest = build(request)
    return request, {entry["id"]: entry["files"] for entry in manifest["exhibits"]}


def names(request, **parameters):
    return [node.run for node in replace(request, parameters=parameters).nodes if node.notebook == "20_page"]


def test_runs_of_a_grid_come_before_the_notebook_that_reads_them_and_each_name_has_a_page(built):
    request, made = built

    assert (request.out / "tables/totals.csv").read_text() == "50\n"
    assert sorted(made["totals"]) == [
        "data/derived/runs/three.csv", "data/derived/runs/two.csv", "tables/totals.csv",
    ]  # fmt: skip
    pages = [f"supplements/pages/{safe_name(name)}.html" for name in NAMES]
    assert sorted(made["pages"]) == sorted(["supplements/pages.html", *pages])
    assert "I am P2." in (request.out / pages[1]).read_text()


def test_a_name_from_data_can_neither_leave_the_folder_nor_run_in_the_page(built):
    out = built[0].out
    page = (out / "supplements/pages" / f"{safe_name(HOSTILE)}.html").read_text()
    index = (out / "supplements/pages.html").read_text()

    for text in (page, index):
        assert "<img" not in text
        assert "&lt;img src=x" in text
    assert 'href="../pages.html"' in page
    assert 'href="pages/P1.html">P1</a>' in index
    assert {path.parent.name for path in out.rglob("*.html")} == {"supplements", "pages"}


def test_building_one_exhibit_runs_the_grid_behind_it_and_leaves_the_rest_as_it_was(built):
    asked = replace(built[0], exhibits=(PLAN.exhibit("totals"),))
    before = read_made(asked.out)
    manifest = build(asked)

    assert [node.name for node in asked.nodes] == ["00_first", "30_run (two)", "30_run (three)", "40_reader"]
    assert [entry["id"] for entry in manifest["exhibits"]] == ["pages", "totals"]
    assert read_made(asked.out) == before


def test_a_run_that_fails_is_named_with_its_parameters_and_what_reads_it_does_not_start(request_):
    write(request_.folder / "30_run.ipynb", "1 / (times - 3)")
    seen = []

    with pytest.raises(BuildError, match=r"notebooks/30_run\.ipynb with run = 'three', times = 3, cell work:\n"):
        build(replace(request_, report=lambda node, state: seen.append((node, state))))

    assert ("30_run (two)", "done") in seen
    assert ("30_run (three)", "failed") in seen
    assert not [node for node, _ in seen if node == "40_reader"]


def test_many_runs_that_fail_alike_are_told_once():
    failures = [Failure("90_page", "work", "KeyError: 'x'", (f"who = 'P{n}'",)) for n in (5, 4, 3, 2, 1)]
    failures.append(Failure("90_page", "work", "another cause", ("who = 'P6'",)))

    assert [tell_failure(failure) for failure in join_failures(failures)] == [
        "notebooks/90_page.ipynb with who = 'P1'; who = 'P2'; who = 'P3'; 2 more, cell work:\nKeyError: 'x'",
        "notebooks/90_page.ipynb with who = 'P6', cell work:\nanother cause",
    ]


def test_a_list_that_is_too_long_is_run_for_the_names_that_are_asked_for_alone(request_):
    many = replace(request_, lists={"people": [*NAMES, "P4"]})
    manifest = build(replace(many, exhibits=(PLAN.exhibit("pages"),)))
    entry = manifest["exhibits"][0]

    assert entry["files"] == {}
    assert entry["lacks"] == ["at most 3 people, or names: --set 'who=NAME; NAME' (4 people here)"]
    assert names(many) == []
    assert names(many, **{"20_page": {"who": "P4; P1"}}) == ["P4", "P1"]


def test_a_name_that_is_not_in_the_list_is_refused_with_the_nearest(request_):
    with pytest.raises(UsageError, match=r"no who is called 'P3'; did you mean P\d"):
        names(request_, **{"20_page": {"who": "P3"}})


def test_a_parameter_that_a_notebook_lacks_is_refused_before_anything_runs(request_):
    with pytest.raises(UsageError, match=r"no parameter of 20_page\.ipynb is called 'whom'; did you mean who\?"):
        build(replace(request_, parameters={"20_page": {"whom": "P1"}}))
    misspelt = replace(request_.plan, grids=tuple(replace(grid, parameter="nme") for grid in request_.plan.grids))
    with pytest.raises(UsageError, match="is called 'nme'"):
        build(replace(request_, plan=misspelt))

    assert not request_.out.exists() or not list(request_.out.glob("[!.]*"))


def test_names_that_differ_in_case_alone_are_refused_because_some_systems_take_them_for_one_file(request_):
    with pytest.raises(ExhibitError, match="another who has the name of 'p1' but for its case"):
        names(replace(request_, lists={"people": ["p1", "P1"]}))


@pytest.mark.parametrize("name", ["SYN-1", "01-701-1015", "patient_3"])
def test_a_plain_name_stays_as_it_is(name):
    assert safe_name(name) == name


@pytest.mark.parametrize("name", ["../x", "a b", "a/b", "-x", "", ".", "P\u00e4tient", "x" * 65, "a\0b", "a.b"])
def test_any_other_name_becomes_one_that_every_system_takes(name):
    safe = safe_name(name)

    assert safe.replace("-", "").replace("_", "").isalnum()
    assert safe.isascii()
    assert len(safe) < 64
    assert safe != safe_name(name + "!")


def test_every_grid_of_the_plan_sets_parameters_that_its_notebook_has_and_options_that_there_are():
    for grid in read_plan().grids:
        known = read_parameters(NOTEBOOKS / f"{grid.notebook}.ipynb")
        assert grid.parameter in known
        for parameters in grid.runs.values():
            assert set(parameters) <= set(known)
            assert Design(parameters.get("change")).changed.keys() == parameters.get("change", {}).keys()


def test_the_plan_says_what_is_wrong_with_a_grid(tmp_path):
    path = tmp_path / "exhibits.toml"
    content = EXHIBITS.read_text(encoding="utf-8").replace('parameter = "patient"', 'parametre = "patient"')
    tomllib.loads(content)
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ExhibitError, match=r"exhibits\.toml: grid 90_patient: .*parametre"):
        read_plan(path)


def test_nodes_of_the_whole_plan_name_each_run_once():
    plan = read_plan()
    nodes = list_nodes(plan, plan.exhibits, parameters={}, lists={"patients": ["A", "B"]})
    names = [node.name for node in nodes]

    assert len(set(names)) == len(names)
    assert names[0] == plan.prepares
    assert {"90_patient (A)", "90_patient (B)", "94_variant (as_built)"} <= set(names)
