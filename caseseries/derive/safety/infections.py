"""Infections after the infusion: window, severity, and how many there were in how much time."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.safety.grades import as_grades, find_recorded_events, grade_recorded
from caseseries.derive.shared.event_windows import list_event_windows, name_event_window
from caseseries.derive.shared.frames import as_typed, list_rows

NOT_AN_INFECTION = (
    r"\W*(?:febrile neutropenia|neutropenic fever)"
    r"(?:\W*|\W+(?:grade|ctcae|without|no|culture[- ]negative|negative|of unknown|unknown)\b.*)"
)
"""Terms that are no infection, whatever their category: the whole of a term, since pneumonia during febrile
neutropenia is one."""

PATHOGENS = {
    "fungal": "candid|aspergill|pneumocyst|mucor|fung|thrush|yeast|tinea",
    "viral": (
        "viral|virus|covid|influenza|zoster|herpe|varicell|cytomegal|cmv|epstein|ebv|hhv|measles|mumps|wart|mollusc"
    ),
    "bacterial": (
        r"bacter|staphyl|strepto|pneumococ|escherichia|e\. coli|klebsiel|pseudomon|clostrid|salmonel|cellulitis|"
        "impetigo"
    ),
}
"""Words that name a class of pathogen or a disease that only it causes; the first class that matches counts. No other
infection is put down to a class."""

INFECTIONS = {
    "patient_id": "str",
    "term": "str",
    "pathogen_class": "str",
    "grade": "Int64",
    "start_day": "Int64",
    "end_day": "Int64",
    "window": "str",
    "is_severe": "boolean",
}
RATES = {
    "window": "str",
    "pathogen_class": "str",
    "first_day": "Int64",
    "last_day": "Int64",
    "n_patients": "Int64",
    "exposure_days": "Int64",
    "n_infections": "Int64",
    "n_severe": "Int64",
    "n_ungraded": "Int64",
    "n_patients_infected": "Int64",
    "rate_per_100_patient_days": "float64",
    "severe_rate_per_100_patient_days": "float64",
}
EVERY = "all"


def derive_infections(adverse_events: pd.DataFrame, *, patients: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive the infections that began on day 0 or later.

    Parameters
    ----------
    adverse_events : DataFrame, one row per event
        The raw table; category ``infection`` is read.
    patients : DataFrame, one row per patient
        Names the patients.
    design
        The options ``infection_*``.

    Returns
    -------
    DataFrame, one row per infection
        ``pathogen_class`` (bacterial, viral, fungal or unspecified, from the words of the term); ``window`` in days,
        such as ``0-30``; ``is_severe``, missing without a grade. Infections without a first day are left out.
    """
    every = _select_infections(adverse_events, patients=patients, design=design)
    return every[every["start_day"].notna()].reset_index(drop=True)


def _select_infections(adverse_events: pd.DataFrame, *, patients: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Select the infections that did not surely begin before day 0; without a first day they have no window."""
    own = adverse_events[(adverse_events["category"] == "infection") & ~(adverse_events["start_day"] < 0).fillna(False)]
    own = own[own["patient_id"].isin(patients["patient_id"]) & ~_is_other(own["term"])]
    windows = list_event_windows(design)
    frame = own.assign(
        window=[None if pd.isna(day) else name_event_window(day, windows) for day in own["start_day"]],
        pathogen_class=_classify(own["term"]),
        is_severe=own["grade"] >= design["infection_severe_grade"],
    )
    frame = frame[list(INFECTIONS)].astype(INFECTIONS)
    return frame.sort_values(["patient_id", "start_day", "term"], kind="stable").reset_index(drop=True)


def _is_other(terms: pd.Series) -> pd.Series:
    return terms.str.fullmatch(NOT_AN_INFECTION, case=False).fillna(False).astype(bool)


def _classify(terms: pd.Series) -> pd.Series:
    result = pd.Series("unspecified", index=terms.index, dtype="str")
    for name, words in reversed(PATHOGENS.items()):
        result = result.mask(terms.str.contains(words, case=False).fillna(False).astype(bool), name)
    return result


def count_infections(adverse_events: pd.DataFrame, *, patients: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Count infections and the patient-days in which they could happen.

    Parameters
    ----------
    adverse_events : DataFrame, one row per event
        The raw table. In a data set that records no event at all nothing tells that infections were asked for, and
        the result is empty.
    patients : DataFrame, one row per patient
        ``last_contact_day`` ends the exposure; a patient without it is left out, with all infections.
    design
        The options ``infection_*``.

    Returns
    -------
    DataFrame, one row per window and class of pathogen, ``all`` standing for every one
        ``n_patients`` with at least a day in the window; ``exposure_days``, the days from day 0 to the last contact,
        both included, that lie in the window; numbers of infections by the day they began; rates per 100
        patient-days, missing without exposure.

    Notes
    -----
    Each infection counts, a second one in the same patient too. One whose first day is not known counts in the whole
    time, and in no window of it, as in the grades: those of the windows are the least. An infection that goes on does
    not take its days from the exposure.
    """
    if adverse_events.empty:
        return pd.DataFrame(columns=list(RATES)).astype(RATES)
    infections = _select_infections(adverse_events, patients=patients, design=design)
    followed = dict(zip(patients["patient_id"].tolist(), patients["last_contact_day"].tolist(), strict=True))
    ends = {patient_id: last for patient_id, last in followed.items() if not pd.isna(last)}
    own = [row for row in list_rows(infections) if row["patient_id"] in ends]
    rows = []
    for window, (first, last) in (list_event_windows(design) | {EVERY: (0, None)}).items():
        days = [max((end if last is None else min(end, last)) - first + 1, 0) for end in ends.values()]
        for pathogen_class in (*PATHOGENS, "unspecified", EVERY):
            counted = [
                row
                for row in own
                if (window == EVERY or row["window"] == window) and pathogen_class in (row["pathogen_class"], EVERY)
            ]
            exposure, n_severe = sum(days), sum(row["is_severe"] is True for row in counted)
            rows.append(
                {
                    "window": window,
                    "pathogen_class": pathogen_class,
                    "first_day": first,
                    "last_day": last,
                    "n_patients": sum(n > 0 for n in days),
                    "exposure_days": exposure,
                    "n_infections": len(counted),
                    "n_severe": n_severe,
                    "n_ungraded": sum(pd.isna(row["grade"]) for row in counted),
                    "n_patients_infected": len({row["patient_id"] for row in counted}),
                    "rate_per_100_patient_days": 100 * len(counted) / exposure if exposure else None,
                    "severe_rate_per_100_patient_days": 100 * n_severe / exposure if exposure else None,
                }
            )
    return as_typed(rows, RATES)


def derive_infection_grades(adverse_events: pd.DataFrame, *, patients: pd.DataFrame) -> pd.DataFrame:
    """Derive the worst recorded grade of infection of each patient from day 0 on.

    Parameters
    ----------
    adverse_events, patients
        Raw tables.

    Returns
    -------
    DataFrame, one row per patient
        The table of grades, toxicity ``INFECTION``; onset and end are those of the worst one. Grade 0 if no infection
        is recorded in a data set that records events at all; an infection without a grade leaves the grade open.
    """
    own = adverse_events[~_is_other(adverse_events["term"])]
    recorded = find_recorded_events(own, category="infection")
    has_events = not adverse_events.empty
    return as_grades(
        grade_recorded(patient_id, "INFECTION", recorded.get(patient_id), has_events=has_events, candidates=[])
        for patient_id in patients["patient_id"]
    )
