"use strict";
// Tables of many rows can be sorted and filtered; without this script they are complete and in their own order.
(() => {
  const FILTERED = 12;
  const SORTED = 20;

  const value = (row, column) => (row.cells[column] ? row.cells[column].textContent.trim() : "");

  const number = (text) => {
    const found = text.replace(/[−–]/g, "-").replace(/(\d)[\s,](?=\d{3})/g, "$1").match(/^[<>≤≥]?\s*(-?\d+(?:\.\d+)?)/);
    return found ? Number(found[1]) : NaN;
  };

  const compare = (one, other) => {
    const [a, b] = [number(one), number(other)];
    if (!Number.isNaN(a) && !Number.isNaN(b) && a !== b) return a - b;
    if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
    return one.localeCompare(other, "en", { numeric: true });
  };

  // Rows that belong together: a row and the details under it. Headings of a section stay on top of it.
  const groups = (body) => {
    const found = [];
    for (const row of body.rows) {
      if (row.querySelector("th.section")) continue;
      if (row.querySelector("th.detail") && found.length) found[found.length - 1].push(row);
      else found.push([row]);
    }
    return found;
  };

  const sort = (table, column, order) => {
    for (const body of table.tBodies) {
      const sorted = groups(body);
      if (order) sorted.sort(([a], [b]) => order * compare(value(a, column), value(b, column)));
      else sorted.sort(([a], [b]) => a.dataset.place - b.dataset.place);
      for (const group of sorted) body.append(...group);
    }
  };

  const addSorting = (table) => {
    for (const body of table.tBodies) [...body.rows].forEach((row, place) => { row.dataset.place = place; });
    const heads = [...table.tHead.rows[0].cells].filter((cell) => cell.tagName === "TH");
    for (const head of heads) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" }[head.ariaSort || "none"];
        for (const other of heads) other.removeAttribute("aria-sort");
        if (next !== "none") head.ariaSort = next;
        sort(table, head.cellIndex, { ascending: 1, descending: -1, none: 0 }[next]);
      });
    }
  };

  const addFilter = (table, box, rows) => {
    const name = box.getAttribute("aria-label");
    const bar = document.createElement("div");
    const label = document.createElement("label");
    const field = document.createElement("input");
    const said = document.createElement("span");
    bar.className = "filter";
    field.type = "search";
    said.setAttribute("role", "status");
    label.append("Filter rows ", field);
    field.setAttribute("aria-label", `Filter rows of ${name}`);
    bar.append(label, said);
    box.before(bar);
    field.addEventListener("input", () => {
      const words = field.value.toLocaleLowerCase("en").split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const body of table.tBodies) {
        const found = groups(body);
        let inBody = 0;
        for (const group of found) {
          const text = group.map((row) => row.textContent).join(" ").toLocaleLowerCase("en");
          const fits = words.every((word) => text.includes(word));
          for (const row of group) row.hidden = !fits;
          inBody += fits ? group.length : 0;
        }
        const heading = body.querySelector("th.section");
        if (heading) heading.parentElement.hidden = words.length > 0 && inBody === 0;
        shown += inBody;
      }
      said.textContent = words.length ? `${shown} of ${rows} rows` : "";
    });
  };

  for (const table of document.querySelectorAll("table.exhibit")) {
    const rows = [...table.tBodies].reduce((sum, body) => sum + groups(body).flat().length, 0);
    const box = table.closest(".scroll");
    if (rows < FILTERED || !table.tHead || !box) continue;
    // Where short sections list different things, an order across their rows would say nothing.
    if ([...table.tBodies].some((body) => groups(body).length >= SORTED)) addSorting(table);
    addFilter(table, box, rows);
  }
})();
