"use strict";
// Search over all supplements, from the passages that stand in this page. Without this script the list of pages is there.
(() => {
  const MOST = 40;
  const passages = JSON.parse(document.getElementById("entries").textContent)
    .map(([page, heading, place, text]) => ({ page, heading, place, text, all: `${page} ${heading} ${text}`.toLocaleLowerCase("en") }));
  const section = document.getElementById("searching");
  const field = document.getElementById("words");
  const said = document.getElementById("found");
  const list = document.getElementById("results");

  // The words around the first hit, with every hit marked.
  const excerpt = (text, words) => {
    const line = document.createElement("span");
    const lower = text.toLocaleLowerCase("en");
    const first = Math.max(0, Math.min(...words.map((word) => lower.indexOf(word)).filter((at) => at >= 0), text.length) - 60);
    const shown = text.slice(first, first + 220);
    const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "gi");
    line.append(first > 0 ? "… " : "");
    shown.split(pattern).forEach((part, at) => {
      const piece = at % 2 ? document.createElement("mark") : document.createTextNode(part);
      if (at % 2) piece.textContent = part;
      line.append(piece);
    });
    line.append(first + 220 < text.length ? " …" : "");
    return line;
  };

  const show = () => {
    const words = field.value.toLocaleLowerCase("en").split(/\s+/).filter(Boolean);
    list.replaceChildren();
    said.textContent = "";
    if (!words.length) return;
    const rank = (entry) => words.every((word) => `${entry.page} ${entry.heading}`.toLocaleLowerCase("en").includes(word));
    const found = passages.filter((entry) => words.every((word) => entry.all.includes(word)));
    found.sort((a, b) => rank(b) - rank(a));
    for (const entry of found.slice(0, MOST)) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = entry.place;
      link.textContent = `${entry.page}: ${entry.heading}`;
      item.append(link, excerpt(entry.text, words));
      list.append(item);
    }
    const more = found.length > MOST ? `; the first ${MOST} are shown` : "";
    said.textContent = found.length ? `${found.length} ${found.length === 1 ? "passage" : "passages"}${more}` : "No passage has all of these words";
  };

  section.hidden = false;
  field.addEventListener("input", show);
  document.getElementById("search-form").addEventListener("submit", (event) => event.preventDefault());
})();
