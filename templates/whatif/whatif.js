// Looks up what was estimated beforehand. Nothing here is computed from data: a state of the controls is the place of a
// result in a list, counted as a number whose digits are the choices.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("form");
  const said = document.getElementById("said");
  const size = {}, standard = {};
  for (const setting of data.settings) {
    size[setting.code] = setting.choices.length;
    standard[setting.code] = setting.default;
  }
  const locate = (codes, state) => codes.reduce((place, code) => place * size[code] + state[code], 0);
  const show = (element, isShown) => { element.hidden = !isShown; };

  const readAddress = () => {
    const named = new URLSearchParams(location.hash.slice(1));
    const state = {};
    for (const { code, choices, default: usual } of data.settings) {
      const place = named.has(code) ? choices.indexOf(named.get(code)) : -1;
      state[code] = place < 0 ? usual : place;
    }
    return state;
  };
  const writeAddress = (state) => {
    const named = new URLSearchParams();
    for (const { code, choices, default: usual } of data.settings) {
      if (state[code] !== usual) named.set(code, choices[state[code]]);
    }
    return "#" + named;
  };
  const readControls = () => {
    const state = {};
    for (const { code } of data.settings) state[code] = form.elements[code].selectedIndex;
    return state;
  };

  const drawResult = (result, state) => {
    const found = result.cases[result.cells[locate(result.axes, state)]];
    const way = locate(result.by, state);
    const row = document.getElementById("result-" + result.code);
    const [built, own] = row.querySelectorAll("data");
    const told = own.textContent === found.text[way] ? "" : row.querySelector("th").textContent + ": " + found.text[way];
    own.textContent = found.text[way];
    own.value = found.numbers[way];
    show(row.querySelector(".mark"), own.textContent !== built.textContent);
    const curve = document.getElementById("curve-" + result.code);
    if (curve) {
      for (const name of ["line", "censored"]) curve.querySelector("svg ." + name).setAttribute("d", found[name]);
      curve.querySelector("svg .band").setAttribute("d", found.band[way]);
      curve.querySelector(".told").textContent = found.text[way];
      curve.querySelector("[role=img]").setAttribute("aria-label", "Kaplan-Meier curve: " + found.text[way]);
      curve.querySelectorAll(".risk span").forEach((span, place) => { span.textContent = found.risk[place]; });
    }
    return told;
  };
  const drawClaim = (claim, state) => {
    const place = claim.lookup[locate(claim.axes, state)];
    const holds = claim.holds[locate(claim.reader, state)] === "y";
    document.querySelector("#claim-" + claim.code + " .verdict").textContent = holds ? "holds" : "does not hold";
    const section = document.getElementById("spec-" + claim.code);
    const table = section.querySelector("table");
    section.querySelector(".yours").setAttribute("d", "M" + table.dataset.places.split(" ")[place] + " 0V1000");
    table.querySelector("[aria-current]")?.removeAttribute("aria-current");
    table.tBodies[0].rows[place].setAttribute("aria-current", "true");
  };
  const draw = (state) => {
    for (const { code, default: usual } of data.settings) {
      const control = form.elements[code];
      control.selectedIndex = state[code];
      show(control.labels[0].querySelector(".mark"), state[code] !== usual);
    }
    const told = data.results.map((result) => drawResult(result, state)).filter(Boolean);
    for (const claim of data.claims) drawClaim(claim, state);
    document.getElementById("here").setAttribute("href", writeAddress(state));
    return told;
  };
  const take = (state) => {
    const told = draw(state);
    said.textContent = told.length ? told.join(". ") + "." : "No headline result moved.";
    history.replaceState(null, "", writeAddress(state));
  };

  form.addEventListener("change", () => take(readControls()));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("reset").addEventListener("click", () => take({ ...standard }));
  addEventListener("hashchange", () => { if (/[=]/.test(location.hash) || location.hash.length < 2) draw(readAddress()); });
  form.hidden = false;
  document.documentElement.classList.add("live");
  draw(readAddress());
})();
