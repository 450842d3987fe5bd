"""Table 1: who the patients were before treatment, how ill they were, and how long they were followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from caseseries.derive.shared.windows import BASELINE
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import (
    DISEASE_NAMES,
    Column,
    choose_by,
    code_labels,
    disease_rank,
    lead_out,
    list_columns,
)
from caseseries.exhibits.model import DisplayTable, Row


@dataclass(frozen=True)
class Quantity:
    """A number to describe: its column, label and decimals; ``has_mean`` adds a mean where columns are groups.

    ``diseases`` are those to which it belongs, all if there are none: of others its absence is not worth a word.
    """

    column: str
    label: str
    decimals: int = 0
    has_mean: bool = False
    diseases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flag:
    """Something that a patient has or has not."""

    column: str
    label: str


EARLIER = "Earlier treatment of the disease"
WORDS = {"disease": "Disease", "sex": "Sex", "centre": "Centre", "organs": "Organs involved"}
"""Columns of words or codes, several of them separated by semicolons."""

MOST_WORDS = 12
"""Of a column with more different words than this, only their number is given."""

ACTIVITY = (
    Quantity("SLEDAI_2K", "SLEDAI-2K (0 to 105)", diseases=("SLE",)),
    Quantity("PGA_SLE", "Physician's global, SLE (0 to 3)", 1, diseases=("SLE",)),
    Quantity("UPCR", "Urine protein-to-creatinine ratio, mg/g", diseases=("SLE",)),
    Quantity("EGFR_U25", "eGFR, mL/min/1.73 m²", diseases=("SLE",)),
    Quantity("CMAS", "CMAS (0 to 52)", diseases=("JDM",)),
    Quantity("MMT8", "MMT-8 (0 to 80)", diseases=("JDM",)),
    Quantity("PGA", "Physician's global, JDM and SSc (0 to 10)", 1, diseases=("JDM", "SSc")),
    Quantity("CHAQ", "CHAQ (0 to 3)", 2, diseases=("JDM", "SSc")),
    Quantity("MRSS", "Modified Rodnan skin score (0 to 51)", diseases=("SSc",)),
    Quantity("EUSTAR_2017", "EUSTAR activity index (0 to 10)", 2, diseases=("SSc",)),
    Quantity("FVC_PCT", "FVC, % predicted", diseases=("SSc",)),
    Quantity("DLCO_PCT", "DLCO, % predicted", diseases=("SSc",)),
)
"""Measures of the table of scores, by disease."""

LAYOUT: dict[str, tuple[Quantity | Flag | str, ...]] = {
    "Patients": (
        "disease",
        "sex",
        Quantity("age_years", "Age, years", 1, has_mean=True),
        Quantity("weight_kg", "Weight, kg", 1, has_mean=True),
        "centre",
    ),
    "Disease": (
        Quantity("disease_duration_years", "Time from diagnosis, years", 1, has_mean=True),
        "organs",
    ),
    "Activity at baseline": ACTIVITY,
    EARLIER: (
        Quantity("n_prior_drugs", "Immunosuppressive and biologic drugs"),
        Quantity("n_prior_csdmards", "Conventional synthetic DMARDs"),
        Quantity("n_prior_biologics", "Biologics"),
        Quantity("n_prior_calcineurin_inhibitors", "Calcineurin inhibitors"),
        Quantity("n_prior_jak_inhibitors", "JAK inhibitors"),
        Flag("has_prior_cyclophosphamide", "Cyclophosphamide"),
        Flag("has_prior_antimalarial", "Antimalarial"),
        Flag("has_prior_ivig", "Immunoglobulin for the disease"),
        Flag("has_prior_glucocorticoid", "Glucocorticoid"),
        Quantity("prednisone_mg_per_day", "Prednisone equivalent at start of treatment, mg/day", 1),
        Quantity("prednisone_mg_per_kg_per_day", "Prednisone equivalent at start of treatment, mg/kg/day", 2),
    ),
    "Follow-up": (Quantity("follow_up_months", "Follow-up, months", 1), Flag("is_dead", "Died")),
}


def table_baseline(patients: pd.DataFrame, scores: pd.DataFrame, *, by: str | None = None) -> DisplayTable:
    """Make the table of patients at baseline.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it.
    scores : DataFrame, one row per patient, day and measure
        As ``derive_scores`` gives it; the records of visit ``baseline`` are described.
    by
        ``patient`` (a column each and one for all), or a column of ``patients`` such as ``group`` or ``disease``;
        by default chosen by ``choose_by``.

    Returns
    -------
    DisplayTable
        Rows that no patient has data for are left out and named in a note.
    """
    by = choose_by(patients, by=by)
    columns = list_columns(patients, by=by)
    patients = _add_activity(patients, scores)
    rows: list[Row] = []
    absent: list[str] = []
    none: list[str] = []
    for section, entries in LAYOUT.items():
        part: list[Row] = []
        for entry in entries:
            made = _entry_rows(entry, patients, columns, by=by)
            if made is None:
                absent += [_label(entry)] if _is_expected(entry, patients) else []
            elif section == EARLIER and not patients[entry.column].fillna(0).astype(float).any():
                none.append(_label(entry))
            else:
                part += made
        if part:
            rows += [Row(section, kind="section"), *part]
    return DisplayTable(("", *(column.heading for column in columns)), tuple(rows), _notes(rows, absent, none, columns))


def _add_activity(patients: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    own = scores[scores["visit"] == BASELINE].set_index("patient_id")
    values = {entry.column: own.loc[own["measure"] == entry.column, "value"] for entry in ACTIVITY}
    return patients.assign(**{name: patients["patient_id"].map(column) for name, column in values.items()})


def _is_expected(entry: Quantity | Flag | str, patients: pd.DataFrame) -> bool:
    return not isinstance(entry, Quantity) or not entry.diseases or patients["disease"].isin(entry.diseases).any()


def _label(entry: Quantity | Flag | str) -> str:
    return WORDS[entry] if isinstance(entry, str) else entry.label


def _entry_rows(entry, patients: pd.DataFrame, columns: list[Column], *, by: str) -> list[Row] | None:
    column = entry if isinstance(entry, str) else entry.column
    if entry == by:
        return []
    if not patients[column].notna().any():
        return None
    if isinstance(entry, Quantity):
        return _quantity_rows(entry, patients, columns)
    if isinstance(entry, Flag):
        return [Row(entry.label, _cells(patients, columns, lambda own, one: _flag_cell(own[column], one)))]
    return _word_rows(entry, patients, columns)


def _cells(
    patients: pd.DataFrame, columns: list[Column], write: Callable[[pd.DataFrame, bool], str]
) -> tuple[str, ...]:
    return tuple(write(column.pick(patients), column.is_single) for column in columns)


def _flag_cell(values: pd.Series, is_single: bool) -> str:
    known = values.dropna()
    if known.empty:
        return fmt.NOT_RECORDED
    return ("yes" if known.iloc[0] else "no") if is_single else fmt.n_percent(int(known.sum()), len(known))


def _quantity_rows(entry: Quantity, patients: pd.DataFrame, columns: list[Column]) -> list[Row]:
    known = patients[entry.column].dropna()
    decimals = 0 if (known == known.round()).all() else entry.decimals

    def middle(own: pd.DataFrame, is_single: bool) -> str:
        text, n_known = fmt.median_range(own[entry.column], decimals), int(own[entry.column].notna().sum())
        return text if n_known in (0, len(own)) else f"{text}; n = {n_known}"

    has_singles = any(column.is_single for column in columns)
    if has_singles or not entry.has_mean:
        unit = "" if has_singles else ", median (range)"
        return [Row(entry.label + unit, _cells(patients, columns, middle))]
    parts = {
        "n": lambda own, is_single: fmt.number(int(own[entry.column].notna().sum())),
        "mean (SD)": lambda own, is_single: fmt.mean_sd(own[entry.column], entry.decimals + 1),
        "median (range)": middle,
    }
    details = [Row(label, _cells(patients, columns, write), kind="detail") for label, write in parts.items()]
    return [Row(entry.label, ("",) * len(columns)), *details]


def _word_rows(entry: str, patients: pd.DataFrame, columns: list[Column]) -> list[Row]:
    labels = code_labels("patients", entry)
    sets = patients.set_index("patient_id")[entry].dropna().map(lambda text: [code.strip() for code in text.split(";")])
    present = {code for codes in sets for code in codes}
    order = sorted(present, key=lambda code: (list(labels).index(code) if code in labels else -1, disease_rank(code)))

    def count(code: str, column: Column) -> str:
        own = sets[sets.index.isin(column.patient_ids)]
        return fmt.n_percent(sum(code in codes for codes in own), len(own)) if len(own) else fmt.NOT_RECORDED

    def word(code: str) -> str:
        return lead_out(labels.get(code, code)) if code in labels else code

    def text(column: Column) -> str:
        if not column.is_single:
            return "; ".join(f"{word(code)} {count(code, column)}" for code in order)
        return ", ".join(map(word, sets.get(column.patient_ids[0], [fmt.NOT_RECORDED])))

    if any(column.is_single for column in columns):
        return [Row(_label(entry), tuple(map(text, columns)))]
    if len(order) > MOST_WORDS:
        numbers = _cells(patients, columns, lambda own, one: fmt.number(own[entry].nunique()))
        return [Row(f"{_label(entry)}s, number", numbers)]
    details = [
        Row(labels.get(code, code), tuple(count(code, column) for column in columns), kind="detail") for code in order
    ]
    return [Row(_label(entry), ("",) * len(columns)), *details]


def _notes(rows: list[Row], absent: list[str], none: list[str], columns: list[Column]) -> tuple[str, ...]:
    has_singles = any(column.is_single for column in columns)
    texts = [cell for row in rows for cell in row.cells]
    used = {row.label for row in rows} | set(texts)
    spelled = [f"{code}, {name}" for code, name in DISEASE_NAMES.items() if code in used]
    notes = [
        "The last column gives median (range), with n where not all have a value, or patients / patients with data (%)."
        if has_singles and len(columns) > 1
        else "",
        "Patients / patients with data (%)." if not has_singles else "",
        "Immunosuppressive and biologic drugs: different drugs for the disease begun before infusion, without "
        "glucocorticoids, antimalarials and immunoglobulin."
        if any(row.label.startswith("Immunosuppressive") for row in rows)
        else "",
        "; ".join(spelled) + "." if spelled else "",
        "Activity: the last complete assessment on or before the first day of lymphodepletion; laboratory values, the "
        "last before it. eGFR by the CKiD U25 equation for creatinine."
        if used & {entry.label for entry in ACTIVITY}
        else "",
        f"{fmt.NOT_RECORDED}, not recorded or not asked for." if fmt.NOT_RECORDED in texts else "",
        f"Earlier treatment that no patient had: {'; '.join(lead_out(label) for label in none)}." if none else "",
        f"Not recorded: {'; '.join(lead_out(label) for label in absent)}." if absent else "",
    ]
    return tuple(filter(None, notes))
