"""Protein in urine: ratios in other units, and urine of 24 hours against the size of the child."""

import pandas as pd
import pytest
from lupus_visits import Scene, derive_measures, derive_response, height, result, row_of, value_of, weight

from caseseries.derive.shared.body import compute_mosteller_m2
from caseseries.records.codebook import read_codebook

V = 183
DAILY = "PROTEIN_24H_PER_M2"


@pytest.mark.parametrize(
    ("mg_per_g", "mg_per_mmol"), [(500, 56.6), (700, 79.2), (3000, 339.4), (3500, 395.9), (442, 50.0), (468.5, 53.0)]
)
def test_a_limit_in_mg_per_g_is_this_in_mg_per_mmol(mg_per_g, mg_per_mmol):
    """Creatinine weighs 113.12 g/mol, so mg/mmol x 8.84 = mg/g; 500 mg/g are 56.6 and not the rounded 50 mg/mmol."""
    factor = float(read_codebook().tests["UPCR"].factors["mg/mmol"])

    assert mg_per_g / factor == pytest.approx(mg_per_mmol, abs=0.05)


def test_the_surface_by_mosteller():
    """sqrt(140 cm x 35 kg / 3600) = 1.1667 m2, by hand."""
    assert compute_mosteller_m2(pd.Series([140.0]), pd.Series([35.0]))[0] == pytest.approx(1.1667, abs=5e-5)


BODY = [*height(V, 140), *weight(V, 35)]
COLLECTED = {
    "0.35 g over 1.1667 m2": (Scene(BODY, [result(V, "URINE_PROTEIN_24H", 0.35)]), 300.0, "complete", None),
    "a bound": (Scene(BODY, [result(V, "URINE_PROTEIN_24H", "<0.35")]), 300.0, "partial", None),
    "an old height": (
        Scene([*height(V - 91, 140), *weight(V, 35)], [result(V, "URINE_PROTEIN_24H", 0.35)]), 300.0, "partial", None,
    ),
    "no height": (Scene(weight(V, 35), [result(V, "URINE_PROTEIN_24H", 0.35)]), None, "indeterminate", "HEIGHT_CM"),
    "no size at all": (
        Scene([], [result(V, "URINE_PROTEIN_24H", 0.35)], facts={"weight_kg": None}),
        None, "indeterminate", "HEIGHT_CM; WEIGHT_KG",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def collected():
    return derive_measures({name: case[0] for name, case in COLLECTED.items()})


@pytest.mark.parametrize("name", COLLECTED)
def test_urine_of_24_hours_is_told_per_square_metre(collected, name):
    _, value, status, missing = COLLECTED[name]

    row = row_of(collected, name, DAILY, V)

    assert value_of(collected, name, DAILY, V) == (None if value is None else pytest.approx(value))
    assert (row["unit"], row["status"]) == ("mg/m2/day", status)
    assert (None if pd.isna(row["missing_items"]) else row["missing_items"]) == missing


KDIGO = {"renal_response_definition": "KDIGO_2024", "renal_response_egfr_equation": "EGFR_SCHWARTZ"}


def nephritis(upcr, daily=None):
    """Ratio 2400 mg/g before, 140 cm and 35 kg, a kidney that filters as before; g/day collected on the same day."""
    labs = [result(-8, "UPCR", 2400), result(-8, "CREAT", 0.5), result(V, "UPCR", upcr), result(V, "CREAT", 0.5)]
    labs += [] if daily is None else [result(V, "URINE_PROTEIN_24H", daily)]
    return Scene([*height(-8, 140), *BODY], labs, facts={"organs": "kidney"})


@pytest.mark.parametrize(
    ("rule", "daily", "by_ratio_450", "by_ratio_800"),
    [
        pytest.param("ratio", 1.0, 2, 1, id="the ratio alone"),
        pytest.param("300_mg_per_m2", 0.349, 2, 2, id="299 mg/m2 is below 300"),
        pytest.param("300_mg_per_m2", 0.35, 1, 1, id="300 mg/m2 is not"),
        pytest.param("500_mg_per_1_73_m2", 0.337, 2, 2, id="499.7 mg/1.73 m2 is below 500"),
        pytest.param("500_mg_per_1_73_m2", 0.338, 1, 1, id="501.2 mg/1.73 m2 is not"),
        pytest.param("2_mg_per_kg", 0.069, 2, 2, id="1.97 mg/kg is below 2"),
        pytest.param("2_mg_per_kg", 0.07, 1, 1, id="2 mg/kg is not"),
        pytest.param("2_mg_per_kg", None, 2, 1, id="without a collection the ratio decides"),
    ],
)
def test_the_limit_of_children_by_kdigo_is_an_option(rule, daily, by_ratio_450, by_ratio_800):
    """KDIGO 2024 on children is quoted in three ways; 140 cm and 35 kg are 1.1667 m2."""
    scenes = {"450": nephritis(450, daily), "800": nephritis(800, daily)}

    made = derive_response(scenes, **KDIGO, kdigo_proteinuria_rule=rule)
    others = derive_response(scenes, renal_response_egfr_equation="EGFR_SCHWARTZ", kdigo_proteinuria_rule=rule)

    assert [value_of(made, name, "RENAL_RESPONSE", V) for name in scenes] == [by_ratio_450, by_ratio_800]
    assert [value_of(others, name, "RENAL_RESPONSE", V) for name in scenes] == [2, 1]
