"""The what-if page in a real browser: what it shows against results computed anew, on another path, from raw data.

The other path cuts the raw CSV files as text, reads and derives them with the options set as a run would set them, and
estimates in the loops below and with scipy. It shares with the page the derivations and the words, not the page's
factors, cuts, lookups or estimators.
"""

import math
import random
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from looks import COLOURS, LEVELS, find_violations
from scipy.stats import binomtest, norm

from caseseries.derive import derive_tables
from caseseries.design import Design
from caseseries.exhibits import format as fmt
from caseseries.exhibits.forms.recorded import read_record
from caseseries.exhibits.whatif.page import make_page, page_bytes
from caseseries.paths import ROOT, SUPPLEMENTS, SYNTHETIC
from caseseries.plan import Exhibit
from caseseries.records import About, read_dataset

PAGE = ROOT / SUPPLEMENTS / "whatif.html"
MONTH = 365.25 / 12
SEED, N_SETTINGS = 20260205, 50

CUTS = {"months_6": 182, "months_12": 365, "months_18": 547, "whole": None}
LIMITS = {"below_1_per_ul": 1.0, "below_5_per_ul": 5.0, "below_10_per_ul": 10.0}
RULES = ("first_measurable", "two_samples_10_per_ul", "confirmed_100_per_ul", "loss_of_aplasia_cincinnati",
         "aplasia_below_20_per_ul", "eliana")  # fmt: skip
CRITERIA = {
    "sle": ("DORIS", "CCR", "CCR_0"),
    "jdm": ("CID_REVISED", "CID_PRINTO"),
    "ssc": ("none_agreed", "no_progression"),
}
AT_LAST = {"remission": "REMISSION", "drug_free_remission": "DRUG_FREE_REMISSION", "sustained": "SUSTAINED_REMISSION",
           "drug_free": "DRUG_FREE"}  # fmt: skip
CLAIMS = {
    "left": lambda k, n, median: k == n,
    "return": lambda k, n, median: median is not None,
    "remission": lambda k, n, median: k > n / 2,
    "drug_free_remission": lambda k, n, median: k > n / 2,
    "reached": lambda k, n, median: median is not None,
    "drug_free": lambda k, n, median: k == n,
    "flare": lambda k, n, median: k == 0,
}


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(PAGE.as_uri())
    yield page
    page.close()


@pytest.fixture(scope="module")
def settings():
    """Fifty settings, by chance: all controls at once, on a few sets of cut-off and criteria that are derived anew."""
    chance = random.Random(SEED)
    patients = pd.read_csv(SYNTHETIC / "patients.csv", comment="#")["patient_id"].tolist()
    definitions = CRITERIA | {"aplasia": tuple(LIMITS)}
    runs = [{"cut": cut} | {name: chance.choice(own) for name, own in definitions.items()} for cut in (*CUTS, *CUTS)]
    return [
        chance.choice(runs)
        | {
            "return": chance.choice(RULES),
            "interval": chance.choice(("clopper-pearson", "wilson")),
            "limits": chance.choice(("log-log", "log", "plain")),
            "level": chance.choice(("90", "95", "99")),
            "without": chance.choice(["", *patients]),
        }
        for _ in range(N_SETTINGS)
    ]


def cut_folder(source, folder, last_day):
    """Copy a folder of raw tables without what came after a day."""
    shutil.copytree(source, folder)
    counts = {}
    for path in folder.glob("*.csv"):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, comment="#")
        dated = next(name for name in ("day", "start_day", "planned_day", "patient_id") if name in frame)
        if dated != "patient_id":
            frame = frame[[not after(day, last_day) for day in frame[dated]]]
        if path.stem == "patients":
            frame["last_contact_day"] = [
                str(last_day) if after(day, last_day) else day for day in frame["last_contact_day"]
            ]
        if "ongoing" in frame:
            goes_on = [after(day, last_day) for day in frame["end_day"]]
            frame.loc[goes_on, ["end_day", "ongoing"]] = ["", "yes"]
        if path.stem == "visits":
            later = frame["actual_day"].map(lambda day: after(day, last_day))
            frame = frame[~(later & (frame["planned_day"] == ""))].copy()
            frame.loc[later[frame.index], ["actual_day", "status"]] = ["", "missed"]
        frame.to_csv(path, index=False)
        counts[path.stem] = len(frame)
    about = (folder / "dataset.toml").read_text(encoding="utf-8")
    for table, n in counts.items():
        about = re.sub(rf"^{table} = \d+$", f"{table} = {n}", about, flags=re.MULTILINE)
    (folder / "dataset.toml").write_text(about, encoding="utf-8")
    return folder


def after(day, last_day):
    return day != "" and int(day) > last_day


@pytest.fixture(scope="module")
def derive(tmp_path_factory):
    """Derive all tables of a setting by a run of the whole derivation with its options; each run once."""
    datasets, derived = {}, {}

    def derive(setting):
        cut = setting["cut"]
        if cut not in datasets:
            folder = SYNTHETIC
            if CUTS[cut] is not None:
                folder = cut_folder(SYNTHETIC, tmp_path_factory.mktemp("cut") / "data", CUTS[cut])
            datasets[cut] = read_dataset(folder)
        options = {f"remission_criterion_{disease}": setting[disease] for disease in CRITERIA}
        options["b_cell_undetectable_below_per_ul"] = LIMITS[setting["aplasia"]]
        key = (cut, *options.values())
        if key not in derived:
            derived[key] = derive_tables(datasets[cut], design=Design(options))
        return derived[key]

    return derive


def expect(tables, setting):
    """Give for each result its text, its numbers, and whether its claim holds; for curves also times and events."""
    level, without = int(setting["level"]) / 100, setting["without"]
    tables = {name: frame[frame["patient_id"] != without] for name, frame in tables.items() if "patient_id" in frame}
    times, outcomes, patients = tables["time_to_event"], tables["visit_outcomes"], tables["patients"]
    ends = "below_20_per_ul" if setting["return"] == "aplasia_below_20_per_ul" else "undetectable"
    shares = {"left": times.loc[times["endpoint"] == f"B_CELL_DEPLETION:{ends}", "is_event"]}
    last = outcomes[(outcomes["visit"] == "last") & outcomes["is_met"].notna()]
    shares |= {code: last.loc[last["outcome"] == outcome, "is_met"] for code, outcome in AT_LAST.items()}
    shares["flare"] = patients["flare_count"].dropna() > 0
    found = {}
    for code, is_met in shares.items():
        k, n = int(is_met.sum()), len(is_met)
        method = {"clopper-pearson": "exact", "wilson": "wilson"}[setting["interval"]]
        low, high = binomtest(k, n).proportion_ci(level, method=method) if n else (None, None)
        text = f"{fmt.n_percent(k, n)}; {setting['level']}% CI {fmt.percent_ci(low, high, n=n)}%"
        found[code] = {
            "text": text if n else "no patient can be assessed",
            "numbers": (k / n if n else None, low, high),
        }
        if code in CLAIMS:
            found[code]["holds"] = n > 0 and CLAIMS[code](k, n, None)
    for code, endpoint in (("return", f"B_CELL_RETURN:{setting['return']}"), ("reached", "DRUG_FREE_REMISSION")):
        own = times[times["endpoint"] == endpoint]
        found[code] = expect_curve(own["time_days"].tolist(), own["is_event"].tolist(), setting["limits"], level)
        found[code]["holds"] = CLAIMS[code](None, None, found[code]["numbers"][0])
    days = patients["last_contact_day"].astype(float)
    middle, low, high = days.median(), days.min(), days.max()
    words = [fmt.number(value / MONTH, 1) for value in (middle, low, high)]
    text = f"{words[0]} months ({words[1]} to {words[2]}), n = {len(days)}"
    return found | {"follow_up": {"text": text, "numbers": (middle, low, high)}}


def expect_curve(times, events, scale, level):
    """Estimate a curve patient by patient: Greenwood's error, limits on a scale, the median with its limits."""
    z, survival, error, steps = norm.ppf(0.5 + level / 2), 1.0, 0.0, []
    for day in sorted(set(times)):
        n_at_risk = sum(time >= day for time in times)
        n_events = sum(time == day and event for time, event in zip(times, events, strict=True))
        survival *= 1 - n_events / n_at_risk
        error += n_events / (n_at_risk * (n_at_risk - n_events)) if n_at_risk > n_events else math.nan
        low, high = limit(survival, z * math.sqrt(error), scale) if 0 < survival < 1 else (math.nan, math.nan)
        steps.append((day, survival, low, high, n_events))
    numbers = [half([(day, values[part]) for day, *values in steps]) for part in range(3)]
    words = ["not reached" if number is None else fmt.number(number / MONTH, 1) for number in numbers]
    if not times:
        return {"text": "no patient can be assessed", "numbers": numbers, "steps": []}
    interval = f"{level:.0%} CI {words[1]} to {words[2]}"
    if words[1] == words[2] == "not reached":
        interval = f"{level:.0%} CI not estimable"
    median = "median not reached" if numbers[0] is None else f"median {words[0]} months ({interval})"
    text = f"{sum(events)} of {fmt.count_of(len(times), 'patient')}; {median}"
    at_risk = [sum(time >= month * MONTH for time in times) for month in range(0, 100, 3)]
    return {"text": text, "numbers": numbers, "steps": [step for step in steps if step[-1]], "at_risk": at_risk}


def limit(survival, error, scale):
    if scale == "plain":
        return max(survival - survival * error, 0), min(survival + survival * error, 1)
    if scale == "log":
        return survival * math.exp(-error), min(survival * math.exp(error), 1)
    part = error / math.log(survival)
    return survival ** math.exp(-part), survival ** math.exp(part)


def half(curve):
    """Give the first time at or below one half; the middle of a piece that rests there and is left again."""
    reached = [day for day, value in curve if value <= 0.5 + 1e-9]
    passed = [day for day, value in curve if value < 0.5 - 1e-9]
    if not reached:
        return None
    return (reached[0] + passed[0]) / 2 if passed else reached[0]


def choose(page, setting):
    for code, choice in setting.items():
        control = page.locator(f"#set-{code}")
        if control.input_value() != choice:
            control.select_option(choice)


def read_shown(page):
    """Read everything that the page shows of a setting."""
    return page.evaluate(
        """() => ({
          results: Object.fromEntries([...document.querySelectorAll(".headlines tbody tr")].map((row) =>
            [row.id.slice(7), {text: row.querySelector("td.now data").textContent,
                               numbers: row.querySelector("td.now data").value}])),
          claims: Object.fromEntries([...document.querySelectorAll(".summary tbody tr")].map((row) =>
            [row.id.slice(6), row.querySelector(".verdict").textContent])),
          curves: Object.fromEntries([...document.querySelectorAll(".curve")].map((curve) =>
            [curve.id.slice(6), {line: curve.querySelector("path.line").getAttribute("d"),
                                 band: curve.querySelector("path.band").getAttribute("d"),
                                 told: curve.querySelector(".told").textContent,
                                 months: [...curve.querySelectorAll(".below")[0].children].map((s) => s.textContent),
                                 risk: [...curve.querySelectorAll(".risk span")].map((s) => s.textContent)}])),
          variants: Object.fromEntries([...document.querySelectorAll(".claim")].map((claim) =>
            [claim.id.slice(5), [...claim.querySelector("[aria-current]").cells].map((cell) => cell.textContent)])),
        })"""
    )


def numbers_of(text):
    return [None if part == "NA" else float(part) for part in text.split(" ")]


def test_every_control_shows_what_the_raw_data_give(page, settings, derive):
    for setting in settings:
        choose(page, setting)
        shown, expected = read_shown(page), expect(derive(setting), setting)

        assert {code: found["text"] for code, found in shown["results"].items()} == {
            code: found["text"] for code, found in expected.items()
        }, setting
        for code, found in expected.items():
            own = [math.nan if value is None else value for value in found["numbers"]]
            given = [math.nan if value is None else value for value in numbers_of(shown["results"][code]["numbers"])]
            assert np.allclose(own, given, rtol=1e-9, atol=1e-12, equal_nan=True), (setting, code)
        assert shown["claims"] == {code: "holds" if expected[code]["holds"] else "does not hold" for code in CLAIMS}, (
            setting
        )


def test_the_curves_run_through_the_points_that_the_raw_data_give(page, settings, derive):
    for setting in settings[::4]:
        choose(page, setting)
        shown, expected = read_shown(page)["curves"], expect(derive(setting), setting)
        for code, curve in shown.items():
            end = int(curve["months"][-1])
            points = [(float(x), float(y)) for x, y in re.findall(r"H(\d+)V(\d+)", curve["line"])]
            shares = [step[1] if code == "reached" else 1 - step[1] for step in expected[code]["steps"]]
            days = [step[0] for step in expected[code]["steps"]]

            assert np.allclose([x for x, _ in points], [1000 * day / MONTH / end for day in days], atol=0.51)
            assert np.allclose([y for _, y in points], [1000 * share for share in shares], atol=0.51)
            assert curve["band"].count("Z") == any(0 < share < 1 for share in shares)
            assert curve["told"] == expected[code]["text"]
            assert [int(n) for n in curve["risk"]] == [
                expected[code]["at_risk"][int(month) // 3] for month in curve["months"]
            ]


def test_the_marked_variant_is_that_of_the_setting(page, settings):
    for setting in settings[::5]:
        choose(page, setting | {"without": "", "level": "95"})
        shown = read_shown(page)
        labels = page.evaluate(
            "() => Object.fromEntries([...document.querySelectorAll('select')].map((own) =>"
            " [own.name, own.selectedOptions[0].textContent.replace(' – manuscript', '')]))"
        )

        for code in ("remission", "drug_free_remission"):
            chosen = [labels[name] for name in ("cut", "sle", "jdm", "ssc", "interval")]
            assert shown["variants"][code][:5] == chosen
            assert shown["variants"][code][5] == shown["results"][code]["text"]
            assert shown["variants"][code][6] == shown["claims"][code]


def test_the_counts_of_a_claim_are_those_of_its_table(page):
    rows = page.locator(".summary tbody tr")
    for number in range(rows.count()):
        claim = rows.nth(number).get_attribute("id").removeprefix("claim-")
        verdicts = page.evaluate(
            "(id) => { const table = document.querySelector(`#spec-${id} table`);"
            " const place = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent === 'Claim');"
            " return [...table.tBodies[0].rows].map((row) => row.cells[place].textContent); }",
            claim,
        )

        assert rows.nth(number).locator("td").nth(2).inner_text() == f"{verdicts.count('holds')} of {len(verdicts)}"


def test_a_choice_that_changes_nothing_is_no_variant_of_its_own(page):
    # Aplasia below a limit means nothing to the rule by which it is always below 20 per uL: 4 x (5 x 3 + 1).
    assert page.locator("#spec-return tbody tr").count() == 64


def test_the_address_holds_the_setting_and_gives_it_back(page, browser, settings):
    choose(page, settings[0])
    shown, address = read_shown(page), page.url
    other = browser.new_page()
    other.goto(address)

    assert read_shown(other) == shown
    assert other.get_attribute("#here", "href") == "#" + address.partition("#")[2]

    other.evaluate(f"location.hash = {page.evaluate('new URL(location).hash')!r} + '&cut=whole&nonsense=1'")
    other.click("#reset")
    assert other.url.partition("#")[2] == ""
    assert other.locator(".headlines .mark:visible").count() == 0
    other.close()


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("#cut=months_99&return=<script>", id="choices that there are not"),
        pytest.param("#cut", id="a name without a choice"),
        pytest.param("#claims", id="a place on the page"),
        pytest.param("#%E0%A4%A", id="no text at all"),
        pytest.param("#__proto__=1&constructor=2", id="names that every object has"),
    ],
)
def test_an_address_that_means_nothing_shows_the_manuscript(browser, address):
    said = []
    page = browser.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(PAGE.as_uri() + address)

    assert page.locator("#form .mark:visible").count() == 0
    assert page.locator(".headlines .mark:visible").count() == 0
    assert said == []
    page.close()


def test_a_screen_reader_hears_what_moved_and_nothing_else(page):
    page.select_option("#set-cut", "months_6")
    moved = page.locator("#said").inner_text()
    page.select_option("#set-level", "90")
    page.select_option("#set-level", "95")
    page.select_option("#set-aplasia", "below_5_per_ul")

    assert page.get_attribute("#said", "role") == "status"
    assert moved.startswith("Follow-up, median (range): 6.0 months (6.0 to 6.0), n = 8. ")
    assert "Any flare" not in moved
    assert page.locator("#said").inner_text() == "No headline result moved."


def test_the_keyboard_reaches_everything_and_changes_it(page):
    reached = []
    for _ in range(80):
        page.keyboard.press("Tab")
        facts = page.evaluate(
            "() => { const own = document.activeElement; const style = getComputedStyle(own);"
            " const name = own.id || own.getAttribute('href') || own.className || own.tagName;"
            " return [own === document.body ? 'BODY' : name,"
            " style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0]; }"
        )
        if facts[0] == "BODY" or (reached and facts == reached[0]):
            break
        reached.append(facts)
    names = [name for name, _ in reached]
    controls = [name for name in names if name.startswith("set-")]

    assert [name for name, is_seen in reached if not is_seen] == []
    assert controls == [f"set-{code}" for code in (
        "cut", "aplasia", "return", "sle", "jdm", "ssc", "interval", "limits", "level", "without"
    )]  # fmt: skip
    assert names.index("set-without") < names.index("reset") < names.index("#spec-left")
    assert names.count("SUMMARY") == 7

    page.focus("#set-cut")
    page.keyboard.press("Home")
    assert page.locator("#result-follow_up .mark").is_visible()
    page.focus("#reset")
    page.keyboard.press("Enter")
    assert not page.locator("#result-follow_up .mark").is_visible()


def test_without_scripts_the_page_shows_the_manuscript_and_every_variant(browser, page):
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(PAGE.as_uri())
    rows = plain.locator(".headlines tbody tr")
    shown = {
        rows.nth(n).get_attribute("id")[7:]: rows.nth(n).locator("td").first.inner_text() for n in range(rows.count())
    }

    assert shown == {code: found["text"] for code, found in read_shown(page)["results"].items()}
    assert not plain.locator("#form").is_visible()
    assert not plain.locator(".now").first.is_visible()
    assert plain.locator("noscript").inner_text().startswith("Choosing needs JavaScript.")
    assert plain.locator("#curve-return path.line").get_attribute("d").startswith("M0 0H")
    for number in range(plain.locator(".summary tbody tr").count()):
        section = plain.locator(".claim").nth(number)
        section.locator("summary").click()
        said = plain.locator(".summary tbody tr").nth(number).locator("td").nth(2).inner_text()
        assert section.locator("tbody tr").count() == int(said.split(" of ")[1])
        assert section.locator("tbody tr").first.is_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(looker, scheme):
    page = looker.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page.goto(PAGE.as_uri() + "#cut=months_6")
    page.evaluate("document.querySelectorAll('details').forEach((own) => { own.open = true; })")
    rules = {"type": "tag", "values": [*LEVELS, "best-practice"]}
    found = find_violations(page, runOnly=rules if scheme == "light" else COLOURS)
    page.close()

    assert found == []


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_it_fits_fetches_nothing_and_says_nothing(browser, width):
    requests, said = [], []
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(PAGE.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((own) => { own.open = true; })")
    page.select_option("#set-return", "loss_of_aplasia_cincinnati")
    overflow = [page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")]
    # Paper is wider than a telephone.
    page.set_viewport_size({"width": max(width, 700), "height": 900})
    page.emulate_media(media="print")
    overflow.append(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
    page.close()

    assert [url for url in requests if url != PAGE.as_uri() and not url.startswith("data:")] == []
    assert said == []
    assert max(overflow) <= 0


def test_words_on_the_axes_do_not_run_into_each_other(browser):
    page = browser.new_page(viewport={"width": 360, "height": 900})
    page.goto(PAGE.as_uri())
    touching = page.evaluate(
        """() => [...document.querySelectorAll(".below, .scale")].flatMap((axis) => {
          const boxes = [...axis.children].map((span) => span.getBoundingClientRect());
          return boxes.filter((box, n) => boxes.slice(n + 1).some((other) =>
            box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom));
        }).length"""
    )
    page.close()

    assert touching == 0


def test_the_file_is_small_whole_and_knows_what_it_was_made_from():
    content = PAGE.read_bytes()
    record = read_record(content)

    assert len(content) < 3_000_000
    assert record.is_whole
    assert record.record.exhibit == "whatif"
    assert "data/derived/runs/whatif/whole.csv" in record.record.inputs
    assert b"Synthetic data: drawn by a simulator, no person is described." in content


def test_markup_in_the_name_of_a_patient_stays_text(browser, tmp_path):
    names = ["</script><script>document.title='hit'</script>", "<img src=x onerror=alert(1)>", "{{ 7*7 }}", "P & \"Q'"]
    facts = [
        {"cut": "whole", "months": 0, "patient_id": name, "definition": "none", "choice": "", "fact": "time:CONTACT",
         "time_days": 100 + place, "is_met": False}
        for place, name in enumerate(names)
    ]  # fmt: skip
    made = make_page(pd.DataFrame(facts), pd.DataFrame({"patient_id": names, "disease": "SLE"}), design=Design())
    exhibit = Exhibit("whatif", "S11b", "page", "What if <b>bold</b>", "", "93_whatif")
    about = About("A <i>series</i>", "patient", "a hospital", "none", "nobody", "none")
    path = tmp_path / "whatif.html"
    path.write_bytes(page_bytes(made, exhibit=exhibit, about=about))
    page = browser.new_page()
    page.goto(path.as_uri())

    assert sorted(page.locator("#set-without option").all_inner_texts()[1:]) == sorted(names)
    assert page.title() == "S11b. What if <b>bold</b>"
    assert page.locator("h1 b, main i, img").count() == 0
    page.select_option("#set-without", names[0])
    assert page.locator("#result-follow_up td.now").inner_text().startswith("3.4 months (3.3 to 3.4), n = 3")
    assert page.locator("#result-remission td.now").inner_text() == "no patient can be assessed"
    page.close()
