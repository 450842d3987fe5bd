"""Laboratory results to CTCAE grades: of each sample, the worst of each patient, and the shift from baseline."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.safety.ctcae import LIMITS, TOXICITIES
from caseseries.derive.safety.grades import as_grades, not_assessable
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
LAB_SHIFTS = {"toxicity": "str", "baseline_grade": "Int64", "worst_grade": "Int64", "n_patients": "Int64"}

SORTED_BY = ["toxicity", "patient_id", "day", "value"]


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
            # A baseline beyond a limit of the assay can be normal or not, but gives nothing to multiply.
            "baseline_reference": baselines["value"].where(baselines["operator"] == "="),
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
    for name, column in {"lln": "lower_limit", "uln": "upper_limit", "baseline": "baseline_reference"}.items():
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
    return above.mask(is_low & ~or_equal, answers[True, False]).mask(is_low & or_equal, answers[True, True])


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
    after = lab_grades[lab_grades["is_after_baseline"].fillna(False)]
    keys = ["patient_id", "toxicity"]
    worst = after.loc[after.groupby(keys)["least_grade"].idxmax()].set_index(keys)
    groups, affected = after.groupby(keys), after[after["least_grade"] >= 1].groupby(keys)["day"]
    worst["most_grade"] = groups["most_grade"].max()
    worst["is_baseline_assumed"] = groups["is_baseline_assumed"].any()
    worst["n_samples"] = groups.size()
    worst["onset_day"], worst["end_day"] = affected.min(), affected.max()
    is_open = worst["most_grade"] > worst["least_grade"]
    worst["grade"] = worst["least_grade"].mask(is_open & (worst["least_grade"] == 0))
    worst["status"] = is_open.map({True: "partial", False: "graded"}).mask(worst["grade"].isna(), "not assessable")
    units = {test.code: test.unit for test in read_codebook().tests.values()}
    worst["decided_on"] = [_decided_on(sample, unit=units[sample.test]) for sample in worst.itertuples()]
    rows = worst[["grade", "onset_day", "end_day", "status", "decided_on"]].reset_index()
    unseen = [
        not_assessable(patient_id, toxicity, f"no {test} is recorded after baseline")
        for patient_id in patients["patient_id"]
        for toxicity, test in TOXICITIES.items()
        if (patient_id, toxicity) not in worst.index
    ]
    is_asked = rows["patient_id"].isin(patients["patient_id"])
    grades = as_grades([*rows[is_asked].to_dict("records"), *unseen])
    return grades.assign(toxicity=PREFIX + grades["toxicity"])


def _decided_on(sample: tuple, *, unit: str) -> str:
    words = [f"{result_text(sample.value, sample.operator, unit)} on day {sample.day}"] if sample.least_grade else []
    if pd.isna(sample.baseline_value):
        words.append("no baseline" + (", taken as normal" if sample.is_baseline_assumed else ""))
    else:
        grade = "unknown" if pd.isna(sample.baseline_grade) else sample.baseline_grade
        words.append(f"baseline grade {grade} ({sample.baseline_value:g} {unit})")
    words.append(f"samples: {sample.n_samples}")
    if sample.most_grade > sample.least_grade:
        words.append(f"missing limits or baseline allow grade {sample.most_grade}")
    return "; ".join(words)


def count_lab_shifts(lab_grades: pd.DataFrame, *, patients: pd.DataFrame) -> pd.DataFrame:
    """Count patients by grade at baseline and worst grade after it.

    Parameters
    ----------
    lab_grades, patients
        As for ``derive_worst_lab_grades``.

    Returns
    -------
    DataFrame, one row per toxicity, ``baseline_grade`` and ``worst_grade`` that occur together
        ``n_patients``. Either grade is missing where it is not known; patients without any sample of the test are
        left out.
    """
    keys = ["patient_id", "toxicity"]
    baseline = lab_grades.drop_duplicates(keys).set_index(keys)["baseline_grade"]
    worst = derive_worst_lab_grades(lab_grades, patients=patients)
    worst["toxicity"] = worst["toxicity"].str.removeprefix(PREFIX)
    pairs = baseline.to_frame().join(worst.set_index(keys)["grade"].rename("worst_grade"), how="inner")
    counts = pairs.groupby(["toxicity", "baseline_grade", "worst_grade"], dropna=False).size().rename("n_patients")
    return counts.reset_index().astype(LAB_SHIFTS)
