"""Hand-made derived tables of patients with one disease: courses, states by visit, results and treatment."""

import pandas as pd

from caseseries.derive import DERIVED
from caseseries.design.visits import VISITS

MEASURES = {
    "SLE": {"SLEDAI_2K": (20, 0), "CSLEDAI_2K": (16, 0), "UPCR": (2400, 110), "EGFR_U25": (80, 110)},
    "JDM": {"CMAS": (25, 52), "MMT8": (55, 80), "PGA": (7, 0), "TIS_JDM": (10, 100), "PATIENT_GLOBAL": (6, 0),
            "CHAQ": (2, 0)},
    "SSc": {"MRSS": (28, 10), "FVC_PCT": (68, 76), "DLCO_PCT": (60, 66), "EUSTAR_2017": (8, 1), "CRISS_2016": (0, 1),
            "PGA": (6, 2), "CHAQ": (1.5, 0.5)},
}  # fmt: skip
STATES = {
    "SLE": ("DORIS", "CCR", "LLDAS", "CLLDAS"),
    "JDM": ("CID_REVISED", "CID_PRINTO"),
    "SSc": ("CRISS_2016_IMPROVED", "RCRISS_20", "MRSS_RELEVANT_FALL"),
}
TESTS = {"SLE": {"C3": (0.5, 1.1, 0.9), "C4": (0.04, 0.2, 0.1), "DSDNA": (300, 10, 20)}, "JDM": {"CK": (900, 60, 170)}}


def typed(rows, name):
    """Give rows the columns and types of a derived table."""
    frame = pd.DataFrame.from_records(rows)
    return frame.reindex(columns=list(DERIVED[name])).astype(DERIVED[name])


def patients(*rows):
    """One row per (patient, disease, last contact)."""
    return typed(
        [
            {"patient_id": name, "disease": disease, "last_contact_day": last, "follow_up_days": last}
            for name, disease, last in rows
        ],
        "patients",
    )


def score(name, day, measure, value, *, status="complete", visit=None):
    return {"patient_id": name, "day": day, "measure": measure, "value": value, "status": status, "visit": visit}


def result(name, day, test, value, *, operator="=", unit="IU/mL", lower_limit=None, upper_limit=None):
    return {
        "patient_id": name, "day": day, "test": test, "value": value, "operator": operator, "unit": unit,
        "lower_limit": lower_limit, "upper_limit": upper_limit,
    }  # fmt: skip


def interval(name, start_day, end_day, state):
    return {"patient_id": name, "start_day": start_day, "end_day": end_day, "state": state}


def disease_cohort(n, disease):
    """Make patients of one disease with every measure at every visit; each tenth value is missing or partial.

    More than twelve have fewer visits, which draws faster.
    """
    people, scores, results, treatment = [], [], [], []
    names = VISITS if n <= 12 else ("M3", "M6", "M12")
    visits = {"baseline": -8, **{name: VISITS[name][0] for name in names}}
    for number in range(1, n + 1):
        name, last = f"SYN-{number:0{len(str(n))}d}", 275 + 37 * number % 460
        people.append((name, disease, last))
        for place, (visit, day) in enumerate((visit, day) for visit, day in visits.items() if day <= last):
            share = min(1.0, max(day, 0) / 170) * (1 - number % 7 / 20)
            is_odd = (number + place) % 10 == 0
            for measure, (first, final) in MEASURES[disease].items():
                value = first + (final - first) * share
                scores.append(score(name, day, measure, value, status="partial" if is_odd else "complete", visit=visit))
            for state in STATES[disease]:
                value = None if is_odd else float(share > 0.8)
                scores.append(score(name, day, state, value, visit=visit))
            for test, (first, final, limit) in TESTS.get(disease, {}).items():
                value = first + (final - first) * share
                limits = {"upper_limit": limit} if test in ("DSDNA", "CK") else {"lower_limit": limit}
                is_below = test == "DSDNA" and value <= 12
                results.append(result(name, day, test, value, operator="<" if is_below else "=", unit="", **limits))
        stop = 20 + 11 * number % 90
        treatment += [interval(name, -100, stop, "on_glucocorticoid"), interval(name, stop + 1, last, "drug_free")]
    tables = {"scores": scores, "results": results, "treatment": treatment}
    return {"patients": patients(*people)} | {name: typed(rows, name) for name, rows in tables.items()}
