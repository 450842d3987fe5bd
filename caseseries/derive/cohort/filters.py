"""Every filter of patients behind a denominator: derived tables to the ledger, step by step and by disease or group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from caseseries.derive.cohort.flow_filters import (
    Filter,
    collect_patients,
    list_cohort_filters,
    list_parts,
    list_patients,
)
from caseseries.derive.cohort.ledger import LEDGER, describe_filter
from caseseries.derive.cohort.score_filters import list_score_filters

B_CELL_SUBSETS = ("B_NAIVE", "B_MEMORY", "B_SWITCHED", "PLASMABLAST")


def derive_ledger(derived: Mapping[str, pd.DataFrame], *, design: Mapping) -> pd.DataFrame:
    """Derive which patients stand behind each number that exhibits and text can have as a denominator.

    Parameters
    ----------
    derived
        All other derived tables, by name.
    design
        The limits beyond which an organ measure is abnormal.

    Returns
    -------
    DataFrame, one row per filter
        The columns of ``LEDGER``. First the cohort: enrolled, infused, by disease, evaluable, seen at visits, alive.
        Then the parts of each table: who has a record, a value, a grade, an event; for a measure at baseline and at
        each visit. A filter that leaves some patients of a disease or a group, but not all of them, has a row for
        those as well; measures of disease activity always do.

    Notes
    -----
    A filter belongs here if an exhibit counts the patients it leaves. The build stops at a denominator that no filter
    of the tables behind the exhibit leaves (``caseseries.exhibits.denominators``).
    """
    patients = derived["patients"]
    everyone = frozenset(patients["patient_id"])
    if not everyone:
        return pd.DataFrame(columns=list(LEDGER)).astype(LEDGER)
    strata = {name: ids for column in ("disease", "group") for name, ids in list_parts(patients, column).items()}
    rows = [part.row() for part in list_cohort_filters(derived, everyone, strata)]
    for part in _table_filters(derived, everyone, design=design):
        rows.append(part.row())
        rows += _rows_by_stratum(part, strata)
    return pd.DataFrame.from_records(rows, columns=list(LEDGER)).astype(LEDGER)


def _rows_by_stratum(part: Filter, strata: Mapping[str, frozenset]) -> Iterator[dict]:
    for name, ids in strata.items():
        own = part.kept & ids
        if own and (part.strata == "always" or own not in (part.kept, ids)):
            rule = f"{part.rule}, {name}"
            yield describe_filter(part.table, rule, part.kept, own, reason=f"not {name}", after=part.rule)


def _table_filters(derived: Mapping[str, pd.DataFrame], everyone: frozenset, *, design: Mapping) -> Iterator[Filter]:
    for name, frame in derived.items():
        if "patient_id" in frame:
            yield Filter(name, "has a row", everyone, everyone & list_patients(frame), "no record")
    yield from _column_filters("patients", derived["patients"], everyone)
    yield from _column_filters("infusions", derived["infusions"], list_patients(derived["infusions"]))
    yield from _part_filters(derived, everyone)
    yield from _result_filters(derived["results"], derived["time_to_event"])
    yield from _antibody_filters(derived["autoantibodies"])
    yield from list_score_filters(derived["scores"], derived["patients"], everyone, design=design)
    yield from _visit_filters(derived, everyone)
    yield from _treatment_filters(derived["treatment"], derived["patients"], everyone)


def _column_filters(table: str, frame: pd.DataFrame, before: frozenset) -> Iterator[Filter]:
    for column in frame.columns.drop("patient_id"):
        yield Filter(
            f"{table}:{column}", "recorded", before, list_patients(frame, frame[column].notna()), "not recorded"
        )


PARTS = {
    "lymphodepletion": ("drug",),
    "grades": ("toxicity",),
    "worst_grades": ("category",),
    "events": ("category",),
    "infections": ("window",),
    "milestones": ("mark",),
    "kinetics": ("analyte", "parameter"),
    "time_to_event": ("endpoint",),
    "results": ("test",),
    "administrations": ("purpose",),
    "autoantibodies": ("test",),
    "patient_lab_shifts": ("toxicity",),
    "disease_states": ("criterion",),
}
"""Columns that part a derived table, by its name."""

QUESTIONS = {
    "lymphodepletion": (("dose in mg/m2", "dose_unit == 'mg/m2' and total_dose.notna()", "no dose in mg/m2"),),
    "grades": (
        ("grade known", "grade.notna()", "not assessable"),
        ("grade 1 or more", "grade >= 1", "grade 0 or not assessable"),
        ("onset known", "grade >= 1 and onset_day.notna()", "grade 0, not assessable, or without a first day"),
        ("duration known", "grade >= 1 and duration_days.notna()", "grade 0, not assessable, or without a last day"),
        ("graded in full", "status == 'graded'", "partial or not assessable"),
    ),
    "worst_grades": (("with an event", "n_events > 0", "no event"),),
    "kinetics": (
        ("value known", "value.notna()", "no value"),
        ("without a flag", "value.notna() and flag.isna()", "no value, or flagged"),
    ),
    "time_to_event": (("with the event", "is_event", "no event"),),
    "results": (
        ("value up to the infusion", "day <= 0", "no value up to the infusion"),
        ("value after the infusion", "day > 0", "no value after the infusion"),
    ),
    "disease_states": (("decided", "is_in_remission.notna()", "not decided"),),
    "patient_lab_shifts": (("worst grade known", "worst_grade.notna()", "not graded"),),
}
"""What is asked of the patients of a part: the rule, the expression that answers it, the reason of those left out."""


def _part_filters(derived: Mapping[str, pd.DataFrame], everyone: frozenset) -> Iterator[Filter]:
    for table, columns in PARTS.items():
        frame = derived[table]
        recorded = collect_patients(frame, columns)
        for name, held in recorded.items():
            yield Filter(f"{table}:{name}", "has a row", everyone, everyone & held, "no record")
        for rule, expression, reason in QUESTIONS.get(table, ()):
            answered = collect_patients(frame, columns, frame.eval(expression, engine="python")) if len(frame) else {}
            for name, held in recorded.items():
                kept = answered.get(name, frozenset())
                yield Filter(f"{table}:{name}", rule, held, kept, reason, "has a row")
    grades = derived["grades"]
    by_grade = collect_patients(grades, ("toxicity", "grade"))
    recorded = collect_patients(grades, ("toxicity",))
    for name, kept in by_grade.items():
        toxicity, _, grade = name.rpartition(":")
        yield Filter(f"grades:{toxicity}", f"grade {grade}", recorded[toxicity], kept, "another grade", "has a row")


def _result_filters(results: pd.DataFrame, time_to_event: pd.DataFrame) -> Iterator[Filter]:
    recorded = collect_patients(results, ("test",))
    up_to, after = (collect_patients(results, ("test",), keep) for keep in (results["day"] <= 0, results["day"] > 0))
    back = time_to_event[(time_to_event["endpoint"] == "b_cell_return") & time_to_event["is_event"].fillna(False)]
    day = results["patient_id"].map(back.drop_duplicates("patient_id").set_index("patient_id")["time_days"])
    returned = collect_patients(results, ("test",), results["day"] >= day.astype("Int64"))
    for test, held in recorded.items():
        table, none = f"results:{test}", frozenset()
        both = up_to.get(test, none) & after.get(test, none)
        yield Filter(table, "value up to and after the infusion", held, both, "no such pair of values", "has a row")
        if test in B_CELL_SUBSETS:
            kept = returned.get(test, none)
            yield Filter(table, "value from the return of B cells on", held, kept, "no such value", "has a row")


def _antibody_filters(autoantibodies: pd.DataFrame) -> Iterator[Filter]:
    known = autoantibodies["is_positive"].notna()
    is_first, is_positive = autoantibodies["is_baseline"], autoantibodies["is_positive"]
    recorded, last = (
        collect_patients(autoantibodies, ("test",)),
        collect_patients(autoantibodies, ("test",), known & autoantibodies["is_last"]),
    )
    for rule, keep in (
        ("known at baseline and last", known & is_first),
        ("positive at baseline, known at last", is_first & is_positive),
        ("negative at baseline, known at last", is_first & ~is_positive),
    ):
        first = collect_patients(autoantibodies, ("test",), keep)
        for test, held in recorded.items():
            kept = first.get(test, frozenset()) & last.get(test, frozenset())
            yield Filter(f"autoantibodies:{test}", rule, held, kept, "no such pair of results", "has a row")


def _visit_filters(derived: Mapping[str, pd.DataFrame], everyone: frozenset) -> Iterator[Filter]:
    outcomes, calendar = derived["visit_outcomes"], derived["calendar"]
    assessed = collect_patients(outcomes, ("outcome", "visit"), outcomes["status"] == "assessed")
    why = _reasons(outcomes, ("outcome", "visit"))
    for name, asked in collect_patients(outcomes, ("outcome", "visit")).items():
        outcome, _, visit = name.rpartition(":")
        table, rule, kept = f"visit_outcomes:{outcome}", f"asked at {visit}", assessed.get(name, frozenset())
        yield Filter(table, rule, everyone, asked, "not asked for this disease")
        yield Filter(table, f"assessed at {visit}", asked, kept, why[name], rule)
    expected = collect_patients(calendar, ("visit",), calendar["is_expected"])
    done = collect_patients(calendar, ("visit",), calendar["status"] == "done")
    planned, why = collect_patients(calendar, ("visit",)), _reasons(calendar, ("visit",))
    for visit in calendar["visit"].unique().tolist():
        due, seen = expected.get(visit, frozenset()), done.get(visit, frozenset())
        yield Filter(f"calendar:{visit}", "expected", planned[visit], due, why[visit])
        yield Filter(f"calendar:{visit}", "done", due, seen, why[visit], "expected")
    followed = derived["patients"].set_index("patient_id")["follow_up_days"]
    for row in derived["infection_rates"].drop_duplicates("window").itertuples():
        kept = frozenset(followed.index[(followed >= row.first_day).fillna(False).astype(bool)])
        yield Filter(
            f"infection_rates:{row.window}", "at risk", everyone, kept, "follow-up ended before, or is not known"
        )


def _reasons(frame: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Give the status of each patient by part of a frame, which tells why some are left out of it."""
    found: dict[str, dict[str, str]] = {}
    for *part, patient_id, status in zip(
        *(frame[name].tolist() for name in (*columns, "patient_id", "status")), strict=True
    ):
        found.setdefault(":".join(map(str, part)), {})[patient_id] = status
    return found


def _treatment_filters(treatment: pd.DataFrame, patients: pd.DataFrame, everyone: frozenset) -> Iterator[Filter]:
    last = treatment.sort_values("end_day", kind="stable").drop_duplicates("patient_id", keep="last")
    dosed = list_patients(last, last["prednisone_mg_per_day"].notna())
    before = list_patients(patients, patients["prednisone_mg_per_day"].notna())
    yield Filter("treatment", "dose known at last contact", everyone, dosed, "dose not known")
    yield Filter("treatment", "dose known before and at last contact", everyone, dosed & before, "dose not known")
    known = patients["is_improved"].notna() & patients["is_in_remission_at_last_visit"].notna()
    yield Filter("patients", "improvement and remission known", everyone, list_patients(patients, known), "not known")
