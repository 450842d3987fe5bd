"""The words of the swimmer plot: names of states and marks, its alternative text, its legend, its plotted numbers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.cohort.swimmer_rows import Layout
from caseseries.exhibits.columns import DISEASE_NAMES
from caseseries.exhibits.drawing.courses import start_word

STATE_WORDS = {
    "on_study_drug": "On study drug",
    "on_glucocorticoid": "Glucocorticoid, with or without other drugs",
    "on_immunosuppression": "Immunosuppression without glucocorticoid",
    "on_other_treatment": "Antimalarial or immunoglobulin only",
    "drug_free": "Drug-free",
    "off_study_drug": "Off study drug",
    "indeterminate": "Treatment not known",
}


@dataclass(frozen=True)
class MarkStyle:
    """Marker, fill and words of a mark; ``edge`` is the width of its outline in points, ``scale`` its relative size."""

    marker: str
    fill: str
    words: str
    edge: float = 0.4
    scale: float = 1.0


MARK_STYLES = {
    "crs": MarkStyle("o", "#000000", "CRS"),
    "icans": MarkStyle("s", "#0072B2", "ICANS"),
    "iec_hs": MarkStyle("h", "#D55E00", "IEC-HS"),
    "licats": MarkStyle("^", "#CC79A7", "LICATS", scale=1.1),
    "infection": MarkStyle("v", "#FFFFFF", "Infection of grade 1 or 2", scale=1.1),
    "severe_infection": MarkStyle("v", "#000000", "Infection of grade 3 or more", scale=1.1),
    "late_cytopenia": MarkStyle("P", "#E69F00", "Late cytopenia", scale=1.1),
    "serious_event": MarkStyle("*", "#000000", "Serious event", scale=1.2),
    "b_cell_return": MarkStyle("D", "#FFFFFF", "B cell return"),
    "last_glucocorticoid": MarkStyle("|", "#000000", "Last glucocorticoid", edge=1.1, scale=1.4),
    "ivig": MarkStyle("|", "#000000", "Immunoglobulin infusion", edge=0.5, scale=0.7),
    "death": MarkStyle("X", "#000000", "Death", edge=0.0, scale=1.2),
}
DENSE_STYLES = {
    "serious_event": MarkStyle("o", "#000000", "Serious event", edge=0.2),
    "death": MarkStyle("X", "#000000", "Death", edge=0.0, scale=1.4),
}
ALIVE = MarkStyle(">", "#000000", "Alive at last contact")

ABBREVIATIONS = {
    "crs": "CRS, cytokine release syndrome",
    "icans": "ICANS, immune effector cell-associated neurotoxicity syndrome",
    "iec_hs": "IEC-HS, immune effector cell-associated haemophagocytic syndrome",
    "licats": "LICATS, local immune effector cell-associated toxicity syndrome",
}


def mark_style(name: str, layout: Layout) -> MarkStyle:
    """Give the style of a mark: dots and crosses where bars are too thin for more."""
    return MARK_STYLES[name] if layout.has_labels else DENSE_STYLES[name]


def mark_words(name: str, layout: Layout) -> str:
    """Give the words of a mark; where every toxicity has its own, serious events are the other ones."""
    return "Other serious event" if name == "serious_event" and layout.is_detailed else MARK_STYLES[name].words


def plotted_segments(segments: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """Give the bars as plotted, one row per patient and unbroken state."""
    facts = patients.set_index("patient_id")
    return pd.DataFrame(
        {
            "patient_id": segments["patient_id"],
            "disease": segments["patient_id"].map(facts["disease"]),
            "state of treatment": segments["state"].map(STATE_WORDS),
            "start (months)": segments["start_months"],
            "end (months)": segments["end_months"],
        }
    )


def plotted_marks(layout: Layout) -> pd.DataFrame:
    """Give the marks as plotted, one row per patient, day and mark."""
    marks = layout.marks
    words = {name: mark_words(name, layout) for name in MARK_STYLES}
    return pd.DataFrame(
        {
            "patient_id": marks["patient_id"],
            "mark": marks["shown_as"].map(words).astype("str"),
            "time (months)": marks["months"],
            "time (days)": marks["day"],
            "grade": marks["grade"],
        }
    )


def describe_swimmer(patients: pd.DataFrame, segments: pd.DataFrame, layout: Layout) -> str:
    """Describe what is drawn for one who cannot see it: patients, range of time, states and marks with their counts."""
    blocks = ", ".join(f"{block.n} {block.name}" for block in layout.blocks)
    last = segments.sort_values(["end_months", "start_months"]).groupby("patient_id")["state"].last()
    ends = [f"{words}: {(last == name).sum()}" for name, words in STATE_WORDS.items() if (last == name).any()]
    counts = layout.marks.groupby("shown_as")["patient_id"].nunique()
    shown = [f"{mark_words(name, layout)}: {counts[name]}" for name in MARK_STYLES if name in counts]
    before = f"{fmt.number(-layout.first_month)} months before " if layout.first_month <= -1 else ""
    middle = ", median (range)" if len(patients) > 1 else ""
    sentences = [
        f"Swimmer plot of {fmt.count_of(len(patients), 'patient')} ({blocks}).",
        f"One bar each runs from {before}{start_word(patients)} to last contact.",
        f"Follow-up in months{middle}: {fmt.median_range(patients['follow_up_months'], 1)}.",
        f"Colour is the state of treatment; patients by state at last contact: {'; '.join(ends)}.",
        f"Patients with each mark: {'; '.join(shown)}." if shown else "No event is marked.",
    ]
    return " ".join(sentences)


def explain_swimmer(patients: pd.DataFrame, layout: Layout) -> str:
    """Give the legend: n, what a bar is, which events are marked, and the abbreviations used."""
    used = set(layout.marks["shown_as"])
    names = {block.name for block in layout.blocks}
    spelled = [f"{short}, {words}" for short, words in DISEASE_NAMES.items() if short in names]
    spelled += [words for name, words in ABBREVIATIONS.items() if name in used]
    only_serious = not layout.is_detailed and "serious_event" in used
    sentences = [
        f"n = {fmt.count_of(len(patients), 'patient')}; each bar ends at last contact.",
        "Of the adverse events only the serious ones are marked." if only_serious else "",
        f"{'; '.join(spelled)}." if spelled else "",
    ]
    return " ".join(filter(None, sentences))
