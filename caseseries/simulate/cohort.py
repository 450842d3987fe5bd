"""The cohort: stages drawn one after the other, and the nine raw tables written from what was drawn."""

from __future__ import annotations

from functools import partial

import pandas as pd

from caseseries.errors import UsageError
from caseseries.records.codebook import read_codebook
from caseseries.simulate.activity import draw_licats
from caseseries.simulate.care import conditioning, infusion_row, later_care, reaction_drugs, steroid_taper
from caseseries.simulate.cells import cell_labs, draw_flow_days
from caseseries.simulate.chemistry import inflammation_labs
from caseseries.simulate.conditions import (
    PUBLISHED,
    Conditions,
    ages_stand,
    counts_stand,
    follow_up_stands,
    infections_stand,
    outcome,
    outcomes_stand,
    reactions_stand,
    settle,
)
from caseseries.simulate.counts import draw_counts
from caseseries.simulate.disease import Child, Disease, draw_disease
from caseseries.simulate.events import cytopenia_events, organ_events, reaction_events, symptom_events
from caseseries.simulate.infections import draw_infections, infection_drugs
from caseseries.simulate.past_drugs import past_drugs, past_steroids
from caseseries.simulate.patients import BLOCK, Patient, enrol_block
from caseseries.simulate.reactions import check_neurology, draw_reaction, observe
from caseseries.simulate.serology import draw_immunoglobulins, immunoglobulin_labs
from caseseries.simulate.streams import happens, stream
from caseseries.simulate.visits import draw_visits, visit_days, visit_rows

DEFAULT_SEED = 111
VACCINE_VISITS = ("M3", "M6", "M12", "M24")
SKIPPED_SHARE = 0.04
SORTED_BY = {
    "medications": ["start_day", "drug"],
    "labs": ["day", "test"],
    "assessments": ["day", "place"],
    "adverse_events": ["start_day", "term"],
}


def simulate_cohort(n_patients: int = BLOCK, *, seed: int = DEFAULT_SEED) -> dict[str, pd.DataFrame]:
    """Draw a cohort.

    Parameters
    ----------
    n_patients
        Number of children, at least 1.
    seed
        Any whole number from 0; the same seed gives the same cohort. A larger cohort begins with the smaller one.

    Returns
    -------
    dict of DataFrame
        The raw tables by name, with the columns of data/codebook.csv in the form in which they are written:
        ``yes`` and ``no``, lists separated by semicolons, missing where empty.

    Raises
    ------
    UsageError
        If there is no child to draw, or the seed is negative.
    """
    if n_patients < 1 or seed < 0:
        raise UsageError(f"a cohort must have 1 patient or more and a seed from 0, not {n_patients} and {seed}.")
    children: list[tuple[Child, Disease]] = []
    for block in range(-(-n_patients // BLOCK)):
        children += _draw_block(seed, block, PUBLISHED if block == 0 else None)
    rows: dict[str, list[dict]] = {name: [] for name in read_codebook().tables}
    for child, disease in children[:n_patients]:
        for name, of_child in _write_down(child, disease, seed).items():
            rows[name] += of_child
    width = 1 if n_patients < 10 else max(3, len(str(n_patients)))
    return {name: _frame(name, table, width) for name, table in rows.items()}


def _draw_block(seed: int, block: int, conditions: Conditions | None) -> list[tuple[Child, Disease]]:
    """Draw eight children stage by stage; under conditions a stage is drawn again until it stands."""

    def under(rule):
        return partial(rule, conditions=conditions) if conditions else None

    patients = enrol_block(seed, block, accept=(under(ages_stand), under(follow_up_stands)) if conditions else None)

    def each(process: str, draw, *others):
        return lambda attempt: [
            draw(patient, *given, stream(seed, patient.number, process, attempt))
            for patient, *given in zip(patients, *others, strict=True)
        ]

    visits = each("visits", draw_visits)(0)
    seen = [visit_days(of_patient) for of_patient in visits]
    flow = each("samples", draw_flow_days, seen)(0)
    known = [sorted({*days, *flow_days}) for days, flow_days in zip(seen, flow, strict=True)]
    reactions = settle(each("reaction", draw_reaction), under(reactions_stand))
    counts = settle(each("marrow", draw_counts, reactions, known), under(counts_stand))
    infections = settle(each("infections", draw_infections, reactions), under(infections_stand))
    licats = each("licats", draw_licats)(0)
    children = [
        Child(*drawn) for drawn in zip(patients, visits, flow, reactions, counts, infections, licats, strict=True)
    ]

    def outcomes_accepted(diseases: list[Disease]) -> bool:
        found = [
            outcome(child.patient, disease.assessments, {(row["day"], row["test"]): row for row in disease.labs})
            for child, disease in zip(children, diseases, strict=True)
        ]
        is_free = not any(disease.activity.is_partial for disease in diseases)
        return is_free and outcomes_stand(found, conditions=conditions)

    diseases = settle(
        lambda attempt: [draw_disease(child, seed, attempt) for child in children],
        outcomes_accepted if conditions else None,
    )
    return list(zip(children, diseases, strict=True))


def _write_down(child: Child, disease: Disease, seed: int) -> dict[str, list[dict]]:
    """Write the rows of one child."""
    patient, reaction = child.patient, child.reaction
    seen = child.seen_days

    def rng(process: str):
        return stream(seed, patient.number, process)

    drugs = past_drugs(patient, rng("past_drugs"))
    caring = rng("care")
    steroids = past_steroids(patient, caring)
    earlier = [(row["start_day"], row["daily_dose"]) for row in drugs if row["drug_class"] == "ivig"]
    immunoglobulins = draw_immunoglobulins(patient, reaction, earlier, rng("immunoglobulin"))
    drugs += steroids
    drugs += conditioning(patient, caring)
    drugs += reaction_drugs(patient, reaction, child.counts, caring)
    drugs += steroid_taper(patient, steroids[-1], caring)
    drugs += later_care(patient, disease.activity, immunoglobulins.replacement_days, caring)
    drugs += infection_drugs(patient, child.infections)

    vaccine_days = [patient.baseline_day]
    vaccine_days += [v.actual_day for v in child.visits if v.name in VACCINE_VISITS and v.actual_day is not None]
    labs = disease.labs + cell_labs(patient, reaction, child.counts, child.flow_days, rng("blood"))
    labs += inflammation_labs(patient, reaction, disease.activity, seen, rng("inflammation"))
    labs += immunoglobulin_labs(patient, immunoglobulins, seen, vaccine_days, rng("immunoglobulin"))

    fevers = [infection.fever for infection in child.infections if infection.fever]
    vital_signs = observe(patient, reaction, fevers, seen[1:], rng("observations"))
    neuro_checks = check_neurology(patient, reaction, seen[1:], rng("checks"))
    events = reaction_events(patient, vital_signs, neuro_checks, drugs)
    events += symptom_events(patient, caring)
    events += cytopenia_events(patient, labs, drugs)
    events += organ_events(patient, child.licats, child.infections, labs, immunoglobulins.replacement_days, drugs)
    return {
        "patients": [_patient_row(patient)],
        "infusions": [infusion_row(patient, rng("product"))],
        "medications": drugs,
        "labs": labs,
        "assessments": _with_gaps(disease.assessments, seen, rng("samples")),
        "vital_signs": vital_signs,
        "neuro_checks": neuro_checks,
        "adverse_events": events,
        "visits": visit_rows(patient, child.visits),
    }


def _patient_row(patient: Patient) -> dict:
    return {
        "number": patient.number,
        "disease": patient.disease,
        "sex": patient.sex,
        "age_years": patient.age_years,
        "centre": patient.centre,
        "disease_duration_years": patient.duration_years,
        "weight_kg": patient.weight_kg(0),
        "organs": "; ".join(patient.organs),
        "developmental_delay": "yes" if patient.has_delay else "no",
        "last_contact_day": patient.last_contact_day,
        "death_day": None,
    }


def _with_gaps(assessments: list[dict], seen: list[int], rng) -> list[dict]:
    """Leave a few items empty, as charts have them; never at baseline or at the last visit."""
    gaps = set()
    for day in seen[1:-1]:
        instruments = sorted({row["instrument"] for row in assessments if row["day"] == day} - {"BODY"})
        for instrument in instruments:
            if happens(rng, SKIPPED_SHARE):
                codes = [row["item"] for row in assessments if (row["day"], row["instrument"]) == (day, instrument)]
                gaps.add((day, instrument, codes[int(rng.integers(len(codes)))]))
    return [
        row | {"score": None, "attributable": ""} if (row["day"], row["instrument"], row["item"]) in gaps else row
        for row in assessments
    ]


def _frame(name: str, rows: list[dict], width: int) -> pd.DataFrame:
    """Give the rows of one table as a frame with the codebook's columns and types."""
    columns = read_codebook().tables[name]
    frame = pd.DataFrame(rows)
    frame.insert(0, "patient_id", [f"SYN-{number:0{width}d}" for number in frame["number"]])
    frame["place"] = range(len(frame))
    frame = frame.sort_values(["number", *SORTED_BY.get(name, ["place"]), "place"], kind="stable", ignore_index=True)
    frame = frame[[code for code in columns if code in frame.columns]].copy()
    for code in frame.columns:
        match columns[code].type:
            case "integer":
                frame[code] = frame[code].astype("Int64")
            case "number":
                frame[code] = frame[code].astype("float64")
    return frame
