"""States at the visits: a cell per patient and visit, or bars of counts where patients are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from caseseries.derive.shared.windows import BASELINE
from caseseries.design.visits import VISITS
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import MARKER_PT, Look
from caseseries.exhibits.drawing.keys import Key
from caseseries.exhibits.drawing.panels import LINE_GREY
from caseseries.exhibits.drawing.style import SMALL_PT

LAST = "Last"
COLUMNS = (BASELINE, *VISITS, LAST)
COLUMN_WORDS = {BASELINE: "Baseline"}

NOT_ASSESSABLE, OPEN_COLOUR = "Not assessable", "#D6D6D6"
GAP = 0.35
"""Width, in cells, that sets the last visit apart: it repeats one of the others."""

ROW_MM, BARS_MM, LEAST_CELLS = 2.7, 26.0, 6


@dataclass(frozen=True)
class Level:
    """One answer that a state can have: its value in derived/scores.csv, its words and its fill."""

    value: float
    words: str
    colour: str


CRITERION = (Level(1, "Met", "#1F3A52"), Level(0, "Not met", "#FFFFFF"))


@dataclass(frozen=True)
class State:
    """A state of derived/scores.csv and the answers it can have, the best first."""

    measure: str
    words: str
    levels: tuple[Level, ...] = CRITERION

    def level(self, value: float) -> Level | None:
        """Give the answer that a value stands for; none where the data do not decide."""
        return next((level for level in self.levels if level.value == value), None)


def cells_of(scores: pd.DataFrame, state: State, *, patient_ids: Sequence[str]) -> pd.DataFrame:
    """Pick the answers of a state by visit.

    Returns
    -------
    DataFrame, one row per patient and visit with an answer or an open one
        ``patient_id``, ``visit`` (one of ``COLUMNS``), ``day``, ``value`` (missing where not assessable). The last
        visit after the infusion stands under ``Last`` too, whether a visit of the plan or not.
    """
    own = scores[(scores["measure"] == state.measure) & scores["patient_id"].isin(patient_ids)]
    own = own.sort_values("day", kind="stable")
    last = own[own["day"] > 0].drop_duplicates("patient_id", keep="last").assign(visit=LAST)
    cells = pd.concat([own[own["visit"].isin(COLUMNS)], last])[["patient_id", "visit", "day", "value"]]
    place = cells["visit"].map(COLUMNS.index).astype("int64")
    return cells.assign(place=place).sort_values(["patient_id", "place"], kind="stable", ignore_index=True)


def plotted_cells(cells: pd.DataFrame, state: State) -> pd.DataFrame:
    """Give the answers of one strip as plotted."""
    return pd.DataFrame(
        {
            "patient_id": cells["patient_id"],
            "visit": cells["visit"],
            "time (days)": cells["day"],
            state.words: [_words(state, value) for value in cells["value"]],
        }
    )


def _words(state: State, value: float) -> str:
    level = state.level(value)
    return level.words if level else NOT_ASSESSABLE


def describe_cells(cells: pd.DataFrame, state: State) -> str:
    """Say at the last visit how many patients had each answer."""
    last = cells[cells["visit"] == LAST]
    answers = [_words(state, value) for value in last["value"]]
    order = [level.words for level in state.levels] + [NOT_ASSESSABLE]
    told = ", ".join(f"{words.lower()} {answers.count(words)}" for words in order if words in answers)
    return f"{state.words}, {fmt.count_of(cells['patient_id'].nunique(), 'patient')}; at the last visit {told}."


def strip_height(n_patients: int, *, is_single: bool) -> float:
    """Give the height of a strip in millimetres."""
    return ROW_MM * n_patients if is_single else BARS_MM


def keys_of(strips: Sequence[tuple[State, pd.DataFrame]], *, is_single: bool) -> list[list[Key]]:
    """Give the key of all strips, one line per set of answers."""
    groups = {state.levels: [Key(level.words, level.colour) for level in state.levels] for state, _ in strips}
    if any(cells["value"].isna().any() for _, cells in strips):
        groups[strips[0][0].levels].append(Key(NOT_ASSESSABLE + (" (×)" if is_single else ""), OPEN_COLOUR))
    return list(groups.values())


def draw_strip(axes: Axes, cells: pd.DataFrame, state: State, look: Look, *, columns: Sequence[str], ids) -> None:
    """Draw one state.

    Parameters
    ----------
    axes
        Empty axes; all strips of a figure share ``columns`` and ``ids``.
    cells : DataFrame
        As ``cells_of`` gives it.
    columns
        Visits from left to right.
    ids
        Patients from top to bottom, whether the state is known of them or not.
    """
    lefts = {name: place + (GAP if name == LAST else 0) for place, name in enumerate(columns)}
    (_draw_cells if look.is_single else _draw_counts)(axes, cells, state, look, lefts, ids)
    axes.set_xlim(0, max(*lefts.values(), LEAST_CELLS - 1) + 1)
    words = [COLUMN_WORDS.get(name, name) for name in columns]
    axes.set_xticks([lefts[name] + 0.5 for name in columns], words, rotation=90, fontsize=SMALL_PT)
    axes.tick_params(axis="x", length=0)
    axes.text(0, 1.02, state.words, transform=axes.transAxes, ha="left", va="bottom")
    axes.text(
        1, 1.02, f"n = {cells['patient_id'].nunique()}", transform=axes.transAxes, ha="right", va="bottom",
        fontsize=SMALL_PT,
    )  # fmt: skip


def draw_row_markers(axes: Axes, look: Look, ids: Sequence[str], *, room: float = 0) -> None:
    """Put the marker of each patient at the left of the row that is the patient's, row 0 on top.

    ``room`` is what stays free above and below, in rows.
    """
    for row, name in enumerate(ids):
        style = look.styles[name]
        axes.plot(
            [-0.035], [row + 0.5], transform=axes.get_yaxis_transform(), marker=style.marker, color=style.colour,
            markersize=MARKER_PT, markeredgewidth=0, linestyle="none", clip_on=False,
        )  # fmt: skip
    axes.set_ylim(len(ids) + room, -room)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _draw_cells(axes: Axes, cells: pd.DataFrame, state: State, look: Look, lefts: dict, ids: Sequence[str]) -> None:
    rows = {name: row for row, name in enumerate(ids)}
    spots = [(lefts[cell.visit], rows[cell.patient_id], state.level(cell.value)) for cell in cells.itertuples()]
    boxes = [[(x + 0.08, y + 0.1), (x + 0.92, y + 0.1), (x + 0.92, y + 0.9), (x + 0.08, y + 0.9)] for x, y, _ in spots]
    fills = [level.colour if level else OPEN_COLOUR for _, _, level in spots]
    axes.add_collection(PolyCollection(boxes, facecolors=fills, edgecolors=LINE_GREY, linewidths=0.35), autolim=False)
    open_spots = [(x + 0.5, y + 0.5) for x, y, level in spots if level is None]
    if open_spots:
        axes.plot(
            *zip(*open_spots, strict=True), linestyle="none", marker="x", color=LINE_GREY, markersize=2.6,
            markeredgewidth=0.5,
        )  # fmt: skip
    draw_row_markers(axes, look, ids)
    axes.spines["bottom"].set_visible(False)


def _draw_counts(axes: Axes, cells: pd.DataFrame, state: State, look: Look, lefts: dict, ids: Sequence[str]) -> None:
    x = [left + 0.5 for left in lefts.values()]
    counts = {level.words: cells[cells["value"] == level.value] for level in state.levels}
    counts[NOT_ASSESSABLE] = cells[cells["value"].isna()]
    colours = {level.words: level.colour for level in state.levels}
    bottom = pd.Series(0, index=list(lefts))
    for words, chosen in counts.items():
        heights = chosen.groupby("visit").size().reindex(list(lefts), fill_value=0)
        shown = heights > 0
        axes.bar(
            [place for place, is_shown in zip(x, shown, strict=True) if is_shown], heights[shown],
            bottom=bottom[shown], color=colours.get(words, OPEN_COLOUR), edgecolor=LINE_GREY, linewidth=0.35,
            width=0.84,
        )  # fmt: skip
        bottom += heights
    axes.set_ylim(0, max(int(bottom.max()), 1) * 1.02)
    axes.yaxis.get_major_locator().set_params(integer=True, nbins=5)
    axes.set_ylabel("Patients (n)")
