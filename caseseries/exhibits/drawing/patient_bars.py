"""Bars of patients under a panel of courses: how high they stand, and the room that names need beside them."""

from __future__ import annotations

import pandas as pd

from caseseries.exhibits.drawing.courses import Look
from caseseries.exhibits.drawing.style import SMALL_PT, text_width_mm

ROW_MM, LEAST_ROW_MM, TALLEST_MM = 2.2, 1.85, 24.0
NAME_GAP_MM = 1.0


def bars_height(n_patients: int) -> float:
    """Give the height of the bars of so many patients in millimetres."""
    return min(ROW_MM * n_patients, TALLEST_MM)


def name_room(rows: pd.DataFrame, look: Look) -> float:
    """Give the room in millimetres that the names of the patients of a strip need at its left."""
    names = rows["patient_id"] if look.is_single else ()
    return max((text_width_mm(name, size_pt=SMALL_PT) for name in names), default=0.0) + NAME_GAP_MM + 0.5
