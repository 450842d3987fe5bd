"""The record in every file: it comes back as it went in, and the seal breaks when anything else is changed."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from cohorts import PATIENTS, SYNTHETIC
from docx import Document
from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter

from caseseries import __version__
from caseseries.exhibits.drawing.style import add_panel, add_text, journal_style, new_figure
from caseseries.exhibits.forms.export import write_figure, write_table
from caseseries.exhibits.forms.provenance import (
    NAME,
    UNSEALED,
    describe_making,
    find_inputs,
    find_parameters,
    mark_input,
    read_text,
)
from caseseries.exhibits.forms.recorded import read_record
from caseseries.exhibits.forms.seal import seal
from caseseries.exhibits.forms.tiff import tiff_bytes
from caseseries.exhibits.model import DisplayTable, Drawing, Row
from caseseries.paths import LOCK
from caseseries.plan import Exhibit
from caseseries.records.describe import hash_file

FIGURE = Exhibit("course", "Figure 1", "figure", "Course of <all> patients & more", "Shown.", "10_cohort", width_mm=89)
TABLE = Exhibit("facts", "Table 1", "table", "Facts", "Shown.", "10_cohort")
INPUTS = {"labs.csv": "ab" * 32, "data/derived/patients.csv": "cd" * 32}
ALT = 'Counts ≥ 1 – "all" patients; ' * 20


def describe(exhibit, about=SYNTHETIC, **facts):
    base = {"alt_text": "", "inputs": INPUTS, "options": {"rule": "both"}, "parameters": {"months": 6, "names": ["a"]}}
    return describe_making(exhibit, about, **(base | facts))


def draw(words="P1"):
    with journal_style():
        figure = new_figure(width_mm=89, height_mm=40)
        add_panel(figure, left=20, top=8, width=50, height=20, letter="a").plot([1, 2], [3, 4])
        add_text(figure, words, left=75, top=10)
    return Drawing(figure, {"a": pd.DataFrame({"time (days)": [1, 2]})}, ALT, "legend")


def write(folder, *, about=SYNTHETIC, words="P1", **facts):
    figure = describe(FIGURE, about, alt_text=ALT, **facts)
    table = DisplayTable(("", "P1"), (Row("Age, years", ("7",)),))
    paths = write_figure(draw(words), exhibit=FIGURE, about=about, out=folder, provenance=figure)
    paths += write_table(table, exhibit=TABLE, about=about, out=folder, provenance=describe(TABLE, about, **facts))
    found = {path.suffix[1:].upper(): path for path in paths if path.suffix != ".csv"}
    found["TIFF"] = folder / "course.tiff"
    found["TIFF"].write_bytes(tiff_bytes(found["PNG"].read_bytes()))
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write(tmp_path_factory.mktemp("files"))


FORMS = ["PNG", "PDF", "SVG", "TIFF", "XLSX", "DOCX", "HTML"]


@pytest.mark.parametrize("form", FORMS)
def test_the_record_comes_back_from_a_file_of_any_name(files, form):
    found = read_record(files[form].read_bytes())
    exhibit, alt_text = (TABLE, "") if form in ("DOCX", "HTML") else (FIGURE, ALT)

    assert found.form == form
    assert found.is_whole
    assert found.fault == ""
    assert replace(found.record, seal=UNSEALED) == describe(exhibit, alt_text=alt_text)
    assert found.record.seal != UNSEALED


def test_the_record_says_version_lock_and_kind_of_data():
    record = describe(FIGURE)

    assert record.version == __version__
    assert record.lock == hash_file(LOCK)
    assert record.is_synthetic
    assert not describe(FIGURE, PATIENTS).is_synthetic
    assert record.heading == "Figure 1. Course of <all> patients & more"
    assert record.text().isascii()
    assert "\n" not in record.text()


def test_two_writes_into_two_folders_give_the_same_bytes(files, tmp_path):
    again = write(tmp_path)

    assert {form: path.read_bytes() == files[form].read_bytes() for form, path in again.items()} == dict.fromkeys(
        FORMS, True
    )


def test_another_input_gives_another_file_with_a_seal_of_its_own(files, tmp_path):
    other = write(tmp_path, inputs={"labs.csv": "ef" * 32})

    for form, path in other.items():
        found = read_record(path.read_bytes())
        assert found.is_whole
        assert found.record.inputs == {"labs.csv": "ef" * 32}
        assert found.record.seal != read_record(files[form].read_bytes()).record.seal


def edit_png(content):
    with Image.open(io.BytesIO(content)) as image:
        facts = PngImagePlugin.PngInfo()
        for name, text in image.text.items():
            facts.add_text(name, text)
        changed = image.copy()
    changed.putpixel((3, 3), (0, 0, 0, 255))
    made = io.BytesIO()
    changed.save(made, "PNG", pnginfo=facts, dpi=(450, 450))
    return made.getvalue()


def edit_tiff(content):
    with Image.open(io.BytesIO(content)) as image:
        changed, tags = image.copy(), {700: image.tag_v2[700]}
    changed.putpixel((3, 3), (0, 0, 0))
    made = io.BytesIO()
    changed.save(made, "TIFF", tiffinfo=tags, compression="tiff_lzw", dpi=(450, 450))
    return made.getvalue()


def edit_pdf(content):
    writer = PdfWriter(clone_from=io.BytesIO(content))
    writer.add_metadata({"/Author": "Somebody"})
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def edit_xlsx(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.active["A4"] = 99
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def edit_docx(content):
    document = Document(io.BytesIO(content))
    document.tables[0].cell(1, 1).text = "8"
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


EDITS = {
    "PNG": edit_png,
    "PDF": edit_pdf,
    "SVG": lambda content: content.replace(b">P1<", b">P2<"),
    "TIFF": edit_tiff,
    "XLSX": edit_xlsx,
    "DOCX": edit_docx,
    "HTML": lambda content: content.replace(b"<td>7</td>", b"<td>8</td>"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_was_edited_is_no_longer_whole_and_still_says_what_it_was(files, form):
    content = files[form].read_bytes()
    edited = EDITS[form](content)
    found = read_record(edited)

    assert edited != content
    assert not found.is_whole
    assert found.record == read_record(content).record


@pytest.mark.parametrize("form", FORMS)
def test_a_record_that_was_edited_breaks_the_seal(files, form):
    content = files[form].read_bytes()
    old, new = INPUTS["labs.csv"], "12" * 32
    if form in ("XLSX", "DOCX"):
        made = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w") as after:
            for name in before.namelist():
                after.writestr(name, before.read(name).replace(b'"options": {"rule"', b'"options": {"role"'))
        changed = made.getvalue()
    else:
        changed = content.replace(old.encode(), new.encode())

    assert read_record(changed).record != read_record(content).record
    assert not read_record(changed).is_whole


def test_every_single_byte_of_a_picture_counts(files):
    content = bytearray(files["PNG"].read_bytes())
    at = content.index(b"IDAT") + 200
    content[at] ^= 1

    assert not read_record(bytes(content)).is_whole


def test_a_damaged_member_of_a_document_breaks_the_seal(files):
    content = bytearray(files["DOCX"].read_bytes())
    with zipfile.ZipFile(files["DOCX"]) as archive:
        member = archive.getinfo("word/document.xml")
    content[member.header_offset + 200] ^= 255
    found = read_record(bytes(content))

    assert found.record.exhibit == "facts"
    assert not found.is_whole


def test_a_seal_needs_one_place_to_go_to():
    with pytest.raises(ValueError, match="one record that is not sealed"):
        seal(b"no record")
    with pytest.raises(ValueError, match="one record that is not sealed"):
        seal(f"{UNSEALED} {UNSEALED}.".encode())


@pytest.mark.parametrize(
    ("content", "form", "fault"),
    [
        (b"panel,time\na,1\n", "unknown", ""),
        (b"", "unknown", ""),
        (b"%PDF-1.4 cut", "PDF", "PdfStreamError|PdfReadError|Error"),
        (b"PK\x03\x04 word/document.xml", "DOCX", "BadZipFile"),
        (b"II*\0cut", "TIFF", "Error"),
        (b"\x89PNG\r\n\x1a\n\0\0", "PNG", ""),
        (b"<svg", "SVG", "XMLSyntaxError"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG", ""),
        (b"<html><body></body></html>", "HTML", ""),
        (b'<html><meta name="caseseries" content="{}"></html>', "HTML", "not a record of format 1"),
        (b'<html><meta name="caseseries" content="[1"></html>', "HTML", "JSONDecodeError"),
    ],
    ids=lambda value: value[:30].decode("latin-1") if isinstance(value, bytes) else str(value),
)
def test_a_file_without_a_record_is_told_of_and_never_an_exception(content, form, fault):
    found = read_record(content)

    assert found.record is None
    assert found.form == form
    assert re.search(fault, found.fault) if fault else found.fault == ""


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_was_cut_off_is_told_of_and_never_an_exception(files, form):
    content = files[form].read_bytes()

    for share in (0.1, 0.5, 0.9, 0.99):
        assert not read_record(content[: int(len(content) * share)]).is_whole


@pytest.mark.parametrize(
    "change",
    [{"caseseries": 2}, {"inputs": ["labs.csv"]}, {"is_synthetic": "yes"}, {"seal": None}, {"surplus": 1}],
    ids=str,
)
def test_a_text_that_is_no_record_is_refused(change):
    import json

    text = json.dumps(json.loads(describe(FIGURE).text()) | change)

    with pytest.raises(ValueError):
        read_text(text)


def test_properties_of_office_documents_stay_within_what_word_takes(files):
    for form in ("XLSX", "DOCX"):
        with zipfile.ZipFile(files[form]) as archive:
            part = archive.read("docProps/custom.xml").decode()
            pieces = re.findall(r"<vt:lpwstr>([^<]*)<", part)
            assert all(len(piece) <= 255 for piece in pieces)
            assert len(re.findall(r'pid="(\d+)"', part)) == len(pieces) > 1
    properties = openpyxl.load_workbook(files["XLSX"]).properties
    assert (properties.identifier, properties.version) == ("course", __version__)
    assert properties.description == ALT
    assert len(openpyxl.load_workbook(files["XLSX"]).custom_doc_props.props) > 1
    core = Document(str(files["DOCX"])).core_properties
    assert (core.identifier, core.version) == ("facts", __version__)


def test_the_pdf_names_its_figure_with_an_alternative_text(files):
    root = PdfReader(files["PDF"]).root_object
    figure = root["/StructTreeRoot"]["/K"][0].get_object()["/K"][0].get_object()

    assert root["/MarkInfo"]["/Marked"]
    assert figure["/S"] == "/Figure"
    assert ALT.strip() in figure["/Alt"]
    assert root["/StructTreeRoot"]["/ParentTree"]["/Nums"][1][0].get_object() == figure


def test_the_tiff_is_opaque_rgb_packed_with_lzw(files):
    with Image.open(files["TIFF"]) as tiff, Image.open(files["PNG"]) as png:
        assert (tiff.mode, tiff.info["compression"], tiff.info["dpi"]) == ("RGB", "tiff_lzw", (450, 450))
        assert tiff.tobytes() == png.convert("RGB").tobytes()


def test_files_without_a_record_are_written_as_before(tmp_path):
    paths = write_figure(draw(), exhibit=FIGURE, about=PATIENTS, out=tmp_path)

    assert [read_record(path.read_bytes()).record for path in paths] == [None] * 5
    assert NAME.encode() not in (tmp_path / "figures/course.png").read_bytes()
    assert read_record(tiff_bytes((tmp_path / "figures/course.png").read_bytes())).form == "TIFF"


def test_a_frame_remembers_its_file_through_what_a_notebook_does(tmp_path):
    path = Path(tmp_path / "patients.csv")
    path.write_text("patient_id,age\nP1,7\nP2,9\n")
    frame = mark_input(pd.read_csv(path), path, name="data/derived/patients.csv")
    expected = {"data/derived/patients.csv": hash_file(path)}

    assert find_inputs([frame]) == expected
    assert find_inputs([frame.query("age > 8")]) == expected
    assert find_inputs([{"a": [frame[["age"]].copy()]}, 3]) == expected
    assert find_inputs([pd.DataFrame({"age": [1]})]) == {}


def test_only_plain_parameters_that_differ_from_their_default_are_noted():
    def plot(frame, *, months=12, width, names=(), table=None):
        return frame

    frame = pd.DataFrame()

    assert find_parameters(plot, {"months": 12, "width": 3}) == {"width": 3}
    assert find_parameters(plot, {"months": 6, "width": 3, "names": ("a",), "table": frame}) == {
        "months": 6,
        "width": 3,
        "names": ["a"],
    }
    assert find_parameters(plot, {"names": []}) == {}
