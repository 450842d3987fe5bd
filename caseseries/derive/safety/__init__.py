"""All toxicities together: raw tables to the tables of grades, laboratory grades, infections and candidates."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.safety.cytokine_release import derive_crs
from caseseries.derive.safety.cytopenia import derive_icaht
from caseseries.derive.safety.grades import as_grades
from caseseries.derive.safety.iec_hs import derive_iec_hs, derive_iec_hs_candidates
from caseseries.derive.safety.infections import count_infections, derive_infection_grades, derive_infections
from caseseries.derive.safety.lab_grades import (
    count_lab_shifts,
    derive_lab_grades,
    derive_lab_shifts,
    derive_worst_lab_grades,
)
from caseseries.derive.safety.licats import derive_licats, derive_licats_candidates
from caseseries.derive.safety.neurotoxicity import derive_icans


def derive_safety(
    tables: Mapping[str, pd.DataFrame], *, time_to_event: pd.DataFrame, design: Mapping
) -> dict[str, pd.DataFrame]:
    """Derive every table of toxicity.

    Parameters
    ----------
    tables
        All raw tables; each may be empty.
    time_to_event : DataFrame, one row per patient and endpoint
        Depletion and return of B cells as ``derive_b_cell_times`` gives them.
    design
        The options of the run.

    Returns
    -------
    dict of DataFrame
        ``grades`` (one row per patient and toxicity: CRS, ICANS, ICAHT_EARLY, ICAHT_LATE, T_ICAHT, T_ICAHT_EARLY,
        T_ICAHT_LATE, LICATS, IEC_HS, INFECTION and the ``CTCAE:`` ones); ``lab_grades`` (per result and toxicity);
        ``lab_shifts``; ``infections``; ``infection_rates``; ``licats_candidates``; ``iec_hs_candidates``.
    """
    who = {"patients": tables["patients"], "infusions": tables["infusions"]}
    labs, events, medications = tables["labs"], tables["adverse_events"], tables["medications"]
    licats = derive_licats_candidates(
        **who,
        adverse_events=events,
        assessments=tables["assessments"],
        labs=labs,
        medications=medications,
        time_to_event=time_to_event,
        design=design,
    )
    iec_hs = derive_iec_hs_candidates(
        labs, infusions=tables["infusions"], medications=medications, adverse_events=events, design=design
    )
    lab_grades = derive_lab_grades(labs, medications=medications, design=design)
    shifts = derive_lab_shifts(lab_grades, patients=tables["patients"])
    grades = [
        derive_crs(tables["vital_signs"], **who, medications=medications, adverse_events=events, design=design),
        derive_icans(tables["neuro_checks"], **who, adverse_events=events, design=design),
        derive_icaht(labs, **who, medications=medications, design=design),
        derive_licats(events, candidates=licats, **who),
        derive_iec_hs(events, candidates=iec_hs, **who),
        derive_infection_grades(events, patients=tables["patients"]),
        derive_worst_lab_grades(lab_grades, patients=tables["patients"]),
    ]
    return {
        "grades": as_grades(pd.concat(grades)),
        "lab_grades": lab_grades,
        "patient_lab_shifts": shifts,
        "lab_shifts": count_lab_shifts(shifts),
        "infections": derive_infections(events, patients=tables["patients"], design=design),
        "infection_rates": count_infections(events, patients=tables["patients"], design=design),
        "licats_candidates": licats,
        "iec_hs_candidates": iec_hs,
    }
