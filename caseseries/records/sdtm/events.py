"""AE to adverse events."""

from __future__ import annotations

import pandas as pd

from caseseries.records.sdtm.clock import Clock, compute_days, note_empty_days
from caseseries.records.sdtm.domains import Domain, compute_sentence_case
from caseseries.records.sdtm.ledger import Ledger
from caseseries.records.sdtm.terms import EVENT_CATEGORIES, GRADES, INFECTIONS, RELATED

UNRESOLVED = "NOT RECOVERED/NOT RESOLVED"
AS_GRADE = "severity read as grade (mild 1, moderate 2, severe 3, life-threatening 4); it is not a CTCAE grade"


def derive_events(ae: Domain, clock: Clock, ledger: Ledger) -> pd.DataFrame:
    """Turn AE into adverse events.

    Grade is AETOXGR, else AESEV read as a grade, and 5 where the event was fatal. An event is ongoing if its outcome is
    not resolved or AE says that it goes on; related if the investigator held that possible or more.

    Returns
    -------
    DataFrame, one row per event
    """
    coded = ae.text("AEDECOD").mask(ae.code("AEDECOD").isin(["UNCODED", "NOT CODED"])).fillna(ae.text("AETERM"))
    ledger.drop(ae, coded.isna(), what="AETERM", reason="event without a name")
    named = coded.notna()
    start = compute_days(ae, clock, ledger, date="AESTDTC", study_day="AESTDY")
    end = compute_days(ae, clock, ledger, date="AEENDTC", study_day="AEENDY")
    note_empty_days(ae, start, ledger, date="AESTDTC", rows=named)
    note_empty_days(ae, end, ledger, date="AEENDTC", rows=named)
    toxicity, severity = ae.number("AETOXGR"), ae.code("AESEV").map(GRADES).astype("float64")
    grade = toxicity.fillna(severity)
    ledger.change(ae, named & toxicity.isna() & severity.notna(), what="AESEV", reason=AS_GRADE)
    fatal = (ae.code("AEOUT") == "FATAL").fillna(False) | (ae.code("AESDTH") == "Y").fillna(False)
    ledger.change(ae, named & fatal & (grade != 5), what="AEOUT", reason="fatal: grade 5")
    grade = grade.mask(fatal, 5)
    ledger.change(ae, named & grade.isna(), what="AESEV", reason="no grade and no severity: grade left empty")
    relation = ae.code("AEREL").map(RELATED)
    strange = named & relation.isna() & ae.text("AEREL").notna()
    ledger.change(ae, strange, what="AEREL", reason="relation not known: left empty", examples=ae.code("AEREL"))
    decided = named & relation.notna() & ~ae.code("AEREL").isin(["Y", "N", "YES", "NO"])
    for value in ("yes", "no"):
        reason = f"imported as related: {value}"
        ledger.change(ae, decided & (relation == value), what="AEREL", reason=reason, examples=ae.code("AEREL"))
    going_on = (ae.code("AEENRTPT") == "ONGOING") | (ae.code("AEENRF") == "ONGOING") | (ae.code("AEOUT") == UNRESOLVED)
    going_on = going_on.fillna(False)
    ledger.change(
        ae, named & going_on & end["day"].notna(), what="AEOUT", reason="not resolved though an end is given: both kept"
    )
    system = ae.text("AEBODSYS").fillna(ae.text("AESOC"))
    category = ae.code("AEDECOD").map(EVENT_CATEGORIES)
    category = category.mask(category.isna() & (system.str.upper() == INFECTIONS).fillna(False), "infection")
    events = pd.DataFrame(
        {
            "patient_id": ae.patients(),
            "term": compute_sentence_case(coded),
            "category": category.fillna("other"),
            "body_system": compute_sentence_case(system),
            "grade": grade.round().astype("Int64"),
            "start_day": start["day"],
            "end_day": end["day"],
            "ongoing": _derive_ongoing(going_on, end["day"]),
            "serious": ae.code("AESER").map({"Y": "yes", "N": "no"}),
            "related": relation,
            "treatment": compute_sentence_case(ae.text("AEACN")),
        }
    )[named]
    ledger.book(ae, named, what="adverse_events")
    order = ["patient_id", "start_day", "term", "end_day", "grade"]
    return events.sort_values([*order, *(name for name in events if name not in order)], ignore_index=True)


def _derive_ongoing(going_on: pd.Series, end_day: pd.Series) -> pd.Series:
    ongoing = pd.Series(pd.NA, index=going_on.index, dtype="str")
    ongoing[end_day.notna()] = "no"
    ongoing[going_on] = "yes"
    return ongoing
