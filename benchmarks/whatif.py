"""Time that the what-if page takes to open and to react, in a real browser, from disk.

Run it from the project folder, on a machine that does nothing else, after a build::

    python benchmarks/whatif.py

Opening is from the navigation to the end of the page's script; a reaction from the change of a control to the second
frame after it, so that what changed has been painted. The first reaction in a new page is what a reader waits for; the
others tell whether it was an exception. Milliseconds differ from machine to machine; 100 ms is where waiting begins to
be felt. Nothing is asserted.
"""

from __future__ import annotations

import shutil
import statistics

from playwright.sync_api import Page, sync_playwright

from caseseries.paths import ROOT, SUPPLEMENTS

PAGE = ROOT / SUPPLEMENTS / "whatif.html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
N_PAGES, N_CHANGES = 10, 20

REACT = """([id, place]) => new Promise((done) => {
  const control = document.getElementById(id);
  const start = performance.now();
  control.selectedIndex = place;
  control.dispatchEvent(new Event("change", {bubbles: true}));
  const handled = performance.now() - start;
  requestAnimationFrame(() => requestAnimationFrame(() => done([handled, performance.now() - start])));
})"""


def measure_page(page: Page) -> tuple[float, list[list[float]]]:
    """Give the milliseconds that opening took, and per change those of the script and those until it was painted."""
    page.goto(PAGE.as_uri())
    opened = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    controls = page.evaluate("[...document.querySelectorAll('select')].map((own) => [own.id, own.options.length])")
    changes = [(name, turn % size) for turn in range(N_CHANGES) for name, size in [controls[turn % len(controls)]]]
    return opened, [page.evaluate(REACT, list(change)) for change in changes]


def main() -> None:
    """Print one line per thing that was measured."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        runs = []
        for _ in range(N_PAGES):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            runs.append(measure_page(page))
            page.close()
        browser.close()
    later = [reaction for _, reactions in runs for reaction in reactions[1:]]
    rows = {
        "opening": [opened for opened, _ in runs],
        "first reaction, script": [reactions[0][0] for _, reactions in runs],
        "first reaction, painted": [reactions[0][1] for _, reactions in runs],
        "later reactions, script": [handled for handled, _ in later],
        "later reactions, painted": [painted for _, painted in later],
    }
    print(f"{PAGE.stat().st_size / 1e6:.2f} MB")
    print(f"{'milliseconds':26}  median  worst")
    for name, values in rows.items():
        print(f"{name:26}  {statistics.median(values):6.1f}  {max(values):5.1f}")


if __name__ == "__main__":
    main()
