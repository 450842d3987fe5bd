"""The published pages in a real browser, for every reader: each size, each scheme of colours, keyboard, paper."""

import re
from functools import cache
from itertools import pairwise
from urllib.parse import unquote

import pytest
from looks import (
    COLOURS,
    WIDTHS,
    find_faults,
    find_violations,
    list_fetched,
    opened,
    walk,
)
from lxml import html

from caseseries.paths import MANUSCRIPT, ROOT, SUPPLEMENTS, SYNTHETIC, TABLES
from caseseries.plan import read_plan

PLAN = read_plan()
PATIENTS = [line.partition(",")[0] for line in (SYNTHETIC / "patients.csv").read_text().splitlines()[1:]]
PAGES = [f"{exhibit.id}.html" for exhibit in PLAN.exhibits if exhibit.kind in ("supplement", "start")]
RUNS = [f"patients/{patient}.html" for patient in PATIENTS]
ALONE = [f"{exhibit.id}.html" for exhibit in PLAN.exhibits if exhibit.kind == "table"]
MOST_BYTES = 1_500_000
OF_THE_PROJECT = ("notebooks/", "data/published.csv", "data/reported.csv")
"""What no build makes; it stands beside the output folder that is the project's own."""

WHOLE = ["whatif.html", f"../{MANUSCRIPT}/results.html"]
"""Pages that a notebook writes whole, with a design of their own."""

HAS_SCHEMES = "color-scheme"
"""Words of a page that looks otherwise where the reader wants it dark."""

each_page = pytest.mark.parametrize("name", [*PAGES, *RUNS])
any_page = pytest.mark.parametrize("name", [*PAGES, *RUNS, *WHOLE], scope="module")


@pytest.fixture(scope="module")
def folder(synthetic_build):
    return synthetic_build / SUPPLEMENTS


@pytest.fixture(scope="module")
def open_page(looker, folder, name):
    """Open a page once for all that look at it: to open and to draw it takes longer than most looks."""
    with opened(looker, folder / name) as page:
        yield page


@pytest.fixture
def page(open_page):
    yield open_page
    open_page.emulate_media(media="null", color_scheme="null", forced_colors="null", reduced_motion="null")
    open_page.set_viewport_size({"width": 1440, "height": 900})


@cache
def read(path):
    """Read a built page, which no test changes, once."""
    return html.document_fromstring(path.read_text(encoding="utf-8"))


@each_page
def test_a_page_is_small_says_synthetic_and_holds_all_that_it_needs(folder, name):
    path = folder / name
    root = read(path)

    assert path.stat().st_size < MOST_BYTES
    assert root.xpath("string(//*[@class='synthetic']/strong)") == "Synthetic data."
    assert root.xpath("//script/@src | //link[not(starts-with(@href, 'data:'))] | //iframe | //object | //base") == []
    assert not re.search(r"@import|url\((?!#|data:)", "".join(root.xpath("//style/text()")))
    assert root.xpath("//@src[not(starts-with(., 'data:'))]") == []


@each_page
def test_a_page_has_one_heading_of_each_section_and_anchors_that_are_there_once(folder, name):
    root = read(folder / name)
    anchors = root.xpath("//@id")

    assert len(root.xpath("//h1")) == 1
    assert len(anchors) == len(set(anchors))
    assert [link for link in root.xpath("//a/@href") if link[0] == "#" and link[1:] not in anchors] == []
    assert {f"#{heading.get('id')}" for heading in root.xpath("//main//h2")} == set(
        root.xpath("//nav[@class='contents']//a/@href")
    )


@each_page
def test_every_link_of_a_page_leads_to_a_file_of_the_package(folder, name, synthetic_build):
    for link in read(folder / name).xpath("//a/@href"):
        place, _, anchor = link.partition("#")
        if not place or place.startswith(("data:text/csv;base64,", "https://")):
            continue
        target = ((folder / name).parent / unquote(place)).resolve()
        file = target.relative_to(synthetic_build.resolve()).as_posix()
        if file.startswith(OF_THE_PROJECT):
            target = ROOT / file
        assert target.is_file(), link
        if anchor and target.suffix == ".html":
            assert anchor in read(target).xpath("//@id"), link


@each_page
def test_pictures_have_a_title_and_a_description_and_tables_a_scope_for_each_heading(folder, name):
    root = read(folder / name)
    for picture in root.xpath("//figure//*[local-name()='svg']"):
        named = picture.get("aria-labelledby").split()
        assert picture.get("role") == "img"
        assert [len(root.xpath(f"string(//*[@id='{label}'])")) > 10 for label in named] == [True, True]
    assert root.xpath("//table//th[not(@scope)]") == []
    assert root.xpath("//img[not(@alt)]") == []
    assert len(root.xpath("//div[@class='scroll'][@tabindex='0'][@aria-label]")) == len(root.xpath("//table"))


@pytest.mark.parametrize(
    "exhibit", [one for one in PLAN.exhibits if one.kind in ("figure", "table")], ids=lambda e: e.id
)
def test_each_exhibit_is_offered_in_every_form_with_what_it_was_made_from(folder, exhibit):
    page = next(one for one in PLAN.exhibits if one.kind == "supplement" and one.notebook == exhibit.notebook)
    name = f"{page.id}.html" if exhibit.id != "patient_timeline" else RUNS[0]
    root = read(folder / name)
    shown = root.xpath(f"//*[@id='{exhibit.id}']")[0]
    below = shown.xpath("ancestor::div[@class='output']/following-sibling::div[@class='made']")[0]
    forms = {"figure": ["PDF", "PNG", "SVG", "CSV", "XLSX"], "table": ["CSV", "DOCX", "HTML"]}[exhibit.kind]

    assert below.xpath(".//ul/li/a/text()") == (["PDF"] if exhibit.id == "patient_timeline" else forms)
    assert f"notebooks/{exhibit.notebook}.ipynb" in below.text_content()
    assert ".csv" in below.xpath("string(.//p)")


@any_page
def test_a_page_is_quiet_and_lies_well_at_every_width_in_every_scheme_and_on_paper(page, folder, name):
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert find_faults(page) == [], width
    page.emulate_media(color_scheme="dark")
    assert find_faults(page) == []
    page.emulate_media(forced_colors="active")
    assert find_faults(page) == []
    # The width of A4 between the margins, in pixels.
    page.set_viewport_size({"width": 695, "height": 1000})
    page.emulate_media(media="print", color_scheme="light", forced_colors="none")
    assert find_faults(page) == []
    assert page.said == []
    assert list_fetched(page, folder / name) == []


@any_page
def test_axe_finds_nothing_in_a_page(page):
    page.set_viewport_size({"width": 768, "height": 900})
    page.emulate_media(reduced_motion="reduce")
    assert find_violations(page) == []
    if HAS_SCHEMES in page.content():
        page.emulate_media(color_scheme="dark")
        assert find_violations(page, runOnly=COLOURS) == []
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ('<td style="color:#ccc">pale words</td>', "color-contrast"),
        ('<td><a href="#x"></a></td>', "link-name"),
        ('<td role="nonsense">9</td>', "aria-roles"),
    ],
)
def test_what_is_amiss_in_one_row_of_many_is_found(looker, tmp_path, cell, fault):
    rows = [f'<tr><th scope="row">R{n}</th><td>{n}</td></tr>' for n in range(9)]
    rows[6] = f'<tr><th scope="row">R6</th>{cell}</tr>'
    page_ = tmp_path / "page.html"
    head = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Rows</title></head>'
    page_.write_text(f'{head}<body><main><h1 id="x">Rows</h1><table>{"".join(rows)}</table></main></body></html>')
    with opened(looker, page_) as page:
        assert [found.partition(":")[0] for found in find_violations(page)] == [fault]


@pytest.mark.parametrize("name", ALONE)
def test_a_table_alone_is_quiet_fits_and_satisfies_axe(looker, synthetic_build, name):
    with opened(looker, synthetic_build / TABLES / name, width=360) as page:
        assert find_faults(page) == []
        assert find_violations(page) == []
        assert page.said == []


@any_page
def test_the_keyboard_reaches_everything_in_order_and_its_focus_is_seen(page, folder, name):
    stops, reachable = walk(page)

    # A page whose body is its content alone has nothing to skip.
    assert stops[0]["what"] == "A Skip to content" or not read(folder / name).xpath("//body/main/preceding-sibling::*")
    assert len(stops) == reachable
    assert [stop for stop in stops if not stop["isMarked"]] == []
    assert [stop for stop in stops if not stop["isSeen"] or stop["isCovered"]] == []


def test_code_is_one_key_away_and_the_skip_link_leads_to_the_content(browser, folder):
    with opened(browser, folder / "cohort.html") as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        fold = page.locator("details.code").first
        assert not fold.locator("pre").is_visible()
        fold.locator("summary").focus()
        page.keyboard.press("Enter")
        assert "write_table" in fold.locator("pre").inner_text()


@any_page
def test_text_of_twice_the_size_still_fits(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    try:
        assert find_faults(page) == []
    finally:
        page.evaluate("document.documentElement.style.fontSize = ''")


# What answers to the reader is made by scripts; all else is the page's content.
SHOWN = """() => [...document.querySelectorAll("main :is(h1, h2, h3, p, li, dt, dd, th, td, figcaption, caption)")]
  .filter((el) => el.checkVisibility() && !el.closest("form, #searching, .now, .live-only"))
  .filter((el) => !el.querySelector("button, input, select, h1, h2, h3, p, li, th"))
  .map((el) => el.textContent.replace(/\\s+/g, " ").trim())"""


@any_page
def test_without_scripts_every_word_is_there_and_nothing_pretends_to_work(page, looker, folder, name):
    with_scripts = page.evaluate(SHOWN)
    with opened(looker, folder / name, java_script_enabled=False) as still:
        without = set(still.evaluate(SHOWN))
        assert still.locator(":is(input, button, select):visible").count() == 0
        assert still.said == []

    assert len(with_scripts) > 10
    assert [words for words in with_scripts if words not in without] == []


def test_a_long_table_is_sorted_and_filtered_and_comes_back(browser, folder):
    with opened(browser, folder / "environment.html") as page:
        box = page.get_by_role("region", name="Packages that this package uses directly")
        rows = "[...document.querySelectorAll('[aria-label^=Packages] tbody tr')]"
        names = f"{rows}.filter((row) => !row.hidden).map((row) => row.cells[0].textContent)"
        before = page.evaluate(names)
        head = box.get_by_role("button", name="Package", exact=True)
        field = page.get_by_role("searchbox", name="Filter rows of Packages that this package uses directly")
        if head.count():
            for order in ("ascending", "descending", None):
                head.click()
                assert box.locator("th").first.get_attribute("aria-sort") == order
                wanted = {"ascending": sorted(before), "descending": sorted(before, reverse=True)}.get(order, before)
                assert page.evaluate(names) == wanted
        field.fill("matplotlib")
        assert page.evaluate(names) == ["matplotlib"]
        assert page.locator(".filter [role=status]", has_text=f"1 of {len(before)} rows").count() == 1
        field.fill("")
        assert page.evaluate(names) == before


def test_numbers_are_sorted_as_numbers_and_details_stay_with_their_row(browser, tmp_path, folder):
    page_ = (folder / "environment.html").read_text(encoding="utf-8")
    rows = "".join(
        f'<tr><th scope="row">R{n}</th><td>{value}</td></tr>'
        f'<tr><th class="detail" scope="row">of R{n}</th><td>x</td></tr>'
        for n, value in enumerate(["10", "9", "−2", "1,200", "–", "<3", *map(str, range(20, 36))])
    )
    head = '<thead><tr><td></td><th scope="col">V</th></tr></thead>'
    table = f'<table class="exhibit">{head}<tbody>{rows}</tbody></table>'
    box = f'<div class="scroll" aria-label="T" id="tried">{table}</div>'
    path = tmp_path / "page.html"
    path.write_text(re.sub(r"<main.*</main>", lambda match: f"<main>{box}</main>", page_, flags=re.DOTALL))
    with opened(browser, path) as page:
        page.locator("#tried thead button").click()
        cells = page.evaluate("[...document.querySelectorAll('#tried tbody tr')].map(r => r.cells[1].textContent)")
        names = page.evaluate("[...document.querySelectorAll('#tried tbody tr')].map(r => r.cells[0].textContent)")

    assert [cell for cell in cells if cell != "x"][:4] == ["−2", "<3", "9", "10"]
    assert [cell for cell in cells if cell != "x"][-2:] == ["1,200", "–"]
    assert [f"of {name}" for name in names[::2]] == names[1::2]


def test_search_finds_words_of_every_supplement_and_leads_to_their_place(browser, folder):
    with opened(browser, folder / "index.html") as page:
        page.get_by_role("searchbox", name="Words in any supplement").fill("ferritin")
        links = page.evaluate("[...document.querySelectorAll('#results a')].map(a => a.getAttribute('href'))")
        assert any(link.startswith("safety_supplement.html#") for link in links)
        for link in links:
            place, _, anchor = link.partition("#")
            assert anchor in read(folder / place).xpath("//@id")
        page.get_by_role("searchbox").fill("<img src=x onerror=alert(1)>")
        assert page.locator("#found").inner_text() == "No passage has all of these words"
        page.get_by_role("searchbox").fill("(.*")
        assert page.said == []


def test_the_start_page_leads_to_every_page_and_shows_every_exhibit(folder):
    root = read(folder / "index.html")
    cards = root.xpath("//ul[@class='cards']/li")
    shown = [one for one in PLAN.exhibits if one.kind in ("figure", "table", "text")]

    assert [card.xpath("string(.//strong)") for card in cards] == [exhibit.label for exhibit in shown]
    assert [exhibit.id for card, exhibit in zip(cards, shown, strict=True) if not card.xpath(".//img | .//svg")] == [
        "patient_timeline"
    ]
    assert {f"{one.id}.html" for one in PLAN.exhibits if one.kind in ("supplement", "page")} <= set(
        root.xpath("//ul[@class='list']//a/@href")
    )
    assert root.xpath("//main//h2/@id") == ["search", "supplements", "exhibits", "state", "cite", "run"]


def test_pages_are_turned_in_order_and_back(folder):
    order = ["index.html", *(f"{one.id}.html" for one in PLAN.exhibits if one.kind in ("supplement", "page"))]
    for this, following in pairwise(order):
        # A page that a notebook writes whole has ways of its own.
        if this in PAGES:
            assert read(folder / this).xpath("//a[@rel='next']/@href") == [following]
        if following in PAGES:
            assert read(folder / following).xpath("//a[@rel='prev']/@href") == [this]
    assert read(folder / RUNS[1]).xpath("//nav[@class='pager']//a/@href") == [
        RUNS[0].rpartition("/")[2],
        RUNS[2].rpartition("/")[2],
    ]
