"""EX and CM to infusions and medications."""

from __future__ import annotations

import re

import pandas as pd

from caseseries.records.sdtm.clock import Clock, compute_days, is_cell_product, is_given, note_empty_days
from caseseries.records.sdtm.domains import Domain
from caseseries.records.sdtm.ledger import Ledger
from caseseries.records.sdtm.terms import (
    CELL_DOSE_UNITS,
    DOSE_UNITS,
    DOSES_PER_DAY,
    DRUG_CLASS_BY_ATC,
    DRUG_CLASS_BY_WORD,
    LYMPHODEPLETION,
    ONCE,
    PURPOSES,
    ROUTES,
)

COURSE = ["patient_id", "drug", "drug_class", "purpose", "route"]
COURSE += ["daily_dose", "dose_unit", "start_day", "end_day", "ongoing"]


def classify_drug(name: str, atc: str | None = None) -> str:
    """Give the class of a drug by its ATC code, else by the words of its name, else ``other``."""
    for prefix, drug_class in DRUG_CLASS_BY_ATC.items():
        if isinstance(atc, str) and atc.startswith(prefix):
            return drug_class
    words = re.findall(r"[a-z]+", name.lower())
    return next((DRUG_CLASS_BY_WORD[word] for word in words if word in DRUG_CLASS_BY_WORD), "other")


def derive_exposure(ex: Domain, clock: Clock, ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn EX into infusions of a cell product and courses of the study drug or of lymphodepletion.

    Returns
    -------
    (infusions, medications)
        One row per infusion; one row per record of another treatment.
    """
    drug = ex.text("EXTRT").str.lower()
    days = compute_days(ex, clock, ledger, date="EXSTDTC", study_day="EXSTDY")
    is_cells = is_cell_product(ex)
    per_kg = ex.number("EXDOSE") * ex.text("EXDOSU").str.casefold().map(CELL_DOSE_UNITS).astype("float64")
    kept = ledger.sift(
        ex,
        drug.fillna("(no name)"),
        (~is_given(ex), "treatment not given"),
        (drug.isna(), "treatment without a name"),
        (is_cells & per_kg.isna(), "dose of cells not per kg body weight", ex.text("EXDOSU")),
        (is_cells & days["day"].isna(), "infusion without a complete date"),
    )
    ledger.book(ex, kept & is_cells, what="infusions")
    infusions = pd.DataFrame(
        {
            "patient_id": ex.patients(),
            "product": ex.text("EXTRT"),
            "day": days["day"],
            "hour": days["hour"],
            "dose_cells_per_kg": per_kg,
        }
    )[kept & is_cells]
    named = kept & ~is_cells
    rest = ex.part(named)
    courses = _derive_courses(rest, clock, ledger, prefix="EX", drug=drug[named])
    lympho = courses["drug"].str.contains("|".join(LYMPHODEPLETION), regex=True)
    courses["drug_class"] = lympho.map({True: "lymphodepletion", False: "study_drug"})
    courses["purpose"] = lympho.map({True: "lymphodepletion", False: "trial"})
    ledger.book(ex, named, what="medications")
    return infusions.sort_values(["patient_id", "day"], ignore_index=True), _sort_courses(courses)


def derive_medications(cm: Domain, clock: Clock, ledger: Ledger, *, last_contact: pd.Series) -> pd.DataFrame:
    """Turn CM into courses of drugs.

    Trials that ask for medication at each visit repeat a course as often as they ask; records that agree in everything
    but visit become one course. A course is ongoing if CM says so, or if it stands without an end in a record made at
    last contact; otherwise that is not known.

    Returns
    -------
    DataFrame, one row per course
    """
    coded = cm.text("CMDECOD").mask(cm.code("CMDECOD").isin(["UNCODED", "MULTIPLE", "NOT CODED"]))
    drug = coded.fillna(cm.text("CMTRT")).str.lower()
    ledger.drop(cm, drug.isna(), what="CMTRT", reason="medication without a name")
    not_taken = drug.notna() & ((cm.code("CMOCCUR") == "N") | (cm.code("CMSTAT") == "NOT DONE"))
    ledger.drop(cm, not_taken, what="CMOCCUR", reason="medication asked for and not taken")
    part = cm.part(drug.notna() & ~not_taken)
    drug = drug[part.frame.index]
    courses = _derive_courses(part, clock, ledger, prefix="CM", drug=drug)
    atc = part.code("CMCLASCD")
    courses["drug_class"] = [classify_drug(name, code) for name, code in zip(drug, atc, strict=True)]
    courses["purpose"] = part.code("CMINDC").map(PURPOSES).fillna("other")
    courses["ongoing"] = _derive_ongoing(part, clock, ledger, courses, last_contact=last_contact)
    raw = [name for name in ("CMSTDTC", "CMENDTC", "CMDOSE", "CMDOSU", "CMDOSFRQ", "CMTRT") if name in part.frame]
    told_apart = pd.concat([courses.drop(columns="ongoing").add_prefix("course_"), part.frame[raw]], axis=1)
    course = told_apart.groupby(list(told_apart), dropna=False, sort=False).ngroup()
    again = course.duplicated()
    said = courses["ongoing"].eq("yes").fillna(False).groupby(course).transform("any")
    courses["ongoing"] = courses["ongoing"].mask(said, "yes")
    ledger.change(part, again, what="course", reason="repeats a course that another visit recorded: one course")
    ledger.book(part, pd.Series(True, index=part.frame.index), what="medications")
    first = ~again
    open_end = first & courses["end_day"].isna() & courses["ongoing"].isna() & part.text("CMENDTC").isna()
    ledger.change(part, open_end, what="CMENDTC", reason="no end, and not said to be ongoing: both left empty")
    return _sort_courses(courses[first])


def _sort_courses(courses: pd.DataFrame) -> pd.DataFrame:
    return courses[COURSE].sort_values(COURSE, ignore_index=True, na_position="first")


def _derive_ongoing(
    cm: Domain, clock: Clock, ledger: Ledger, courses: pd.DataFrame, *, last_contact: pd.Series
) -> pd.Series:
    told = (cm.code("CMENRTPT") == "ONGOING") | (cm.code("CMENRF").isin(["ONGOING", "DURING/AFTER", "AFTER"]))
    asked = compute_days(cm, clock, ledger, date="CMDTC", study_day="CMDY")["day"]
    no_end = cm.text("CMENDTC").isna() & courses["end_day"].isna()
    at_last = no_end & (asked == cm.patients().map(last_contact)).fillna(False) & ~told.fillna(False)
    ledger.change(cm, at_last, what="CMENDTC", reason="recorded without an end at last contact: ongoing")
    ongoing = pd.Series(pd.NA, index=courses.index, dtype="str")
    ongoing[told.fillna(False) | at_last] = "yes"
    ongoing[courses["end_day"].notna() & ~told.fillna(False)] = "no"
    return ongoing


def _derive_courses(domain: Domain, clock: Clock, ledger: Ledger, *, prefix: str, drug: pd.Series) -> pd.DataFrame:
    start = compute_days(domain, clock, ledger, date=f"{prefix}STDTC", study_day=f"{prefix}STDY")
    end = compute_days(domain, clock, ledger, date=f"{prefix}ENDTC", study_day=f"{prefix}ENDY")
    every = pd.Series(True, index=domain.frame.index)
    note_empty_days(domain, start, ledger, date=f"{prefix}STDTC", rows=every)
    note_empty_days(domain, end, ledger, date=f"{prefix}ENDTC", rows=every)
    frequency = domain.code(f"{prefix}DOSFRQ")
    once = frequency.isin(ONCE)
    end_day = end["day"].where(~(once & end["day"].isna()), start["day"])
    per_day = frequency.map(DOSES_PER_DAY).astype("float64")
    dose, reported_unit = domain.number(f"{prefix}DOSE"), domain.text(f"{prefix}DOSU")
    unit = reported_unit.str.casefold().map({name: unit for name, (unit, _) in DOSE_UNITS.items()})
    factor = (
        reported_unit.str.casefold().map({name: factor for name, (_, factor) in DOSE_UNITS.items()}).astype("float64")
    )
    ledger.change(
        domain,
        dose.notna() & unit.isna(),
        what=f"{prefix}DOSU",
        reason="unit absent or not known: dose left empty",
        examples=reported_unit,
    )
    ledger.change(
        domain,
        dose.notna() & unit.notna() & per_day.isna(),
        what=f"{prefix}DOSFRQ",
        reason="no dose per day in this frequency: dose left empty",
        examples=frequency,
    )
    reported_route = domain.code(f"{prefix}ROUTE")
    route = reported_route.map(ROUTES)
    strange = route.isna() & reported_route.notna()
    ledger.change(domain, strange, what=f"{prefix}ROUTE", reason="route imported as other", examples=reported_route)
    route = route.mask(strange, "other")
    daily = (dose * factor * per_day).map(lambda value: float(f"{value:.12g}"), na_action="ignore")
    return pd.DataFrame(
        {
            "patient_id": domain.patients(),
            "drug": drug,
            "route": route,
            "daily_dose": daily,
            "dose_unit": unit.where(daily.notna()),
            "start_day": start["day"],
            "end_day": end_day,
            "ongoing": end_day.notna().map({True: "no", False: pd.NA}),
        }
    )
