"""Table 4: how many patients meet each outcome at the visits and at the last one, with exact intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from caseseries.derive.outcomes.visit_outcomes import LAST, OUTCOME_VISITS, OUTCOMES
from caseseries.design import DAYS_PER_MONTH
from caseseries.estimate.survival import estimate_survival
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import DISEASE_NAMES, DISEASE_ORDER
from caseseries.exhibits.model import DisplayTable, Row
from caseseries.exhibits.proportions import METHOD_NAMES, patients_ci

LABELS = {
    "REMISSION": "Remission by the criterion of the disease",
    "DRUG_FREE_REMISSION": "Remission without drugs for the disease",
    "SUSTAINED_REMISSION": "Sustained remission",
    "DRUG_FREE": "Without drugs for the disease",
    "DORIS": "DORIS remission",
    "LLDAS": "LLDAS",
    "CCR": "Childhood clinical remission (cCR)",
    "CCR_0": "Childhood clinical remission off glucocorticoid (cCR-0)",
    "CLLDAS": "Childhood LLDAS",
    "RENAL_COMPLETE": "Complete renal response",
    "RENAL_ANY": "Complete or partial renal response",
    "CID_REVISED": "Inactive disease, revised criteria",
    "CID_PRINTO": "Inactive disease, PRINTO criteria",
    "TIS_MINIMAL": "Total improvement score (TIS), at least minimal",
    "TIS_MODERATE": "TIS, at least moderate",
    "TIS_MAJOR": "TIS, major",
    "CRISS_2016": "Improved by ACR CRISS",
    "RCRISS_20": "Improved by revised CRISS",
}
CRITERIA = {
    "DORIS": "DORIS remission",
    "CCR": "childhood clinical remission",
    "CCR_0": "childhood clinical remission off glucocorticoid",
    "CID_REVISED": "inactive disease by the revised criteria",
    "CID_PRINTO": "inactive disease by the PRINTO criteria",
    "no_progression": "no progression while off immunosuppression",
    "none_agreed": "no criterion is agreed, and patients count as not in remission",
}
TIMES = {
    "REMISSION": "First remission",
    "DRUG_FREE_REMISSION": "First remission without drugs",
    "DRUG_FREE": "First day without drugs for the disease",
}
SHORT = {
    "REMISSION": "remission",
    "DRUG_FREE_REMISSION": "remission without drugs",
    "SUSTAINED_REMISSION": "sustained remission",
    "DRUG_FREE": "without drugs",
    "CCR": "cCR",
    "CCR_0": "cCR-0",
    "CLLDAS": "childhood LLDAS",
    "DORIS": "DORIS",
    "RENAL_COMPLETE": "complete renal response",
    "RENAL_ANY": "any renal response",
    "CID_REVISED": "inactive disease (revised)",
    "CID_PRINTO": "inactive disease (PRINTO)",
    "TIS_MINIMAL": "TIS at least minimal",
    "TIS_MODERATE": "TIS at least moderate",
    "TIS_MAJOR": "TIS major",
    "CRISS_2016": "CRISS",
    "RCRISS_20": "revised CRISS",
}
"""Names for the notes, where the label is too long."""

FREEDOM = {
    "drug_free": "without drugs for the disease",
    "immunosuppression_free": "without immunosuppression",
    "glucocorticoid_free": "without glucocorticoid",
    "any_treatment": "whatever the treatment",
}
NOT_ASKED = "–"


def table_outcomes(
    visit_outcomes: pd.DataFrame,
    patients: pd.DataFrame,
    time_to_event: pd.DataFrame,
    *,
    design: Mapping,
    method: str = "clopper-pearson",
    visits: Sequence[str] = OUTCOME_VISITS,
) -> DisplayTable:
    """Make the table of outcomes.

    Parameters
    ----------
    visit_outcomes : DataFrame, one row per patient, outcome and visit
        As ``derive_visit_outcomes`` gives it.
    patients : DataFrame, one row per patient
        As ``derive_patients`` gives it, with the outcomes of each patient.
    time_to_event : DataFrame, one row per patient and endpoint
        ``REMISSION``, ``DRUG_FREE_REMISSION`` and ``DRUG_FREE`` are described.
    design
        The options ``sustained_...`` and ``remission_freedom``, which a note tells.
    method
        Interval of a proportion: ``clopper-pearson`` or ``wilson``.
    visits
        Visits that are shown beside the last one, of ``OUTCOME_VISITS``.

    Returns
    -------
    DisplayTable
        Denominators are the patients who could be assessed at the visit. A note counts those who could not, and those
        whose follow-up is shorter, where there are any; an outcome that nobody could be assessed for is named.
    """
    shown = [*visits, LAST]
    own = visit_outcomes[visit_outcomes["visit"].isin(shown)]
    assessed = set(own.loc[own["status"] == "assessed", "outcome"])
    rows, absent = [], []
    for disease in ("", *DISEASE_ORDER):
        names = [name for name, of, _, _ in OUTCOMES if of == disease and (own["outcome"] == name).any()]
        part = [_outcome_row(name, own, shown, method=method) for name in names if name in assessed]
        absent += [LABELS[name] for name in names if name not in assessed]
        if part:
            rows += [Row(_heading(disease, patients), kind="section"), *part]
    rows += _time_rows(time_to_event, n_visits=len(visits))
    if not rows:
        rows = [Row("No outcome could be assessed", (fmt.NOT_RECORDED,) * len(shown))]
    columns = ("", *visits, "Last visit")
    notes = _notes(own, patients, shown, rows, absent, design=design, method=method)
    return DisplayTable(columns, tuple(rows), notes)


def _heading(disease: str, patients: pd.DataFrame) -> str:
    n = len(patients) if not disease else int((patients["disease"].str.casefold() == disease.casefold()).sum())
    name = DISEASE_NAMES[disease] if disease else "all patients"
    return f"{name[:1].upper()}{name[1:]} (n = {n:,})"


def _outcome_row(name: str, own: pd.DataFrame, shown: Sequence[str], *, method: str) -> Row:
    cells = []
    for visit in shown:
        asked = own[(own["outcome"] == name) & (own["visit"] == visit)]
        known = asked.loc[asked["status"] == "assessed", "is_met"]
        is_asked = len(asked) > 0
        cells.append(patients_ci(int(known.sum()), len(known), method=method) if len(known) else _none_known(is_asked))
    return Row(LABELS[name], tuple(cells))


def _none_known(is_asked: bool) -> str:
    return "0 assessed" if is_asked else NOT_ASKED


def _time_rows(time_to_event: pd.DataFrame, *, n_visits: int) -> list[Row]:
    rows = []
    for endpoint, label in TIMES.items():
        own = time_to_event[time_to_event["endpoint"] == endpoint]
        if own.empty or not own["is_event"].any():
            continue
        found = estimate_survival(own["time_days"], own["is_event"].astype(bool))
        limits = [
            fmt.NOT_ESTIMABLE if days is None else fmt.months(days) for days in (found.median_low, found.median_high)
        ]
        middle = fmt.NOT_ESTIMABLE if found.median is None else fmt.months(found.median)
        text = f"{middle} ({' to '.join(limits)}); {found.n_events}/{found.n_patients}"
        rows.append(Row(label, (*[""] * n_visits, text)))
    return [Row("Months from infusion, median", kind="section"), *rows] if rows else []


def _notes(
    own: pd.DataFrame,
    patients: pd.DataFrame,
    shown: Sequence[str],
    rows: list[Row],
    absent: list[str],
    *,
    design: Mapping,
    method: str,
) -> tuple[str, ...]:
    has_shares = any("/" in cell for row in rows for cell in row.cells)
    labels = {row.label for row in rows}
    texts = {cell for row in rows for cell in row.cells}
    criteria = patients.dropna(subset=["remission_criterion"]).drop_duplicates("disease")
    used = {row.disease: CRITERIA[row.remission_criterion] for row in criteria.itertuples()}
    order = [disease for disease in DISEASE_ORDER if disease in used]
    sustained = patients["sustained_remission_status"]
    notes = (
        f"Patients who meet the outcome / patients assessed at the visit (%; {METHOD_NAMES[method]} 95% confidence "
        "interval, %); no percentage below 5 patients. M3, 3 months, and so on; nothing is carried forward."
        if has_shares
        else "",
        "Criterion of remission: " + "; ".join(f"{disease}, {used[disease]}" for disease in order) + "."
        if order and LABELS["REMISSION"] in labels
        else "",
        _count_missing(own, shown, status="not assessable", words="Not assessable"),
        _count_missing(own, shown, status="not due", words="Follow-up shorter than the window of the visit"),
        f"Sustained: in remission {FREEDOM[design['remission_freedom']]} at every visit up to the last, at least "
        f"{design['sustained_min_visits']} visits over {design['sustained_min_months']:g} months; in "
        f"{fmt.count_of(int((sustained == 'not yet').sum()), 'patient')} so far for less."
        if LABELS["SUSTAINED_REMISSION"] in labels
        else "",
        "Months, median (95% confidence interval); patients with the event / patients at risk: Kaplan-Meier with "
        f"log-log limits; a month is {DAYS_PER_MONTH:g} days."
        if labels & set(TIMES.values())
        else "",
        f"{fmt.NOT_ESTIMABLE}, not estimable." if any(fmt.NOT_ESTIMABLE in text for text in texts) else "",
        f"{NOT_ASKED}, not asked at this visit." if NOT_ASKED in texts else "",
        f"Assessed in nobody: {'; '.join(absent)}." if absent else "",
        "DORIS, definition of remission in SLE; LLDAS, lupus low disease activity state; CRISS, composite response "
        "index in systemic sclerosis." if labels & {LABELS["DORIS"], LABELS["LLDAS"], LABELS["CRISS_2016"]} else "",
    )  # fmt: skip
    return tuple(filter(None, notes))


def _count_missing(own: pd.DataFrame, shown: Sequence[str], *, status: str, words: str) -> str:
    """Count per outcome the patients of one status at each visit; outcomes with the same counts stand together."""
    missing = own[own["status"] == status]
    by_counts: dict[str, list[str]] = {}
    for name in (name for name in LABELS if (missing["outcome"] == name).any()):
        counts = missing.loc[missing["outcome"] == name, "visit"].value_counts()
        text = ", ".join(str(int(counts.get(visit, 0))) for visit in shown)
        by_counts.setdefault(text, []).append(SHORT.get(name, LABELS[name]))
    visits = ", ".join("last visit" if visit == LAST else visit for visit in shown)
    parts = [f"{', '.join(names)}: {text}" for text, names in by_counts.items()]
    return f"{words} (patients at {visits}): {'; '.join(parts)}." if parts else ""
