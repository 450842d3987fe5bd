"""Antibodies after the infusion: how low IgG fell and for how long, and what was kept of the antibodies of vaccines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from caseseries.derive.kinetics.parameters import as_parameters
from caseseries.derive.shared.frames import list_groups
from caseseries.derive.shared.lab_baselines import find_lab_baselines
from caseseries.derive.shared.limits import is_below
from caseseries.derive.shared.results import derive_daily_results
from caseseries.derive.shared.scores import YES_NO
from caseseries.derive.treatment.administrations import is_after_immunoglobulin
from caseseries.records.codebook import read_codebook

IGG = "IGG"
VACCINE_SUFFIX = "_IGG"
LIMITS = {"lower_limit": None, "low": "igg_low_g_per_l", "severe": "igg_severe_g_per_l"}
"""Limits of IgG by name, with the option that holds each; the first is that of the laboratory for the age."""

BEYOND = {"<": "below the limit of the assay", ">": "above the limit of the assay"}
DONORS = "holds antibodies of donors"


def derive_antibodies(
    labs: pd.DataFrame,
    *,
    patients: pd.DataFrame,
    medications: pd.DataFrame,
    administrations: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive depth and duration of low IgG, immunoglobulin given, and antibodies of vaccines against their baseline.

    Parameters
    ----------
    labs : DataFrame, one row per result
        Test ``IGG`` (g/L) with ``lower_limit`` for the age, and every test ``..._IGG`` (IU/mL) with the cut-off of its
        assay as ``lower_limit``.
    patients : DataFrame, one row per patient
        Names the patients.
    medications : DataFrame, one row per course of a drug
        Lymphodepletion, before which the baseline lies.
    administrations : DataFrame, one row per patient and course
        As ``derive_administrations`` gives it.
    design
        ``igg_low_g_per_l``, ``igg_severe_g_per_l``, ``lab_baseline_rule``.

    Returns
    -------
    DataFrame, one row per patient, analyte and parameter
        The table of kinetic parameters. Of ``IGG``: ``LOWEST`` after day 0 and ``LOWEST_DAY``;
        ``FIRST_DAY_BELOW:<limit>`` and ``DAYS_BELOW:<limit>`` for the keys of ``LIMITS``; ``IVIG_COUNT``,
        ``IVIG_FIRST_DAY`` and ``IVIG_LAST_DAY`` after day 0. Of each vaccine: ``BASELINE``, ``LAST`` and
        ``LAST_DAY``, ``LAST_PERCENT_OF_BASELINE``, ``LOWEST_PERCENT_OF_BASELINE`` and ``IS_LAST_AT_CUT_OFF``
        (yes/no). A patient without a result after day 0 has no row of the analyte.

    Notes
    -----
    Days below a limit run from the first sample below it to the first later one that is not, summed over the times
    that this happened; where the last sample is still below, they run to it and are flagged as a minimum. Given
    immunoglobulin raises IgG: a sample that holds it cannot end the time below, but a low one is low all the more. Of
    vaccines, samples that hold antibodies of donors do not count at all.
    """
    tests = [test for test in sorted(set(labs["test"])) if test == IGG or test.endswith(VACCINE_SUFFIX)]
    units = {test: read_codebook().tests[test].unit for test in tests}
    given = list_groups(administrations[(administrations["drug_class"] == "ivig") & (administrations["start_day"] > 0)])
    rows = []
    for test in tests:
        samples = derive_daily_results(labs, test=test).assign(test=test)
        samples = samples[samples["patient_id"].isin(patients["patient_id"])].reset_index(drop=True)
        samples["has_donors"] = is_after_immunoglobulin(samples, administrations)
        for name, option in LIMITS.items() if test == IGG else ():
            limit = samples["lower_limit"] if option is None else design[option]
            samples[name] = is_below(samples["value"], limit, operators=samples["operator"])
        samples["is_below_cut_off"] = is_below(samples["value"], samples["lower_limit"], operators=samples["operator"])
        baselines = find_lab_baselines(samples, medications=medications, rule=design["lab_baseline_rule"])
        before = {patient_id: own[0] for patient_id, own in list_groups(baselines).items()}
        for patient_id, own in list_groups(samples[(samples["day"] > 0).astype(bool)]).items():
            found = (
                [*_igg_parameters(own, units[test]), *_immunoglobulin_parameters(given.get(patient_id, []))]
                if test == IGG
                else _vaccine_parameters(own, before.get(patient_id), units[test])
            )
            rows += [{"patient_id": patient_id, "analyte": test} | row for row in found]
    return as_parameters(rows)


def _row(parameter: str, value: float | None, unit: str, *flags: str) -> dict:
    return {"parameter": parameter, "value": value, "unit": unit, "flag": [flag for flag in flags if flag]}


def _tell(sample: dict) -> tuple[str, str]:
    return BEYOND.get(sample["operator"], ""), DONORS if sample["has_donors"] else ""


def _igg_parameters(own: list[dict], unit: str) -> Iterator[dict]:
    lowest = min(own, key=lambda sample: (sample["value"], sample["operator"] != "<", sample["day"]))
    yield _row("LOWEST", lowest["value"], unit, *_tell(lowest))
    yield _row("LOWEST_DAY", lowest["day"], "day")
    for name in LIMITS:
        first, n_days, flags = _sum_days(own, name)
        yield _row(f"FIRST_DAY_BELOW:{name}", first, "day", *(() if n_days else flags))
        yield _row(f"DAYS_BELOW:{name}", n_days, "days", *flags)


def _sum_days(own: list[dict], name: str) -> tuple[int | None, int | None, list[str]]:
    """Give the first day below a limit, the days below it in all, and what must be known of them."""
    judged = [sample for sample in own if not pd.isna(sample[name])]
    if not judged:
        return None, None, ["no sample decides"]
    first, since, n_days, n_passed = None, None, 0, 0
    for sample in judged:
        if sample[name]:
            since = sample["day"] if since is None else since
            first = since if first is None else first
        elif sample["has_donors"]:
            n_passed += since is not None
        elif since is not None:
            n_days, since = n_days + sample["day"] - since, None
    flags = [f"{n_passed} samples with antibodies of donors do not end it"] if n_passed else []
    if since is None:
        return first, n_days, flags if first is not None else ["never below"]
    last = max(sample["day"] for sample in judged if sample[name])
    return first, n_days + last - since, [f"at least: below in the sample of day {last}", *flags]


def _immunoglobulin_parameters(given: list[dict]) -> Iterator[dict]:
    days = [row["start_day"] for row in given]
    yield _row("IVIG_COUNT", len(days), "administrations")
    yield _row("IVIG_FIRST_DAY", min(days, default=None), "day")
    yield _row("IVIG_LAST_DAY", max(days, default=None), "day")


def _vaccine_parameters(own: list[dict], before: dict | None, unit: str) -> Iterator[dict]:
    counted = [sample for sample in own if not sample["has_donors"]]
    nothing = "" if counted else f"every sample after day 0 {DONORS}"
    baseline = before["value"] if before and before["value"] > 0 else None
    at_baseline = [f"baseline {words}" for words in _tell(before) if words] if before else ["no baseline"]
    yield _row("BASELINE", before and before["value"], unit, *(_tell(before) if before else ["no baseline"]))
    last = counted[-1] if counted else None
    yield _row("LAST", last and last["value"], unit, nothing or _tell(last)[0])
    yield _row("LAST_DAY", last and last["day"], "day", nothing)
    lowest = min(counted, key=lambda sample: (sample["value"], sample["operator"] != "<"), default=None)
    for name, sample in (("LAST", last), ("LOWEST", lowest)):
        share = 100 * sample["value"] / baseline if sample and baseline else None
        flags = [nothing or _tell(sample)[0], *at_baseline]
        yield _row(f"{name}_PERCENT_OF_BASELINE", share, "% of baseline", *flags)
    is_open = last is None or pd.isna(last["is_below_cut_off"])
    answer = None if is_open else float(not last["is_below_cut_off"])
    yield _row("IS_LAST_AT_CUT_OFF", answer, YES_NO, nothing or ("no cut-off decides" if is_open else ""))
