"""Figure 6: immunosuppression before and after, drugs by month with the dose of glucocorticoids under them."""

from __future__ import annotations

import math

import pandas as pd

from caseseries.derive.shared.shape import DRUG_CLASSES
from caseseries.design import DAYS_PER_MONTH
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import lead_out
from caseseries.exhibits.drawing.courses import Look, last_month, look_of, start_word
from caseseries.exhibits.drawing.style import journal_style
from caseseries.exhibits.model import Drawing
from caseseries.exhibits.treatment.cohort import draw_cohort
from caseseries.exhibits.treatment.months import (
    CLASS_WORDS,
    GIVEN,
    count_drugs,
    cut_treatment,
    list_classes,
    share_by_month,
    spread_months,
    trace_doses,
)
from caseseries.exhibits.treatment.rows import draw_rows


def plot_immunosuppression(patients: pd.DataFrame, treatment: pd.DataFrame, *, months_before: float = 12) -> Drawing:
    """Plot the drugs for the disease by month, the dose of glucocorticoids, and the numbers of drugs.

    Parameters
    ----------
    patients : DataFrame, one row per patient
        derived/patients.csv.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        derived/treatment.csv.
    months_before
        Months before the infusion that are shown where treatment was recorded then.

    Returns
    -------
    Drawing
        Up to twelve patients have a row each: ``plotted`` has the panels drugs (one row per patient, class and month),
        dose and number of drugs. More are drawn as shares of the cohort: shares, dose and number of drugs.
    """
    look = look_of(patients)
    shown = cut_treatment(treatment[treatment["patient_id"].isin(look.order)], months_before=months_before)
    doses, counts = trace_doses(shown, patients=patients), count_drugs(shown, patients=patients)
    first = max(-float(months_before), math.floor(float(shown["start_day"].min()) / DAYS_PER_MONTH))
    span, start = (min(first, 0.0), last_month(patients)), start_word(patients)
    with journal_style():
        if look.is_single:
            months = spread_months(shown)
            figure = draw_rows(months, doses, counts, look=look, classes=list_classes(shown), span=span, start=start)
            plotted = {"drugs": _plotted_months(months, look)}
        else:
            shares = share_by_month(shown)
            figure = draw_cohort(shares, doses, counts, look=look, span=span, start=start)
            plotted = {"shares": _plotted_shares(shares)}
    plotted |= {"dose": _plotted_doses(doses), "number of drugs": _plotted_counts(counts)}
    return Drawing(
        figure=figure,
        plotted=plotted,
        alt_text=_describe(shown, doses, counts, look=look, span=span),
        legend=_explain(doses, counts, look=look, shown=shown, months_before=months_before, start=start),
    )


def _describe(
    shown: pd.DataFrame, doses: pd.DataFrame, counts: pd.DataFrame, *, look: Look, span: tuple[float, float]
) -> str:
    n = fmt.count_of(shown["patient_id"].nunique(), "patient")
    what = "Rows of months by patient and class of drug" if look.is_single else "Shares of patients by class of drug"
    before, after = shown[shown["start_day"] < 0], shown[shown["end_day"] >= 0]
    n_on = {
        name: [part.dropna(subset=name)["patient_id"].nunique() for part in (before, after)] for name in DRUG_CLASSES
    }
    given = [
        f"{lead_out(CLASS_WORDS[name])} {n_on[name][0]} before and {n_on[name][1]} after day 0"
        for name in list_classes(shown)
    ]
    parts = [f"{what}: {n}, month {fmt.number(span[0])} to {fmt.number(span[1])}.", f"Patients: {'; '.join(given)}."]
    if len(doses):
        parts.append(f"Prednisone equivalent 0 to {fmt.significant(float(doses['dose'].max()), 2)} mg/kg/day.")
    if len(counts):
        parts.append(
            f"Number of drugs before day 0 {fmt.median_range(counts['before'])}, "
            f"at last contact {fmt.median_range(counts['last'])} (n = {len(counts)})."
        )
    return " ".join(parts)


def _explain(
    doses: pd.DataFrame, counts: pd.DataFrame, *, look: Look, shown: pd.DataFrame, months_before: float, start: str
) -> str:
    n = shown["patient_id"].nunique()
    absent = len(look.order) - n
    if look.is_single:
        parts = [
            f"a, n = {fmt.count_of(n, 'patient')}; a cell is a month in which the drug was given on any day, open "
            "where only an incomplete record allows it; grey, treatment recorded and class not given. The line is the "
            "maintenance dose of glucocorticoids as prednisone."
        ]
        if (doses["pulse_mg"] > 0).any():
            parts.append("Triangles, intravenous pulses, not in the line.")
        if doses["is_by_infusion_weight"].any():
            parts.append(f"Thin line, dose by the weight at {start} where none was recorded within 90 days.")
        last = "b"
    else:
        parts = [
            f"a, n = {fmt.count_of(n, 'patient')}; share of the patients whose treatment is known in a month.",
            "b, maintenance dose of glucocorticoids as prednisone, pulses left out; one thin line per patient, median "
            "in black.",
        ]
        last = "c"
    if absent:
        parts.append(f"No treatment was recorded of {fmt.count_of(absent, 'patient')}.")
    if len(counts):
        parts.append(
            f"{last}, n = {fmt.count_of(len(counts), 'patient')}; different drugs for the disease given in the "
            f"{fmt.number(months_before)} months before {start}, and those on the day of the last contact."
        )
    return " ".join(parts)


def _plotted_months(months: pd.DataFrame, look: Look) -> pd.DataFrame:
    place = {name: number for number, name in enumerate(look.order)}
    frame = months.assign(place=months["patient_id"].map(place)).sort_values("place", kind="stable")
    return pd.DataFrame(
        {
            "patient_id": frame["patient_id"],
            "class of drug": frame["drug_class"].map(CLASS_WORDS).astype("str"),
            "month": frame["month"],
            "treatment known (days)": frame["days"],
            "given (days)": frame["days_given"],
            "status": frame["status"],
        }
    ).reset_index(drop=True)


def _plotted_shares(shares: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "class of drug": shares["drug_class"].map(CLASS_WORDS).astype("str"),
            "month": shares["month"],
            "treatment known (patients)": shares["n_patients"],
            f"{GIVEN} (patients)": shares["n_on"],
            "share (proportion)": shares["share"],
        }
    )


def _plotted_doses(doses: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": doses["patient_id"],
            "start (months)": doses["start_day"] / DAYS_PER_MONTH,
            "end (months)": doses["end_day"] / DAYS_PER_MONTH,
            "prednisone equivalent (mg/kg/day)": doses["dose"],
            "weight": doses["is_by_infusion_weight"].map({True: "of day 0", False: "of the time"}).astype("str"),
            "pulse as prednisone (mg/day)": doses["pulse_mg"],
        }
    )


def _plotted_counts(counts: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": counts["patient_id"],
            "before day 0 (drugs)": counts["before"],
            "at last contact (drugs)": counts["last"],
        }
    )
