"""Grades of toxicities by colour: tiles with the grade written in them, and bars of patients where they are many."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from caseseries.exhibits import format as fmt
from caseseries.exhibits.drawing.courses import Look
from caseseries.exhibits.drawing.keys import Key
from caseseries.exhibits.drawing.style import SMALL_PT

GRADE_COLOURS = {0: "#FFFFFF", 1: "#FBE3BF", 2: "#F4B06A", 3: "#D9622B", 4: "#94221F", 5: "#2B0A0A"}
"""The darker, the worse; the grade is written wherever there is room."""

DARK_FROM_GRADE = 3
OPEN_HATCH = "//////"
NOT_ASSESSABLE = "Not assessable"
OUTLINE = "#8C8C8C"


def grade_keys(grades: pd.Series) -> list[Key]:
    """Give the entries of the key for the grades that occur."""
    return [Key(f"Grade {grade}", GRADE_COLOURS[grade], edge=OUTLINE) for grade in sorted(set(grades.dropna()))]


def grade_text(grade, status: str) -> str:
    """Write a grade in a tile: the number, and that it is a least one where the data leave a higher one open."""
    if pd.isna(grade):
        return ""
    return f"≥{grade}" if status == "partial" else f"{grade}"


def draw_tiles(axes: Axes, grades: pd.DataFrame, look: Look, *, toxicities: dict[str, str]) -> None:
    """Draw one tile per patient and toxicity, a hatched one where the grade is not assessable.

    Parameters
    ----------
    axes
        Empty axes.
    grades : DataFrame, one row per patient and toxicity
        ``patient_id``, ``toxicity``, ``grade``, ``status``.
    look
        Order of the patients.
    toxicities
        Words above the columns by code.
    """
    order = [name for name in look.order if name in set(grades["patient_id"])]
    found = grades.set_index(["patient_id", "toxicity"])
    axes.set(xlim=(0, len(toxicities)), ylim=(len(order), 0))
    axes.set_axis_off()
    for row, name in enumerate(order):
        axes.text(-0.12, row + 0.5, name, ha="right", va="center_baseline", fontsize=SMALL_PT, clip_on=False)
        for column, code in enumerate(toxicities):
            if (name, code) not in found.index:
                continue
            cell = found.loc[(name, code)]
            is_open = pd.isna(cell["grade"])
            axes.add_patch(
                Rectangle(
                    (column + 0.04, row + 0.07), 0.92, 0.86, linewidth=0.35, edgecolor=OUTLINE,
                    facecolor="white" if is_open else GRADE_COLOURS[int(cell["grade"])],
                    hatch=OPEN_HATCH if is_open else None, clip_on=False,
                )
            )  # fmt: skip
            is_dark = not is_open and cell["grade"] >= DARK_FROM_GRADE
            axes.text(
                column + 0.5, row + 0.5, grade_text(cell["grade"], cell["status"]), ha="center", va="center_baseline",
                fontsize=SMALL_PT, color="white" if is_dark else "black",
            )  # fmt: skip
    for column, words in enumerate(toxicities.values()):
        axes.text(column + 0.5, -0.12, words, ha="center", va="bottom", fontsize=SMALL_PT, linespacing=1.1)


def draw_grade_bars(axes: Axes, grades: pd.DataFrame, *, toxicities: dict[str, str]) -> None:
    """Draw per toxicity a bar of all patients, cut by grade; what is not assessable stands hatched at its end."""
    for row, code in enumerate(toxicities):
        own, left = grades[grades["toxicity"] == code], 0
        counts = own["grade"].value_counts().sort_index()
        parts = [(int(grade), int(n)) for grade, n in counts.items()]
        n_open = int(own["grade"].isna().sum())
        for grade, n in [*parts, *([(None, n_open)] if n_open else [])]:
            axes.barh(
                row, n, left=left, height=0.7, linewidth=0.35, edgecolor=OUTLINE,
                color="white" if grade is None else GRADE_COLOURS[grade], hatch=OPEN_HATCH if grade is None else None,
            )  # fmt: skip
            if grade is not None and n >= 0.06 * len(own):
                axes.text(
                    left + n / 2, row, fmt.number(n), ha="center", va="center_baseline", fontsize=SMALL_PT,
                    color="white" if grade >= DARK_FROM_GRADE else "black",
                )  # fmt: skip
            left += n
    axes.set_yticks(range(len(toxicities)), list(toxicities.values()), fontsize=SMALL_PT)
    axes.set_ylim(len(toxicities) - 0.5, -0.5)
    axes.set_xlim(0, grades.groupby("toxicity").size().max() * 1.003)
    axes.set_xlabel("Patients (n)")
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False)


def plotted_grades(grades: pd.DataFrame, *, toxicities: dict[str, str]) -> pd.DataFrame:
    """Give the grades as plotted."""
    return pd.DataFrame(
        {
            "patient_id": grades["patient_id"],
            "toxicity": grades["toxicity"].map(toxicities).str.replace("\n", " ").astype("str"),
            "grade": grades["grade"],
            "status": grades["status"],
            "onset (days)": grades["onset_day"],
            "end (days)": grades["end_day"],
        }
    ).reset_index(drop=True)


def describe_grades(grades: pd.DataFrame, *, toxicities: dict[str, str]) -> str:
    """Say per toxicity how many patients had which grade."""
    said = []
    for code, words in toxicities.items():
        own = grades[grades["toxicity"] == code]
        if own.empty:
            continue
        parts = [f"grade {grade} in {n}" for grade, n in own["grade"].value_counts().sort_index().items()]
        n_open = int(own["grade"].isna().sum())
        parts += [f"not assessable in {n_open}"] if n_open else []
        said.append(f"{words.replace(chr(10), ' ')}: {', '.join(parts)} (n = {len(own)})")
    return f"{'; '.join(said)}." if said else ""
