"""Laboratory results to CTCAE grades: of each sample, the worst of each patient, and the shift from baseline."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter

import pandas as pd

from caseseries.derive.safety.ctcae import LIMITS, TOXICITIES
from caseseries.derive.safety.grades import as_grades, not_assessable
from caseseries.derive.shared.frames import list_rows
from caseseries.derive.shared.lab_baselines import find_lab_baselines
from caseseries.derive.shared.limits import is_above, is_below
from caseseries.derive.shared.results import result_text
from caseseries.derive.shared.windows import find_last_baseline_day
from caseseries.records.codebook import read_codebook

PREFIX = "CTCAE:"
LAB_GRADES = {
    "patient_id": "str",
    "toxicity": "str",
    "test": "str",
    "day": "Int64",
    "value": "float64",
    "operator": "str",
    "grade": "Int64",
    "least_grade": "Int64",
    "most_grade": "Int64",
    "is_after_baseline": "boolean",
    "baseline_day": "Int64",
    "baseline_value": "float64",
    "baseline_grade": "Int64",
    "is_baseline_assumed": "boolean",
}
PATIENT_SHIFTS = {
    "patient_id": "str",
    "toxicity": "str",
    "baseline_day": "Int64",
    "baseline_grade": "Int64",
    "worst_grade": "Int64",
    "status": "str",
}
LAB_SHIFTS = {"toxicity": "str", "baseline_grade": "Int64", "worst_grade": "Int64", "n_patients": "Int64"}

SORTED_BY = ["toxicity", "patient_id", "day", "value", "operator", "least_grade", "most_grade"]


def derive_lab_grades(labs: pd.DataFrame, *, medications: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive the CTCAE grade of every sample.

    Parameters
    ----------
    labs : DataFrame, one row per result
        Values and limits of normal in the codebook's unit. The limits of a sample are those of its own row.
    medications : DataFrame, one row per course of a drug
        Lymphodepletion, before which the baseline lies.
    design
        The options ``ctcae_*``, and ``lab_baseline_rule``.

    Returns
    -------
    DataFrame, one row per result and toxicity that its test can show
        ``grade``, missing where the data allow several; ``least_grade`` and ``most_grade`` that they allow;
        ``is_after_baseline``; day, value and grade of the patient's baseline; ``is_baseline_assumed``, true where the
        grade rests on the assumption that a missing baseline was normal.

    Notes
    -----
    A result has the highest grade of which it is beyond a limit. A missing limit of normal leaves grade 1 open, and
    with it the whole grade, unless a limit in absolute numbers gives more. Baseline is the last sample of the test
    before treatment, abnormal if above its own upper limit. A result beyond a limit of the assay counts as far as it
    decides.
    """
    own = labs[labs["test"].isin(set(TOXICITIES.values())) & labs["value"].notna()].reset_index(drop=True)
    if own.empty:
        return pd.DataFrame(columns=list(LAB_GRADES)).astype(LAB_GRADES)
    own["operator"] = own["operator"].fillna("=")
    own["sample"] = own.index
    rule = design["lab_baseline_rule"]
    last_baseline_day = find_last_baseline_day(own["patient_id"], medications=medications, rule=rule)
    own["is_after_baseline"] = own["day"] > last_baseline_day
    baselines = _read_baselines(find_lab_baselines(own, medications=medications, rule=rule))
    graded = _grade_samples(own.merge(baselines, on=["patient_id", "test"], how="left"), design=design)
    is_baseline = graded["sample"] == graded["baseline_sample"]
    keys = ["patient_id", "toxicity"]
    at_baseline = graded[is_baseline].set_index(keys)["grade"].rename("baseline_grade")
    frame = graded.merge(at_baseline, left_on=keys, right_index=True, how="left")
    return frame[list(LAB_GRADES)].astype(LAB_GRADES).sort_values(SORTED_BY, kind="stable").reset_index(drop=True)


def _read_baselines(baselines: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": baselines["patient_id"],
            "test": baselines["test"],
            "is_baseline_high": is_above(baselines["value"], baselines["upper_limit"], operators=baselines["operator"]),
            "baseline_day": baselines["day"],
            "baseline_value": baselines["value"],
            "baseline_operator": baselines["operator"],
            "baseline_sample": baselines["sample"],
        }
    )


def _grade_samples(samples: pd.DataFrame, *, design: Mapping) -> pd.DataFrame:
    """Ask of every sample every limit of its test."""
    limits = pd.DataFrame(LIMITS)
    if design["ctcae_fibrinogen_rule"] == "lower_limit":
        limits = limits[limits["branch"] != "below_lln"]
    asked = samples.merge(limits, on="test").rename(columns={"grade": "limit_grade"})
    reference = pd.Series(1.0, index=asked.index)
    for name, column in {"lln": "lower_limit", "uln": "upper_limit", "baseline": "baseline_value"}.items():
        reference = reference.mask(asked["reference"] == name, asked[column].astype("float64"))
    is_beyond = _is_beyond(asked, asked["factor"] * reference)
    applies, is_assumed = _applies(asked, rule=design["ctcae_missing_baseline"])
    answer = is_beyond & applies
    asked["least_grade"] = asked["limit_grade"].where(answer.fillna(False), 0)
    asked["most_grade"] = asked["limit_grade"].where(answer.fillna(True), 0)
    asked["is_baseline_assumed"] = is_assumed & answer.fillna(True)
    keys = ["sample", "toxicity"]
    facts = asked.drop_duplicates(keys).drop(columns=["least_grade", "most_grade", "is_baseline_assumed"])
    worst = asked.groupby(keys)[["least_grade", "most_grade", "is_baseline_assumed"]].max()
    graded = facts.merge(worst, left_on=keys, right_index=True)
    graded["grade"] = graded["least_grade"].astype("Int64").where(graded["least_grade"] == graded["most_grade"])
    return graded


def _is_beyond(asked: pd.DataFrame, limits: pd.Series) -> pd.Series:
    value, operators = asked["value"], asked["operator"]
    is_low = asked["sign"].str.startswith("<")
    or_equal = asked["sign"].str.endswith("=")
    answers = {
        (low, equal): compare(value, limits, operators=operators, or_equal=equal)
        for low, compare in ((True, is_below), (False, is_above))
        for equal in (True, False)
    }
    above = answers[False, False].mask(or_equal, answers[False, True])
    answer = above.mask(is_low & ~or_equal, answers[True, False]).mask(is_low & or_equal, answers[True, True])
    # Of a multiple of a baseline that is only a bound one answer is sure: what lies above a multiple of the bound
    # lies above that of anything below it.
    bound = asked["baseline_operator"].where(asked["reference"] == "baseline").fillna("=")
    sure_yes = (bound == "<") & ~is_low | (bound == ">") & is_low
    return answer.mask((bound != "=") & (answer != sure_yes).fillna(True))


def _applies(asked: pd.DataFrame, *, rule: str) -> tuple[pd.Series, pd.Series]:
    """Tell which limits apply to a sample, and where that was assumed."""
    branch = asked["branch"]
    is_high = asked["is_baseline_high"].astype("boolean")
    is_assumed = is_high.isna() & branch.isin(["normal", "abnormal"])
    if rule == "as_normal":
        is_high = is_high.fillna(False)
    is_low = is_below(asked["value"], asked["lower_limit"], operators=asked["operator"])
    applies = pd.Series(True, index=asked.index, dtype="boolean")
    applies = applies.mask(branch == "normal", ~is_high).mask(branch == "abnormal", is_high)
    return applies.mask(branch == "below_lln", is_low), is_assumed & (rule == "as_normal")


def derive_worst_lab_grades(lab_grades: pd.DataFrame, *, patients: pd.DataFrame) -> pd.DataFrame:
    """Derive the worst grade of each patient and toxicity after baseline.

    Parameters
    ----------
    lab_grades : DataFrame, one row per result and toxicity
        As ``derive_lab_grades`` gives it.
    patients : DataFrame, one row per patient
        Names the patients.

    Returns
    -------
    DataFrame, one row per patient and toxicity
        The table of grades; toxicities are named ``CTCAE:ANC`` and so on. Onset and end are those of samples of grade
        1 or more. A grade 0 that a sample without limits of normal leaves open is not assessable; a higher one that
        such a sample could raise is partial.
    """
    samples: dict[tuple[str, str], list[dict]] = {}
    for sample in list_rows(lab_grades[lab_grades["is_after_baseline"].fillna(False)]):
        samples.setdefault((sample["patient_id"], sample["toxicity"]), []).append(sample)
    units = {test.code: test.unit for test in read_codebook().tests.values()}
    rows = []
    for patient_id in patients["patient_id"].tolist():
        for toxicity, test in TOXICITIES.items():
            own = samples.get((patient_id, toxicity))
            if own:
                rows.append({"patient_id": patient_id, "toxicity": toxicity} | _find_worst(own, unit=units[test]))
            else:
                rows.append(not_assessable(patient_id, toxicity, f"no {test} is recorded after baseline"))
    grades = as_grades(rows)
    return grades.assign(toxicity=PREFIX + grades["toxicity"])


def _find_worst(own: list[dict], *, unit: str) -> dict:
    """Find the worst sample of one patient and toxicity, the first of them, and say what the others allow."""
    worst = max(own, key=itemgetter("least_grade"))
    least, most = worst["least_grade"], max(sample["most_grade"] for sample in own)
    affected = [sample["day"] for sample in own if sample["least_grade"] >= 1]
    is_assumed = any(sample["is_baseline_assumed"] is True for sample in own)
    is_known = most == least or least > 0
    return {
        "grade": least if is_known else None,
        "onset_day": min(affected, default=None),
        "end_day": max(affected, default=None),
        "status": "not assessable" if not is_known else "graded" if most == least else "partial",
        "decided_on": _decided_on(worst, most, is_assumed=is_assumed, n_samples=len(own), unit=unit),
    }


def _decided_on(worst: dict, most_grade: int, *, is_assumed: bool, n_samples: int, unit: str) -> str:
    words = []
    if worst["least_grade"]:
        words.append(f"{result_text(worst['value'], worst['operator'], unit)} on day {worst['day']}")
    if pd.isna(worst["baseline_value"]):
        words.append("no baseline" + (", taken as normal" if is_assumed else ""))
    else:
        grade = "unknown" if pd.isna(worst["baseline_grade"]) else worst["baseline_grade"]
        words.append(f"baseline grade {grade} ({worst['baseline_value']:g} {unit})")
    words.append(f"samples: {n_samples}")
    if most_grade > worst["least_grade"]:
        words.append(f"missing limits or baseline allow grade {most_grade}")
    return "; ".join(words)


def derive_lab_shifts(lab_grades: pd.DataFrame, *, patients: pd.DataFrame) -> pd.DataFrame:
    """Derive the grade at baseline and the worst grade after it of each patient.

    Parameters
    ----------
    lab_grades, patients
        As for ``derive_worst_lab_grades``.

    Returns
    -------
    DataFrame, one row per patient and toxicity that any sample of the patient could show
        ``baseline_day``; ``baseline_grade`` and ``worst_grade``, missing where not known; ``status`` of the worst.
    """
    keys = ["patient_id", "toxicity"]
    baseline = lab_grades.drop_duplicates(keys).set_index(keys)[["baseline_day", "baseline_grade"]]
    worst = derive_worst_lab_grades(lab_grades, patients=patients)
    worst["toxicity"] = worst["toxicity"].str.removeprefix(PREFIX)
    worst = worst.set_index(keys)[["grade", "status"]].rename(columns={"grade": "worst_grade"})
    return baseline.join(worst, how="inner").reset_index()[list(PATIENT_SHIFTS)].astype(PATIENT_SHIFTS)


def count_lab_shifts(shifts: pd.DataFrame) -> pd.DataFrame:
    """Count patients by grade at baseline and worst grade after it.

    Parameters
    ----------
    shifts : DataFrame, one row per patient and toxicity
        As ``derive_lab_shifts`` gives it.

    Returns
    -------
    DataFrame, one row per toxicity, ``baseline_grade`` and ``worst_grade`` that occur together
        ``n_patients``. Either grade is missing where it is not known; patients without any sample of the test are
        left out.
    """
    counts = shifts.groupby(["toxicity", "baseline_grade", "worst_grade"], dropna=False).size().rename("n_patients")
    return counts.reset_index().astype(LAB_SHIFTS)
