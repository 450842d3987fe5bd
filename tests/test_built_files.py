"""Every file of every exhibit of the plan, as built from the synthetic cohort, read by the readers that people use."""

import io
import json
import math
import re
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import etree, html
from PIL import Image
from pypdf import PdfReader

from caseseries import __version__
from caseseries.build.manifest import read_manifest
from caseseries.exhibits.drawing.style import LABEL_PT, MAX_HEIGHT_MM, SMALL_PT
from caseseries.exhibits.forms.made_csv import read_made_csv
from caseseries.exhibits.forms.note import SYNTHETIC_NOTE
from caseseries.exhibits.forms.provenance import NAME
from caseseries.exhibits.forms.recorded import read_record
from caseseries.exhibits.forms.xmp import DC, OURS, RDF
from caseseries.paths import DERIVED, FIGURES, LOCK, ROOT, RUNS, TABLES
from caseseries.plan import read_plan
from caseseries.records.describe import hash_file

PLAN = read_plan()
FIGURES_PLANNED = [
    exhibit for exhibit in PLAN.exhibits if exhibit.kind == "figure" and exhibit.id != "patient_timeline"
]
"""A timeline stands in its page; beside it there is a PDF for each patient."""
TABLES_PLANNED = [exhibit for exhibit in PLAN.exhibits if exhibit.kind == "table"]
DPI = 450
SVG = "{http://www.w3.org/2000/svg}"
POINTS_PER_MM = 72 / 25.4
DATE = re.compile(rb"(?:19|20)\d\d-?[01]\d-?[0-3]\d[T ]?\d\d:?\d\d")


def named(exhibits):
    return pytest.mark.parametrize("exhibit", exhibits, ids=lambda exhibit: exhibit.id)


@pytest.fixture
def files(synthetic_build, exhibit):
    """Give the files of an exhibit by their suffix; a list each, for a notebook may run for many patients."""
    entry = next(entry for entry in read_manifest(synthetic_build)["exhibits"] if entry["id"] == exhibit.id)
    assert entry["lacks"] == []
    found = {}
    for name in entry["files"]:
        if name.startswith(RUNS.as_posix()):
            continue
        found.setdefault(Path(name).suffix, []).append(synthetic_build / name)
    return found


def facts_of(path):
    return read_record(path.read_bytes()).record


@named(FIGURES_PLANNED)
def test_a_figure_has_every_form(files, synthetic_build):
    assert set(files) == {".csv", ".pdf", ".png", ".svg", ".tiff", ".xlsx"}
    assert all(path.is_relative_to(synthetic_build / FIGURES) for paths in files.values() for path in paths)


@named(TABLES_PLANNED)
def test_a_table_has_every_form(files, synthetic_build):
    assert set(files) == {".csv", ".docx", ".html"}
    assert all(path.is_relative_to(synthetic_build / TABLES) for paths in files.values() for path in paths)


@named(FIGURES_PLANNED)
def test_the_pdf_is_one_page_of_the_journal_with_its_typeface_inside_and_no_picture(files, exhibit):
    for path in files[".pdf"]:
        (page,) = PdfReader(path).pages
        fonts = list(find_fonts(page["/Resources"]))

        assert float(page.mediabox.width) / POINTS_PER_MM == pytest.approx(exhibit.width_mm, abs=0.001)
        assert float(page.mediabox.height) / POINTS_PER_MM <= MAX_HEIGHT_MM + 0.001
        assert fonts
        for font in fonts:
            assert "TeXGyreHeros" in font["/BaseFont"]
            assert font["/Subtype"] in ("/TrueType", "/CIDFontType2")
            assert "/FontFile2" in font["/FontDescriptor"]
        assert [name for name, kind in find_objects(page["/Resources"]) if kind == "/Image"] == []


@named(FIGURES_PLANNED)
def test_text_in_the_pdf_is_of_5_to_7_points_and_only_panel_letters_are_larger(files):
    for path in files[".pdf"]:
        written = []
        PdfReader(path).pages[0].extract_text(visitor_text=lambda *run: written.append(measure(*run)))  # noqa: B023
        written = [(text, size) for text, size in written if text]

        assert written
        for text, size in written:
            # An exponent or an index is set smaller than the text that it belongs to.
            assert size >= SMALL_PT - 1e-6 or re.fullmatch(r"[−\d\s]{1,8}", text), (text, size)
            assert size <= 7 + 1e-6 or (size == LABEL_PT and re.fullmatch(r"[a-z]", text)), (text, size)


@named(FIGURES_PLANNED)
def test_the_pdf_says_what_it_shows_to_those_who_cannot_see_it(files):
    for path in files[".pdf"]:
        reader = PdfReader(path)
        root, record = reader.root_object, facts_of(path)
        (document,) = root["/StructTreeRoot"]["/K"]
        (figure,) = document.get_object()["/K"]
        figure = figure.get_object()
        content = reader.pages[0].get_contents().get_data()

        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == "en-GB"
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert figure["/S"] == "/Figure"
        assert record.alt_text
        assert record.alt_text in figure["/Alt"]
        assert content.startswith(b"/Figure <</MCID 0>> BDC")
        assert content.rstrip().endswith(b"EMC")
        assert reader.metadata.title == record.heading
        assert record.alt_text in reader.metadata.subject
        assert not {"/CreationDate", "/ModDate", "/Creator"} & set(reader.metadata)
        assert "/ID" not in reader.trailer
        assert reader.pdf_header == "%PDF-1.7"


@named(FIGURES_PLANNED)
def test_xmp_is_xml_and_says_the_same_as_the_record(files):
    for path in files[".pdf"]:
        check_rdf(etree.fromstring(PdfReader(path).root_object["/Metadata"].get_data()), path, "application/pdf")
    for path in files[".tiff"]:
        with Image.open(path) as image:
            check_rdf(etree.fromstring(image.tag_v2[700]), path, "image/tiff")
    for path in files[".svg"]:
        check_rdf(etree.parse(path).getroot().find(f"{SVG}metadata"), path, "image/svg+xml")


def check_rdf(root, path, medium):
    about = root.find(f".//{{{RDF}}}Description")
    record = facts_of(path)

    assert about.findtext(f"{{{DC}}}title//{{{RDF}}}li") == record.heading
    assert about.findtext(f"{{{DC}}}description//{{{RDF}}}li") == record.alt_text
    assert about.findtext(f"{{{DC}}}identifier") == record.exhibit
    assert about.findtext(f"{{{DC}}}format") == medium
    assert json.loads(about.findtext(f"{{{OURS}}}record"))["exhibit"] == record.exhibit


@named(FIGURES_PLANNED)
def test_the_svg_has_its_size_text_as_text_its_typeface_and_no_picture(files, exhibit):
    for path in files[".svg"]:
        root = etree.parse(path).getroot()
        texts = ["".join(element.itertext()).strip() for element in root.iter(f"{SVG}text")]
        style = "".join(element.text for element in root.iter(f"{SVG}style") if element.text)
        scripts = [*root.iter(f"{SVG}image"), *root.iter(f"{SVG}script"), *root.iter(f"{SVG}foreignObject")]

        assert float(root.get("width").removesuffix("mm")) == pytest.approx(exhibit.width_mm, abs=0.001)
        assert float(root.get("height").removesuffix("mm")) <= MAX_HEIGHT_MM + 0.001
        assert root.get("role") == "img"
        assert root.findtext(f"{SVG}title") == facts_of(path).heading
        assert facts_of(path).alt_text in root.findtext(f"{SVG}desc")
        assert SYNTHETIC_NOTE in texts
        assert re.findall(r"@font-face\{font-family:'TeX Gyre Heros'", style)
        assert "data:font/woff;base64," in style
        assert scripts == []
        assert not re.search(rb"href=\"(?!#)", path.read_bytes())


@named(FIGURES_PLANNED)
def test_png_and_tiff_hold_the_same_picture_at_450_dpi(files, exhibit):
    width = exhibit.width_mm / 25.4 * DPI
    for one, other in zip(sorted(files[".png"]), sorted(files[".tiff"]), strict=True):
        with Image.open(one) as png, Image.open(other) as tiff:
            assert png.info["dpi"] == pytest.approx((DPI, DPI), abs=0.1)
            assert png.width == pytest.approx(width, abs=1)
            assert png.info["Title"] == facts_of(one).heading
            assert facts_of(one).alt_text in png.info["Description"]
            assert NAME in png.text
            assert tiff.info["dpi"] == (DPI, DPI)
            assert tiff.info["compression"] == "tiff_lzw"
            assert tiff.mode == "RGB"
            assert tiff.tag_v2[269] == exhibit.id
            assert tiff.tobytes() == png.convert("RGB").tobytes()
            assert tiff.convert("L").getextrema() != (255, 255)


@named(FIGURES_PLANNED)
def test_the_workbook_and_the_csv_hold_the_same_numbers_and_no_formula(files):
    for book_path, csv_path in zip(sorted(files[".xlsx"]), sorted(files[".csv"]), strict=True):
        frame = read_made_csv(csv_path)
        book = openpyxl.load_workbook(book_path)
        sheets = [list(sheet.iter_rows(values_only=True)) for sheet in book]
        parts = split_panels(frame, len(sheets))

        assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
        assert [name for sheet in book for name in sheet.tables] == []
        for rows, part in zip(sheets, parts, strict=True):
            assert SYNTHETIC_NOTE in rows[1][0]
            header = rows[2]
            assert set(header) <= set(part.columns)
            assert part.drop(columns=["panel", *header], errors="ignore").isna().all(axis=None)
            assert len(rows) - 3 == len(part)
            for at, name in enumerate(header):
                check_column([row[at] for row in rows[3:]], part[name].tolist(), f"{csv_path.name}: {name}")


def split_panels(frame, n_sheets):
    if n_sheets == 1 and "panel" not in frame.columns:
        return [frame]
    return [frame[frame["panel"] == name] for name in dict.fromkeys(frame["panel"])]


def check_column(in_book, in_csv, name):
    for one, other in zip(in_book, in_csv, strict=True):
        if one is None or one == "":
            assert pd.isna(other) or other == "", name
        elif isinstance(one, (int, float)) and not isinstance(one, bool):
            assert math.isclose(float(one), float(other), rel_tol=1e-11, abs_tol=1e-300), name
        else:
            assert str(one) == str(other), name


@named(TABLES_PLANNED)
def test_the_word_table_is_a_table_whose_header_repeats_with_the_cells_of_the_csv(files, exhibit):
    for path, page in zip(sorted(files[".docx"]), sorted(files[".html"]), strict=True):
        document = Document(str(path))
        (table,) = document.tables
        root = html.document_fromstring(page.read_bytes())
        shown = [["".join(cell.itertext()) for cell in row] for row in root.xpath("//table//tr")]
        written = [[cell.text for cell in row._tr.tc_lst and row.cells] for row in table.rows]
        notes = [paragraph.text for paragraph in document.paragraphs]

        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        assert [row[: len(cells)] for row, cells in zip(written, shown, strict=True)] == shown
        assert [note.text for note in root.xpath("//div[@class='notes']/p")] == notes[-len(root.xpath("//p")) :]
        assert SYNTHETIC_NOTE in notes[-1]
        assert notes[0].startswith(f"{exhibit.label}. {exhibit.title}")
        assert not list(document.element.iter(qn("w:fldSimple"), qn("w:instrText")))
        assert not document.inline_shapes


@named(TABLES_PLANNED)
def test_the_csv_of_a_table_holds_what_the_page_shows(files):
    for path, page in zip(sorted(files[".csv"]), sorted(files[".html"]), strict=True):
        frame = read_made_csv(path).fillna("").astype(str)
        root = html.document_fromstring(page.read_bytes())
        shown = [["".join(cell.itertext()) for cell in row.xpath("td")] for row in root.xpath("//tbody/tr[td]")]
        cells = frame.iloc[:, -len(shown[0]) :]

        assert [list(row) for row in cells.itertuples(index=False)] == shown


@named([exhibit for exhibit in PLAN.exhibits if exhibit.kind not in ("supplement", "start")])
def test_every_file_knows_what_it_is_and_what_it_was_made_from(files, exhibit, synthetic_build):
    for path in [path for paths in files.values() for path in paths if path.suffix != ".csv"]:
        found = read_record(path.read_bytes())
        record = found.record

        assert found.fault == ""
        assert found.is_whole
        assert (record.exhibit, record.label, record.title) == (exhibit.id, exhibit.label, exhibit.title)
        assert (record.version, record.lock) == (__version__, hash_file(LOCK))
        assert record.is_synthetic
        assert record.options == {}
        assert [name for name in record.inputs if name.startswith(DERIVED.as_posix())]
        for name, sha256 in record.inputs.items():
            folder = synthetic_build if name.startswith(DERIVED.as_posix()) else ROOT
            assert hash_file(folder / name) == sha256


@named([exhibit for exhibit in PLAN.exhibits if exhibit.kind != "supplement"])
def test_no_file_names_a_folder_of_this_machine_or_a_date(files, synthetic_build):
    for path in [path for paths in files.values() for path in paths]:
        content = unpacked(path)

        for place in (ROOT, Path.home(), synthetic_build, synthetic_build.parent):
            assert str(place).encode() not in content, (path.name, place)
        if path.suffix not in (".csv", ".html"):
            assert DATE.findall(re.sub(rb"2000-01-01T00:00:00Z|D:20000101000000", b"", content)) == [], path.name


def unpacked(path):
    if path.suffix in (".xlsx", ".docx"):
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            return b"".join(map(archive.read, archive.namelist()))
    if path.suffix == ".pdf":
        reader = PdfReader(path)
        return str(reader.metadata).encode() + reader.root_object["/Metadata"].get_data()
    if path.suffix in (".png", ".tiff"):
        with Image.open(path) as image:
            return repr(image.info).encode()
    return path.read_bytes()


def find_fonts(resources):
    for font in resources.get("/Font", {}).values():
        found = font.get_object()
        yield from [inner.get_object() for inner in found.get("/DescendantFonts", [found])]
    for _, _, inner in walk_objects(resources):
        yield from find_fonts(inner.get("/Resources", {}))


def find_objects(resources):
    for name, kind, inner in walk_objects(resources):
        yield name, kind
        yield from find_objects(inner.get("/Resources", {}))


def walk_objects(resources):
    for name, reference in resources.get("/XObject", {}).items():
        found = reference.get_object()
        yield name, found["/Subtype"], found


def measure(text, across, upright, font, size):
    return text.strip(), round(size * math.hypot(*across[:2]) * math.hypot(*upright[:2]), 6)
