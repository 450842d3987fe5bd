"""What every form of an exhibit says of itself: its number and title, and whether its data are synthetic."""

from __future__ import annotations

from caseseries.plan import Exhibit
from caseseries.records.dataset import About

SYNTHETIC_NOTE = "Synthetic data: drawn by a simulator, no person is described."


def data_note(about: About | None) -> str:
    """Give the note that an exhibit must carry; empty for data of patients and trials."""
    return SYNTHETIC_NOTE if about is not None and about.is_synthetic else ""


def heading(exhibit: Exhibit | None) -> str:
    """Give number and title of an exhibit: Table 1. Patients at baseline."""
    return f"{exhibit.label}. {exhibit.title}" if exhibit else ""
