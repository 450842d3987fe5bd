"""Drugs as outcomes see them: other equivalents, what counts as treatment, and the washout before the infusion."""

import pandas as pd
import pytest
from cohorts import course, patient, raw_tables
from followed import Followed, mmf, plain, prednisone

from caseseries.derive.treatment.glucocorticoid import compute_prednisone_mg, read_factors
from caseseries.derive.treatment.washout import WASHOUT, derive_washout
from caseseries.design import Design


@pytest.mark.parametrize(
    ("drug", "dose", "options", "expected"),
    [
        pytest.param("methylprednisolone", 16, {}, 20, id="methylprednisolone 16 mg is 20"),
        pytest.param("dexamethasone", 2, {}, 13.3333, id="dexamethasone 2 mg is 13.33"),
        pytest.param("dexamethasone", 4, {"dexamethasone_equal_to_prednisone_5_mg": 1}, 20, id="by a label 4 mg is 20"),
        pytest.param("hydrocortisone", 15, {}, 3.75, id="hydrocortisone 15 mg is 3.75"),
        pytest.param("deflazacort", 12, {}, 10, id="deflazacort 12 mg is 10"),
        pytest.param("deflazacort", 12, {"deflazacort_equal_to_prednisone_5_mg": 7.5}, 8, id="by other tables 8"),
        pytest.param("betamethasone", 0.6, {}, 5, id="betamethasone 0.6 mg is 5"),
        pytest.param("betamethasone", 0.6, {"betamethasone_equal_to_prednisone_5_mg": 0.75}, 4, id="by others 4"),
        pytest.param("cortisone", 25, {}, 5, id="cortisone 25 mg is 5"),
        pytest.param("triamcinolone", 4, {}, 5, id="triamcinolone 4 mg is 5"),
        pytest.param("prednisolone", 5, {}, 5, id="prednisolone is prednisone"),
    ],
)
def test_equivalents_are_options(drug, dose, options, expected):
    """Standard potencies: 5 mg prednisone = 4 methylprednisolone = 20 hydrocortisone = 0.75 dexamethasone."""
    found = compute_prednisone_mg(
        pd.Series([drug]),
        pd.Series([dose]),
        pd.Series(["mg"]),
        weight_kg=pd.Series([40.0]),
        per_mg=read_factors(Design(options)),
    )

    assert found.iloc[0] == pytest.approx(expected, abs=1e-3)


def test_a_dose_per_square_metre_needs_the_weight_only():
    """40 kg are (4 x 40 + 7) / (40 + 90) = 1.2846 m2."""
    found = compute_prednisone_mg(
        pd.Series(["hydrocortisone"] * 2),
        pd.Series([10.0] * 2),
        pd.Series(["mg/m2"] * 2),
        weight_kg=pd.Series([40.0, None]),
    )

    assert found.iloc[0] == pytest.approx(10 * 1.284615 / 4, abs=1e-5)
    assert pd.isna(found.iloc[1])


def on_day_100(*drugs, weight_kg=40.0, **options):
    weight = {"patient_id": "P1", "day": 90, "instrument": "BODY", "item": "WEIGHT_KG", "score": weight_kg}
    made = Followed(
        drugs=[prednisone(-400, 40), *drugs],
        people=[patient("P1", weight_kg=weight_kg)],
        assessments=[weight],
        **options,
    )
    days = made.treatment
    return days[(days["start_day"] <= 100) & (days["end_day"] >= 100)].iloc[0]


def replacement(dose, first=60, last=200, *, unit="mg/m2", drug="hydrocortisone"):
    return course("P1", drug, "glucocorticoid", first, last, purpose="replacement", dose=dose, dose_unit=unit)


@pytest.mark.parametrize(
    ("drug", "options", "state"),
    [
        pytest.param(replacement(12), {}, "drug_free", id="12 mg per square metre replaces"),
        pytest.param(replacement(12.1), {}, "on_glucocorticoid", id="more for months treats"),
        pytest.param(replacement(30, 95, 108), {}, "drug_free", id="14 days of it are stress cover"),
        pytest.param(replacement(30, 95, 109), {}, "on_glucocorticoid", id="15 days are not"),
        pytest.param(replacement(30, 95, None), {}, "indeterminate", id="nor is a course of unknown length"),
        pytest.param(replacement(3, drug="prednisolone"), {}, "drug_free", id="prednisolone 3 mg is 12 of it"),
        pytest.param(replacement(3.1, drug="prednisolone"), {}, "on_glucocorticoid", id="3.1 mg is not"),
        pytest.param(
            replacement(12.1), {"replacement_hydrocortisone_mg_per_m2": 13}, "drug_free", id="the limit moves"
        ),
        pytest.param(replacement(15.4, unit="mg"), {}, "drug_free", id="15.4 mg at 40 kg"),
        pytest.param(replacement(15.5, unit="mg"), {}, "on_glucocorticoid", id="15.5 mg at 40 kg"),
    ],
)
def test_replacement_counts_above_its_dose_and_beyond_stress_cover(drug, options, state):
    assert on_day_100(drug, **options)["state"] == state


@pytest.mark.parametrize("purpose", ["crs", "icans", "premedication"])
def test_only_replacement_is_judged_by_its_dose_and_length(purpose):
    dexamethasone = course("P1", "dexamethasone", "glucocorticoid", 60, 200, purpose=purpose, dose=20)

    assert on_day_100(dexamethasone)["state"] == "drug_free"


def test_without_a_weight_the_purpose_is_believed():
    assert on_day_100(replacement(100), weight_kg=None)["state"] == "drug_free"


def ivig(dose, purpose="replacement", *, unit="g/kg"):
    return course("P1", "immunoglobulin", "ivig", 100, 100, purpose=purpose, dose=dose, dose_unit=unit)


@pytest.mark.parametrize(
    ("drug", "options", "state"),
    [
        pytest.param(ivig(0.4), {}, "drug_free", id="0.4 g/kg replaces"),
        pytest.param(ivig(0.4, "infection"), {}, "drug_free", id="against infection"),
        pytest.param(ivig(1), {}, "on_other_treatment", id="1 g/kg treats whatever its purpose"),
        pytest.param(ivig(0.99), {}, "drug_free", id="0.99 g/kg does not"),
        pytest.param(ivig(40, unit="g"), {}, "on_other_treatment", id="40 g at 40 kg are 1 g/kg"),
        pytest.param(ivig(39, unit="g"), {}, "drug_free", id="39 g are not"),
        pytest.param(ivig(1000, unit="mg/kg"), {}, "on_other_treatment", id="1000 mg/kg are"),
        pytest.param(ivig(999, unit="mg/kg"), {}, "drug_free", id="999 mg/kg are not"),
        pytest.param(ivig(40000, unit="mg"), {}, "on_other_treatment", id="40000 mg at 40 kg are"),
        pytest.param(ivig(39000, unit="mg"), {}, "drug_free", id="39000 mg are not"),
        pytest.param(ivig(0.99), {"ivig_immunomodulatory_g_per_kg": 0.9}, "on_other_treatment", id="the limit moves"),
        pytest.param(ivig(0.4, "disease"), {}, "on_other_treatment", id="0.4 g/kg for the disease treats"),
        pytest.param(ivig(0.4, "disease"), {"ivig_rule": "dose"}, "drug_free", id="not if the dose decides"),
        pytest.param(ivig(2), {"ivig_rule": "purpose"}, "drug_free", id="nor 2 g/kg if the purpose does"),
        pytest.param(ivig(None), {}, "drug_free", id="replacement without a dose"),
    ],
)
def test_immunoglobulin_treats_by_purpose_or_dose(drug, options, state):
    assert on_day_100(drug, **options)["state"] == state


@pytest.mark.parametrize(
    ("drug_class", "purpose", "state"),
    [
        pytest.param("csdmard", "disease", "on_immunosuppression", id="for the disease"),
        *[
            pytest.param(name, "disease", "on_immunosuppression", id=f"{name} for the disease")
            for name in ("calcineurin_inhibitor", "jak_inhibitor", "cyclophosphamide", "biologic", "anticytokine")
        ],
        pytest.param("antimalarial", "disease", "on_other_treatment", id="an antimalarial for the disease"),
        pytest.param("gcsf", "other", "drug_free", id="a growth factor"),
        pytest.param("jak_inhibitor", "crs", "drug_free", id="a JAK inhibitor against cytokine release"),
        pytest.param("biologic", "infection", "drug_free", id="an antibody against an infection"),
        pytest.param("csdmard", "premedication", "drug_free", id="premedication"),
        pytest.param("csdmard", "icans", "drug_free", id="against neurotoxicity"),
        pytest.param("csdmard", None, "on_immunosuppression", id="for nobody knows what"),
        pytest.param("csdmard", "other", "on_immunosuppression", id="for something else"),
        pytest.param("anticytokine", "crs", "drug_free", id="against cytokine release"),
        pytest.param("antimalarial", "prophylaxis", "drug_free", id="an antimalarial against malaria"),
        pytest.param("antifibrotic", "disease", "drug_free", id="an antifibrotic"),
        pytest.param("vasodilator", "disease", "drug_free", id="a vasodilator"),
        pytest.param("lymphodepletion", "lymphodepletion", "drug_free", id="lymphodepletion"),
    ],
)
def test_a_drug_counts_unless_class_or_purpose_say_otherwise(drug_class, purpose, state):
    assert on_day_100(course("P1", "some drug", drug_class, 90, 110, purpose=purpose))["state"] == state


def test_administrations_further_apart_than_the_option_are_no_course():
    monthly = [course("P1", "belimumab", "biologic", day, day) for day in (85, 120)]

    assert on_day_100(*monthly)["state"] == "on_immunosuppression"
    assert on_day_100(*monthly, administration_gap_days=34)["state"] == "drug_free"


@pytest.mark.parametrize(
    ("options", "pulse"),
    [pytest.param({}, 0, id="240 mg is no pulse"), pytest.param({"pulse_methylprednisolone_mg": 240}, 300, id="or is")],
)
def test_the_limit_of_a_pulse_is_an_option(options, pulse):
    drug = course("P1", "methylprednisolone", "glucocorticoid", 100, 100, dose=240, route="intravenous")

    assert on_day_100(drug, **options)["pulse_prednisone_mg_per_day"] == pulse


@pytest.mark.parametrize(
    ("courses", "expected"),
    [
        pytest.param([mmf(-400, -14)], (-14, 14, "stopped"), id="stopped two weeks before"),
        pytest.param([mmf(-400, -100), mmf(-50, -20)], (-20, 20, "stopped"), id="the last of two courses"),
        pytest.param([mmf(None, -20)], (-20, 20, "stopped"), id="begun nobody knows when"),
        pytest.param([mmf(-400, 40)], (None, None, "continued"), id="taken over the infusion"),
        pytest.param([mmf(-400, 0)], (None, None, "continued"), id="until the day of it"),
        pytest.param([mmf(-400, None, ongoing=True)], (None, None, "continued"), id="ongoing"),
        pytest.param([mmf(-400, None)], (None, None, "not known"), id="without a last day"),
        pytest.param([mmf(-400, -100), mmf(-50, None)], (None, None, "not known"), id="one course without a last day"),
        pytest.param([mmf(-400, -14), mmf(100, 200)], (-14, 14, "stopped"), id="begun again later"),
        pytest.param([mmf(0, 100)], None, id="begun after the infusion"),
        pytest.param([mmf(-400, -14, purpose="lymphodepletion")], None, id="not for the disease"),
        pytest.param([prednisone(-400, -14, route="topical")], None, id="a cream"),
        pytest.param([course("P1", "bosentan", "vasodilator", -400, -14)], None, id="no treatment of the disease"),
    ],
)
def test_washout_is_the_time_from_the_last_dose_to_the_infusion(courses, expected):
    tables = raw_tables(patients=[patient("P1")], medications=courses)
    found = derive_washout(
        tables["medications"], patients=tables["patients"], assessments=tables["assessments"], design=Design()
    )

    assert list(found.columns) == list(WASHOUT)
    rows = [
        tuple(map(plain, row)) for row in found[["last_dose_day", "washout_days", "status"]].itertuples(index=False)
    ]
    assert rows == ([expected] if expected else [])
