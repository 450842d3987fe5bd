"""A data set of hostile strings in real pages: nothing of it runs, nothing is fetched, nothing loses its place."""

import pytest
from hostile import STRINGS, write_hostile
from looks import find_faults, list_fetched, opened
from lxml import html

from caseseries.cli import main
from caseseries.paths import SUPPLEMENTS

SHOWING = ("S1", "S2", "S7", "S8", "S9")
"""Supplements that show free text of the raw tables."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Build the pages that show free text, and those of three patients; give the pages."""
    folder = tmp_path_factory.mktemp("hostile")
    patients = write_hostile(folder / "data", patients=["SYN-1", "SYN-2", "SYN-5"])
    assert main(["build", *SHOWING, "--data", str(folder / "data"), "--out", str(folder / "out")]) == 0
    found = sorted((folder / "out" / SUPPLEMENTS).rglob("*.html"))
    assert len(found) >= len(SHOWING) + len(patients)
    return found


def read(path):
    return html.document_fromstring(path.read_text(encoding="utf-8"))


def test_every_hostile_string_is_there_as_text(pages):
    shown = "\n".join(read(path).text_content() for path in pages)

    assert [text for text in STRINGS if text.strip() not in shown] == []


def test_no_element_attribute_or_address_came_from_the_data(pages):
    for path in pages:
        root = read(path)
        assert (
            root.xpath("//iframe | //u | //main//b | //img[@onerror] | //*[@onload or @onmouseover or @onfocus]") == []
        )
        assert [link for link in root.xpath("//@href") if "javascript:" in link.lower()] == []
        assert len(root.xpath("//script[not(@type)]")) <= 1
        assert len(root.xpath("//head/style")) == 1


def test_nothing_runs_nothing_is_fetched_and_the_layout_holds(looker, pages):
    for path in pages:
        with opened(looker, path) as page:
            page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
            assert find_faults(page) == [], path.name
            page.set_viewport_size({"width": 360, "height": 900})
            assert find_faults(page) == [], path.name
            assert page.evaluate("typeof window.attacked") == "undefined"
            assert page.said == []
            assert list_fetched(page, path) == []


def test_the_policy_of_a_page_stops_what_would_run_if_it_ever_got_in(browser, pages, tmp_path):
    path = tmp_path / "page.html"
    text = next(page for page in pages if page.name == "cohort.html").read_text(encoding="utf-8")
    path.write_text(text.replace('<main id="main"', f'{STRINGS[0]}{STRINGS[2]}<main id="main"', 1), encoding="utf-8")

    with opened(browser, path) as page:
        page.wait_for_load_state("networkidle")
        assert page.evaluate("typeof window.attacked") == "undefined"
        assert any("Content Security Policy" in words for words in page.said)
