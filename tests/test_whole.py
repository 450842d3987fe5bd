"""The main job on real and on drawn input: a trial of 254 participants, one patient, forty, one disease, labs only."""

import os
import random
import shutil
import subprocess
import sys

import nbformat
import pandas as pd
import pytest

from caseseries.build import overview
from caseseries.build.manifest import find_changes, list_files, read_manifest
from caseseries.cli import main
from caseseries.exhibits.forms.made_csv import read_made_csv
from caseseries.paths import ROOT, SYNTHETIC
from caseseries.plan import read_plan
from caseseries.records import read_dataset, write_dataset
from caseseries.simulate import write_cohort

COPIED = (
    "caseseries",
    "data",
    "manuscript",
    "notebooks",
    "templates",
    "CITATION.cff",
    "exhibits.toml",
    "pyproject.toml",
    "requirements.lock",
    "run_all.py",
    "start.ipynb",
)
COMMAND = "import sys; from caseseries.cli import main; sys.exit(main())"
SAMPLED, N_SAMPLED = "94_variant", 5


def copy_project(folder, seed, *, is_whole):
    """Copy the project with the first and some drawn runs of the sensitivity analysis, or with all of them."""
    folder.mkdir()
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    if not is_whole:
        _, *others = read_plan().grid(SAMPLED).runs
        left_out = set(others) - set(random.Random(seed).sample(others, N_SAMPLED))
        lines = (folder / "exhibits.toml").read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.partition(" = {")[0] not in left_out]
        assert len(lines) - len(kept) == len(others) - N_SAMPLED
        (folder / "exhibits.toml").write_text("".join(kept), encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path, request):
    return copy_project(tmp_path / "project", request.node.name, is_whole=request.config.getoption("sweep"))


def build(project, data, out):
    """Build from a copy of the project, as a command of its own; give the entries of the manifest by their ids."""
    assert main(["check", str(data)]) == 0
    command = [sys.executable, "-c", COMMAND, "build", "--data", str(data), "--out", str(out)]
    made = subprocess.run(
        command, cwd=project, env=os.environ | {"PYTHONPATH": str(project)}, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    manifest = read_manifest(out)
    hashes = {name: sha for entry in manifest["exhibits"] for name, sha in entry["files"].items()}
    assert find_changes(out, hashes | manifest["derived"]) == ([], [])
    return {entry["id"]: entry for entry in manifest["exhibits"]}


@pytest.fixture(scope="module")
def pilot(pilot_report, tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("pilot")
    project = copy_project(folder / "project", "pilot", is_whole=request.config.getoption("sweep"))
    return build(project, pilot_report.folder, folder / "out"), folder / "out"


def test_the_baseline_table_of_the_pilot_agrees_with_the_report_of_the_trial(pilot):
    """CDISC pilot 01, clinical study report, table 14-2.01: age by planned arm."""
    _, out = pilot
    table = read_made_csv(out / "tables/baseline.csv").set_index("item")
    columns = {name.split(" (")[0].casefold(): name for name in table.columns}

    placebo, high, low = (columns[name] for name in ("placebo", "xanomeline high dose", "xanomeline low dose"))
    assert [name.partition("(n = ")[2].rstrip(")") for name in (placebo, high, low)] == ["86", "84", "84"]
    ages = table[table.index.str.startswith("Age")]
    means = ages[ages.index.str.contains("mean")].iloc[0]
    medians = ages[ages.index.str.contains("median")].iloc[0]
    assert [means[name] for name in (placebo, high, low)] == ["75.21 (8.59)", "74.38 (7.89)", "75.67 (8.29)"]
    assert [float(medians[name].split(" (")[0]) for name in (placebo, high, low)] == [76, 76, 77.5]


def test_the_supplement_of_the_pilot_says_what_does_not_apply_and_why(pilot):
    exhibits, out = pilot
    page = (out / "supplements/cohort.html").read_text(encoding="utf-8")

    assert exhibits["product"]["lacks"] == ["infusions"]
    assert exhibits["product"]["files"] == {}
    assert "Table 2 does not apply to this data set: it needs the table infusions." in page
    assert "lacks infusions" in (out / "supplements/data.html").read_text(encoding="utf-8")


def test_nothing_made_from_real_participants_says_synthetic(pilot):
    _, out = pilot

    for path in sorted(out.rglob("*.html")) + sorted(out.rglob("*.csv")) + sorted(out.rglob("*.svg")):
        assert "Synthetic" not in path.read_text(encoding="utf-8"), path.name


def test_everything_made_from_the_synthetic_set_says_so(synthetic_build):
    for name in list_files(read_manifest(synthetic_build)):
        if name.endswith((".html", ".csv", ".svg")):
            assert "Synthetic data" in (synthetic_build / name).read_text(encoding="utf-8"), name


OF_ONE_DISEASE = {"lupus", "myositis", "sclerosis", "autoantibodies"}
"""Exhibits that a cohort without the disease lacks."""

BY_NAME_ALONE = {"patients", "patient_timeline"}
"""Exhibits of single patients, who must be named where they are many."""


@pytest.mark.whole
@pytest.mark.parametrize("n_patients", [1, 40])
def test_a_cohort_of_another_size_builds_whole(project, tmp_path, n_patients):
    write_cohort(tmp_path / "cohort", n_patients, seed=5)

    exhibits = build(project, tmp_path / "cohort", tmp_path / "out")

    lacking = {name for name, entry in exhibits.items() if entry["lacks"]}
    assert lacking <= (OF_ONE_DISEASE if n_patients == 1 else BY_NAME_ALONE)


@pytest.mark.whole
@pytest.mark.parametrize(
    ("kept", "made", "lacking"),
    [
        (["patients", "labs"], ["baseline", "kinetics", "cytopenia"], ["product", "safety", "swimmer", "visits"]),
        (["patients", "visits"], ["baseline", "visits"], ["safety", "kinetics", "lupus", "swimmer"]),
    ],
    ids=["labs only", "visits only"],
)
def test_a_data_set_that_lacks_tables_builds_the_rest_and_names_what_is_missing(project, tmp_path, kept, made, lacking):
    data = read_dataset(SYNTHETIC)
    folder = tmp_path / "some"
    folder.mkdir()
    for name in kept:
        shutil.copy(SYNTHETIC / f"{name}.csv", folder)
    frames = {name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in kept}
    write_dataset(frames, data.about, folder)

    exhibits = build(project, folder, tmp_path / "out")

    assert all(exhibits[name]["files"] and not exhibits[name]["lacks"] for name in made)
    assert all(exhibits[name]["lacks"] and not exhibits[name]["files"] for name in lacking)


@pytest.mark.whole
def test_a_cohort_of_one_disease_builds_whole(project, tmp_path):
    data = read_dataset(SYNTHETIC)
    frames = {name: pd.read_csv(SYNTHETIC / f"{name}.csv", dtype=str, keep_default_na=False) for name in data.present}
    chosen = set(frames["patients"].query("disease == 'JDM'")["patient_id"])
    frames = {name: frame[frame["patient_id"].isin(chosen)] for name, frame in frames.items()}
    (tmp_path / "some").mkdir()
    write_dataset(frames, data.about, tmp_path / "some")

    exhibits = build(project, tmp_path / "some", tmp_path / "out")

    assert {name for name, entry in exhibits.items() if entry["lacks"]} <= OF_ONE_DISEASE - {"myositis"}


def test_pages_about_the_package_follow_its_own_files(tmp_path, synthetic_build, monkeypatch):
    out = shutil.copytree(synthetic_build, tmp_path / "out")
    page = out / "supplements/environment.html"
    before, changed = page.read_bytes(), tmp_path / "pyproject.toml"
    changed.write_text(overview.PROJECT.read_text(encoding="utf-8").replace('    "seaborn",\n', ""), encoding="utf-8")

    with monkeypatch.context() as patch:
        patch.setattr(overview, "PROJECT", changed)
        assert main(["build", "--tiff", "--out", str(out)]) == 0
        assert page.read_bytes() != before

    assert main(["build", "--tiff", "--out", str(out)]) == 0
    assert page.read_bytes() == before


def test_a_notebook_run_by_plain_papermill_from_another_folder_makes_the_same_files(
    tmp_path, synthetic_build, monkeypatch
):
    import papermill

    from caseseries.paths import NOTEBOOKS

    monkeypatch.chdir(tmp_path)
    for name in ("00_data", "70_safety"):
        papermill.execute_notebook(
            NOTEBOOKS / f"{name}.ipynb",
            tmp_path / f"{name}.ipynb",
            {"out": str(tmp_path / "by-hand")},
            progress_bar=False,
        )

    forms = [f"figures/visits.{form}" for form in ("csv", "pdf", "png", "svg")]
    for name in ("tables/safety.csv", "tables/safety.docx", "data/derived/patients.csv", *forms):
        assert (tmp_path / "by-hand" / name).read_bytes() == (synthetic_build / name).read_bytes()
    cells = nbformat.read(tmp_path / "00_data.ipynb", as_version=4).cells
    assert not [output for cell in cells for output in cell.get("outputs", ()) if output.get("name") == "stderr"]
