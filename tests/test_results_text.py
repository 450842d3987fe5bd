"""The text of the results: no number typed by hand, unknown keys named, the same words in page, Word and PDF."""

import io
import re
import zipfile
from dataclasses import replace

import pytest
from cohorts import PATIENTS, SYNTHETIC
from docx import Document
from numbered import all_numbers, number
from pypdf import PdfReader

from caseseries.errors import ExhibitError
from caseseries.exhibits.forms.provenance import describe_making
from caseseries.exhibits.forms.recorded import read_record
from caseseries.manuscript import fill_text, read_text, write_text
from caseseries.manuscript.as_html import page_bytes
from caseseries.manuscript.as_pdf import pdf_bytes
from caseseries.manuscript.as_word import document_bytes
from caseseries.manuscript.origin import table_numbers
from caseseries.paths import RESULTS_TEXT
from caseseries.plan import Exhibit, Plan, read_plan

LETTERS_WITH_DIGITS = ("CD19", "SLEDAI-2K")
NUMBER_WORDS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|dozen|twice"
ALLOWED_WORDS = ("MMT of eight muscle groups",)
RESULTS = Exhibit("results", "Text", "text", "Results", "", "98_numbers")


def plan_of(*names):
    """A plan with these exhibits, each on a page of its notebook."""
    exhibits = tuple(Exhibit(name, f"Table {place}", "table", "", "", "nb") for place, name in enumerate(names, 1))
    return Plan("A series", "00_data", (*exhibits, Exhibit("page", "S1", "supplement", "Page", "", "nb")))


def plan_of_all():
    """The plan, with a stand-in for an exhibit that numbers or text name and that is not planned."""
    plan = read_plan()
    named = set(all_numbers()["exhibit"]) | set(re.findall(r"exhibit\.(\w+)", RESULTS_TEXT.read_text(encoding="utf-8")))
    known = {exhibit.id for exhibit in plan.exhibits}
    further = tuple(Exhibit(name, f"Figure {name}", "figure", "", "", "nb") for name in sorted(named - known - {""}))
    return replace(plan, exhibits=(*plan.exhibits, *further))


def fill(template, *, plan=None, about=PATIENTS):
    return fill_text(template, all_numbers(), plan=plan or plan_of("safety"), about=about, name="results.md")


@pytest.fixture(scope="module")
def results():
    return read_text(all_numbers(), plan=plan_of_all(), about=SYNTHETIC)


def hand_typed(template):
    """Give the template without what it prints, decides or notes: the words that somebody typed."""
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", template, flags=re.DOTALL)
    for words in (*LETTERS_WITH_DIGITS, *ALLOWED_WORDS):
        bare = bare.replace(words, "")
    return bare


def test_no_number_is_typed_by_hand():
    bare = hand_typed(RESULTS_TEXT.read_text(encoding="utf-8"))

    assert re.findall(r".{0,30}\d.{0,30}", bare) == []
    assert re.findall(rf".{{0,30}}\b(?:{NUMBER_WORDS})\b.{{0,30}}", bare, flags=re.IGNORECASE) == []


@pytest.mark.parametrize("typed", ["in 6 of them", "{{ crs.any.n }} of eight", "{% if x %}12{% endif %}"])
def test_a_number_typed_by_hand_is_found(typed):
    bare = hand_typed(typed)

    assert re.search(rf"\d|\b(?:{NUMBER_WORDS})\b", bare)


def test_a_number_is_printed_and_keeps_its_key():
    text = fill("It occurred in {{ crs.any.ratio }} ({{ exhibit.safety }}).")
    [block] = text.blocks

    assert text.plain() == "It occurred in 2/5 (40%) (Table 1)."
    assert [(span.text, span.key, span.exhibit) for span in block.spans if span.key or span.exhibit] == [
        ("2/5 (40%)", "crs.any.ratio", ""), ("Table 1", "", "safety"),
    ]  # fmt: skip
    assert text.numbers["key"].tolist() == ["crs.any.ratio"]


def test_headings_and_paragraphs_are_told_apart_and_lines_joined():
    text = fill("# Title\n\n## Part\nOne\ntwo.\n\nThree.\n")

    assert [(block.kind, block.spans[0].text) for block in text.blocks] == [
        ("title", "Title"), ("heading", "Part"), ("paragraph", "One two."), ("paragraph", "Three."),
    ]  # fmt: skip
    assert text.title == "Title"


def test_an_unknown_key_is_named_with_file_line_and_the_nearest_keys():
    with pytest.raises(ExhibitError) as error:
        fill("Fine {{ crs.any.n }}.\n\nWrong {{ crs.any.nn }}\nand {{ cohrt.n }}.")

    first, second = str(error.value).splitlines()
    assert first.startswith("results.md, line 3: no number is called crs.any.nn; the nearest keys are crs.any.n, ")
    assert second.startswith("results.md, line 4: no number is called cohrt.n; the nearest keys are ")
    assert "cohort.n" in second


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{% if has('crs') %}\n{{ crs.anny.n }}\n{% endif %}", "line 2: no number is called crs.anny.n"),
        ("{% if false %}{{ crs.anny.n }}{% endif %}", "line 1: no number is called crs.anny.n"),
        ("{% if has('lupsu') %}x{% endif %}", "line 1: no number is called lupsu"),
        ("{% macro m(of) %}\n{{ of.medain }}{% endmacro %}{{ m(cohort.age) }}", "line 2: .* cohort.age.medain"),
        ("\n{{ exhibit.safty }}", "line 2: no exhibit is called 'safty'; did you mean safety"),
        ("{{ crs.any }}", "line 1: crs.any is the beginning of"),
        ("{% if x", "line 1: "),
    ],
    ids=[
        "behind a condition that holds", "behind a condition that does not", "in a condition", "in a macro",
        "an exhibit", "a family", "no template at all",
    ],
)  # fmt: skip
def test_whatever_cannot_be_filled_is_named_with_its_line(template, message):
    with pytest.raises(ExhibitError, match=message):
        fill(template)


def test_a_sentence_about_what_a_data_set_does_not_hold_is_left_out():
    template = "{% if has('lupus.sledai') %}Lupus {{ lupus.sledai.baseline.median }}.{% else %}No lupus.{% endif %}"

    assert fill(template).plain() == "No lupus."


def test_a_number_that_is_not_assessable_says_so_and_its_line_says_why():
    text = fill("{{ lupus.sledai.baseline.median }}")
    table = table_numbers(text.numbers, plan=plan_of("lupus"))

    assert text.plain() == "not assessable"
    assert "no patient with data" in " ".join(cell for row in table.rows for cell in row.cells)


def test_conditions_compare_values_and_texts():
    template = "{% if crs.any.n == 2 and crs.worst > 0 and cohort.age.min != cohort.age.max %}yes{% endif %}"

    assert fill(template).plain() == "yes"


def test_the_text_says_at_its_top_that_data_are_synthetic_and_only_then(results):
    real = read_text(all_numbers(), plan=plan_of_all(), about=PATIENTS)

    assert "Synthetic data" in "".join(span.text for span in results.blocks[1].spans)
    assert "ynthetic" not in real.plain()


def test_the_text_of_the_series_leaves_no_mark_of_the_template(results):
    words = results.plain()

    assert not re.search(r"[{}\ue000-\ue002]|\bNone\b|\bnan\b", words)
    assert not re.search(r" [.,;)]|\( |  |\.\.", words)
    assert len(results.numbers) > 60
    assert "6 patients" in words


def test_every_number_of_the_page_leads_to_its_line(results):
    page = page_bytes(results, about=SYNTHETIC).decode()
    article, _, table = page.partition("</article>")
    targets = set(re.findall(r'<tr id="([^"]+)"', table))
    links = re.findall(r'<a href="#([^"]+)">([^<]*)</a>', article)

    assert {key for key, _ in links} == targets == set(results.numbers["key"])
    assert all(shown == number(key)["text"] or shown == number(key)["reason"] for key, shown in links)
    assert "<script" not in page
    assert "http" not in page
    assert 'href="../supplements/safety_supplement.html"' in article


def test_on_the_page_of_its_notebook_the_text_stands_below_other_headings_and_leads_to_its_own_page(results):
    element = results.to_html(exhibit=RESULTS, about=SYNTHETIC)

    assert "<h3>Results</h3>" in element
    assert not re.search(r"<h[12]>", element)
    assert 'href="../manuscript/results.html#crs.any.ratio"' in element


def test_no_digit_of_the_page_stands_outside_a_link(results):
    article = page_bytes(results, about=SYNTHETIC).decode().partition("<article")[2].partition("</article>")[0]
    bare = re.sub(r"<a .*?</a>|<[^>]*>", "", article)
    # An exhibit without a supplement has no page to lead to.
    for words in (*LETTERS_WITH_DIGITS, *sorted((exhibit.label for exhibit in results.plan.exhibits), key=len)[::-1]):
        bare = bare.replace(words, "")

    assert re.findall(r"\S*\d\S*", bare) == []


def test_every_number_of_the_word_document_leads_to_a_place_in_it(results):
    content = document_bytes(results, about=SYNTHETIC)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("word/document.xml").decode()
    places = set(re.findall(r'w:bookmarkStart w:id="\d+" w:name="(\w+)"', xml))
    anchors = re.findall(r'<w:hyperlink w:anchor="(\w+)"', xml)

    assert set(anchors) == places
    assert len(places) == len(results.numbers)
    assert "lnNumType" in xml
    assert "Synthetic data" in Document(io.BytesIO(content)).sections[0].header.paragraphs[0].text


def test_the_pdf_embeds_its_typeface_and_links_every_number(results):
    reader = PdfReader(io.BytesIO(pdf_bytes(results, about=SYNTHETIC)))
    text = " ".join(page.extract_text() for page in reader.pages)
    links = [note for page in reader.pages for note in page.get("/Annots", [])]
    fonts = {font["/BaseFont"] for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    n_printed = sum(bool(span.key) for block in results.blocks for span in block.spans)

    assert len(links) >= n_printed
    assert all("TeXGyreHeros" in font for font in fonts)
    assert all("Synthetic data" in page.extract_text() for page in reader.pages)
    assert "6 patients" in re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("give", [page_bytes, document_bytes, pdf_bytes], ids=["page", "Word", "PDF"])
def test_the_same_text_gives_the_same_bytes(give):
    text = fill("# Title\n\nIn {{ crs.any.ratio }}, {{ product.dose.median }} ({{ exhibit.safety }}).",
                plan=plan_of("safety", "product"))  # fmt: skip

    assert give(text, about=PATIENTS) == give(text, about=PATIENTS)
    assert b"ynthetic" not in give(text, about=PATIENTS)


@pytest.mark.parametrize("give", [page_bytes, document_bytes, pdf_bytes], ids=["page", "Word", "PDF"])
def test_each_form_carries_the_record_of_its_making_and_a_seal(give):
    made = describe_making(RESULTS, PATIENTS, alt_text="", inputs={"labs.csv": "0" * 8}, options={}, parameters={})
    found = read_record(give(fill("{{ crs.any.n }}"), about=PATIENTS, provenance=made))

    assert found.is_whole
    assert (found.record.exhibit, found.record.inputs) == ("results", {"labs.csv": "0" * 8})


def test_raised_figures_reach_the_pdf_as_figures():
    text = fill("{{ product.dose.median }}", plan=plan_of("product"))
    reader = PdfReader(io.BytesIO(pdf_bytes(text, about=PATIENTS)))

    assert re.search(r"3\.0 × 10\s?6", reader.pages[0].extract_text())


def test_files_are_written_with_all_numbers_beside_them(tmp_path):
    text = fill("{{ crs.any.n }}", plan=plan_of("safety"))
    paths = write_text(text, exhibit=RESULTS, about=SYNTHETIC, out=tmp_path)

    assert sorted(path.relative_to(tmp_path).as_posix() for path in paths) == [
        "manuscript/results.docx", "manuscript/results.html", "manuscript/results.pdf", "tables/numbers.csv",
    ]  # fmt: skip
    lines = (tmp_path / "tables/numbers.csv").read_text().splitlines()
    assert lines[0].startswith("# Synthetic data")
    assert len(lines) == len(all_numbers()) + 2
    assert any(line.startswith("crs.any.ratio,") and ",0.4,2/5 (40%)," in line for line in lines)
