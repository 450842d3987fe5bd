"""Everything of lupus that is scored at a visit: raw tables to the table of scores."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from caseseries.derive.lupus.descriptors import derive_descriptors
from caseseries.derive.lupus.index import derive_lupus_index, summarize_activity
from caseseries.derive.lupus.labs import collect_results
from caseseries.derive.lupus.response import derive_lupus_response
from caseseries.derive.lupus.states import derive_lupus_states
from caseseries.derive.shared.scores import as_scores


def derive_lupus(tables: Mapping[str, pd.DataFrame], *, treatment: pd.DataFrame, design: Mapping) -> pd.DataFrame:
    """Derive activity, remission, low activity and response of lupus.

    Parameters
    ----------
    tables : mapping of raw tables
        ``patients``, ``infusions``, ``medications``, ``labs``, ``assessments``, ``vital_signs`` and ``adverse_events``
        are read; each may be empty.
    treatment : DataFrame, one row per patient and interval without a change of drugs
        As ``derive_treatment`` gives it.
    design
        The options of the run.

    Returns
    -------
    DataFrame, one row per patient, visit and measure
        The table of scores with ``SLEDAI_2K``, ``CSLEDAI_2K``, ``SLEDAI_BAND``, ``DORIS``, ``CCR``, ``CCR_0``,
        ``LLDAS``, ``CLLDAS`` and ``MSRI_4``.
    """
    assessments, medications = tables["assessments"], tables["medications"]
    results = collect_results(
        tables["labs"],
        assessments=assessments,
        vital_signs=tables["vital_signs"],
        adverse_events=tables["adverse_events"],
    )
    descriptors = derive_descriptors(
        assessments, labs=results, medications=medications, infusions=tables["infusions"], design=design
    )
    activity = summarize_activity(descriptors)
    index = derive_lupus_index(activity)
    states = derive_lupus_states(
        descriptors,
        activity=activity,
        assessments=assessments,
        patients=tables["patients"],
        treatment=treatment,
        design=design,
    )
    response = derive_lupus_response(
        activity, scores=index, assessments=assessments, medications=medications, design=design
    )
    return as_scores(pd.concat([index, states, response]))
