"""CAR T cell kinetics in blood, by flow cytometry and by transgene: samples to parameters of expansion and exposure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter

import pandas as pd

from caseseries.derive.kinetics.course import Course, compute_area, compute_course
from caseseries.derive.kinetics.nca import Analysis, Rules, compute_analysis
from caseseries.derive.kinetics.parameters import as_parameters
from caseseries.derive.kinetics.persistence import derive_persistence
from caseseries.derive.shared.limits import TOLERANCE
from caseseries.records.codebook import read_codebook

ANALYTES = ("CART_BLOOD", "CART_DNA")
MEASURED_PER_DOSE = ("CMAX", "AUC_0_")
CELLS_PER_DOSE_UNIT = 1e6
UNKNOWN = {"hour": math.nan, "dose_cells_per_kg": math.nan, "second_day": math.nan}
NOTHING_INFUSED = {"time": 0.0, "conc": 0.0, "is_blq": True, "is_above": False}
ABOVE = "rests on a result above the limit of the assay"


def derive_kinetics(
    labs: pd.DataFrame, *, patients: pd.DataFrame, infusions: pd.DataFrame, design: Mapping
) -> pd.DataFrame:
    """Derive the parameters of CAR T cell kinetics.

    Parameters
    ----------
    labs : DataFrame, one row per result
        Tests ``CART_BLOOD`` (cells/uL) and ``CART_DNA`` (copies/ug), with ``operator``.
    patients : DataFrame, one row per patient
        Names the patients.
    infusions : DataFrame, one row per infusion
        ``hour`` and ``dose_cells_per_kg`` of the first; the day of a second one ends the course.
    design
        The choices of the analysis and the windows of the visits.

    Returns
    -------
    DataFrame, one row per patient, analyte and parameter
        The table of kinetic parameters. A patient without a sample after the infusion has no row for the analyte.

        ``CMAX``, ``CLAST`` in the unit of the analyte; ``TMAX``, ``TLAST`` in days; ``AUC_LAST``, ``AUC_0_28`` (the
        number is that of the option), ``AUC_ALL`` and ``AUC_INF`` in the unit of the analyte times days;
        ``AUC_EXTRAPOLATED`` in % of ``AUC_INF``; ``LAMBDA_Z`` per day, ``N_LAMBDA_Z``, ``R2_ADJ``, ``SPAN_RATIO``,
        and ``HALF_LIFE`` in days, which is apparent: the decline of CAR T cells has more than one phase;
        ``DETECTABLE_M3``, ``_M6``, ``_M12`` (yes/no); on demand ``CMAX_PER_DOSE`` and ``AUC_0_28_PER_DOSE``.

    Notes
    -----
    Time is actual time since the infusion: days, to the hour where the hours of sample and infusion are known. The
    product is foreign to the body, so every course starts at time 0 with none. A result with ``<`` is below the limit
    of quantification, one with ``>`` counts as its limit and is flagged.

    The early exposure ends exactly on its last day, interpolated where no sample was taken on it. Where the last
    quantifiable sample came before, the area ends there and is flagged; nothing is extrapolated.
    """
    units = {analyte: read_codebook().tests[analyte].unit for analyte in ANALYTES}
    infused = _infusion_facts(infusions)
    facts, rows = infused.to_dict("index"), []
    for analyte in ANALYTES:
        own = labs[(labs["test"] == analyte) & labs["value"].notna() & labs["patient_id"].isin(patients["patient_id"])]
        samples = _timed(own, infused)
        followed = samples[samples.groupby("patient_id")["time"].transform("max") > 0]
        for patient_id, taken in groupby(followed.to_dict("records"), key=itemgetter("patient_id")):
            found = _patient_parameters(list(taken), facts.get(patient_id, UNKNOWN), unit=units[analyte], design=design)
            rows += [{"patient_id": patient_id, "analyte": analyte} | row for row in found]
        rows += [{"analyte": analyte} | row for row in derive_persistence(followed, design=design)]
    return as_parameters(rows)


def _infusion_facts(infusions: pd.DataFrame) -> pd.DataFrame:
    """Give per patient the hour and the dose of the first infusion, and the day of the second, where known."""
    later = infusions[infusions["day"] > 0].groupby("patient_id")["day"].min()
    first = infusions[infusions["day"] == 0].groupby("patient_id")
    hour = first["hour"].min() if "hour" in infusions else pd.Series(dtype="float64")
    facts = {"hour": hour, "dose_cells_per_kg": first["dose_cells_per_kg"].sum(min_count=1), "second_day": later}
    return pd.DataFrame(facts).astype("float64")


def _timed(labs: pd.DataFrame, infused: pd.DataFrame) -> pd.DataFrame:
    """Give samples their time since the infusion and their concentration; without those after a second infusion."""
    samples = labs[["patient_id", "day"]].copy()
    hour = labs["hour"].astype("float64") if "hour" in labs else float("nan")
    hours_later = hour - labs["patient_id"].map(infused["hour"]).astype("float64")
    day = labs["day"].astype("float64")
    samples["time"] = day + (hours_later / 24).fillna(0)
    samples["is_blq"] = (labs["operator"] == "<").fillna(False) | (labs["value"] <= 0)
    samples["is_above"] = (labs["operator"] == ">").fillna(False)
    samples["conc"] = labs["value"].astype("float64").mask(samples["is_blq"], 0.0)
    second = labs["patient_id"].map(infused["second_day"]).astype("float64")
    samples = samples[~(day > second)].astype({"is_blq": bool, "is_above": bool})
    return samples.sort_values(["patient_id", "time"], kind="stable")


def _patient_parameters(taken: list[dict], facts: Mapping, *, unit: str, design: Mapping) -> list[dict]:
    rules = Rules(
        area=design["auc_rule"],
        blq_between=design["blq_between_rule"],
        fit_from=design["lambda_z_fit_from"],
        min_points=design["lambda_z_min_points"],
        r2_tolerance=design["lambda_z_r2_tolerance"],
        best_among=design["lambda_z_best_among"],
    )
    has_none_at_start = design["day_0_sample_rule"] == "before_infusion"
    at_start = [sample for sample in taken if sample["time"] == 0 and has_none_at_start]
    after = [sample for sample in taken if sample["time"] >= 0 and sample not in at_start]
    if not any(sample["time"] == 0 for sample in after):
        after.insert(0, NOTHING_INFUSED)
    course = compute_course(
        [sample["time"] for sample in after],
        [sample["conc"] for sample in after],
        is_blq=[sample["is_blq"] for sample in after],
        blq_between=rules.blq_between,
    )
    analysis = compute_analysis(course, rules=rules)
    common = [f"result of day 0 ({s['conc']:g} {unit}) taken as none" for s in at_start if s["conc"] > 0]
    if not math.isnan(facts["second_day"]):
        common.append(f"followed until the second infusion on day {facts['second_day']:g}")
    above = [sample["time"] for sample in after if sample["is_above"]]
    found = {
        **_peak_and_end(course, analysis, unit=unit, above=above),
        **_areas(course, analysis, last_day=taken[-1]["day"], unit=unit, above=above, design=design),
        **_terminal(analysis, above=above, design=design),
    }
    if design["dose_normalised_parameters"] == "cmax_and_auc":
        found |= _per_dose(found, facts)
    return [
        {"parameter": name, "value": value, "unit": of, "flag": [*common, *flags]}
        for name, (value, of, flags) in found.items()
    ]


def _peak_and_end(course: Course, analysis: Analysis, *, unit: str, above: list[float]) -> dict[str, tuple]:
    none = [] if course.is_quantifiable else ["no quantifiable sample"]
    is_last = analysis.tlast == course.last_time
    peak = [*none, *([ABOVE] if above else [])]
    return {
        "CMAX": (analysis.cmax, unit, peak),
        "TMAX": (analysis.tmax, "days", peak),
        "CLAST": (analysis.clast, unit, [*none, *([ABOVE] if analysis.tlast in above else [])]),
        "TLAST": (analysis.tlast, "days", [*none, *(["the last sample is quantifiable"] if is_last else [])]),
    }


def _areas(
    course: Course, analysis: Analysis, *, last_day: int, unit: str, above: list[float], design: Mapping
) -> dict[str, tuple]:
    """Give the areas; those to infinity carry the flags of the terminal line as well."""
    unit, end = f"{unit} x days", design["auc_window_days"]
    none = [] if course.is_quantifiable else ["no quantifiable sample"]
    rests_on = [*none, *([ABOVE] if above else [])]
    early, flags = compute_area(course, start=0.0, end=end, area=design["auc_rule"]), [*none]
    if last_day < design["auc_window_last_sample_day"]:
        early, flags = None, [f"the last sample is of day {last_day}"]
    elif analysis.tlast < end:
        flags.append(f"Tlast {analysis.tlast:g} < {end}: area until Tlast")
    elif course.is_quantifiable and end not in course.time:
        flags.append(f"interpolated at day {end}")
    at_end = min(course.time[course.time >= end], default=course.time[-1])
    flags += [ABOVE] if early is not None and any(time <= at_end for time in above) else []
    to_infinity = [*rests_on, *_reliability(analysis, design)]
    share = analysis.auc_extrapolated_percent
    if share > design["auc_max_extrapolated_percent"] + TOLERANCE:
        to_infinity.append(f"more than {design['auc_max_extrapolated_percent']:g}% extrapolated")
    return {
        "AUC_LAST": (analysis.auc_last, unit, rests_on),
        f"AUC_0_{end}": (early, unit, flags),
        "AUC_ALL": (analysis.auc_all, unit, rests_on),
        "AUC_INF": (analysis.auc_inf, unit, to_infinity),
        "AUC_EXTRAPOLATED": (share, "%", to_infinity),
    }


def _terminal(analysis: Analysis, *, above: list[float], design: Mapping) -> dict[str, tuple]:
    line, flags = analysis.terminal, _reliability(analysis, design)
    if line and any(line.first_time <= time <= line.last_time for time in above):
        flags.append(ABOVE)
    return {
        "LAMBDA_Z": (line and line.lambda_z, "per day", flags),
        "N_LAMBDA_Z": (line and line.n_points, "samples", flags),
        "R2_ADJ": (line and line.r2_adjusted, "ratio", flags),
        "SPAN_RATIO": (line and line.span_ratio, "half-lives", flags),
        "HALF_LIFE": (line and line.half_life, "days", flags),
    }


def _reliability(analysis: Analysis, design: Mapping) -> list[str]:
    line = analysis.terminal
    if line is None:
        return ["no terminal line"]
    least_r2, least_span = design["lambda_z_min_r2_adjusted"], design["lambda_z_min_span_ratio"]
    flags = [f"not reliable: adjusted r2 below {least_r2:g}"] if line.r2_adjusted < least_r2 - TOLERANCE else []
    is_short = line.span_ratio < least_span - TOLERANCE
    return flags + ([f"not reliable: fewer than {least_span:g} half-lives"] if is_short else [])


def _per_dose(found: dict[str, tuple], facts: Mapping) -> dict[str, tuple]:
    """Give peak and early exposure per million cells per kg of the first infusion."""
    dose = facts["dose_cells_per_kg"]
    flag = ["the dose is not recorded"] if math.isnan(dose) else []
    return {
        f"{name}_PER_DOSE": (
            None if value is None else value * CELLS_PER_DOSE_UNIT / dose,
            f"{unit} per 10^6 cells/kg",
            [*flags, *flag],
        )
        for name, (value, unit, flags) in found.items()
        if name.startswith(MEASURED_PER_DOSE)
    }
