"""How figures look: page in millimetres, typeface, and the colours and markers of patients, diseases and states."""

from __future__ import annotations

import importlib.metadata
import re
from bisect import bisect_right
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

MM_PER_INCH = 25.4
POINTS_PER_MM = 72 / MM_PER_INCH
SINGLE_COLUMN_MM = 89.0
DOUBLE_COLUMN_MM = 183.0
MAX_HEIGHT_MM = 170.0

NOTE_STRIP_MM = 3.2
"""Strip at the foot of every figure that panels leave free, for the words that say what kind of data it shows."""

FAMILY = "TeX Gyre Heros"
FONT_FILES = (
    "texgyreheros-regular.ttf",
    "texgyreheros-bold.ttf",
    "texgyreheros-italic.ttf",
    "texgyreheros-bolditalic.ttf",
)
FONT_DISTRIBUTION = "ultraplot"

SMALL_PT, TEXT_PT, LABEL_PT = 5.0, 6.0, 8.0
"""Smallest text, running text and panel letters, in points."""

RC = {
    "font.family": FAMILY,
    "font.size": TEXT_PT,
    "mathtext.fontset": "custom",
    "mathtext.rm": FAMILY,
    "mathtext.it": f"{FAMILY}:italic",
    "mathtext.bf": f"{FAMILY}:bold",
    "mathtext.bfit": f"{FAMILY}:italic:bold",
    "mathtext.cal": FAMILY,
    "mathtext.sf": FAMILY,
    "mathtext.tt": FAMILY,
    "axes.titlesize": TEXT_PT,
    "axes.labelsize": TEXT_PT,
    "axes.labelpad": 2.0,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": TEXT_PT,
    "ytick.labelsize": TEXT_PT,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.minor.width": 0.35,
    "ytick.minor.width": 0.35,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "xtick.minor.size": 1.2,
    "ytick.minor.size": 1.2,
    "xtick.major.pad": 1.5,
    "ytick.major.pad": 1.5,
    "legend.fontsize": TEXT_PT,
    "legend.frameon": False,
    "lines.linewidth": 0.75,
    "lines.markersize": 3.5,
    "lines.markeredgewidth": 0.5,
    "patch.linewidth": 0.25,
    "hatch.linewidth": 0.25,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "savefig.dpi": 450,
    "savefig.bbox": None,
    "savefig.facecolor": "white",
    "figure.facecolor": "white",
    "path.simplify": False,
}

PATIENT_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#5C4210")
PATIENT_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", ">", "h")

DISEASE_COLOURS = {"SLE": "#0072B2", "JDM": "#CC79A7", "SSc": "#5C4210"}
OTHER_COLOURS = ("#666666", "#E69F00", "#56B4E9", "#009E73", "#D55E00")
GROUP_COLOURS = ("#666666", "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#CC79A7")

STATE_COLOURS = {
    "on_study_drug": "#4C86B8",
    "on_glucocorticoid": "#B2451D",
    "on_immunosuppression": "#DB8632",
    "on_other_treatment": "#EBBB6D",
    "drug_free": "#BDE5D9",
    "off_study_drug": "#B8B8B8",
    "indeterminate": "#FFFFFF",
}
"""The darker, the more treatment; states that can follow each other in one patient differ in grey print too."""


@dataclass(frozen=True)
class PatientStyle:
    """Colour and marker of one patient, the same in every figure."""

    colour: str
    marker: str


@lru_cache
def register_fonts() -> dict[str, str]:
    """Make the typeface known to matplotlib; give the path of each file by its name.

    A machine may have a typeface of the same name (TeX distributions bring one), with other outlines: ours comes first.

    Raises
    ------
    FileNotFoundError
        If the distribution that brings the typeface, or one of its files, is not installed.
    """
    paths = {
        path.name: str(path.locate())
        for path in importlib.metadata.files(FONT_DISTRIBUTION) or ()
        if path.name in FONT_FILES
    }
    missing = [name for name in FONT_FILES if name not in paths]
    if missing:
        raise FileNotFoundError(
            f"the typeface {FAMILY} must be installed: {', '.join(missing)} not found in {FONT_DISTRIBUTION}"
        )
    for path in paths.values():
        font_manager.fontManager.addfont(path)
    font_manager.fontManager.ttflist.sort(key=lambda font: font.fname not in paths.values())
    return paths


@contextmanager
def journal_style():
    """Draw and save in the journal's style; matplotlib's own settings are left as they were."""
    register_fonts()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        yield


def new_figure(*, width_mm: float, height_mm: float) -> Figure:
    """Make an empty figure of an exact size.

    Raises
    ------
    ValueError
        If it is higher than a page of the journal allows.
    """
    if height_mm > MAX_HEIGHT_MM + 1e-6:
        raise ValueError(f"a figure must be at most {MAX_HEIGHT_MM:g} mm high, not {height_mm:g}")
    figure = Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH))
    FigureCanvasAgg(figure)
    return figure


def size_mm(figure: Figure) -> tuple[float, float]:
    """Give width and height of a figure in millimetres."""
    width, height = figure.get_size_inches()
    return float(width * MM_PER_INCH), float(height * MM_PER_INCH)


def add_panel(
    figure: Figure,
    *,
    left: float,
    top: float,
    width: float,
    height: float,
    letter: str = "",
    letter_left: float = 0.3,
    **options,
) -> Axes:
    """Add axes at a place in millimetres from the upper left corner, with a panel letter if one is given."""
    full_width, full_height = size_mm(figure)
    axes = figure.add_axes(
        (left / full_width, 1 - (top + height) / full_height, width / full_width, height / full_height), **options
    )
    if letter:
        figure.text(
            letter_left / full_width, 1 - max(top - 3.2, 0.2) / full_height, letter,
            ha="left", va="top", fontsize=LABEL_PT, fontweight="bold",
        )  # fmt: skip
    return axes


def add_text(figure: Figure, text: str, *, left: float, top: float, **options):
    """Write text at a place in millimetres from the upper left corner."""
    width, height = size_mm(figure)
    return figure.text(left / width, 1 - top / height, text, **options)


def text_width_mm(text: str, *, size_pt: float = TEXT_PT, bold: bool = False) -> float:
    """Measure a line of text in millimetres."""
    font = font_manager.get_font(register_fonts()[FONT_FILES[1 if bold else 0]])
    # Measured large, so that no letter is rounded to a whole pixel.
    font.set_size(100, 72)
    font.set_text(text, 0.0)
    return font.get_width_height()[0] / 64 * size_pt / 100 / POINTS_PER_MM


def shorten(text: str, width_mm: float, *, size_pt: float = TEXT_PT) -> str:
    """Cut a line of text to a width in millimetres, with an ellipsis where something is lost."""
    if text_width_mm(text, size_pt=size_pt) <= width_mm:
        return text
    # By halves: a text of thousands of letters, measured again for each letter less, takes minutes.
    n_kept = bisect_right(range(len(text)), width_mm, key=lambda n: text_width_mm(f"{text[:n]}…", size_pt=size_pt)) - 1
    return f"{text[: max(n_kept, 0)].rstrip()}…"


def natural_key(name: str) -> tuple:
    """Give the key by which names with numbers in them sort as people do: P2 before P10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part.casefold()) for part in re.split(r"(\d+)", str(name)))


def patient_styles(patient_ids: Iterable[str]) -> dict[str, PatientStyle]:
    """Give every patient of the data set a colour and a marker, settled by the order of all ids.

    Eight patients differ in both, eleven by marker; 88 have a pair of their own.
    """
    ordered = sorted(set(patient_ids), key=natural_key)
    n_colours, n_markers = len(PATIENT_COLOURS), len(PATIENT_MARKERS)
    return {
        name: PatientStyle(PATIENT_COLOURS[number % n_colours], PATIENT_MARKERS[number % n_markers])
        for number, name in enumerate(ordered)
    }


def disease_colours(diseases: Iterable[str]) -> dict[str, str]:
    """Give every disease a colour; those without one of their own take further ones in order."""
    others = sorted(set(diseases) - set(DISEASE_COLOURS))
    further = {name: OTHER_COLOURS[number % len(OTHER_COLOURS)] for number, name in enumerate(others)}
    return {name: DISEASE_COLOURS.get(name) or further[name] for name in set(diseases)}
