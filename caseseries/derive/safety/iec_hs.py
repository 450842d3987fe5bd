"""Haemophagocytic syndrome after cell therapy (IEC-HS): laboratory signs to candidates, recorded events to grades."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.safety.grades import NO_INFUSION, as_grades, find_recorded_events, grade_recorded, not_assessable
from caseseries.derive.shared.lab_baselines import find_lab_baselines
from caseseries.derive.shared.limits import all_of, any_of, is_above, is_below

CYTOPENIA_LIMITS = {"ANC": 0.5, "PLT": 50.0, "HGB": 80.0}
"""Counts below which there is cytopenia of CTCAE grade 4, 3 and 3. It is new if the count was not below it at
baseline, and a sign only after the days in which lymphodepletion explains it."""

TESTS = ("FERRITIN", "ALT", "AST", "FIBRINOGEN", *CYTOPENIA_LIMITS)
CANDIDATES = {
    "patient_id": "str",
    "onset_day": "Int64",
    "end_day": "Int64",
    "n_days": "Int64",
    "signs": "str",
    "is_confirmed": "boolean",
}


def derive_iec_hs(
    adverse_events: pd.DataFrame, *, candidates: pd.DataFrame, patients: pd.DataFrame, infusions: pd.DataFrame
) -> pd.DataFrame:
    """Derive the worst grade of IEC-HS that an investigator recorded for each patient.

    Parameters
    ----------
    adverse_events, patients, infusions
        Raw tables; events of category ``iec_hs`` are the investigator's word.
    candidates : DataFrame, one row per patient with signs
        As ``derive_iec_hs_candidates`` gives it.

    Returns
    -------
    DataFrame, one row per patient
        The table of grades, toxicity ``IEC_HS``. A candidate without a recorded event has grade 0 and status partial:
        an investigator has yet to look at it.
    """
    recorded = find_recorded_events(adverse_events, category="iec_hs")
    open_candidates = candidates[~candidates["is_confirmed"].fillna(False)]
    words = {row.patient_id: [f"{row.signs} from day {row.onset_day}"] for row in open_candidates.itertuples()}
    infused = set(infusions["patient_id"])
    return as_grades(
        grade_recorded(
            patient_id,
            "IEC_HS",
            recorded.get(patient_id),
            has_events=not adverse_events.empty,
            candidates=words.get(patient_id, []),
        )
        if patient_id in infused
        else not_assessable(patient_id, "IEC_HS", NO_INFUSION)
        for patient_id in patients["patient_id"]
    )


def derive_iec_hs_candidates(
    labs: pd.DataFrame,
    *,
    infusions: pd.DataFrame,
    medications: pd.DataFrame,
    adverse_events: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive patients whose laboratory shows raised ferritin with other signs of IEC-HS on the same day.

    Parameters
    ----------
    labs, infusions, medications, adverse_events
        Raw tables.
    design
        The options ``iec_hs_*`` and ``lab_baseline_rule``.

    Returns
    -------
    DataFrame, one row per patient with at least one such day
        First and last day; ``n_days`` with the signs; ``signs`` of all those days in words; ``is_confirmed``, whether
        an IEC-HS is recorded.

    Notes
    -----
    The signs are those that the laboratory can show: ferritin, and with it transaminases, fibrinogen and new
    cytopenia. Haemophagocytosis, the size of the spleen and the judgement that cytokine release alone does not
    explain them stay with the investigator.

    References
    ----------
    Hines 2023, Transplant Cell Ther 29:438.
    """
    is_asked = labs["test"].isin(TESTS) & labs["value"].notna() & labs["patient_id"].isin(infusions["patient_id"])
    own = labs[is_asked]
    baselines = find_lab_baselines(own, medications=medications, rule=design["lab_baseline_rule"])
    baselines = baselines[["patient_id", "test", "value"]].rename(columns={"value": "baseline"})
    own = own[own["day"].between(0, design["iec_hs_window_days"])].merge(
        baselines, on=["patient_id", "test"], how="left"
    )
    own = own.assign(sign=_name_signs(own, design=design))
    signs = own[own["sign"].notna()].groupby(["patient_id", "day"])["sign"].agg(set)
    has_event = set(adverse_events.loc[adverse_events["category"] == "iec_hs", "patient_id"])
    needed = 1 + design["iec_hs_signs_beside_ferritin"]
    days = signs[[("ferritin" in found and len(found) >= needed) for found in signs]].reset_index()
    rows = [
        {
            "patient_id": patient_id,
            "onset_day": found["day"].min(),
            "end_day": found["day"].max(),
            "n_days": len(found),
            "signs": ", ".join(sorted(set().union(*found["sign"]))),
            "is_confirmed": patient_id in has_event,
        }
        for patient_id, found in days.groupby("patient_id")
    ]
    return pd.DataFrame.from_records(rows, columns=list(CANDIDATES)).astype(CANDIDATES)


def _name_signs(own: pd.DataFrame, *, design: Mapping) -> pd.Series:
    """Name the sign that a result shows; missing if it shows none."""
    value, operators, test = own["value"], own["operator"], own["test"]
    ratio = design["iec_hs_ferritin_ratio"]
    over = (
        is_above(value, ratio * own["upper_limit"].astype("float64"), operators=operators),
        is_above(value, ratio * own["baseline"], operators=operators),
    )
    has_ferritin = any_of(*over) if design["iec_hs_ferritin_rule"] == "either" else all_of(*over)
    limit = design["iec_hs_transaminase_ratio"] * own["upper_limit"].astype("float64")
    has_transaminase = is_above(value, limit, operators=operators)
    has_fibrinogen = is_below(value, design["iec_hs_fibrinogen_g_per_l"], operators=operators)
    lowest = test.map(CYTOPENIA_LIMITS).astype("float64")
    is_new = ~is_below(own["baseline"], lowest).fillna(False)
    is_due_to_cells = own["day"] >= design["iec_hs_cytopenia_from_day"]
    has_cytopenia = is_below(value, lowest, operators=operators) & is_new & is_due_to_cells
    sign = pd.Series(pd.NA, index=own.index, dtype="str")
    for tests, found, name in (
        (["FERRITIN"], has_ferritin, "ferritin"),
        (["ALT", "AST"], has_transaminase, "transaminases"),
        (["FIBRINOGEN"], has_fibrinogen, "fibrinogen"),
        (list(CYTOPENIA_LIMITS), has_cytopenia, "new cytopenia"),
    ):
        sign = sign.mask(test.isin(tests) & found.fillna(False), name)
    return sign
