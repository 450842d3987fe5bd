"""Numbers of treatment: glucocorticoid before and after, time without drugs, remission without drugs, flares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from caseseries.derive.outcomes.visit_outcomes import LAST
from caseseries.design import DAYS_PER_MONTH
from caseseries.manuscript.families import (
    About,
    estimate_change,
    estimate_share,
    estimate_time,
    summarize_middle,
)
from caseseries.manuscript.number import Number
from caseseries.manuscript.source import Tables

SHOWN = "immunosuppression"
DOSE = "prednisone_mg_per_day"


def estimate_treatment(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Estimate the dose of glucocorticoid before and after, and who was free of which drugs."""
    before, last = tables.where("patients").known(DOSE), tables.where("treatment").last().known(DOSE)
    dose = "Prednisone equivalent"
    about = About("glucocorticoid.before", f"{dose} before treatment", SHOWN, f"patients:{DOSE}, recorded")
    yield from summarize_middle(about, before, DOSE, unit="mg/day", decimals=1)
    about = About("glucocorticoid.taken_before", "Glucocorticoid before treatment", SHOWN, f"patients:{DOSE}, recorded")
    yield from estimate_share(about, before.step(f"{DOSE} > 0"), before)
    about = About("glucocorticoid.last", f"{dose} at last contact", SHOWN, "treatment, dose known at last contact")
    yield from summarize_middle(about, last, DOSE, unit="mg/day", decimals=1)
    about = About(
        "glucocorticoid.taken_last", "Glucocorticoid at last contact", SHOWN, "treatment, dose known at last contact"
    )
    yield from estimate_share(about, last.step(f"{DOSE} > 0"), last)
    doses = (source.rows.set_index("patient_id")[DOSE] for source in (before, last))
    pairs = pd.concat(doses, axis=1, join="inner", keys=["before", "last"])
    about = About(
        "glucocorticoid.change", f"Fall of {dose.lower()}", SHOWN, "treatment, dose known before and at last contact"
    )
    yield from estimate_change(about, last, pairs["before"], pairs["last"], unit="mg/day")
    known = tables.where("patients").known("state_at_last_contact")
    about = About(
        "drug_free.at_last_contact", "Free of drugs at last contact", SHOWN, "patients:state_at_last_contact, recorded"
    )
    yield from estimate_share(about, known.step("state_at_last_contact == 'drug_free'"), known)
    about = About(
        "drug_free.months", "Time without drugs until last contact", SHOWN, "patients:drug_free_days, recorded"
    )
    yield from summarize_middle(
        about, tables.where("patients"), "drug_free_days", unit="months", decimals=1, scale=DAYS_PER_MONTH
    )
    about = About(
        "drug_free.start", "Day from which no drug was taken", SHOWN, "patients:drug_free_start_day, recorded"
    )
    yield from summarize_middle(about, tables.where("patients"), "drug_free_start_day", unit="day")


def estimate_remission(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Estimate sustained remission, when remission began and how long it lasted, improvement, and flares."""
    shown = "outcomes"
    outcome = "SUSTAINED_REMISSION"
    base = tables.where("visit_outcomes", f"outcome == '{outcome}' and visit == '{LAST}'", "status == 'assessed'")
    line = f"visit_outcomes:{outcome}, assessed at {LAST}"
    about = About("remission.sustained", "Sustained remission without drugs", shown, line)
    yield from estimate_share(about, base.step("is_met"), base)
    about = About(
        "remission.duration", "Duration of the remission that lasted until the last visit", shown,
        "patients:remission_duration_days, recorded",
    )  # fmt: skip
    yield from summarize_middle(
        about, tables.where("patients"), "remission_duration_days", unit="months", decimals=1, scale=DAYS_PER_MONTH
    )
    first = tables.where("time_to_event", "endpoint == 'DRUG_FREE_REMISSION'")
    about = About(
        "remission.time", "Time to remission without drugs", shown, "time_to_event:DRUG_FREE_REMISSION, has a row"
    )
    yield from estimate_time(about, first, unit="months", decimals=1, scale=DAYS_PER_MONTH)
    known = tables.where("patients").known("is_improved")
    about = About(
        "improved", "Lower disease activity at the last visit than at baseline", shown, "patients:is_improved, recorded"
    )
    yield from estimate_share(about, known.step("is_improved"), known)
    both = known.step("is_in_remission_at_last_visit.notna()")
    about = About(
        "improved_without_remission", "Improved, not in remission at the last visit", shown,
        "patients, improvement and remission known",
    )  # fmt: skip
    yield from estimate_share(about, both.step("is_improved and not is_in_remission_at_last_visit"), both)
    known = tables.where("patients").known("flare_count")
    about = About("flares", "Flare after infusion", "swimmer", "patients:flare_count, recorded")
    yield from estimate_share(about, known.step("flare_count > 0"), known)
