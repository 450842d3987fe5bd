"""A file under any name is told apart: as this build made it, altered, or made from something else."""

import json
import shutil

import pandas as pd
import pytest

from caseseries.build.manifest import read_manifest, write_manifest
from caseseries.build.store import Store, Trace
from caseseries.cli import main
from caseseries.exhibits.cohort.swimmer import plot_swimmer
from caseseries.exhibits.forms.recorded import read_record
from caseseries.paths import CACHE, FIGURES, LOCK, SYNTHETIC
from caseseries.records.describe import hash_dataset, hash_file
from caseseries.study import open_study
from caseseries.whois import identify_file

FORMS = ["png", "pdf", "svg", "tiff", "xlsx"]


def path_of(build, form):
    return build / FIGURES / ("source_data" if form == "xlsx" else "") / f"swimmer.{form}"


@pytest.fixture
def whois(synthetic_build):
    return lambda path, out=synthetic_build: identify_file(path, out=out, data=SYNTHETIC)


@pytest.fixture(scope="module")
def build(synthetic_build, tmp_path_factory):
    """Give a copy of the build that tests may change; MANIFEST.json is put back for each."""
    return shutil.copytree(synthetic_build, tmp_path_factory.mktemp("copy") / "build")


@pytest.fixture
def manifest(build, synthetic_build):
    yield read_manifest(synthetic_build)
    shutil.copy(synthetic_build / "MANIFEST.json", build)


def draw(out, derived_from, *, title="", version=None, **options):
    """Draw the swimmer plot once more, as a notebook run by hand does, and give its PNG."""
    if not (out / "data").exists():
        shutil.copytree(derived_from / "data", out / "data")
    study = open_study(SYNTHETIC, out, design=options.pop("design", None))
    frames = [study.read(name) for name in ("patients", "treatment", "milestones")]

    def plot(*tables, months_before=12):
        drawing = plot_swimmer(*tables, months_before=months_before)
        drawing.figure.text(0.5, 0.99, title)
        return drawing

    study.write_figure("swimmer", plot, *frames, **options)
    return out / FIGURES / "swimmer.png"


@pytest.mark.parametrize("form", FORMS)
def test_a_renamed_copy_is_known_and_would_come_out_the_same(whois, synthetic_build, tmp_path, form):
    copy = shutil.copy(path_of(synthetic_build, form), tmp_path / "Fig 1 final (2)")
    found = whois(copy)

    assert found.verdict == "same"
    assert found.finding == f"identical to {path_of(synthetic_build, form).relative_to(synthetic_build)} of this build"
    assert found.today == "the same inputs, options and version make the files of this build"
    assert found.differences == ()
    assert found.record.label == "Figure 1"
    assert "(synthetic data, no person is described)" in found.text()
    assert f"{hash_file(synthetic_build / 'data/derived/patients.csv')}  data/derived/patients.csv" in found.text()


def test_a_csv_carries_no_record_and_is_known_by_its_hash(whois, synthetic_build, tmp_path):
    copy = shutil.copy(path_of(synthetic_build, "csv"), tmp_path / "numbers.txt")
    found = whois(copy)

    assert (found.verdict, found.form, found.record) == ("same", "CSV", None)
    assert found.finding.startswith("identical to figures/swimmer.csv of this build; it was found by its SHA-256")
    assert found.today == "the same inputs, options and version make the files of this build"


def test_the_same_drawing_made_by_hand_elsewhere_is_identical(whois, synthetic_build, tmp_path):
    found = whois(draw(tmp_path, synthetic_build, months_before=12))

    assert found.verdict == "same"


def test_a_picture_with_another_pixel_is_altered(whois, synthetic_build, tmp_path):
    content = path_of(synthetic_build, "svg").read_bytes().replace(b">SYN-1<", b">SYN-9<")
    path = tmp_path / "x.svg"
    path.write_bytes(content)
    found = whois(path)

    assert found.verdict == "altered"
    assert found.finding == "altered after it was made: the seal in its record does not fit its bytes"


def test_another_parameter_is_named_with_both_values(whois, synthetic_build, tmp_path):
    found = whois(draw(tmp_path, synthetic_build, months_before=6))

    assert found.verdict == "other"
    assert found.finding == "made otherwise than this build: months_before was 6, is its default"


def test_another_option_is_named_with_both_values(whois, synthetic_build, tmp_path):
    found = whois(draw(tmp_path, synthetic_build, design={"b_cell_return_rule": "eliana"}))
    kinds = {(difference.kind, difference.name) for difference in found.differences}

    assert kinds == {("option", "b_cell_return_rule")}
    assert "b_cell_return_rule = eliana" in found.text()


def test_other_inputs_are_named(whois, synthetic_build, tmp_path):
    shutil.copytree(synthetic_build / "data", tmp_path / "data")
    path = tmp_path / "data/derived/patients.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("SYN-1,", "SYN-01,"), encoding="utf-8")
    found = whois(draw(tmp_path, synthetic_build))

    assert found.verdict == "other"
    assert found.finding == "made otherwise than this build: data/derived/patients.csv differs"
    assert found.today == "would not come out the same: data/derived/patients.csv differs"


def test_another_data_set_is_named_file_by_file(synthetic_build, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(SYNTHETIC, data)
    (data / "labs.csv").unlink()
    frame = pd.read_csv(data / "visits.csv", dtype=str)
    frame.iloc[:-1].to_csv(data / "visits.csv", index=False)
    found = identify_file(path_of(synthetic_build, "png"), out=synthetic_build, data=data)

    assert found.verdict == "same"
    assert found.today.startswith("not known, for the exhibit of this build is stale: data/")
    assert "data/labs.csv" in found.today
    assert "data/visits.csv" in found.today


def test_another_version_is_named(whois, synthetic_build, tmp_path, monkeypatch):
    monkeypatch.setattr("caseseries.exhibits.forms.provenance.__version__", "0.0.9")
    path = draw(tmp_path, synthetic_build)
    monkeypatch.undo()

    assert whois(path).finding == "made otherwise than this build: caseseries was 0.0.9, is 0.1.0"


def test_another_environment_is_named(whois, synthetic_build, tmp_path, monkeypatch):
    lock = tmp_path / "requirements.lock"
    lock.write_text("another")
    monkeypatch.setattr("caseseries.exhibits.forms.provenance.LOCK", lock)
    path = draw(tmp_path / "out", synthetic_build)
    monkeypatch.undo()

    assert whois(path).finding == "made otherwise than this build: requirements.lock differs"


def test_other_code_of_the_same_version_is_told_from_an_edit(whois, synthetic_build, tmp_path):
    found = whois(draw(tmp_path, synthetic_build, title="Another title"))

    assert found.verdict == "unlike"
    assert found.finding.endswith("yet figures/swimmer.png has other bytes: made by other code")


@pytest.mark.parametrize("form", [*FORMS, "csv"])
def test_a_file_of_the_build_that_was_altered_is_put_down_to_nothing_else(build, manifest, whois, form):
    path = path_of(build, form)
    content = path.read_bytes()
    path.write_bytes(content[:-9] + b"\n" + content[-9:])
    found = whois(path, build)
    path.write_bytes(content)

    assert (found.verdict, found.differences) == ("altered", ())
    assert found.finding.startswith("altered after it was made")
    assert found.today.startswith("not known, for the exhibit of this build is altered: figures/")


def test_a_record_that_was_edited_is_not_believed(whois, synthetic_build, tmp_path):
    path = tmp_path / "x.svg"
    content = path_of(synthetic_build, "svg").read_bytes()
    lock = hash_file(LOCK).encode()
    assert lock in content
    path.write_bytes(content.replace(lock, b"0" * 64))
    found = whois(path)

    assert (found.verdict, found.differences) == ("altered", ())
    assert found.today == "the same inputs, options and version make the files of this build"


def test_a_derived_table_that_was_altered_here_is_no_other_input_of_a_file(
    build, manifest, whois, synthetic_build, tmp_path
):
    table = build / "data/derived/patients.csv"
    content = table.read_bytes()
    table.write_bytes(content + b"\n")
    found = whois(draw(tmp_path, synthetic_build, months_before=6), build)
    table.write_bytes(content)

    assert {difference.kind for difference in found.differences} == {"parameter"}


def test_code_that_has_changed_since_is_named_by_its_file(build, manifest, whois, synthetic_build, tmp_path):
    for run in manifest["runs"].values():
        name = "project/caseseries/exhibits/cohort/swimmer.py"
        if name in run["hashes"]:
            run["hashes"][name] = "0" * 64
            run["code"] = "0" * 64
    write_manifest(build, manifest)
    path = draw(tmp_path, synthetic_build, title="Another title")

    assert whois(path, build).finding.endswith("(changed since this build: caseseries/exhibits/cohort/swimmer.py)")
    assert whois(path_of(synthetic_build, "png"), build).today == (
        "not known, for the exhibit of this build is stale: caseseries/exhibits/cohort/swimmer.py changed since; "
        "build it and ask again"
    )


def publish_elsewhere(folder, manifest, path, *, labs):
    """Put a file of the swimmer plot into a folder whose manifest names other labs."""
    (folder / FIGURES).mkdir(parents=True)
    copy = shutil.copy(path, folder / FIGURES)
    entry = next(entry for entry in manifest["exhibits"] if entry["id"] == "swimmer")
    entry["files"] = {"figures/swimmer.png": hash_file(copy)}
    for run in manifest["runs"].values():
        run["reads"] |= {"data/labs.csv": labs} if "data/labs.csv" in run["reads"] else {}
    write_manifest(folder, manifest)
    return folder / FIGURES / "swimmer.png"


def draw_from_others(out, synthetic_build):
    shutil.copytree(synthetic_build / "data", out / "data")
    path = out / "data/derived/patients.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("SYN-1,", "SYN-01,"), encoding="utf-8")
    return draw(out, synthetic_build)


def test_raw_tables_that_differ_are_named_by_the_manifest_beside_the_file(manifest, whois, synthetic_build, tmp_path):
    path = draw_from_others(tmp_path / "drawn", synthetic_build)
    found = whois(publish_elsewhere(tmp_path / "release", manifest, path, labs="0" * 64))

    assert found.verdict == "other"
    assert found.finding == ("made otherwise than this build: data/labs.csv differs; data/derived/patients.csv differs")


def test_raw_tables_of_an_earlier_build_are_named_by_what_is_remembered_of_it(
    build, manifest, whois, synthetic_build, tmp_path
):
    path = draw_from_others(tmp_path / "drawn", synthetic_build)
    reads = {f"data/{name}": digest for name, digest in hash_dataset(SYNTHETIC).items()} | {"data/labs.csv": "0" * 64}
    trace = Trace("k", inputs=reads, outputs=read_record(path.read_bytes()).record.inputs)
    Store(build / CACHE).add_trace(trace)
    found = whois(path, build)
    shutil.rmtree(build / CACHE)

    assert [difference.name for difference in found.differences if difference.kind == "raw"] == ["data/labs.csv"]


def test_a_form_that_the_build_lacks_is_said(build, manifest, whois, synthetic_build):
    for entry in manifest["exhibits"]:
        entry["files"] = {name: sha for name, sha in entry["files"].items() if not name.endswith(".tiff")}
    write_manifest(build, manifest)
    found = whois(path_of(synthetic_build, "tiff"), build)

    assert found.verdict == "alone"
    assert found.finding.endswith("this build has no TIFF of it to compare with")


def test_a_file_that_changed_in_the_build_is_said(build, manifest, whois, synthetic_build):
    path_of(build, "png").write_bytes(b"other")
    found = whois(path_of(synthetic_build, "png"), build)
    shutil.copy(path_of(synthetic_build, "png"), path_of(build, "png"))

    assert found.finding.endswith("of this build, which is no longer there as it was built")
    assert found.today.startswith("not known, for the exhibit of this build is altered: figures/swimmer.png")


def test_code_that_changed_since_leaves_the_answer_open(build, manifest, whois, synthetic_build):
    for run in manifest["runs"].values():
        run["code"] = "0" * 64
    write_manifest(build, manifest)
    found = whois(path_of(synthetic_build, "png"), build)

    assert found.verdict == "same"
    assert found.today.startswith("not known, for the exhibit of this build is stale: code of ")


def test_without_a_build_the_record_is_told_all_the_same(whois, synthetic_build, tmp_path):
    found = whois(path_of(synthetic_build, "pdf"), tmp_path)

    assert found.verdict == "other"
    assert "data/derived/milestones.csv is not there now" in found.finding
    assert found.record.exhibit == "swimmer"


@pytest.mark.parametrize(
    ("make", "answer"),
    [
        (lambda path: path.write_bytes(b"panel,time\n"), "found: none of the forms that carry one"),
        (lambda path: path.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "found: a SVG without one"),
        (lambda path: path.write_bytes(b"%PDF-1.4 cut off"), "found: a PDF that cannot be read"),
        (lambda path: path.mkdir(), "found: a folder"),
        (lambda path: None, "found: no such file"),
    ],
    ids=["no known form", "no record", "damaged", "a folder", "not there"],
)
def test_a_file_that_says_nothing_is_answered_with_status_2(tmp_path, capsys, synthetic_build, make, answer):
    path = tmp_path / "x"
    make(path)
    status = main(["whois", str(path), "--out", str(synthetic_build)])
    said = capsys.readouterr().err

    assert status == 2
    assert answer in said
    assert "must" in said
    assert "fix: " in said


def test_each_of_several_files_is_answered(synthetic_build, tmp_path, capsys):
    (tmp_path / "x.csv").write_text("a,b\n")
    names = [path_of(synthetic_build, "png"), tmp_path / "x.csv", path_of(synthetic_build, "pdf")]
    status = main(["whois", *map(str, names), "--out", str(synthetic_build)])
    said = capsys.readouterr()

    assert status == 2
    assert said.out.count("  finding: identical to figures/swimmer.") == 2
    assert "x.csv" in said.err


def test_json_holds_all_of_it(synthetic_build, capsys):
    status = main(["whois", "--json", str(path_of(synthetic_build, "png")), "--out", str(synthetic_build)])
    (found,) = json.loads(capsys.readouterr().out)

    assert status == 0
    assert (found["verdict"], found["published_as"]) == ("same", "figures/swimmer.png")
    patients = "data/derived/patients.csv"
    assert found["record"]["inputs"][patients] == hash_file(synthetic_build / patients)
    assert found["record"]["is_synthetic"] is True


def test_what_a_file_from_elsewhere_says_does_not_steer_the_terminal(whois, synthetic_build, tmp_path):
    content = path_of(synthetic_build, "svg").read_bytes()
    path = tmp_path / "x.svg"
    path.write_bytes(content.replace(b"Synthetic cohort of 8 children", b"\\u001b[2J of 8 children"))

    assert "\x1b" not in whois(path).text()
    assert "\\x1b[2J of 8 children" in whois(path).text()
