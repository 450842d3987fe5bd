"""What a page must be in any browser: quiet, whole, within its width, nothing on top of anything else."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import axe_playwright_python

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
"""Chromium without a window takes half of the time, and lays out the same."""
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
UNHURRIED = "--disable-threaded-compositing"
"""Draws no frame that nobody asked for, which halves the time again; but a click waits for one."""
WIDTHS = (360, 768, 1440)
AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = {"type": "rule", "values": ["color-contrast"]}
"""What may differ between the light and the dark scheme."""

# Boxes of siblings that lie on each other, and words that stick out of their box; pictures are tested elsewhere.
FIND_FAULTS = """() => {
  const faults = [];
  const skipped = new Set(["SCRIPT", "STYLE", "BR", "OPTION"]);
  const words = (el) => el.textContent.trim().slice(0, 30);
  const name = (el) => `${el.tagName.toLowerCase()}${el.id ? "#" + el.id : ""}.${el.className} "${words(el)}"`;
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) faults.push(`the page is ${wide} px too wide`);
  const visit = (parent) => {
    const boxes = [];
    for (const el of parent.children) {
      if (skipped.has(el.tagName) || el.namespaceURI.endsWith("svg")) continue;
      if (el.tagName === "DETAILS" && !el.open) { boxes.push([el, el.getBoundingClientRect()]); continue; }
      const style = getComputedStyle(el);
      if (style.display === "none" || style.visibility === "hidden") continue;
      const box = el.getBoundingClientRect();
      if (!box.width || !box.height) continue;
      const flows = !["absolute", "fixed", "sticky"].includes(style.position) && style.display !== "inline";
      if (flows) boxes.push([el, box]);
      const clips = style.overflowX !== "visible" || style.display.startsWith("inline");
      if (!clips && el.scrollWidth > el.clientWidth + 1 && el.clientWidth) faults.push(`${name(el)} sticks out`);
      visit(el);
    }
    for (let at = 1; at < boxes.length; at++) {
      for (const [other, b] of boxes.slice(Math.max(0, at - 6), at)) {
        const [el, a] = boxes[at];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 1) faults.push(`${name(el)} lies on ${name(other)}`);
      }
    }
  };
  visit(document.body);
  return faults.slice(0, 10);
}"""

RUN_AXE = """async (options) => {
  // The parts of a picture are one picture to those who listen, and what is folded away is there for nobody; axe looks
  // at neither, but would walk through thousands of elements all the same. Nor is anything new to be found in the third
  // and later rows of a table that differ from others in their words alone.
  const ofOneRow = new Set(["id", "href", "headers", "title", "aria-label", "aria-labelledby", "aria-describedby"]);
  const shapeOf = (el) => {
    const given = [...el.attributes].map(({name, value}) => `${name}=${ofOneRow.has(name) ? value !== "" : value}`);
    return [el.tagName, el.textContent.trim() !== "", ...given].join();
  };
  const alike = [];
  for (const body of document.querySelectorAll("tbody")) {
    const seen = {};
    for (const row of body.rows) {
      const shape = [row, ...row.querySelectorAll("*")].map(shapeOf).join(";");
      seen[shape] = (seen[shape] ?? 0) + 1;
      if (seen[shape] > 2) alike.push(row);
    }
  }
  const taken = [];
  const parts = document.querySelectorAll("figure svg g, details:not([open]) > :not(summary)");
  for (const part of [...parts, ...alike]) {
    if (!part.isConnected) continue;
    const place = document.createComment("");
    part.replaceWith(place);
    taken.push([place, part]);
  }
  const found = await axe.run({resultTypes: ["violations"], ...options});
  for (const [place, part] of taken) place.replaceWith(part);
  const places = (fault) => fault.nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ");
  return found.violations.map((fault) => `${fault.id}: ${places(fault)}`);
}"""

WHERE_FOCUS_IS = """() => {
  const el = document.activeElement;
  // The box around a link that goes over two lines holds other words, too.
  const box = el.getClientRects()[0] ?? el.getBoundingClientRect();
  const style = getComputedStyle(el);
  const middle = document.elementFromPoint(
    Math.min(innerWidth - 1, Math.max(0, box.left + Math.min(box.width, innerWidth) / 2)),
    Math.min(innerHeight - 1, Math.max(0, box.top + Math.min(box.height, 40) / 2)),
  );
  return {
    what: `${el.tagName} ${el.textContent.trim().slice(0, 30)}`,
    isPage: el === document.body,
    isSeen: box.bottom > 0 && box.top < innerHeight && box.width > 0,
    isMarked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    isCovered: !(middle && (el.contains(middle) || middle.contains(el))),
  };
}"""


@contextmanager
def opened(browser, path, *, width=1440, height=900, **options):
    """Open a page in a context of its own; give it with what it said and what it asked for."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("dialog", lambda dialog: page.said.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(Path(path).resolve().as_uri())
    try:
        yield page
    finally:
        context.close()


def list_fetched(page, path):
    return [
        url
        for url in page.asked
        if url.partition("#")[0] != Path(path).resolve().as_uri() and not url.startswith("data:")
    ]


def find_faults(page):
    return page.evaluate(FIND_FAULTS)


def find_violations(page, **options):
    """Give what axe-core finds at WCAG 2.2 AA; it comes from the package of the tests, not from the page."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE)
    return page.evaluate(RUN_AXE, {"runOnly": {"type": "tag", "values": LEVELS}} | options)


CAN_HAVE_FOCUS = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
  .filter((el) => el.checkVisibility()).length"""


def walk(page):
    """Press Tab from the start of a page to its end; give where the focus was, and how many places can have it."""
    reachable = page.evaluate(CAN_HAVE_FOCUS)
    stops = []
    for _ in range(reachable + 1):
        page.keyboard.press("Tab")
        stop = page.evaluate(WHERE_FOCUS_IS)
        if stop["isPage"]:
            return stops, reachable
        stops.append(stop)
    raise AssertionError(f"the focus did not come to the end of the page in {reachable} steps: {stops[-3:]}")
