"""Where each bar and mark of the swimmer plot stands: rows in blocks, and lanes so that no mark hides another."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass

import pandas as pd

from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits.columns import disease_rank, order_of_patients
from caseseries.exhibits.drawing.style import (
    DOUBLE_COLUMN_MM,
    GROUP_COLOURS,
    SMALL_PT,
    TEXT_PT,
    disease_colours,
    natural_key,
    text_width_mm,
)

ROOM_MM = 132.0
"""Height that all rows may take together; axis, key and note need the rest of the page."""

MOST_DETAILED = 12
"""Up to this many patients every mark is shown, in lanes above the bar."""

SMALLEST_LABEL_ROW_MM = 2.0
"""A row lower than this cannot carry a patient's name."""

BAR_MM, LANE_MM, IVIG_MM, ROW_GAP_MM, BLOCK_GAP_MM, EDGE_MM = 2.4, 2.05, 1.2, 0.9, 1.6, 0.6
MOST_LANES = 4
MARK_ROOM_MM = 2.0
DENSE_MARK_MM = 0.8
LINE_MM = 2.6
LEFT_MM, RIGHT_MM, STRIP_MM = 0.5, 2.5, 1.6
MOST_BLOCKS = 12
TALLEST_ROW_MM = 3.4

ON_BAR = ("b_cell_return", "last_glucocorticoid", "death")
REDUCED = ("b_cell_return", "death")


@dataclass(frozen=True)
class Block:
    """Rows of one group or disease, with its words and the colour of its strip."""

    name: str
    n: int
    words: str
    colour: str
    top_mm: float
    bottom_mm: float


@dataclass(frozen=True)
class Layout:
    """All places of the figure in millimetres from the top, and its range in months.

    ``rows`` gives the top of each patient's bar; ``marks`` has the columns of milestones with ``shown_as``,
    ``months`` and ``place_mm``.
    """

    rows: dict[str, float]
    blocks: tuple[Block, ...]
    marks: pd.DataFrame
    height_mm: float
    left_mm: float
    strip_right_mm: float
    bar_mm: float
    mark_mm: float
    label_pt: float
    first_month: float
    last_month: float
    is_detailed: bool
    has_labels: bool

    def bar(self, patient_id: str) -> tuple[float, float]:
        """Give top and bottom of a patient's bar."""
        return self.rows[patient_id], self.rows[patient_id] + self.bar_mm

    @property
    def months_per_mm(self) -> float:
        """Scale of the time axis."""
        return (self.last_month - self.first_month) / (DOUBLE_COLUMN_MM - self.left_mm - RIGHT_MM)


def lay_out_rows(patients: pd.DataFrame, milestones: pd.DataFrame, *, first_month: float) -> Layout:
    """Lay out rows, blocks and marks for any number of patients, from a first month on.

    Up to ``MOST_DETAILED`` patients each row has lanes for its marks; more patients get thinner bars with marks on
    them, and beyond about sixty bars without names.
    """
    is_detailed = len(patients) <= MOST_DETAILED
    groups = _list_groups(patients)
    most_lines = int(_room_mm(len(groups)) / len(groups) / LINE_MM)
    words = {name: _block_words(name, len(ids), most_lines) for name, ids in groups.items()}
    row_mm = _fit_row_mm(groups, words)
    has_labels = is_detailed or row_mm >= SMALLEST_LABEL_ROW_MM
    label_pt = TEXT_PT if is_detailed else SMALL_PT
    widest = max(text_width_mm(name, size_pt=label_pt) for name in patients["patient_id"])
    label_mm = widest + 2.0 if has_labels else 1.5
    words_mm = max(text_width_mm(line) for text in words.values() for line in text.split("\n"))
    left_mm = LEFT_MM + words_mm + 1.0 + STRIP_MM + label_mm

    last = max(float(patients["last_contact_day"].max()) / DAYS_PER_MONTH, 1.0)
    # Room for the arrow behind the longest bar.
    margin = (last - first_month) * 0.015
    first, last = first_month - margin / 2, last + margin
    months_per_mm = (last - first) / (DOUBLE_COLUMN_MM - left_mm - RIGHT_MM)

    marks = _choose_marks(milestones, patients, is_detailed=is_detailed, has_labels=has_labels, first=first)
    colours = _block_colours(groups, patients)
    for n_lanes in range(MOST_LANES, -1, -1):
        lanes = _assign_lanes(marks, width_months=months_per_mm * MARK_ROOM_MM, n_lanes=n_lanes if is_detailed else 0)
        rows, spans, height_mm = _stack_rows(groups, words, marks, lanes, row_mm=None if is_detailed else row_mm)
        if height_mm <= ROOM_MM:
            break
    blocks = [Block(name, len(ids), words[name], colours[name], *spans[name]) for name, ids in groups.items()]
    bar_mm = BAR_MM if is_detailed else row_mm * 0.8
    placed = marks.assign(place_mm=_places(marks, lanes, rows, bar_mm))
    mark_mm = 1.5 if is_detailed else min(1.4, bar_mm * 0.75) if has_labels else DENSE_MARK_MM
    return Layout(
        rows=rows,
        blocks=tuple(blocks),
        marks=placed,
        height_mm=height_mm,
        left_mm=left_mm,
        strip_right_mm=label_mm,
        bar_mm=bar_mm,
        mark_mm=mark_mm,
        label_pt=label_pt,
        first_month=first,
        last_month=last,
        is_detailed=is_detailed,
        has_labels=has_labels,
    )


def _stack_rows(
    groups: dict[str, list[str]],
    words: dict[str, str],
    marks: pd.DataFrame,
    lanes: pd.Series,
    *,
    row_mm: float | None,
) -> tuple[dict[str, float], dict[str, tuple[float, float]], float]:
    """Stack the rows; without a height given each is as high as its lanes need."""
    below = ROW_GAP_MM + (IVIG_MM if (marks["shown_as"] == "ivig").any() else 0)
    n_lanes = lanes.groupby(marks["patient_id"]).max()
    rows, spans = {}, {}
    top = EDGE_MM
    for name, ids in groups.items():
        start = top
        for patient_id in ids:
            if row_mm is None:
                rows[patient_id] = top + 0.3 + LANE_MM * n_lanes.get(patient_id, 0)
                top = rows[patient_id] + BAR_MM + below
            else:
                rows[patient_id] = top + row_mm * 0.1
                top += row_mm
        top = max(top, start + LINE_MM * (1 + words[name].count("\n")))
        spans[name] = (start, top - (ROW_GAP_MM if row_mm is None else 0))
        top += BLOCK_GAP_MM
    return rows, spans, top - BLOCK_GAP_MM + EDGE_MM


def _list_groups(patients: pd.DataFrame) -> dict[str, list[str]]:
    by = "group" if patients["group"].notna().any() else "disease"
    names = patients.set_index("patient_id")[by].fillna("not recorded")
    ranked = order_of_patients(patients.assign(disease="") if by == "group" else patients)
    ordered = sorted(set(names), key=natural_key if by == "group" else disease_rank)
    if len(ordered) > MOST_BLOCKS:
        return {"All": ranked}
    return {name: [patient_id for patient_id in ranked if names[patient_id] == name] for name in ordered}


def _room_mm(n_blocks: int) -> float:
    return ROOM_MM - BLOCK_GAP_MM * (n_blocks - 1) - 2 * EDGE_MM


def _fit_row_mm(groups: dict[str, list[str]], words: dict[str, str]) -> float:
    """Give the height of a thin row with which all blocks fit, none lower than its words."""
    room = _room_mm(len(groups))
    lowest = {name: LINE_MM * (1 + text.count("\n")) for name, text in words.items()}
    row_mm = min(TALLEST_ROW_MM, room / sum(map(len, groups.values())))
    while math.fsum(max(len(ids) * row_mm, lowest[name]) for name, ids in groups.items()) > room:
        row_mm *= 0.98
    return row_mm


def _block_words(name: str, n: int, most_lines: int) -> str:
    """Write the words beside a block, its name cut so that every block's words can stand within the figure."""
    lines = textwrap.wrap(name, 14, max_lines=min(most_lines - 1, 4), placeholder="…")
    return "\n".join([*lines, f"n = {n}"])


def _block_colours(groups: dict[str, list[str]], patients: pd.DataFrame) -> dict[str, str]:
    if patients["group"].notna().any():
        return {name: GROUP_COLOURS[number % len(GROUP_COLOURS)] for number, name in enumerate(groups)}
    return disease_colours(groups)


def _choose_marks(
    milestones: pd.DataFrame, patients: pd.DataFrame, *, is_detailed: bool, has_labels: bool, first: float
) -> pd.DataFrame:
    marks = milestones[milestones["patient_id"].isin(patients["patient_id"])]
    months = marks["day"].astype("float64") / DAYS_PER_MONTH
    shown_as = marks["mark"].mask(
        (marks["mark"] == "infection") & (marks["grade"] >= 3).fillna(False), "severe_infection"
    )
    marks = marks.assign(months=months, shown_as=shown_as)[months >= first]
    if is_detailed:
        return marks.reset_index(drop=True)
    is_serious = marks["is_serious"].fillna(False).astype(bool)
    marks = marks.assign(shown_as=marks["shown_as"].mask(is_serious, "serious_event"))
    # Bars without names are too thin for a mark that nearly every patient has.
    kept = REDUCED if has_labels else ("death",)
    return marks[is_serious | marks["shown_as"].isin(kept)].reset_index(drop=True)


def _assign_lanes(marks: pd.DataFrame, *, width_months: float, n_lanes: int) -> pd.Series:
    """Give each mark the lowest lane in which it touches no other, or the highest lane; 0 is the bar itself."""
    lanes = pd.Series(0, index=marks.index)
    if n_lanes == 0:
        return lanes
    above = marks[~marks["shown_as"].isin((*ON_BAR, "ivig"))]
    for _, own in above.sort_values("months", kind="stable").groupby("patient_id"):
        ends = [-math.inf] * n_lanes
        for index, months in own["months"].items():
            free = [lane for lane in range(n_lanes) if ends[lane] + width_months <= months + 1e-9]
            lane = free[0] if free else n_lanes - 1
            ends[lane] = months
            lanes[index] = lane + 1
    return lanes


def _places(marks: pd.DataFrame, lanes: pd.Series, rows: dict[str, float], bar_mm: float) -> list[float]:
    places = []
    for index, row in marks.iterrows():
        top = rows[row["patient_id"]]
        if row["shown_as"] == "ivig":
            places.append(top + bar_mm + 0.8)
        elif lanes[index]:
            places.append(top - LANE_MM * (lanes[index] - 0.5))
        else:
            places.append(top + bar_mm / 2)
    return places
