"""Hand-made follow-up of single patients: states and scores at visits, drugs, and the outcomes made of them."""

from functools import cached_property

import pandas as pd
from cohorts import course, patient, raw_tables

from caseseries.derive.outcomes import derive_outcomes
from caseseries.derive.outcomes.disease_states import derive_disease_states
from caseseries.derive.outcomes.flares import derive_flares
from caseseries.derive.outcomes.remission import derive_remission
from caseseries.derive.outcomes.times import derive_outcome_times
from caseseries.derive.shared.scores import as_scores
from caseseries.derive.shared.windows import add_baseline_and_visit
from caseseries.derive.treatment.medication import derive_treatment
from caseseries.design import Design


def score(measure, values, *, who="P1"):
    """One row per day and value; None is a visit at which the data do not decide."""
    return [
        {
            "patient_id": who, "day": day, "measure": measure, "value": value,
            "status": "indeterminate" if value is None else "complete",
        }
        for day, value in values.items()
    ]  # fmt: skip


def mmf(start_day, end_day, *, who="P1", **facts):
    return course(who, "mycophenolate mofetil", "csdmard", start_day, end_day, dose=1000, **facts)


def prednisone(start_day, end_day, *, who="P1", **facts):
    return course(who, "prednisone", "glucocorticoid", start_day, end_day, dose=facts.pop("dose", 5), **facts)


STOPPED = (mmf(-400, -14), prednisone(-400, 40))
"""Drugs of the worked examples: the last one ends on day 40."""


TREATMENTS = {}


class Followed:
    """Raw tables and scores of some patients, and every derivation of outcomes from them."""

    def __init__(self, scores=(), drugs=STOPPED, *, people=None, visits=(), events=(), assessments=(), **options):
        self.tables = raw_tables(
            patients=people or [patient("P1")],
            medications=list(drugs),
            visits=list(visits),
            adverse_events=list(events),
            assessments=list(assessments),
        )
        self.design = Design(options)
        self.scores = add_baseline_and_visit(
            as_scores(list(scores)), medications=self.tables["medications"], design=self.design
        )
        # Many tests share their drugs, and treatment is the slowest to derive.
        key = repr((list(drugs), people, list(assessments), options))
        if key not in TREATMENTS:
            TREATMENTS[key] = derive_treatment(
                self.tables["medications"],
                patients=self.tables["patients"],
                assessments=self.tables["assessments"],
                design=self.design,
            )
        self.treatment = TREATMENTS[key]

    @cached_property
    def states(self):
        return derive_disease_states(self.scores, tables=self.tables, treatment=self.treatment, design=self.design)

    @cached_property
    def remission(self):
        return derive_remission(self.states, tables=self.tables, treatment=self.treatment, design=self.design)

    @cached_property
    def flares(self):
        return derive_flares(
            self.scores, states=self.states, tables=self.tables, treatment=self.treatment, design=self.design
        )

    @cached_property
    def times(self):
        return derive_outcome_times(
            self.states,
            flares=self.flares,
            patients=self.tables["patients"],
            treatment=self.treatment,
            design=self.design,
        )

    @property
    def outcomes(self):
        return derive_outcomes(self.tables, scores=self.scores, treatment=self.treatment, design=self.design)

    def time(self, endpoint):
        rows = self.times[self.times["endpoint"] == endpoint]
        return None if rows.empty else rows.iloc[0]


def plain(value):
    """The value, None if it is missing."""
    return None if pd.isna(value) else value
