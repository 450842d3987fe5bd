"""Every planted defect gets its grade, and what was not touched gets none."""

import base64
import hashlib
import io
import json
import re
import shutil
import struct
import warnings
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from docx import Document
from docx.shared import RGBColor
from fpdf import FPDF
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import NameObject

from caseseries.errors import UsageError
from caseseries.exhibits.forms.files import stable_zip
from caseseries.exhibits.forms.note import SYNTHETIC_NOTE
from caseseries.exhibits.forms.office import LONGEST, PART
from caseseries.exhibits.forms.provenance import UNSEALED
from caseseries.exhibits.forms.recorded import read_record
from caseseries.exhibits.forms.seal import PNG_START, _swap, png_chunks, seal
from caseseries.paths import ROOT
from caseseries.verify import Grade, compare_files, compare_outputs
from caseseries.verify.cells import grade_text
from caseseries.verify.compare import compare_contents
from caseseries.verify.outputs import FOLDERS, SOURCES

IDENTICAL, PRINTED, DIFFERS, CHANGED = Grade.IDENTICAL, Grade.PRINTED, Grade.DIFFERS, Grade.CHANGED
MISSING, EXTRA, UNCOMPARED = Grade.MISSING, Grade.EXTRA, Grade.UNCOMPARED


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Give the committed outputs in a folder of their own."""
    folder = tmp_path_factory.mktemp("published")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name)
    for name in SOURCES:
        (folder / name).unlink()
    shutil.copy(ROOT / "MANIFEST.json", folder)
    return folder


@pytest.fixture
def rebuilt(published, tmp_path):
    """Give a copy whose files are the same ones until a test puts others in their place."""
    folder = tmp_path / "rebuilt"
    shutil.copytree(published, folder, copy_function=lambda source, target: Path(target).hardlink_to(source))
    return folder


def put(folder, name, content):
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_bytes(content)


def compare(name, alter):
    """Give the differences of a committed file and of what a function of its bytes makes of them."""
    old = (ROOT / name).read_bytes()
    new = alter(old)
    assert new != old
    return compare_contents(name, old, new)[1]


def worst_of(differences):
    return max(differences, key=lambda difference: difference.grade.rank).grade


def test_an_untouched_copy_has_no_difference(published, rebuilt):
    comparisons = compare_files(published, rebuilt)

    assert compare_outputs(published, rebuilt) == []
    assert {comparison.grade for comparison in comparisons} == {IDENTICAL}
    assert sum(comparison.n_cells for comparison in comparisons) > 10_000


# Each defect: the file, what is replaced by what, the grade, and a piece of the reason.
TEXT_DEFECTS = {
    "the last digit of a printed number": (
        "tables/baseline.csv", [("16.5 (9.0 to 24.0)", "16.5 (9.0 to 24.1)")], DIFFERS, "number differs",
    ),
    "a rounded number with one digit more": (
        "tables/baseline.csv", [(",11.5 (5.0 to 17.0)", ",11.50 (5.0 to 17.0)")], DIFFERS, "fewer or more digits",
    ),
    "a grade": ("tables/safety.csv", [("syndrome,grade 1,", "syndrome,grade 2,")], CHANGED, "grade"),
    "a grade that was none": ("tables/safety.csv", [("(ICANS),none", "(ICANS),grade 1")], CHANGED, "answer"),
    "a remission less": (
        "tables/outcomes.csv", [("7/8 (88%; 47 to 100)", "6/8 (75%; 35 to 97)")], CHANGED, "answer flipped",
    ),
    "an answer of yes or no": (
        "tables/baseline.csv", [("Cyclophosphamide,no,", "Cyclophosphamide,yes,")], CHANGED, "answer",
    ),
    "a claim that no longer agrees": ("tables/reported.csv", [(",agrees,", ",contradicts,")], CHANGED, "answer"),
    "a unit in the heading of a row": ("tables/product.csv", [("mg/m²", "g/m²")], CHANGED, "unit"),
    "patients in the heading of a column": (
        "tables/product.csv", [("All (n = 8)", "All (n = 7)")], CHANGED, "heading changed",
    ),
    "headings exchanged over cells that stayed": (
        "tables/baseline.csv", [("item,SYN-2,SYN-6,", "item,SYN-6,SYN-2,")], CHANGED, "headings exchanged",
    ),
    "two patients exchanged in one row": (
        "tables/baseline.csv", [("17.0,11.5,10.0,16.0", "17.0,10.0,11.5,16.0")], CHANGED, "exchanged with",
    ),
    "a value that is gone": ("tables/baseline.csv", [("kg\",52.0,", "kg\",–,")], CHANGED, "is gone"),
    "a value where there was none": ("tables/baseline.csv", [("8,28,18,14,–", "8,28,18,14,2")], CHANGED, "appeared"),
    "not a number in the place of an empty cell": (
        "figures/flow.csv", [("all,Infused,8,0,\n", "all,Infused,8,0,nan\n")], PRINTED, "nothing is known",
    ),
    "zero in the place of an empty cell": (
        "figures/visits.csv", [], CHANGED, "appeared",
    ),
    "a sign": ("figures/kinetics.csv", [("SYN-1,3,0.09856262834", "SYN-1,3,-0.09856262834")], CHANGED, "sign"),
    "the last digit of a plotted number": (
        "figures/swimmer.csv", [("23.42505133,", "23.42505134,")], DIFFERS, "number differs",
    ),
    "a plotted number with fewer digits": (
        "figures/swimmer.csv", [("23.42505133,", "23.425051,")], DIFFERS, "fewer or more digits",
    ),
    "a plotted number with a digit of no worth": (
        "figures/flow.csv", [("all,Infused,8,0,", "all,Infused,8.0,0,")], DIFFERS, "fewer or more digits",
    ),
    "a plotted number": ("figures/swimmer.csv", [("23.42505133,", "23.43505133,")], DIFFERS, "number differs"),
    "a P that crosses 0.05": ("figures/organs.csv", [], CHANGED, "P crosses"),
    "an interval of a change that crosses 0": ("figures/organs.csv", [], CHANGED, "interval crosses 0"),
    "an interval of a share that reaches 0": (
        "figures/published.csv", [("47.81762499", "0")], DIFFERS, "number differs",
    ),
    "a patient less in the flow": ("figures/flow.csv", [("all,Infused,8,0,", "all,Infused,7,0,")], CHANGED, "patients"),
    "a unit in the heading of plotted numbers": (
        "figures/visits.csv", [("actual (days)", "actual (weeks)")], CHANGED, "unit",
    ),
    "a remission of a patient": (
        "data/derived/patients.csv", [("CID_REVISED,713,True", "CID_REVISED,713,False")], CHANGED, "answer",
    ),
    "the words of a reason": (
        "data/derived/disease_states.csv", [("not met: CK 819", "not reached: CK 819")], DIFFERS, "words",
    ),
    "the note that data are synthetic": (
        "tables/product.csv", [(f"# {SYNTHETIC_NOTE}\n", "")], DIFFERS, "dropped",
    ),
    "the legend of a table": (
        "tables/baseline.html", [("is before lymphodepletion", "is after lymphodepletion")], DIFFERS, "words",
    ),
    "a count in the legend of a figure": ("supplements/cohort.html", [], CHANGED, "number of patients"),
    "a line of another colour": ("figures/organs.svg", [], DIFFERS, "drawn otherwise"),
    "a P in a drawing": ("figures/organs.svg", [("P = 0.25", "P = 0.02")], CHANGED, "P crosses"),
    "ends of lines": ("tables/product.csv", [("\n", "\r\n")], PRINTED, "ends of lines"),
}  # fmt: skip
PATTERNS = {
    "zero in the place of an empty cell": (r"(SYN-2,M6,183,),", r"\g<1>0,"),
    "a P that crosses 0.05": (r"0\.9609375,0\.25,", "0.9609375,0.04,"),
    "an interval of a change that crosses 0": (r"-7\.168177445", "1.168177445"),
    "a count in the legend of a figure": (r"n = 8 patients; each", "n = 7 patients; each"),
    "a line of another colour": (r"stroke: ?#[0-9a-f]{6}", "stroke: #ff00aa"),
    "ends of lines": (r"\n", "\r\n"),
}


def edit(defect):
    """Give a function that plants a defect into the bytes of its file."""

    def alter(content):
        text = content.decode("utf-8")
        if defect in PATTERNS:
            return re.sub(*PATTERNS[defect], text, count=0 if defect == "ends of lines" else 1).encode()
        for old, new in TEXT_DEFECTS[defect][1]:
            assert old in text, old
            text = text.replace(old, new, 1)
        return text.encode()

    return alter


@pytest.mark.parametrize("defect", TEXT_DEFECTS)
def test_a_planted_defect_gets_its_grade(defect):
    name, _, grade, why = TEXT_DEFECTS[defect]

    found = compare(name, edit(defect))

    assert worst_of(found) is grade, found
    assert any(why in difference.why for difference in found), found


def test_many_defects_at_once_are_found_each_in_its_file_and_nowhere_else(published, rebuilt):
    planted = {TEXT_DEFECTS[defect][0]: defect for defect in TEXT_DEFECTS}
    for name, defect in planted.items():
        put(rebuilt, name, edit(defect)((published / name).read_bytes()))

    found = {comparison.file: comparison.grade for comparison in compare_files(published, rebuilt)}

    assert {name for name, grade in found.items() if grade is not IDENTICAL} == set(planted)
    assert {name: found[name] for name in planted} == {
        name: TEXT_DEFECTS[defect][2] for name, defect in planted.items()
    }


def alter_pixels(content, box, colour):
    with Image.open(io.BytesIO(content)) as image:
        facts = {"dpi": image.info["dpi"]}
        changed = image.copy()
    changed.paste(colour, box)
    made = io.BytesIO()
    changed.save(made, "PNG", **facts)
    return made.getvalue()


def test_one_dot_of_a_figure_is_found_and_shown():
    alter = lambda content: alter_pixels(content, (700, 300, 701, 301), (255, 0, 0))  # noqa: E731

    found = [change for change in compare("figures/visits.png", alter) if change.pictures]

    assert [change.grade for change in found] == [DIFFERS]
    assert "1 of" in found[0].why
    assert "columns 700 to 700, rows 300 to 300" in found[0].where
    with Image.open(io.BytesIO(found[0].pictures.difference)) as shown:
        assert shown.width == 420


def test_a_shade_that_no_eye_sees_passes_and_is_said():
    name = "figures/visits.png"
    with Image.open(ROOT / name) as image:
        shade = image.convert("RGB").getpixel((5, 5))
    alter = lambda content: alter_pixels(content, (5, 5, 9, 9), tuple(max(part - 1, 0) for part in shade))  # noqa: E731

    found = [change for change in compare(name, alter) if change.where == "picture"]

    assert [change.grade for change in found] == [PRINTED]
    assert "no eye sees" in found[0].why


def test_a_figure_of_another_resolution_is_found():
    def alter(content):
        with Image.open(io.BytesIO(content)) as image:
            made = io.BytesIO()
            image.save(made, "PNG", dpi=(72, 72), pnginfo=None)
        return made.getvalue()

    assert any("dpi" in change.where and change.grade is DIFFERS for change in compare("figures/visits.png", alter))


def test_a_picture_written_with_other_compression_passes_but_the_broken_seal_does_not():
    def alter(content):
        chunks = [(kind, data) for kind, data in png_chunks(content) if kind != b"IDAT"]
        pixels = b"".join(data for kind, data in png_chunks(content) if kind == b"IDAT")
        pixels = zlib.compress(zlib.decompress(pixels), 1)
        parts = [*chunks[:-1], (b"IDAT", pixels), chunks[-1]]
        return PNG_START + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in parts
        )

    found = compare("figures/visits.png", alter)

    assert [(change.where, change.grade) for change in found] == [("record", DIFFERS)]
    assert "altered after it was made" in found[0].why


@pytest.mark.parametrize(
    "name", ["figures/visits.png", "figures/visits.pdf", "figures/source_data/visits.xlsx", "tables/product.docx"]
)
def test_a_file_that_is_cut_off_is_not_compared_and_does_not_pass(name):
    found = compare(name, lambda content: content[: len(content) // 3])

    assert [change.grade for change in found] == [UNCOMPARED]


def test_a_damaged_drawing_is_not_compared():
    assert worst_of(compare("figures/visits.svg", lambda content: content[:-30])) is UNCOMPARED


def edit_office(load, change):
    def alter(content):
        document = load(io.BytesIO(content))
        change(document)
        made = io.BytesIO()
        document.save(made)
        return made.getvalue()

    return alter


def test_an_edited_cell_of_a_word_table_is_named():
    def change(document):
        document.tables[0].rows[6].cells[1].paragraphs[0].runs[0].text = "3.2"

    found = compare("tables/baseline.docx", edit_office(Document, change))

    change = next(change for change in found if change.rebuilt == "3.2")
    assert change.grade in (DIFFERS, CHANGED)
    assert "SYN-2" in change.where


def test_an_edited_legend_of_a_word_table_is_named():
    def change(document):
        document.paragraphs[0].add_run(" And more.")

    found = compare("tables/baseline.docx", edit_office(Document, change))

    assert any("And more." in change.rebuilt and change.grade is DIFFERS for change in found)


def test_a_word_table_in_another_colour_does_not_pass():
    def change(document):
        document.tables[0].rows[6].cells[1].paragraphs[0].runs[0].font.color.rgb = RGBColor(255, 0, 0)

    found = compare("tables/baseline.docx", edit_office(Document, change))

    assert [change.where for change in found if change.grade is DIFFERS][:1] == ["markup"]


def alter_cell(change):
    """Give a function that changes the first number with decimals in a workbook."""

    def alter(book):
        rows = book.worksheets[0].iter_rows(min_row=4)
        cell = next(cell for row in rows for cell in row if isinstance(cell.value, float) and cell.value % 1)
        cell.value = change(cell.value)

    return edit_office(load_workbook, alter)


def test_a_number_of_a_workbook_counts_to_the_digits_that_files_carry():
    name = "figures/source_data/swimmer.xlsx"
    noisy = compare(name, alter_cell(lambda value: value * (1 + 1e-12)))
    rounded = compare(name, alter_cell(lambda value: float(f"{value:.7g}")))

    assert not [change for change in noisy if change.why.startswith(("the number", "printed with"))]
    assert [change.why for change in rounded if change.grade is DIFFERS][:1] == ["printed with fewer or more digits"]


@pytest.mark.parametrize(
    ("published", "rebuilt", "grade"),
    [
        pytest.param("prednisone 0 mg/kg", "prednisone 0.13 mg/kg", DIFFERS, id="no digit behind the point"),
        pytest.param("0.1", "0.13", DIFFERS, id="one digit less"),
        pytest.param("0.130", "0.13", DIFFERS, id="one digit more"),
        pytest.param("9 of 12.0 mg", "9 of 12 mg", DIFFERS, id="a digit of no worth"),
        pytest.param("1 × 10⁶", "1.0 × 10⁶", DIFFERS, id="a power with fewer digits"),
        pytest.param("123456789012.3", "123456789012.34", DIFFERS, id="many digits"),
        pytest.param("P = 0.05", "P = 0.049", CHANGED, id="P rounded over 0.05"),
        pytest.param("change 0.4 (0.0 to 0.9)", "change 0.4 (0.04 to 0.9)", CHANGED, id="an interval rounded to 0"),
        pytest.param("P = 0.03", "P = 0.031", DIFFERS, id="P rounded on its side"),
        pytest.param("-3 to 1,200", "−3 to 1200", PRINTED, id="the same digits"),
    ],
)
def test_a_number_is_equal_as_printed_only_with_the_same_digits(published, rebuilt, grade):
    assert grade_text(published, rebuilt).grade is grade
    assert grade_text(rebuilt, published).grade is grade


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("tables/a.csv", "item,P1\nprednisone,{}\n"),
        ("figures/a.csv", "item,P1\nprednisone,{}\n"),
        ("data/derived/a.csv", "item,P1\nprednisone,{}\n"),
        ("supplements/a.html", '<html lang="en"><p>prednisone {}</p></html>'),
        ("supplements/a.html", '<html lang="en"><div>prednisone {}</div></html>'),
        ("supplements/a.html", '<html lang="en"><script>dose = {}</script></html>'),
        ("figures/a.svg", '<svg xmlns="http://www.w3.org/2000/svg"><text>prednisone {}</text></svg>'),
        ("figures/a.json", '{{"prednisone": {}}}'),
        ("manuscript/a.md", "prednisone {}\n"),
    ],
)
@pytest.mark.parametrize("digits", ["0", "0.1", "0.130", "0.1300000001"])
def test_other_digits_pass_in_no_form(name, form, digits):
    contents = [form.format(number).encode() for number in (digits, "0.13")]

    for old, new in (contents, contents[::-1]):
        assert worst_of(compare_contents(name, old, new)[1]) is DIFFERS


def test_other_digits_on_a_page_of_a_pdf_do_not_pass():
    contents = []
    for text in ("prednisone 0", "prednisone 0.13"):
        page = FPDF()
        page.add_page()
        page.set_font("Helvetica")
        page.cell(text=text)
        contents.append(bytes(page.output()))

    assert any(change.grade is DIFFERS for change in compare_contents("figures/a.pdf", *contents)[1])


def test_a_number_outside_of_paragraphs_does_not_pass_beside_rows_in_another_order():
    page = '<html lang="en"><table><tr><th>a<th>b</tr>{}</table><div>prednisone {}</div></html>'
    rows = ["<tr><td>x<td>1</tr>", "<tr><td>y<td>2</tr>"]
    contents = [page.format("".join(rows), "0.13"), page.format("".join(rows[::-1]), "0")]

    found = compare_contents("supplements/a.html", *map(str.encode, contents))[1]

    assert {change.grade for change in found} == {PRINTED, DIFFERS}


def test_the_footer_of_a_workbook_is_compared():
    def change(book, text):
        book.worksheets[0].oddFooter.center.text = text

    old, new = (
        edit_office(load_workbook, lambda book, text=text: change(book, text))(
            (ROOT / "figures/source_data/visits.xlsx").read_bytes()
        )
        for text in ("n = 8", "n = 7")
    )

    assert DIFFERS in {found.grade for found in compare_contents("figures/a.xlsx", old, new)[1]}


def test_an_edited_cell_of_source_data_is_named():
    def change(book):
        sheet = book.worksheets[0]
        cell = next(cell for row in sheet.iter_rows(min_row=4) for cell in row if isinstance(cell.value, float))
        cell.value -= 1.5

    found = compare("figures/source_data/swimmer.xlsx", edit_office(load_workbook, change))

    assert any(change.why == "the number differs" for change in found)


def test_a_pdf_whose_line_has_another_colour_does_not_pass():
    def alter(content):
        writer = PdfWriter(clone_from=io.BytesIO(content))
        page = writer.pages[0]
        stream = page.get_contents()
        stream.set_data(re.sub(rb"[\d.]+ [\d.]+ [\d.]+ rg", b"1 0 0.5 rg", stream.get_data(), count=1))
        page[NameObject("/Contents")] = stream
        made = io.BytesIO()
        writer.write(made)
        return made.getvalue()

    found = compare("figures/visits.pdf", alter)

    assert [change.why for change in found if change.grade is DIFFERS] == ["drawn otherwise: lines, colours or fonts"]


def test_markup_that_shows_the_same_words_in_another_way_does_not_pass():
    found = compare("tables/product.html", lambda content: content.replace(b"font-size:10pt", b"font-size:1pt", 1))

    assert [(change.where, change.grade) for change in found] == [("markup", DIFFERS)]


def test_a_picture_inside_a_page_is_compared():
    def recolour(content):
        start, drawing, rest = content.partition(b"<svg")
        return start + drawing + re.sub(rb"stroke: #[0-9a-f]{6}", b"stroke: #12ab34", rest, count=1)

    found = compare("supplements/cohort.html", recolour)

    assert [(change.where, change.grade) for change in found] == [("markup", DIFFERS)]
    assert "stroke: #12ab34" in found[0].rebuilt


@pytest.mark.parametrize(
    ("old", "new", "grade"),
    [("item,P1\na,grade 1\n", "item,P1\na,grade 2\n", CHANGED), ("a,b\n1,2.0\n", "a,b\n1,2.00\n", DIFFERS)],
)
def test_a_table_that_a_page_offers_to_save_is_compared_cell_by_cell(old, new, grade):
    page = '<html lang="en"><p>x</p><a download="a.csv" href="data:text/csv;base64,{}">Save</a></html>'
    contents = [page.format(base64.b64encode(table.encode()).decode()).encode() for table in (old, new)]

    _, found = compare_contents("supplements/a.html", *contents)

    assert worst_of(found) is grade, found


def lines_of(content):
    return content.decode("utf-8").splitlines(keepends=True)


def test_a_dropped_row_is_named():
    found = compare("figures/visits.csv", lambda content: "".join(lines_of(content)[:-1]).encode())

    assert [(change.grade, change.why) for change in found] == [(CHANGED, "a row was dropped")]


def test_an_added_row_is_named():
    found = compare("figures/visits.csv", lambda content: content + b"SYN-8,M99,3000,,Missed\n")

    assert [(change.grade, change.why) for change in found] == [(CHANGED, "a row was added")]


def test_a_row_dropped_in_the_middle_moves_no_other_row():
    def alter(content):
        lines = lines_of(content)
        return "".join([*lines[:300], *lines[301:]]).encode()

    found = compare("figures/kinetics.csv", alter)

    assert [change.why for change in found] == ["a row was dropped"]


def test_a_row_that_stands_elsewhere_is_the_same_row():
    def alter(content):
        lines = lines_of(content)
        return "".join([*lines[:2], *lines[3:], lines[2]]).encode()

    assert worst_of(compare("tables/product.csv", alter)) is PRINTED


def test_a_patient_less_in_every_row_is_a_changed_conclusion():
    def alter(content):
        return "".join(line for line in lines_of(content) if not line.startswith("SYN-4,")).encode()

    assert worst_of(compare("figures/visits.csv", alter)) is CHANGED


def test_values_of_two_patients_that_changed_places_are_called_exchanged():
    rows = "patient_id,day,score\nSYN-1,5,3.5\nSYN-2,5,4.5\nSYN-3,5,9.5\n"
    swapped = rows.replace("SYN-1,5,3.5", "SYN-1,5,4.5").replace("SYN-2,5,4.5", "SYN-2,5,3.5")

    _, found = compare_contents("figures/course.csv", rows.encode(), swapped.encode())

    assert [change.grade for change in found] == [CHANGED, CHANGED]
    assert all("exchanged with the row" in change.why for change in found)


NUMBERS_HEADER = "key,label,value,text,unit,n,denominator,method,exhibit,table,rows,reason\n"


@pytest.mark.parametrize(
    ("old", "new", "grade"),
    [
        pytest.param("dose.change.p,P,0.031,0.031,,8,,exact", "dose.change.p,P,0.062,0.062,,8,,exact", CHANGED, id="p"),
        pytest.param("a.p,P,0.031,0.031,,8,,exact", "a.p,P,0.041,0.041,,8,,exact", DIFFERS, id="p stays"),
        pytest.param("a.events,Events,5,5,events,8,,sum", "a.events,Events,6,6,events,8,,sum", DIFFERS, id="events"),
        pytest.param("a.n,With it,7,7,patients,8,,count", "a.n,With it,6,6,patients,8,,count", CHANGED, id="patients"),
        pytest.param("a.n,With it,7,7,patients,8,,count", "a.n,With it,7,7,patients,7,,count", CHANGED, id="n"),
        pytest.param("a.worst,Worst,1,1,grade,8,,maximum", "a.worst,Worst,2,2,grade,8,,maximum", CHANGED, id="grade"),
        pytest.param("a.max,Age,17.04,17.0,years,8,,x", "a.max,Age,17.01,17.0,years,8,,x", DIFFERS, id="digits"),
        pytest.param("a.max,Age,17,17,years,8,,x", "a.max,Age,17,17,months,8,,x", CHANGED, id="unit"),
        pytest.param("a.max,Age,17,17,years,8,,x", "a.max,Oldest,17,17,years,8,,x", DIFFERS, id="label"),
        pytest.param("a.max,Age,17,17,years,8,,x", "b.max,Age,17,17,years,8,,x", CHANGED, id="key"),
        pytest.param("a.max,Age,17,17,years,8,,x", "a.max,Age,,NE,years,8,,x", CHANGED, id="gone"),
    ],
)  # fmt: skip
def test_numbers_of_the_text_are_graded_by_what_they_are(old, new, grade):
    contents = [f"{NUMBERS_HEADER}{row},baseline,patients,all,\n".encode() for row in (old, new)]

    _, found = compare_contents("tables/numbers.csv", *contents)

    assert worst_of(found) is grade, found


@pytest.mark.parametrize(
    ("stem", "method", "grade"), [("dose.change", "Hodges-Lehmann", CHANGED), ("dose", "median", DIFFERS)]
)
def test_only_an_interval_that_has_a_null_can_cross_it(stem, method, grade):
    rows = "{0}.ci_low,Low,{1},{1},mg/day,8,,{2},a,b,c,\n{0}.ci_high,High,9,9.0,mg/day,8,,{2},a,b,c,\n"
    contents = [(NUMBERS_HEADER + rows.format(stem, low, method)).encode() for low in ("0.4", "0.0")]

    _, found = compare_contents("tables/numbers.csv", *contents)

    assert worst_of(found) is grade, found


@pytest.mark.parametrize(
    ("old", "new", "grade"),
    [
        ("hazard ratio 0.6 (0.4 to 0.9)", "hazard ratio 0.6 (0.4 to 1.1)", CHANGED),
        ("odds ratio 2.0 (1.2 to 4.0)", "odds ratio 2.0 (1.3 to 4.0)", DIFFERS),
        ("change −3 (−5 to −1)", "change −3 (−5 to 1)", CHANGED),
        ("grade 1 in six", "grade 2 in six", CHANGED),
        ("SYN-1 was seen on day 5", "SYN-2 was seen on day 5", DIFFERS),
        ("P < 0.001", "P = 0.004", DIFFERS),
        ("P = 0.06", "P < 0.05", CHANGED),
        ("1.0 × 10⁶ cells", "1.0 × 10⁷ cells", DIFFERS),
        ("in 7 of 8 patients", "in 7 of 7 patients", CHANGED),
    ],
)
def test_sentences_are_graded_by_the_numbers_in_them(old, new, grade):
    assert grade_text(old, new).grade is grade


def test_files_that_only_one_side_has_are_told_apart(published, rebuilt):
    (rebuilt / "tables/product.docx").unlink()
    put(rebuilt, "tables/another.csv", b"a,b\n1,2\n")

    found = {change.file: change.grade for change in compare_outputs(published, rebuilt)}

    assert found == {"tables/product.docx": MISSING, "tables/another.csv": EXTRA}


def test_a_file_that_the_published_manifest_names_and_that_is_gone_is_missing(published, rebuilt):
    (rebuilt / "tables/product.docx").unlink()

    found = compare_outputs(rebuilt, published)

    assert [(change.grade, change.why) for change in found] == [
        (MISSING, "rebuilt, and named by the published MANIFEST.json and not there")
    ]


def test_a_file_that_the_manifest_names_is_compared_wherever_it_stands(published, rebuilt, tmp_path):
    manifest = json.loads((published / "MANIFEST.json").read_text())
    manifest["exhibits"][0]["files"]["elsewhere/a.csv"] = hashlib.sha256(b"a,b\n1,2.0\n").hexdigest()
    other = tmp_path / "other"
    shutil.copytree(rebuilt, other)
    for folder, table in ((rebuilt, b"a,b\n1,2.0\n"), (other, b"a,b\n1,3.0\n")):
        put(folder, "MANIFEST.json", json.dumps(manifest).encode())
        (folder / "elsewhere").mkdir()
        put(folder, "elsewhere/a.csv", table)

    assert [(change.file, change.grade) for change in compare_outputs(rebuilt, other)] == [("elsewhere/a.csv", DIFFERS)]


def every_run(manifest, **facts):
    for run in manifest["runs"].values():
        run |= facts


CLAIMS = {
    "another data set": (lambda manifest: manifest["dataset"].update(sha256="0" * 64), "another data set is named"),
    "another title of the data": (lambda manifest: manifest["dataset"].update(title="Real"), "data set is named"),
    "another raw table": (
        lambda manifest: manifest["runs"]["00_data"]["reads"].update({"data/labs.csv": "0" * 64}), "data",
    ),
    "another lock": (lambda manifest: every_run(manifest, lock="0" * 64), "packages"),
    "other code": (lambda manifest: every_run(manifest, code="0" * 64), "code"),
    "another parameter": (
        lambda manifest: manifest["runs"]["10_cohort"]["parameters"].update(months_before=6), "parameter",
    ),
    "other needs": (lambda manifest: manifest["runs"]["10_cohort"].update(needs=[]), "of a run"),
    "a made file that it did not read": (
        lambda manifest: manifest["runs"]["10_cohort"]["reads"].update({"made/data/derived/patients.csv": "0" * 64}),
        "made file",
    ),
    "another version": (lambda manifest: manifest.update(caseseries="9"), "caseseries"),
    "a fact that no build tells": (lambda manifest: manifest.update(reviewed="yes"), "reviewed"),
    "another heading": (lambda manifest: manifest["exhibits"][0].update(title="Other"), "heading"),
    "another notebook": (lambda manifest: manifest["exhibits"][0].update(notebook="20_kinetics"), "notebook"),
    "a run that there was not": (
        lambda manifest: manifest["runs"].update(more=manifest["runs"]["00_data"]), "one of the two",
    ),
    "a stale exhibit": (lambda manifest: manifest.update(stale=["baseline"]), "Table 1 was left"),
    "a stale exhibit, told in its entry": (lambda manifest: manifest["exhibits"][0].update(stale=True), "was left"),
    "an exhibit that failed": (lambda manifest: manifest.update(failed=["baseline"]), "could not be built"),
    "another hash of a file": (
        lambda manifest: manifest["exhibits"][0]["files"].update({"tables/baseline.csv": "0" * 64}), "altered",
    ),
    "another hash of a derived table": (
        lambda manifest: manifest["derived"].update({"data/derived/patients.csv": "0" * 64}), "altered",
    ),
}  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_a_published_manifest_claims_is_not_believed(published, rebuilt, claim):
    change, why = CLAIMS[claim]
    manifest = json.loads((published / "MANIFEST.json").read_text())
    change(manifest)
    put(rebuilt, "MANIFEST.json", json.dumps(manifest).encode())

    found = compare_outputs(rebuilt, published)

    assert any(change.grade is DIFFERS and why in f"{change.where} {change.why}" for change in found), found


def test_a_changed_raw_table_is_named(published, rebuilt):
    manifest = json.loads((published / "MANIFEST.json").read_text())
    manifest["dataset"]["sha256"] = manifest["runs"]["00_data"]["reads"]["data/labs.csv"] = "0" * 64
    put(rebuilt, "MANIFEST.json", json.dumps(manifest).encode())

    found = {change.where: change for change in compare_outputs(rebuilt, published)}

    assert found["data set"].why == "made from another data set: labs.csv differs"
    assert found["data set"].grade is DIFFERS
    assert "data/labs.csv (00_data)" in found


def test_a_file_that_only_one_build_saw_being_read_passes_if_it_is_the_one_that_is_claimed(published, rebuilt):
    manifest = json.loads((published / "MANIFEST.json").read_text())
    manifest["runs"]["00_data"]["reads"]["data/notes.txt"] = "a" * 64
    put(rebuilt, "MANIFEST.json", json.dumps(manifest).encode())

    for now, grade in (("a" * 64, PRINTED), ("b" * 64, DIFFERS)):
        comparisons = compare_files(rebuilt, published, now=lambda name, now=now: now)
        (found,) = (change for comparison in comparisons for change in comparison.differences)
        assert (found.where, found.grade) == ("data/notes.txt (00_data)", grade)


def test_a_published_file_that_was_altered_is_held_against_its_own_manifest(published, rebuilt):
    put(rebuilt, "tables/product.csv", (published / "tables/product.csv").read_bytes().replace(b"\n", b"\r\n"))

    found = {change.where: change.grade for change in compare_outputs(rebuilt, published)}

    assert found == {"bytes": PRINTED, "MANIFEST.json": DIFFERS}


def test_a_manifest_that_says_one_thing_twice_does_not_pass(published, rebuilt):
    content = (published / "MANIFEST.json").read_bytes().replace(b'"dataset": {', b'"dataset": {}, "dataset": {', 1)
    put(rebuilt, "MANIFEST.json", content)

    (found,) = compare_outputs(rebuilt, published)

    assert found.grade is UNCOMPARED
    assert "dataset stands twice" in found.why


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"], ids=["cut off", "another form", "no text"])
def test_a_manifest_that_cannot_be_read_does_not_pass(published, rebuilt, content):
    put(rebuilt, "MANIFEST.json", content)

    assert [change.grade for change in compare_outputs(published, rebuilt)] == [UNCOMPARED]


def pack(folder, path, *, prefix=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, prefix + file.relative_to(folder).as_posix())
    return path


def rewrite_record(content, old, new):
    """Put another record of the same length into an office document, piece by piece as the old one stands there."""
    pairs = [(old[start : start + LONGEST], new[start : start + LONGEST]) for start in range(0, len(old), LONGEST)]

    def change(member):
        for before, after in pairs:
            member = member.replace(escape(before).encode(), escape(after).encode(), 1)
        return member

    return stable_zip(content, replace={PART: change})


@pytest.mark.parametrize(
    "name",
    ["figures/visits.png", "figures/visits.pdf", "figures/visits.svg", "figures/source_data/visits.xlsx",
     "tables/product.docx", "tables/product.html"],
)  # fmt: skip
def test_a_record_that_names_another_lock_does_not_pass(name):
    def alter(content):
        record = read_record(content).record
        if name.endswith((".xlsx", ".docx")):
            other = replace(record, lock="5" * 64, seal=UNSEALED)
            return seal(rewrite_record(content, record.text(), other.text()))
        return seal(_swap(_swap(content, record.lock, "5" * 64), record.seal, UNSEALED))

    found = compare(name, alter)

    assert [(change.where, change.grade) for change in found] == [("record", DIFFERS)], found
    assert "made from something else: lock" in found[0].why


def test_a_zip_of_the_outputs_in_any_folder_is_the_same_outputs(published, tmp_path):
    assert compare_outputs(pack(published, tmp_path / "a.zip", prefix="release-1/"), published) == []


def test_a_damaged_member_of_a_zip_does_not_pass(published, tmp_path):
    path = pack(published, tmp_path / "a.zip")
    content = bytearray(path.read_bytes())
    start = content.find((published / "tables/safety.csv").read_bytes())
    content[start + 100] ^= 255
    path.write_bytes(content)

    found = compare_outputs(path, published)

    assert [(change.file, change.grade) for change in found] == [("tables/safety.csv", UNCOMPARED)]


@pytest.mark.parametrize(
    "name",
    ["tables/product.csv", "Tables/Product.csv", "tables//product.csv", "tables/./product.csv", "tables\\product.csv"],
)
def test_a_zip_that_holds_one_name_twice_is_refused(published, tmp_path, name):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings(action="ignore"):
        archive.writestr("tables/product.csv", b"a,b\n1,2\n")
        archive.writestr(name, b"a,b\n1,3\n")

    with pytest.raises(UsageError, match="twice"):
        compare_outputs(path, published)


def test_a_workbook_that_holds_a_part_twice_is_not_compared():
    def alter(content):
        made = io.BytesIO(content)
        with zipfile.ZipFile(made, "a") as archive, warnings.catch_warnings(action="ignore"):
            archive.writestr("xl/worksheets/sheet1.xml", archive.read("xl/worksheets/sheet1.xml"))
        return made.getvalue()

    (found,) = compare("figures/source_data/visits.xlsx", alter)

    assert found.grade is UNCOMPARED
    assert "twice" in found.why


def test_a_zip_that_is_cut_off_and_a_folder_without_outputs_are_refused(published, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(200))
    (tmp_path / "empty").mkdir()

    for refused in (path, tmp_path / "empty", tmp_path / "nothing"):
        with pytest.raises(UsageError):
            compare_outputs(refused, published)


def test_a_row_is_known_by_its_key_even_if_all_its_numbers_changed():
    rows = ["patient_id,day,a,b,c,d", "P1,1,1.5,2.5,3.5,4.5", "P1,2,5.5,6.5,7.5,8.5"]
    changed = [*rows[:2], "P1,2,5.6,6.6,7.6,8.6"]

    _, found = compare_contents("figures/a.csv", *("\n".join(lines).encode() for lines in (rows, changed)))

    assert [change.where for change in found] == [f"P1, 2, {column}" for column in "abcd"]
    assert {change.grade for change in found} == {DIFFERS}
