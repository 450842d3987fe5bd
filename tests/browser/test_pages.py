"""The published pages in a real browser: nothing is fetched, the console stays empty, nothing runs over the edge."""

import shutil

import pytest

from caseseries.paths import ROOT, SUPPLEMENTS, TABLES

PAGES = sorted([*(ROOT / SUPPLEMENTS).glob("*.html"), *(ROOT / TABLES).glob("*.html")])
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def test_there_are_pages():
    assert len([path for path in PAGES if path.parent.name == SUPPLEMENTS.name]) >= 3


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_fetches_nothing_says_nothing_and_fits(browser, path, width):
    requests, said = [], []
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.close()

    fetched = [url for url in requests if url != path.as_uri() and not url.startswith("data:")]
    assert fetched == []
    assert said == []
    assert overflow <= 0
