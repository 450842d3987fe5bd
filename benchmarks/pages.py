"""Time that the first page takes to appear, and the what-if page to open and to react, in a real browser, from disk.

Run it from the project folder, on a machine that does nothing else, after a build::

    python benchmarks/pages.py

The floor is a file with one word, opened in the same way in the same run. First paint is that of any content, as the
browser tells it; opening is from the navigation to the end of the page's script; a reaction from the change of a
control to the second frame after it, so that what changed has been painted. The first reaction in a new page is what a
reader waits for; the others tell whether it was an exception. Milliseconds differ from machine to machine; 100 ms is
where waiting begins to be felt. Nothing is asserted.
"""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from caseseries.paths import ROOT, SUPPLEMENTS

START = ROOT / SUPPLEMENTS / "index.html"
WHATIF = ROOT / SUPPLEMENTS / "whatif.html"
FLOOR = "<!DOCTYPE html><html lang='en'><title>Floor</title><p>Word</p></html>"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
N_PAGES, N_CHANGES = 10, 20

FIRST_PAINT = """() => new Promise((done) => {
  const seen = (entries) => entries.find((entry) => entry.name === "first-contentful-paint");
  const watch = new PerformanceObserver((list) => {
    const found = seen(list.getEntries());
    if (found) done(found.startTime);
  });
  watch.observe({type: "paint", buffered: true});
})"""

REACT = """([id, place]) => new Promise((done) => {
  const control = document.getElementById(id);
  const start = performance.now();
  control.selectedIndex = place;
  control.dispatchEvent(new Event("change", {bubbles: true}));
  const handled = performance.now() - start;
  requestAnimationFrame(() => requestAnimationFrame(() => done([handled, performance.now() - start])));
})"""


def open_page(browser: Browser, path: Path) -> tuple[Page, float, float]:
    """Open a file in a new page; give it with the milliseconds to its first paint and to the end of its script."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    painted = page.evaluate(FIRST_PAINT)
    opened = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    return page, painted, opened


def change_controls(page: Page) -> list[list[float]]:
    """Give the milliseconds of each change: those of the script, and those until it was painted."""
    controls = page.evaluate("[...document.querySelectorAll('select')].map((own) => [own.id, own.options.length])")
    changes = [(name, turn % size) for turn in range(N_CHANGES) for name, size in [controls[turn % len(controls)]]]
    return [page.evaluate(REACT, list(change)) for change in changes]


def measure(browser: Browser, floor: Path) -> dict[str, list[float]]:
    """Give the milliseconds of everything that is measured, the floor's in turn with the others."""
    rows: dict[str, list[float]] = {}
    for _ in range(N_PAGES):
        for name, path in (("a file with one word", floor), ("start page", START), ("what-if page", WHATIF)):
            page, painted, opened = open_page(browser, path)
            rows.setdefault(f"{name}, first paint", []).append(painted)
            rows.setdefault(f"{name}, opening", []).append(opened)
            if path == WHATIF:
                first, *later = change_controls(page)
                rows.setdefault("first reaction, script", []).append(first[0])
                rows.setdefault("first reaction, painted", []).append(first[1])
                rows.setdefault("later reactions, script", []).extend(handled for handled, _ in later)
                rows.setdefault("later reactions, painted", []).extend(painted for _, painted in later)
            page.close()
    return rows


def main() -> None:
    """Print one line per thing that was measured; loading is set beside the floor."""
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        floor = Path(folder, "floor.html")
        floor.write_text(FLOOR, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        rows = measure(browser, floor)
        browser.close()
    print(f"start page {START.stat().st_size / 1e6:.2f} MB, what-if page {WHATIF.stat().st_size / 1e6:.2f} MB")
    print(f"{'milliseconds':34}  median  worst  to the floor")
    for name, values in rows.items():
        middle = statistics.median(values)
        what = name.rpartition(", ")[2]
        least = rows.get(f"a file with one word, {what}")
        ratio = f"{middle / statistics.median(least):12.1f}" if least else ""
        print(f"{name:34}  {middle:6.1f}  {max(values):5.1f}  {ratio}".rstrip())


if __name__ == "__main__":
    main()
