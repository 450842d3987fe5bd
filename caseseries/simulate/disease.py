"""One child's disease after the infusion: results and assessments that belong together on each day."""

from __future__ import annotations

from dataclasses import dataclass

from caseseries.simulate.activity import Activity, Licats, draw_activity
from caseseries.simulate.chemistry import CHEMISTRY_DAYS, chemistry_labs
from caseseries.simulate.counts import Counts
from caseseries.simulate.infections import Infection
from caseseries.simulate.lupus import draw_lupus, lupus_assessments, lupus_labs
from caseseries.simulate.myositis import draw_myositis, myositis_assessments
from caseseries.simulate.patients import Patient
from caseseries.simulate.reactions import Reaction
from caseseries.simulate.rows import item, result
from caseseries.simulate.sclerosis import draw_lungs, draw_sclerosis, lung_assessments, sclerosis_assessments
from caseseries.simulate.serology import autoantibody_labs
from caseseries.simulate.streams import stream
from caseseries.simulate.visits import Visit, visit_days


@dataclass(frozen=True)
class Child:
    """What is settled of one child before its disease is drawn."""

    patient: Patient
    visits: list[Visit]
    flow_days: list[int]
    reaction: Reaction
    counts: Counts
    infections: list[Infection]
    licats: Licats | None

    @property
    def seen_days(self) -> list[int]:
        """The days of assessment: baseline and visits."""
        return [self.patient.baseline_day, *visit_days(self.visits)]


@dataclass(frozen=True)
class Disease:
    """The course of the disease with the rows that show it."""

    activity: Activity
    labs: list[dict]
    assessments: list[dict]


def draw_disease(child: Child, seed: int, attempt: int) -> Disease:
    """Draw the response, and from it the results and assessments of every day on which the child was seen."""
    patient, days = child.patient, child.seen_days

    def rng(process: str):
        return stream(seed, patient.number, process, attempt)

    drawing = rng("disease")
    activity = draw_activity(patient, child.licats, drawing)
    observing = rng("observations")
    lupus = draw_lupus(patient, activity, drawing) if patient.disease == "SLE" else None
    myositis = draw_myositis(drawing) if patient.disease == "JDM" else None
    sclerosis = draw_sclerosis(drawing) if patient.disease == "SSc" else None
    lungs = draw_lungs(patient, drawing)
    chemistry_days = sorted({*days, *CHEMISTRY_DAYS})
    labs = autoantibody_labs(patient, days, rng("serology"))
    labs += chemistry_labs(patient, myositis, activity, child.reaction, chemistry_days, rng("chemistry"))
    assessments = []
    if lupus:
        labs += lupus_labs(patient, lupus, activity, days, observing)
        counts = [result(patient, day, test, child.counts.on(day, test)) for day in days for test in ("WBC", "PLT")]
        known = {(row["day"], row["test"]): row for row in labs + counts}
        fevers = [child.reaction.crs, *(infection.fever for infection in child.infections)]
        fever_days = {day for fever in fevers if fever for day in range(fever.start_day, fever.end_day + 1)}
        assessments += lupus_assessments(patient, lupus, activity, known, days, fever_days, observing)
    if myositis:
        assessments += myositis_assessments(patient, myositis, activity, days, observing)
    if sclerosis:
        assessments += sclerosis_assessments(patient, sclerosis, activity, days, observing)
    if lungs:
        assessments += lung_assessments(patient, lungs, activity, days, observing)
    for day in days:
        weight = round(patient.weight_kg(day) + float(observing.uniform(-0.3, 0.3)), 1)
        assessments.append(item(patient, day, "BODY", "HEIGHT_CM", patient.height_cm(day)))
        assessments.append(item(patient, day, "BODY", "WEIGHT_KG", weight))
    return Disease(activity, labs, assessments)
