"""How complete a data set is: rows and days per table, visits done and missed, cells filled, tests measured."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from caseseries.derive.shared.frames import as_numbers
from caseseries.derive.shared.shape import as_table
from caseseries.records.codebook import Codebook

DAY_COLUMNS = ("day", "start_day", "actual_day")
"""Column that dates a row, by whichever a table has."""


def count_rows(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count the rows of each table and patient, and the days that they cover.

    Returns
    -------
    DataFrame, one row per table and patient of the data set
        ``n_rows``, 0 where a patient has none in a table that the set holds; ``n_days``, different days with a
        row; ``first_day`` and ``last_day``. Tables without any row are left out.
    """
    patients = sorted(tables["patients"]["patient_id"])
    rows = []
    for name, frame in tables.items():
        days: dict[str, list[float]] = {}
        for patient_id, day in zip(frame["patient_id"].tolist(), as_numbers(_row_days(frame)), strict=True):
            days.setdefault(patient_id, []).append(day)
        for patient_id in patients if days else []:
            own = days.get(patient_id, [])
            dated = {day for day in own if not math.isnan(day)}
            row = {"table": name, "patient_id": patient_id, "n_rows": len(own), "n_days": len(dated)}
            rows.append(row | {"first_day": min(dated, default=None), "last_day": max(dated, default=None)})
    return as_table(rows, "rows")


def derive_visits(visits: pd.DataFrame, *, patients: pd.DataFrame) -> pd.DataFrame:
    """Derive for each patient and planned visit whether it was done, missed, not yet due, or has no record.

    Parameters
    ----------
    visits : DataFrame, one row per planned visit
        The raw table.
    patients : DataFrame, one row per patient
        ``last_contact_day`` decides what was due.

    Returns
    -------
    DataFrame, one row per patient and visit
        ``status``: done, missed, unscheduled as recorded; for a visit that other patients have planned and this
        one has no row of, ``not_due`` if its planned day lies after the last contact and ``no_record`` if not.
        ``deviation_days``, actual minus planned day.
    """
    planned = visits[visits["status"] != "unscheduled"]
    days = planned.groupby("visit")["planned_day"].median().astype("float64").round()
    every = patients[["patient_id", "last_contact_day"]].merge(
        days.rename("typical_day").rename_axis("visit").reset_index(), how="cross"
    )
    absent = every.merge(planned[["patient_id", "visit"]].drop_duplicates(), how="left", indicator=True)
    absent = absent[absent["_merge"] == "left_only"]
    is_due = absent["typical_day"] <= absent["last_contact_day"].astype("float64")
    absent = absent.assign(
        planned_day=absent["typical_day"], status=is_due.map({True: "no_record", False: "not_due"}).astype("str")
    )
    recorded = visits[visits["patient_id"].isin(patients["patient_id"])]
    frame = pd.concat([as_table(recorded, "visits"), as_table(absent, "visits")])
    return as_table(frame.assign(deviation_days=frame["actual_day"] - frame["planned_day"]), "visits")


def summarize_cells(tables: Mapping[str, pd.DataFrame], *, codebook: Codebook) -> pd.DataFrame:
    """Summarize how many cells of each column are filled.

    Returns
    -------
    DataFrame, one row per table and column of the codebook, of the tables that have rows
        ``required`` as the codebook has it (``cell``, ``column``) or ``optional``; ``n_filled`` of ``n_rows``;
        ``share_filled`` from 0 to 1.
    """
    rows = []
    for name, columns in codebook.tables.items():
        frame = tables[name]
        for code, column in columns.items():
            if frame.empty or code not in frame:
                continue
            n_filled = int(frame[code].notna().sum())
            share = n_filled / len(frame)
            rows.append(
                {
                    "table": name,
                    "column": code,
                    "required": column.required or "optional",
                    "n_rows": len(frame),
                    "n_filled": n_filled,
                    "share_filled": share,
                }
            )
    return as_table(rows, "filled_cells")


def summarize_contents(tables: Mapping[str, pd.DataFrame], *, codebook: Codebook) -> pd.DataFrame:
    """Summarize what a data set holds: its tables, the tests that were measured, the instruments that were used.

    Returns
    -------
    DataFrame, one row per table, test and instrument with a row, in the order of the codebook
        ``content`` (``labs``, ``labs.CD19``, ``assessments.CMAS``) and its ``kind`` (table, test, instrument);
        ``n_patients``, ``n_rows``, ``first_day``, ``last_day``; for a test also ``unit`` and how many results lay
        beyond a limit of the assay, ``n_below`` (operator ``<``) and ``n_above`` (operator ``>``).
    """
    rows = []
    for name, frame in tables.items():
        if frame.empty:
            continue
        rows.append(_content(name, "table", codebook.grains.get(name), frame))
        if name == "labs":
            for code, own in _by_code(frame, "test", codebook.tests):
                test = codebook.tests.get(code)
                limits = {"n_below": (own["operator"] == "<").sum(), "n_above": (own["operator"] == ">").sum()}
                words = (test.label, test.unit) if test else (None, None)
                row = _content(f"{name}.{code}", "test", words[0], own)
                rows.append(row | limits | {"unit": words[1]})
        if name == "assessments":
            for code, own in _by_code(frame, "instrument", codebook.instruments):
                instrument = codebook.instruments.get(code)
                rows.append(_content(f"{name}.{code}", "instrument", instrument and instrument.label, own))
    return as_table(rows, "contents")


def _by_code(frame: pd.DataFrame, column: str, known: Mapping) -> list[tuple[str, pd.DataFrame]]:
    places: dict[str, list[int]] = {}
    for place, code in enumerate(frame[column].tolist()):
        places.setdefault(code, []).append(place)
    codes = [code for code in known if code in places] + sorted(set(places) - set(known))
    return [(code, frame.take(places[code])) for code in codes]


def _content(content: str, kind: str, label: str | None, frame: pd.DataFrame) -> dict:
    days = _row_days(frame)
    return {
        "content": content,
        "kind": kind,
        "label": label,
        "n_patients": len(set(frame["patient_id"].tolist())),
        "n_rows": len(frame),
        "first_day": days.min(),
        "last_day": days.max(),
    }


def _row_days(frame: pd.DataFrame) -> pd.Series:
    dated = next((column for column in DAY_COLUMNS if column in frame), None)
    return frame[dated] if dated else pd.Series(pd.NA, index=frame.index, dtype="Int64")
