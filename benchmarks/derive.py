"""Time of the derivations for 8 and for 300 patients, against a floor that is measured in the same run.

Run it from the project folder, on a machine that does nothing else::

    python benchmarks/derive.py

Simulates both cohorts into a temporary folder. The floor is what cannot be saved: reading the raw tables with plain
``pandas.read_csv``, which checks nothing, and writing the derived tables with ``to_csv``. Seconds are those of the
processor (the shortest of some runs) and differ from machine to machine; their ratio to the floor does so much less.
Nothing is asserted.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from caseseries.derive import derive_tables
from caseseries.design import Design
from caseseries.records.check import read_dataset
from caseseries.simulate import DEFAULT_SEED, write_cohort

RUNS_BY_PATIENTS = {8: 5, 300: 2}
"""Number of runs by number of patients, after one that only warms up."""


def measure_seconds(work: Callable[[], object], *, runs: int) -> float:
    """Give the processor time of the fastest of some runs."""
    times = []
    work()
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def read_and_write(folder: Path, derived: dict[str, pd.DataFrame], out: Path) -> None:
    """Do what every pipeline of these tables has to do, and no more."""
    for path in sorted(folder.glob("*.csv")):
        pd.read_csv(path)
    for name, frame in derived.items():
        frame.to_csv(out / f"{name}.csv", index=False)


def main() -> None:
    """Print a line per size of the cohort."""
    print("patients  raw rows  derived rows  derivation (s)  floor (s)  ratio")
    for n_patients, runs in RUNS_BY_PATIENTS.items():
        with tempfile.TemporaryDirectory() as folder:
            raw, out = Path(folder, "raw"), Path(folder, "derived")
            out.mkdir()
            write_cohort(raw, n_patients, seed=DEFAULT_SEED)
            dataset, design = read_dataset(raw), Design({})
            derived = derive_tables(dataset, design=design)
            needed = measure_seconds(lambda: derive_tables(dataset, design=design), runs=runs)  # noqa: B023 (run at once)
            floor = measure_seconds(lambda: read_and_write(raw, derived, out), runs=runs)  # noqa: B023 (run at once)
        n_raw, n_derived = (sum(map(len, tables.values())) for tables in (dataset.tables, derived))
        print(f"{n_patients:8}  {n_raw:8}  {n_derived:12}  {needed:14.2f}  {floor:9.2f}  {needed / floor:5.1f}")


if __name__ == "__main__":
    main()
