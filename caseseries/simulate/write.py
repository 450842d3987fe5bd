"""The simulated cohort on disk: raw tables and dataset.toml, the same bytes for the same seed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from caseseries.records.dataset import About, write_dataset
from caseseries.records.landing import landing
from caseseries.simulate.cohort import DEFAULT_SEED, simulate_cohort
from caseseries.simulate.patients import BLOCK


def describe_cohort(n_patients: int, seed: int) -> About:
    """Say in dataset.toml what the data are: drawn by a program, of nobody."""
    return About(
        title=f"Synthetic cohort of {n_patients} children after CD19 CAR T cells",
        kind="synthetic",
        source=f"Drawn by the simulator of this package with seed {seed}; no row belongs to a person.",
        licence="CC BY 4.0",
        contact="By an issue in the project's repository.",
        data_cut="Last contact of each patient, 9 to 24 months after infusion.",
        notes=(
            "The first eight children bear out the aggregates published by Becilli et al., Nature Medicine 2026.",
            "All other values are drawn and say nothing of the children who were treated.",
        ),
    )


def write_cohort(folder: Path, n_patients: int = BLOCK, *, seed: int = DEFAULT_SEED) -> Path:
    """Draw a cohort and write it as a data set, all of its files or none.

    Returns
    -------
    Path
        The folder, which then holds nine CSV files and dataset.toml.
    """
    tables = {name: _as_text(frame) for name, frame in simulate_cohort(n_patients, seed=seed).items()}
    with landing(folder) as new:
        write_dataset(tables, describe_cohort(n_patients, seed), new)
    return Path(folder)


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Write numbers as a laboratory prints them: 34 rather than 34.0."""
    numbers = frame.select_dtypes("float64").columns
    return frame.assign(
        **{code: [("" if pd.isna(value) else f"{value:.10g}") for value in frame[code]] for code in numbers}
    )
