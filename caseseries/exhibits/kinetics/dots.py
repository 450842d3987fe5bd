"""Panel of Figure 2 with a dot per patient: height, time and extent of the expansion, and the last detection."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from caseseries.estimate import estimate_survival, summarize
from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import DOT_PT, MARKER_PT, Look
from caseseries.exhibits.drawing.measures import LINEAR, LOG, Measure
from caseseries.exhibits.drawing.panels import set_scale
from caseseries.exhibits.drawing.style import LABEL_PT, SMALL_PT, add_panel, add_text

STILL_THERE = "the last sample is quantifiable"
"""Flag of a last day that is a least one."""

SCALE_MM, RIGHT_MM, NAME_MM, UNIT_MM, FOOT_MM = 9.0, 1.0, 2.6, 3.0, 2.8
"""Room of the ticks, right of the axes, and of the lines of text above and below them."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of kinetics as drawn: ``pattern`` finds it in the derived table."""

    pattern: str
    name: str
    scale: str
    per_day: bool = False

    def of(self, kinetics: pd.DataFrame, analyte: str) -> pd.DataFrame:
        """Give the rows of an analyte that have a value."""
        own = kinetics[(kinetics["analyte"] == analyte) & kinetics["value"].notna()]
        return own[own["parameter"].str.fullmatch(self.pattern)]


DRAWN = (
    Parameter("CMAX", "Cmax", LOG),
    Parameter("TMAX", "Tmax", LINEAR),
    Parameter(r"AUC_0_\d+", "AUC", LOG),
    Parameter("TLAST", "Last detection", LINEAR),
)


@dataclass(frozen=True)
class Dots:
    """One small panel: its parameter, values, unit, and median; the last is None where it is not reached."""

    parameter: Parameter
    rows: pd.DataFrame
    name: str
    unit: str
    median: float | None

    @property
    def n_still_there(self) -> int:
        """Patients whose value is a least one."""
        return int(is_least(self.rows).sum())


def is_least(rows: pd.DataFrame) -> pd.Series:
    """Tell which values are least ones."""
    return rows["flag"].str.contains(STILL_THERE, regex=False).fillna(False).astype(bool)


def median_of(rows: pd.DataFrame) -> float | None:
    """Give the median of one parameter, or None where it is not reached.

    Notes
    -----
    Where some values are least ones, since the last sample was still quantifiable, it is the median of Kaplan-Meier.
    """
    least = is_least(rows)
    if not least.any():
        return summarize(rows["value"]).median
    return estimate_survival(rows["value"].to_numpy(), ~least.to_numpy()).median


def dots_of(kinetics: pd.DataFrame, analyte: str) -> list[Dots]:
    """Collect the small panels of an analyte that have a value."""
    found = []
    for parameter in DRAWN:
        rows = parameter.of(kinetics, analyte)
        if rows.empty:
            continue
        window = re.search(r"\d+$", rows["parameter"].iloc[0])
        name = f"{parameter.name} 0–{window.group()}" if window else parameter.name
        unit = fmt.unit(rows["unit"].iloc[0]).replace(" x days", " × d")
        found.append(Dots(parameter, rows, name, unit, median_of(rows)))
    return found


def draw_dots(
    figure: Figure, dots: list[Dots], look: Look, *, left: float, top: float, pitch: float, height: float, letter: str
) -> None:
    """Draw small panels side by side, one dot per patient in the order of the cohort, with a thin line at the median.

    The height holds the name and the unit above the axes, and the number of patients below them.
    """
    head = NAME_MM + UNIT_MM
    for number, panel in enumerate(dots):
        start = left + number * pitch + SCALE_MM
        axes = add_panel(
            figure, left=start, top=top + head, width=pitch - SCALE_MM - RIGHT_MM, height=height - head - FOOT_MM
        )
        add_text(figure, panel.name, left=start, top=top, ha="left", va="top")
        add_text(figure, panel.unit, left=start, top=top + NAME_MM, ha="left", va="top", fontsize=SMALL_PT)
        measure = Measure(panel.parameter.pattern, panel.name, panel.unit, panel.parameter.scale, low=_foot(panel))
        set_scale(axes, measure, panel.rows["value"])
        axes.set_ylabel("")
        if panel.parameter.scale == LINEAR:
            highest = panel.rows["value"].max() or 1.0
            axes.set_ylim(0, highest * (1.15 if panel.n_still_there else 1.05))
            axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        _draw_values(axes, panel, look)
        if panel.median is not None and len(panel.rows) > 1:
            axes.axhline(panel.median, color="black", linewidth=0.6, zorder=2 if look.is_single else 4)
        axes.set_xlim(-1, len(look.order))
        axes.set_xticks([])
        axes.set_xlabel(f"n = {len(panel.rows)}", fontsize=SMALL_PT)
    if letter:
        add_text(figure, letter, left=left + 0.3, top=top - 3.4, ha="left", va="top", fontsize=LABEL_PT,
                 fontweight="bold")  # fmt: skip


def _foot(panel: Dots) -> float | None:
    return 0 if panel.parameter.scale == LINEAR else None


def _draw_values(axes, panel: Dots, look: Look) -> None:
    places = {name: place for place, name in enumerate(look.order)}
    rows = panel.rows.assign(at_least=is_least(panel.rows), colour=panel.rows["patient_id"].map(look.colour))
    if not look.is_single:
        for colour, own in rows.groupby("colour"):
            axes.plot(
                own["patient_id"].map(places), own["value"], linestyle="none", marker="o", markersize=DOT_PT,
                markerfacecolor=colour, markeredgewidth=0, alpha=0.6, zorder=3, clip_on=False,
            )  # fmt: skip
        return
    for row in rows.itertuples():
        place = places[row.patient_id]
        axes.plot(
            [place], [row.value], marker=look.styles[row.patient_id].marker, markersize=MARKER_PT,
            markerfacecolor=row.colour, markeredgecolor="white", markeredgewidth=0.25, zorder=3, clip_on=False,
        )  # fmt: skip
        if row.at_least:
            axes.annotate(
                "", (place, row.value), (0, 6.5), textcoords="offset points", zorder=4, annotation_clip=False,
                arrowprops={"arrowstyle": "<-,head_length=0.12,head_width=0.1", "linewidth": 0.5, "shrinkA": 0,
                            "shrinkB": 2, "color": row.colour},
            )  # fmt: skip


def plotted_dots(dots: list[Dots]) -> pd.DataFrame:
    """Give the values as plotted, one row per patient and parameter."""
    parts = [
        pd.DataFrame(
            {
                "patient_id": panel.rows["patient_id"],
                "analyte": panel.rows["analyte"],
                "parameter": panel.name,
                "value": panel.rows["value"],
                "unit": panel.unit,
                "at least": is_least(panel.rows).map({True: "yes", False: "no"}),
            }
        )
        for panel in dots
    ]
    return pd.concat(parts, ignore_index=True)


def describe_dots(panel: Dots) -> str:
    """Say median, range and number of patients of a small panel."""
    values = panel.rows["value"]
    low, high = fmt.significant(float(values.min())), fmt.significant(float(values.max()))
    middle = "not reached" if panel.median is None else fmt.significant(float(panel.median))
    tail = f", {panel.n_still_there} of them at least" if panel.n_still_there else ""
    if len(values) == 1:
        return f"{panel.name} {low} {panel.unit} (n = 1{', at least' if panel.n_still_there else ''})"
    return f"{panel.name}, median {middle} {panel.unit} ({low} to {high}; n = {len(values)}{tail})"
