"""Extended Data Figure 4: subsets of B cells before treatment and at their return."""

from __future__ import annotations

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import lead_out
from caseseries.exhibits.drawing.courses import course_of, describe_course, last_month, look_of, plotted_course
from caseseries.exhibits.drawing.measures import measure_of
from caseseries.exhibits.drawing.style import journal_style
from caseseries.exhibits.immunity.b_cell_page import Panels, draw_page
from caseseries.exhibits.immunity.b_cell_parts import PARTS, TESTS, parts_of
from caseseries.exhibits.kinetics.aplasia import describe_rule
from caseseries.exhibits.model import Drawing

MONTHS_BEFORE = 1.0
BEFORE, AT_RETURN = "before", "at_return"
WHEN = {BEFORE: "Before", AT_RETURN: "At return"}


def plot_b_cell_subsets(
    patients: pd.DataFrame,
    results: pd.DataFrame,
    time_to_event: pd.DataFrame,
    *,
    return_rule: str = "two_samples_10_per_ul",
) -> Drawing:
    """Plot subsets of B cells as shares of all B cells.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it.
    results : DataFrame, one row per patient, test and day
        As ``derive_results`` gives it; the tests of ``TESTS`` in % of B cells.
    time_to_event : DataFrame, one row per patient and endpoint
        Return of B cells by every rule.
    return_rule
        The rule of return, one of ``RETURN_RULES``.

    Returns
    -------
    Drawing
        Two rows of stacked bars, a column per patient: the last sample up to day 0, and the first from the return on;
        and the course of each subset with every sample. ``plotted`` has ``shares`` and a frame per test.

    Notes
    -----
    Class-switched cells are a part of the memory cells, so the bars show memory cells without them and the
    class-switched ones on their own. What no subset holds is drawn as other cells. A sample whose parts contradict
    each other has no bar.
    """
    look, last = look_of(patients), last_month(patients)
    own = results[results["patient_id"].isin(patients["patient_id"]) & results["test"].isin(TESTS)]
    courses = {code: course_of(own, code) for code in TESTS}
    courses = {code: course[course["months"].between(-MONTHS_BEFORE, last)] for code, course in courses.items()}
    back = time_to_event[
        (time_to_event["endpoint"] == f"B_CELL_RETURN:{return_rule}") & time_to_event["is_event"].astype(bool)
    ]
    parts = parts_of(own)
    panels = Panels(
        look=look,
        bars=_pick_bars(parts, back),
        n_contradictory=int((~parts["is_consistent"]).sum()),
        courses={code: course for code, course in courses.items() if len(course)},
        last_month=last,
        first_month=-MONTHS_BEFORE,
    )
    with journal_style():
        figure = draw_page(panels, words=WHEN)
    return Drawing(
        figure=figure,
        plotted=_plotted(panels),
        alt_text=_describe(panels),
        legend=_explain(panels, rule=return_rule),
    )


def _pick_bars(parts: pd.DataFrame, back: pd.DataFrame) -> pd.DataFrame:
    """Pick per patient the last sample up to day 0 and the first on or after the day of return."""
    own = parts[parts["is_consistent"]].sort_values(["patient_id", "day"])
    before = own[own["day"] <= 0].drop_duplicates("patient_id", keep="last").assign(when=BEFORE)
    returned = own["patient_id"].map(back.drop_duplicates("patient_id").set_index("patient_id")["time_days"])
    after = own[(own["day"] >= returned.astype("float64")).fillna(False)]
    after = after[after["day"] > 0].drop_duplicates("patient_id").assign(when=AT_RETURN)
    return pd.concat([before, after], ignore_index=True)


def _plotted(panels: Panels) -> dict[str, pd.DataFrame]:
    frames = {}
    if len(panels.bars):
        shares = panels.bars.rename(columns={part.name: f"{part.words} (% of B cells)" for part in PARTS})
        frames["shares"] = pd.DataFrame(
            {
                "patient_id": shares["patient_id"],
                "sample": shares["when"].map(WHEN).astype("str"),
                "time (days)": shares["day"],
                **{column: shares[column] for column in shares if column.endswith("(% of B cells)")},
            }
        ).dropna(axis="columns", how="all")
    return frames | {
        measure_of(code).name: plotted_course(course, measure_of(code)) for code, course in panels.courses.items()
    }


def _describe(panels: Panels) -> str:
    words = ["Stacked bars of subsets of B cells, a column per patient, and the course of each subset."]
    for when, label in WHEN.items():
        own = panels.bars[panels.bars["when"] == when]
        middle = [
            f"{lead_out(part.words)} {fmt.significant(float(own[part.name].median()), 2)}%"
            for part in PARTS
            if own[part.name].notna().any()
        ]
        what = "value" if len(own) == 1 else "median"
        words.append(f"{label} (n = {len(own)}), {what}: {', '.join(middle)}." if len(own) else "")
    words += [describe_course(course, measure_of(code)) for code, course in panels.courses.items()]
    return " ".join(filter(None, words))


def _explain(panels: Panels, *, rule: str) -> str:
    letters, words = panels.letters, []
    counts = panels.bars["when"].value_counts()
    if len(panels.bars):
        n_before, n_back = (fmt.count_of(int(counts.get(when, 0)), "patient") for when in (BEFORE, AT_RETURN))
        words.append(
            f"{letters['bars']}, shares of B cells in the last sample up to day 0 ({n_before}) and in the first sample "
            f"from the return on ({n_back}; return: {describe_rule(rule)})."
        )
        is_split = panels.bars["memory_unswitched"].notna().any()
        words.append("Memory cells are split into class-switched and other ones." if is_split else "")
        words.append(
            "The day of the sample stands under its bar; an empty column, no such sample."
            if panels.look.is_single
            else "An empty column, no such sample."
        )
    if panels.n_contradictory:
        n = fmt.count_of(panels.n_contradictory, "sample")
        words.append(f"Without a bar: {n} whose shares are incomplete or contradict each other.")
    courses = [f"{letters[code]}, {measure_of(code).name}" for code in panels.courses]
    words.append(f"{'; '.join(courses)}: every sample." if courses else "")
    if "B_MEMORY" in panels.courses and "B_SWITCHED" in panels.courses:
        words.append("Memory B cells include the class-switched ones.")
    if not panels.look.is_single:
        words.append("Colour of lines, disease; thick line, median of periods with at least five patients.")
    words.append(f"n = {fmt.count_of(len(panels.look.order), 'patient')}.")
    lacking = [measure_of(code).name for code in TESTS if code not in panels.courses]
    words.append(f"Not in this data set: {'; '.join(lacking)}." if lacking else "")
    return " ".join(filter(None, words))
