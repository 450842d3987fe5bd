"""One browser for the tests of a file, and one for those that only look."""

import pytest
from looks import CHROMIUM, QUIET, UNHURRIED


@pytest.fixture(scope="module")
def playwright():
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; .ci/run installs it")
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def looker(playwright):
    """Start a browser for tests that click nothing."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, UNHURRIED])
    yield browser
    browser.close()
