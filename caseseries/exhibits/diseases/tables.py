"""Values of the measures of one disease at the main visits, by patient, or summarized where patients are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from caseseries.derive.shared.windows import BASELINE
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import MOST_PATIENT_COLUMNS, order_of_patients
from caseseries.exhibits.diseases.data import DiseasePlan
from caseseries.exhibits.drawing.measures import SCORED
from caseseries.exhibits.drawing.state_strips import CRITERION, State
from caseseries.exhibits.model import DisplayTable, Row

VISITS = (BASELINE, "M3", "M6", "M12")
LAST = "last"
HEADINGS = ("", "Baseline", "M3", "M6", "M12", "Last")
NOT_ASSESSABLE, PARTIAL = "NA", "*"


@dataclass(frozen=True)
class Measured:
    """One measure of the table: its code, its words, and the state that it is, if it is one."""

    code: str
    words: str
    state: State | None = None

    def write(self, row: pd.Series) -> str:
        """Write one recorded value."""
        if pd.isna(row["value"]):
            return NOT_ASSESSABLE
        if self.state is None:
            return fmt.significant(float(row["value"])) + (PARTIAL if row["status"] == "partial" else "")
        words = {level.value: level.words for level in self.state.levels}
        return words.get(row["value"], NOT_ASSESSABLE).removesuffix(" improvement").lower()

    def summarize(self, own: pd.DataFrame) -> str:
        """Summarize the values of a visit: median and range, or patients in the state, at its best answer."""
        known = own["value"].dropna()
        if known.empty:
            return fmt.NOT_RECORDED
        if self.state is not None:
            return fmt.n_percent(int((known == self.state.levels[0].value).sum()), len(known))
        low, middle, high = (fmt.significant(float(value)) for value in (known.min(), known.median(), known.max()))
        return f"{middle} ({low} to {high}); n = {len(known)}"


def table_courses(patients: pd.DataFrame, scores: pd.DataFrame, *, plan: DiseasePlan) -> DisplayTable:
    """Make the table of the measures of one disease at baseline, months 3, 6 and 12, and the last visit.

    Parameters
    ----------
    patients, scores : DataFrame
        Derived tables of all patients.
    plan
        Its patients, scores and states make the rows.

    Returns
    -------
    DisplayTable
        A section per measure and a row per patient; beyond twelve patients a row per measure.
    """
    own = plan.patients_of(patients, scores)
    order = [name for name in order_of_patients(patients) if name in set(own["patient_id"])]
    measures = [Measured(code, SCORED[code].label) for curve in plan.curves for code in curve.codes if code in SCORED]
    measures += [Measured(state.measure, state.words, state) for state in plan.states]
    scores = scores[scores["patient_id"].isin(order)]
    picked = {measure: _at_visits(scores[scores["measure"] == measure.code]) for measure in measures}
    picked = {measure: frame for measure, frame in picked.items() if frame["value"].notna().any()}
    if not picked:
        return DisplayTable(HEADINGS, (), (f"No value of {plan.disease} in this data set.",))
    is_single = len(order) <= MOST_PATIENT_COLUMNS
    rows = [row for measure, frame in picked.items() for row in _rows(measure, frame, order, is_single=is_single)]
    texts = " ".join(cell for row in rows for cell in row.cells)
    notes = (
        "Last, the last value after infusion" + (", with its day." if is_single else "."),
        "" if is_single else "Cells give median (range); n, or patients in the state / patients assessed (%).",
        f"{NOT_ASSESSABLE}, not assessable." if NOT_ASSESSABLE in texts.split() else "",
        f"{PARTIAL} Items are missing." if PARTIAL in texts else "",
        f"{fmt.NOT_RECORDED}, no value at this visit." if fmt.NOT_RECORDED in texts.split() else "",
    )
    return DisplayTable(HEADINGS, tuple(rows), tuple(filter(None, notes)))


def _at_visits(own: pd.DataFrame) -> pd.DataFrame:
    """Give the rows that count for a visit of the table, with ``column``; the last value stands there too."""
    after = own[(own["day"] > 0) & own["value"].notna()].sort_values("day", kind="stable")
    last = after.drop_duplicates("patient_id", keep="last").assign(column=LAST)
    return pd.concat([own[own["visit"].isin(VISITS)].assign(column=own["visit"]), last])


def _rows(measure: Measured, frame: pd.DataFrame, order: Sequence[str], *, is_single: bool) -> list[Row]:
    columns = (*VISITS, LAST)
    if not is_single:
        best = "" if measure.state is None or measure.state.levels == CRITERION else measure.state.levels[0].words
        label = f"{measure.words}: {best.lower()}" if best else measure.words
        return [Row(label, tuple(measure.summarize(frame[frame["column"] == name]) for name in columns))]
    cells = {
        (row["patient_id"], row["column"]): measure.write(row)
        + (f" (day {fmt.day(row['day'])})" if row["column"] == LAST else "")
        for _, row in frame.iterrows()
    }
    present = set(frame["patient_id"])
    return [
        Row(measure.words, kind="section"),
        *(
            Row(name, tuple(cells.get((name, column), fmt.NOT_RECORDED) for column in columns))
            for name in order
            if name in present
        ),
    ]
