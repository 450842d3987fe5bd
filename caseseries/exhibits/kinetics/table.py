"""Extended Data Table 1: parameters of CAR T cell kinetics by patient and in all, with reasons for what is lacking."""

from __future__ import annotations

import re

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import Column, list_columns
from caseseries.exhibits.kinetics.dots import is_least, median_of
from caseseries.exhibits.model import DisplayTable, Row

ANALYTES = {"CART_BLOOD": "CAR T cells by flow cytometry", "CART_DNA": "CAR transgene by PCR"}
PARAMETERS = {
    "CMAX": "Cmax",
    "TMAX": "Tmax",
    r"AUC_0_\d+": "AUC 0–{window}",
    "AUC_LAST": "AUC to the last quantifiable sample",
    "HALF_LIFE": "Apparent half-life",
    "TLAST": "Last quantifiable sample",
}
VISITS = ("M3", "M6", "M12")
NOT_RELIABLE = "not reliable"
FLAG_WORDS = {
    "the last sample is quantifiable": "still quantifiable in the last sample of the patient",
    "no quantifiable sample": "never quantifiable",
    "no terminal line": "no terminal decline in three samples or more",
}


class _Footnotes:
    """Letters for reasons, given in the order in which they are met."""

    def __init__(self):
        self.letters: dict[str, str] = {}

    def mark(self, flags: list[str]) -> str:
        marks = []
        for flag in flags:
            number = len(self.letters)
            letter = chr(ord("a") + number) if number < 26 else f"a{chr(ord('a') + number - 26)}"
            marks.append(self.letters.setdefault(flag, letter))
        return f" [{', '.join(sorted(marks))}]" if marks else ""


def table_kinetics_parameters(patients: pd.DataFrame, kinetics: pd.DataFrame, *, by: str | None = None) -> DisplayTable:
    """Make the table of kinetic parameters.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it; orders and groups the columns.
    kinetics : DataFrame, one row per patient, analyte and parameter
        As ``derive_kinetics`` gives it.
    by
        As in ``table_baseline``.

    Returns
    -------
    DisplayTable
        A section per analyte. A half-life that is flagged as not reliable is not printed but marked; other flags are
        marks on the number. Where columns are groups the marks are left out and reasons are counted.
    """
    own = kinetics[kinetics["analyte"].isin(ANALYTES) & kinetics["patient_id"].isin(patients["patient_id"])]
    columns = list_columns(patients[patients["patient_id"].isin(own["patient_id"])], by=by)
    notes, rows = _Footnotes(), []
    for analyte, label in ANALYTES.items():
        part = own[own["analyte"] == analyte]
        if len(part):
            rows.append(Row(label, kind="section"))
            rows += _parameter_rows(part, columns, notes)
            rows += _persistence_rows(part, columns, notes)
    headings = ("", *(column.heading for column in columns))
    return DisplayTable(headings, tuple(rows), _footnotes(own, rows, columns, notes))


def _parameter_rows(part: pd.DataFrame, columns: list[Column], notes: _Footnotes) -> list[Row]:
    rows = []
    for pattern, words in PARAMETERS.items():
        own = part[part["parameter"].str.fullmatch(pattern)]
        if own.empty:
            continue
        window = re.search(r"\d+$", own["parameter"].iloc[0])
        name = words.format(window=window.group() if window else "")
        unit = fmt.unit(own["unit"].iloc[0]).replace(" x ", " × ")
        cells = tuple(_number_cell(column, own, notes) for column in columns)
        rows.append(Row(f"{name}, {'day' if pattern == 'TLAST' else unit}", cells))
    return rows


def _persistence_rows(part: pd.DataFrame, columns: list[Column], notes: _Footnotes) -> list[Row]:
    rows = []
    for visit in VISITS:
        own = part[part["parameter"] == f"DETECTABLE_{visit}"]
        if own["value"].notna().any():
            cells = tuple(_share_cell(column, own, notes) for column in columns)
            rows.append(Row(f"Quantifiable around month {visit[1:]}", cells))
    return rows


def _flags(row: pd.Series) -> list[str]:
    if pd.isna(row["flag"]):
        return []
    flags = str(row["flag"]).split("; ")
    # What the half-life says of its line, the areas say too; it is told once.
    return flags if row["parameter"] in ("HALF_LIFE", "CMAX") else [f for f in flags if not f.startswith(NOT_RELIABLE)]


def _is_shown(own: pd.DataFrame) -> pd.Series:
    is_unreliable = own["flag"].str.startswith(NOT_RELIABLE).fillna(False).astype(bool)
    return own["value"].notna() & ~((own["parameter"] == "HALF_LIFE") & is_unreliable)


def _number_cell(column: Column, own: pd.DataFrame, notes: _Footnotes) -> str:
    found = column.pick(own)
    shown = found[_is_shown(found)]
    if not column.is_single:
        if shown.empty:
            return fmt.NOT_RECORDED
        low, high = (fmt.significant(float(value)) for value in (shown["value"].min(), shown["value"].max()))
        median = median_of(shown)
        middle = "not reached" if median is None else fmt.significant(median)
        n = "" if len(shown) == column.n else f"; n = {len(shown)}"
        return f"{middle} ({low} to {high}{n})" if len(shown) > 1 else f"{middle} (n = 1)"
    if found.empty:
        return fmt.NOT_RECORDED
    text = fmt.significant(float(shown["value"].iloc[0])) if len(shown) else fmt.NOT_ESTIMABLE
    return text + notes.mark(_flags(found.iloc[0]))


def _share_cell(column: Column, own: pd.DataFrame, notes: _Footnotes) -> str:
    found = column.pick(own)
    known = found["value"].dropna()
    if not column.is_single:
        return fmt.n_percent(int(known.sum()), len(known)) if len(known) else fmt.NOT_RECORDED
    if known.empty:
        return fmt.NOT_RECORDED
    return "yes" if known.iloc[0] else "no"


def _footnotes(own: pd.DataFrame, rows: list[Row], columns: list[Column], notes: _Footnotes) -> tuple[str, ...]:
    texts = [cell for row in rows for cell in row.cells]
    groups = [column for column in columns if not column.is_single]
    lines = [
        "Cmax, highest concentration; Tmax, its day; AUC, area under the concentration on actual days, nothing "
        "extrapolated. The half-life is apparent: the decline has more than one phase.",
        f"{'The last column gives' if len(groups) < len(columns) else 'Cells give'} median (range), or patients / "
        "patients with a sample (%)." if groups else "",
        "The median of the last quantifiable sample is that of Kaplan-Meier: of some patients the last sample was "
        "still quantifiable."
        if groups and is_least(own[own["parameter"] == "TLAST"]).any()
        else "",
        f"{fmt.NOT_RECORDED}, no sample in the window or no value." if fmt.NOT_RECORDED in texts else "",
    ]  # fmt: skip
    if any(cell.startswith(fmt.NOT_ESTIMABLE) for cell in texts):
        lines.append(f"{fmt.NOT_ESTIMABLE}, not estimable, or estimated but not reliable, for the reason marked.")
    lines += [f"[{letter}] {_words(flag)}." for flag, letter in notes.letters.items()]
    if len(groups) == len(columns):
        lines.append(_count_unreliable(own))
    lacking = [label for analyte, label in ANALYTES.items() if not (own["analyte"] == analyte).any()]
    lines.append(f"Not in this data set: {'; '.join(lacking)}." if lacking else "")
    return tuple(filter(None, lines))


def _words(flag: str) -> str:
    words = FLAG_WORDS.get(flag, fmt.unit(flag).replace(" r2 ", " r² "))
    return words[:1].upper() + words[1:]


def _count_unreliable(own: pd.DataFrame) -> str:
    half_lives = own[own["parameter"] == "HALF_LIFE"]
    n_out = int((half_lives["value"].notna() & ~_is_shown(half_lives)).sum())
    return f"Half-lives left out as not reliable: {n_out} of {int(half_lives['value'].notna().sum())}." if n_out else ""
