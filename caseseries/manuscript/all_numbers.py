"""Every number of the text: derived tables to one table of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import pandas as pd

from caseseries.exhibits.forms.provenance import NAME, find_inputs
from caseseries.manuscript.activity import estimate_activity, estimate_organs, estimate_states
from caseseries.manuscript.cells import estimate_b_cells, estimate_kinetics
from caseseries.manuscript.cohort import count_cohort, count_methods, count_product, estimate_followed
from caseseries.manuscript.number import as_numbers
from caseseries.manuscript.safety import estimate_events, estimate_toxicities
from caseseries.manuscript.source import Tables
from caseseries.manuscript.treatment import estimate_remission, estimate_treatment

SUBJECTS = (
    count_methods,
    count_cohort,
    count_product,
    estimate_followed,
    estimate_toxicities,
    estimate_events,
    estimate_kinetics,
    estimate_b_cells,
    estimate_activity,
    estimate_states,
    estimate_organs,
    estimate_treatment,
    estimate_remission,
)


def estimate_numbers(derived: Mapping[str, pd.DataFrame], *, design: Mapping) -> pd.DataFrame:
    """Estimate every number that the text of the results can print.

    Parameters
    ----------
    derived
        The tables of ``caseseries.derive.DERIVED`` by name.
    design
        The options of the run; they name the rules by which B cells have returned and organs are abnormal.

    Returns
    -------
    DataFrame, one row per number
        The columns of ``NUMBERS``. The keys are the same for every data set; a number that a data set cannot give has
        no value, and ``reason`` says why.
    """
    tables = Tables(derived)
    numbers = as_numbers(chain.from_iterable(subject(tables, design) for subject in SUBJECTS))
    numbers.attrs[NAME] = find_inputs(derived.values())
    return numbers
