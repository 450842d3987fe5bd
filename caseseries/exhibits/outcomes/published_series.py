"""Published series and this one as proportions with exact intervals, in the order of a page."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from caseseries.derive.outcomes.visit_outcomes import LAST
from caseseries.estimate.proportions import estimate_proportion
from caseseries.exhibits.columns import disease_rank

SECTIONS = {
    "remission": "Remission or inactive disease",
    "response": "Response or improvement",
    "drug_free": "Without drugs or immunosuppression",
}
OWN = {
    "remission": (
        ("DORIS", "SLE", "DORIS remission"),
        ("CID_REVISED", "JDM", "Inactive disease, revised criteria"),
        ("REMISSION", "all", "Remission by the criterion of the disease"),
    ),
    "response": (
        ("TIS_MAJOR", "JDM", "Major total improvement score"),
        ("RCRISS_20", "SSc", "Improved by revised CRISS"),
    ),
    "drug_free": (("DRUG_FREE", "all", "Without drugs for the disease"),),
}
"""Outcomes of this series by kind: name among the outcomes at visits, disease, words."""

THIS_SERIES = "This series"


def summarize_series(
    published: pd.DataFrame,
    visit_outcomes: pd.DataFrame,
    *,
    visits: Sequence[str],
    is_synthetic: bool,
    method: str = "clopper-pearson",
) -> pd.DataFrame:
    """Summarize published series and this one as proportions with their 95% intervals.

    Parameters
    ----------
    published : DataFrame, one row per series, disease and outcome
        As ``read_published`` gives it; rows without a count are left out.
    visit_outcomes : DataFrame, one row per patient, outcome and visit
        As ``derive_visit_outcomes`` gives it; patients who were assessed are counted.
    visits
        Visits of this series at which remission is shown, beside the last one.
    is_synthetic
        Whether the patients of this series were drawn by a simulator, which its name then says.
    method
        ``clopper-pearson`` or ``wilson``.

    Returns
    -------
    DataFrame, one row per interval, in the order of the page
        ``kind``, ``series``, ``disease``, ``outcome``, ``time``, ``n_events``, ``n_patients``, ``estimate``,
        ``ci_low``, ``ci_high`` (0 to 1), ``is_own``, ``certainty``, ``source``.
    """
    name = f"{THIS_SERIES} (synthetic)" if is_synthetic else THIS_SERIES
    rows = [row | {"is_own": False} for row in published.dropna(subset=["n_events"]).to_dict("records")]
    for kind, outcomes in OWN.items():
        shown = [*visits, LAST] if kind == "remission" else [LAST]
        for outcome, disease, words in outcomes:
            own = visit_outcomes[(visit_outcomes["outcome"] == outcome) & (visit_outcomes["status"] == "assessed")]
            for place, visit in enumerate(shown):
                met = own.loc[own["visit"] == visit, "is_met"]
                if len(met):
                    rows.append(
                        {
                            "kind": kind, "series": name, "year": 9999 + place, "disease": disease, "outcome": words,
                            "time": "last visit" if visit == LAST else f"{visit.removeprefix('M')} months",
                            "n_events": int(met.sum()), "n_patients": len(met), "is_own": True,
                        }
                    )  # fmt: skip
    order = list(SECTIONS)
    rows.sort(key=lambda row: (order.index(row["kind"]), _rank(row["disease"]), row["year"]))
    found = [estimate_proportion(int(row["n_events"]), int(row["n_patients"]), method=method) for row in rows]
    columns = [
        "kind",
        "series",
        "disease",
        "outcome",
        "time",
        "n_events",
        "n_patients",
        "is_own",
        "certainty",
        "source",
    ]
    frame = pd.DataFrame.from_records(rows, columns=columns)
    return frame.assign(
        estimate=[one.estimate for one in found],
        ci_low=[one.ci_low for one in found],
        ci_high=[one.ci_high for one in found],
    )


def _rank(disease: str) -> tuple:
    return (2, 0, "") if disease == "all" else disease_rank("JDM" if disease == "IIM" else disease)
