"""Every file of an exhibit: right form, said to be synthetic, harmless in a spreadsheet, the same bytes twice."""

import csv
import io
import re
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pandas as pd
import pytest
from cohorts import PATIENTS, SYNTHETIC, derived_cohort
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html
from PIL import Image
from pypdf import PdfReader

from caseseries.errors import ExhibitError
from caseseries.exhibits.cohort.swimmer import plot_swimmer
from caseseries.exhibits.drawing.style import add_panel, journal_style, new_figure, text_width_mm
from caseseries.exhibits.forms.export import write_figure, write_table
from caseseries.exhibits.forms.files import write_bytes
from caseseries.exhibits.forms.made_csv import read_made_csv, starts_formula, write_made_csv
from caseseries.exhibits.forms.word import document_bytes, fit_columns
from caseseries.exhibits.model import DisplayTable, Drawing, Row
from caseseries.plan import Exhibit

NOTE = "Synthetic data"
FIGURE = Exhibit("course", "Figure 1", "figure", "Course of patients", "What is shown.", "10_cohort")
TABLE = Exhibit("facts", "Table 1", "table", "Facts & figures", "What is shown.", "10_cohort")
WIDE = DisplayTable(
    ("", "P1", "All (n = 1)"),
    (
        Row("Section", kind="section"),
        Row("Age, years", ("−5", "=1+1")),
        Row("mean", ("7 < 8", "@home"), kind="detail"),
    ),
    ("A note & a sign.",),
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawing():
    found = derived_cohort(3)
    return plot_swimmer(found["patients"], found["treatment"], found["milestones"])


@pytest.fixture(scope="module", params=[SYNTHETIC, PATIENTS], ids=["synthetic", "patients"])
def about(request):
    return request.param


@pytest.fixture(scope="module")
def figure_files(drawing, about, tmp_path_factory):
    paths = write_figure(drawing, exhibit=FIGURE, about=about, out=tmp_path_factory.mktemp("figures"))
    return {path.suffix: path for path in paths}


@pytest.fixture(scope="module")
def table_files(about, tmp_path_factory):
    paths = write_table(WIDE, exhibit=TABLE, about=about, out=tmp_path_factory.mktemp("tables"))
    return {path.suffix: path for path in paths}


def test_a_figure_has_five_files_and_a_table_three(figure_files, table_files):
    assert sorted(figure_files) == [".csv", ".pdf", ".png", ".svg", ".xlsx"]
    assert figure_files[".pdf"].parts[-2:] == ("figures", "course.pdf")
    assert figure_files[".xlsx"].parts[-3:] == ("figures", "source_data", "course.xlsx")
    assert sorted(table_files) == [".csv", ".docx", ".html"]
    assert table_files[".docx"].parts[-2:] == ("tables", "facts.docx")


def test_the_pdf_has_its_size_its_fonts_and_its_description(figure_files, drawing):
    page = PdfReader(figure_files[".pdf"]).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].get_object().values()]
    inner = [font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font for font in fonts]
    info = PdfReader(figure_files[".pdf"]).metadata

    assert float(page.mediabox.width) * 25.4 / 72 == pytest.approx(183, abs=0.05)
    assert float(page.mediabox.height) * 25.4 / 72 <= 170
    assert inner
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in inner)
    assert all("TeXGyreHeros" in str(font["/BaseFont"]) for font in inner)
    assert info.title == "Figure 1. Course of patients"
    assert drawing.alt_text in info.subject
    assert not {"/CreationDate", "/ModDate"} & set(info)


def test_the_png_has_its_resolution_and_its_description(figure_files, drawing):
    with Image.open(figure_files[".png"]) as image:
        image.load()
        assert image.info["dpi"][0] == pytest.approx(450, abs=0.1)
        assert image.width == pytest.approx(183 / 25.4 * 450, abs=1)
        assert image.info["Title"] == "Figure 1. Course of patients"
        assert drawing.alt_text in image.info["Description"]
        assert "Software" not in image.info


def test_the_svg_holds_text_a_title_its_typeface_and_no_picture(figure_files, drawing):
    root = etree.parse(figure_files[".svg"]).getroot()
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    used = re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", figure_files[".svg"].read_text(encoding="utf-8"))
    texts = ["".join(element.itertext()).strip() for element in root.iter(f"{SVG}text")]

    assert root.get("width") == "183mm"
    assert not list(root.iter(f"{SVG}image"))
    assert {"SYN-1", "SYN-2", "SYN-3", "Drug-free"} <= set(texts)
    assert root[0].text == "Figure 1. Course of patients"
    assert drawing.alt_text in root[1].text
    assert root.get("aria-labelledby").split() == [root[0].get("id"), root[1].get("id")]
    assert "data:font/woff;base64," in root[2].text
    assert len(ids) == len(set(ids))
    assert all(name.startswith("course-") for name in ids)
    assert {left or right for left, right in used} <= set(ids)


def test_marks_in_the_svg_look_and_lie_as_matplotlib_drew_them(figure_files, drawing):
    raw = io.BytesIO()
    with journal_style():
        drawing.figure.savefig(raw, format="svg")
    drawn, written = list_marks(etree.fromstring(raw.getvalue())), list_marks(etree.parse(figure_files[".svg"]))

    assert len({style for style, *_ in drawn}) > 3
    assert written == drawn


def list_marks(root):
    """Style and place of each mark; a style that all marks of a group share may stand at the group."""
    return [
        (mark.get("style") or mark.getparent().get("style"), mark.get("x"), mark.get("y"))
        for mark in root.iter(f"{SVG}use")
    ]


def test_the_workbook_has_a_sheet_per_panel_with_units_in_the_header(figure_files, drawing, about):
    book = openpyxl.load_workbook(figure_files[".xlsx"])
    header = 3 if about.is_synthetic else 2

    assert book.sheetnames == ["Figure 1 treatment", "Figure 1 marks"]
    for sheet, frame in zip(book, drawing.plotted.values(), strict=True):
        assert [cell.value for cell in sheet[header]] == list(frame.columns)
        assert sheet.max_row == header + len(frame)
    starts = [cell.value for cell in book["Figure 1 treatment"]["D"][header:]]
    assert starts == pytest.approx(drawing.plotted["treatment"]["start (months)"].tolist())


def test_the_plotted_numbers_stand_in_one_csv(figure_files, drawing):
    frame = read_made_csv(figure_files[".csv"])

    assert frame["panel"].value_counts().to_dict() == {name: len(part) for name, part in drawing.plotted.items()}
    assert (
        frame.loc[frame["panel"] == "marks", "time (days)"].tolist() == drawing.plotted["marks"]["time (days)"].tolist()
    )


def test_the_html_table_has_a_caption_and_scopes(table_files):
    root = html.document_fromstring(table_files[".html"].read_bytes())

    assert root.get("lang") == "en-GB"
    assert root.xpath("string(//table/caption)").startswith("Table 1. Facts & figures")
    assert [cell.text for cell in root.xpath("//thead//th[@scope='col']")] == ["P1", "All (n = 1)"]
    assert [cell.text for cell in root.xpath("//tbody//th[@scope='row']")] == ["Age, years", "mean"]
    assert root.xpath("//th[@scope='rowgroup']")[0].text == "Section"
    assert root.xpath("//td")[-2].text == "7 < 8"


def test_the_word_table_is_native_with_a_header_that_repeats_and_horizontal_rules_only(table_files):
    document = Document(str(table_files[".docx"]))
    table = document.tables[0]
    sides = {element.tag for element in table._tbl.iter() if element.getparent().tag == qn("w:tcBorders")}

    assert [cell.text for cell in table.rows[0].cells] == ["", "P1", "All (n = 1)"]
    assert [[cell.text for cell in row.cells] for row in table.rows][2] == ["Age, years", "−5", "=1+1"]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert sides == {qn("w:top"), qn("w:bottom")}
    assert "Table 1. Facts & figures" in document.paragraphs[0].text
    assert any(paragraph.text == "A note & a sign." for paragraph in document.paragraphs)
    assert not document.inline_shapes


def test_every_file_of_synthetic_data_says_so_and_no_other_does(figure_files, table_files, about):
    page = PdfReader(figure_files[".pdf"]).pages[0].extract_text()
    svg = "".join(etree.parse(figure_files[".svg"]).getroot().find(f"{SVG}g").itertext())
    word = Document(str(table_files[".docx"]))
    workbook = openpyxl.load_workbook(figure_files[".xlsx"])
    with Image.open(figure_files[".png"]) as image:
        described = image.info["Description"]
    said = {
        "pdf": NOTE in page,
        "svg": NOTE in svg,
        "png": NOTE in described,
        "csv of the figure": figure_files[".csv"].read_text(encoding="utf-8").startswith(f"# {NOTE}"),
        "csv of the table": table_files[".csv"].read_text(encoding="utf-8").startswith(f"# {NOTE}"),
        "html": NOTE in table_files[".html"].read_text(encoding="utf-8"),
        "word, header": NOTE in word.sections[0].header.paragraphs[0].text,
        "word, note": any(NOTE in paragraph.text for paragraph in word.paragraphs),
        "workbook": all(NOTE in str(sheet["A2"].value) for sheet in workbook),
    }

    assert set(said.values()) == {about.is_synthetic}, said


def test_two_writes_give_the_same_bytes(figure_files, table_files, about, tmp_path):
    found = derived_cohort(3)
    again = plot_swimmer(found["patients"], found["treatment"], found["milestones"])
    second = write_figure(again, exhibit=FIGURE, about=about, out=tmp_path)
    second += write_table(WIDE, exhibit=TABLE, about=about, out=tmp_path)
    first = {path.name: path.read_bytes() for path in [*figure_files.values(), *table_files.values()]}

    assert {path.name: path.read_bytes() == first[path.name] for path in second} == dict.fromkeys(first, True)


def test_office_files_carry_no_time(figure_files, table_files):
    for path in (figure_files[".xlsx"], table_files[".docx"]):
        with zipfile.ZipFile(path) as archive:
            assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            core = archive.read("docProps/core.xml").decode()
            assert set(re.findall(r"\d{4}-\d\d-\d\dT[^<]*", core)) == {"2000-01-01T00:00:00Z"}


DANGEROUS = ["=1+1", "+1 (2)", "-x", "@cmd", "=HYPERLINK(0)", "\tx", " =1+1", "\t =1", "\r=1", "\n=1", "＝1+1"]


def test_a_workbook_cell_is_never_a_formula(tmp_path):
    with journal_style():
        figure = new_figure(width_mm=183, height_mm=30)
    frame = pd.DataFrame({"=A1": DANGEROUS, "change": [-1.5] * len(DANGEROUS)})
    paths = write_figure(Drawing(figure, {"a": frame}, "alt", "legend"), exhibit=FIGURE, about=PATIENTS, out=tmp_path)
    sheet = openpyxl.load_workbook(next(path for path in paths if path.suffix == ".xlsx")).active

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}
    assert [sheet.cell(row, 1).value for row in range(3, 3 + len(DANGEROUS))] == DANGEROUS
    assert sheet["A3"].quotePrefix
    assert sheet["B3"].value == -1.5


def test_a_csv_cell_is_never_a_formula_and_numbers_stay_numbers(tmp_path):
    texts = [*DANGEROUS, "'=quoted", "' =quoted", "plain"]
    frame = pd.DataFrame({"note": texts, "change": -1.5, "text": "-3"})
    path = write_made_csv(frame, tmp_path / "x.csv", about=SYNTHETIC)
    with path.open(encoding="utf-8", newline="") as file:
        cells = list(csv.reader(file))[2:]

    assert len(cells) == len(texts)
    assert not any(starts_formula(cell[0]) for cell in cells)
    assert {(change, text) for _, change, text in cells} == {("-1.5", "-3")}
    found = read_made_csv(path)
    assert found["note"].tolist() == [text.replace("\r", "\n") for text in texts]
    assert found["change"].tolist() == frame["change"].tolist()


LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)
RISKY = st.builds(str.__add__, st.sampled_from(["=", "+", "-", "@", "'", "''=", " =", "\n", "' @", "＝"]), LETTERS)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.lists(st.one_of(LETTERS, RISKY), min_size=1, max_size=4))
def test_text_goes_into_a_made_csv_harmless_and_comes_back_as_it_was(texts):
    with TemporaryDirectory() as folder:
        frame = pd.DataFrame({"patient_id": "P1", "term": texts})
        path = write_made_csv(frame, Path(folder) / "events.csv", about=SYNTHETIC)
        in_file = pd.read_csv(path, skiprows=1, dtype=str, keep_default_na=False)["term"]

        assert not any(map(starts_formula, in_file))
        assert read_made_csv(path)["term"].tolist() == texts


def test_a_derived_table_comes_back_with_its_types(tmp_path):
    for name, frame in derived_cohort(3).items():
        path = write_made_csv(frame, tmp_path / f"{name}.csv", about=SYNTHETIC)
        found = read_made_csv(path)
        pd.testing.assert_frame_equal(found, frame, obj=name, rtol=1e-11, check_dtype=False)
        assert list(map(str, found.dtypes)) == list(map(str, frame.dtypes))


def test_a_figure_of_another_width_than_planned_is_refused(tmp_path):
    with journal_style():
        figure = new_figure(width_mm=89, height_mm=30)
    with pytest.raises(ExhibitError, match="must be 183 mm wide, not 89"):
        write_figure(Drawing(figure, {}, "alt", ""), exhibit=FIGURE, about=PATIENTS, out=tmp_path)


def test_a_letter_that_the_typeface_lacks_is_refused(tmp_path):
    with journal_style():
        figure = new_figure(width_mm=183, height_mm=30)
        add_panel(figure, left=10, top=5, width=100, height=15).set_title("10⁶ cells")
    with pytest.raises(ExhibitError, match="the typeface has no '⁶'"):
        write_figure(Drawing(figure, {}, "alt", ""), exhibit=FIGURE, about=PATIENTS, out=tmp_path)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = write_bytes(b"old", tmp_path / "x.txt")
    with pytest.raises(TypeError):
        write_bytes("no bytes", path)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_exhibits_show_themselves_as_html(drawing):
    figure = html.fragment_fromstring(drawing.to_html(exhibit=FIGURE, about=SYNTHETIC))
    table = WIDE.to_html(exhibit=TABLE, about=SYNTHETIC)

    assert figure.get("id") == FIGURE.id
    assert figure.xpath("//*[local-name()='svg']/@role") == ["img"]
    assert drawing.alt_text in figure.xpath("//*[local-name()='desc']")[0].text
    assert NOTE in figure.text_content()
    assert "<table" in table
    assert NOTE in table


def test_no_word_of_a_word_table_is_wider_than_its_column():
    table = DisplayTable(
        ("", "P1", "All (n = 8)"),
        (
            Row("Earlier treatment of the disease", kind="section"),
            Row("Immunosuppressive and biologic drugs", ("2", "kidney 2/8 (25%); gastrointestinal tract 1/8 (13%)")),
        ),
    )

    widths = fit_columns(table, room_mm=90)

    assert sum(widths) == pytest.approx(90)
    assert widths[0] > text_width_mm("Immunosuppressive", size_pt=8)
    assert widths[2] > text_width_mm("gastrointestinal", size_pt=8) > widths[1]


def test_a_heading_of_a_word_table_spans_it(tmp_path):
    table = DisplayTable(("", "P1"), (Row("Patients", kind="section"), Row("Sex", ("female",))))

    document = Document(io.BytesIO(document_bytes(table, exhibit=TABLE, about=SYNTHETIC)))

    assert [len(row._tr.tc_lst) for row in document.tables[0].rows] == [2, 1, 2]
