"""Random streams: one for each patient, process and attempt, so that no draw disturbs another."""

from __future__ import annotations

import numpy as np

PROCESSES = (
    "composition",
    "traits",
    "visits",
    "reaction",
    "marrow",
    "blood",
    "infections",
    "licats",
    "immunoglobulin",
    "disease",
    "observations",
    "checks",
    "inflammation",
    "serology",
    "chemistry",
    "past_drugs",
    "care",
    "product",
    "samples",
)


def stream(seed: int, number: int, process: str, attempt: int = 0) -> np.random.Generator:
    """Give the generator of one process of one patient (or one block of patients).

    The spawn key names the place in the tree of seeds, which is what ``SeedSequence.spawn`` does by counting;
    naming it means that a patient or process more leaves all the others as they were.
    """
    key = (number, PROCESSES.index(process), attempt)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def bounded_normal(rng: np.random.Generator, mean: float, sd: float, low: float, high: float) -> float:
    """Draw from a normal distribution cut off at two bounds."""
    while True:
        value = float(rng.normal(mean, sd))
        if low <= value <= high:
            return value


def bounded_lognormal(rng: np.random.Generator, median: float, log_sd: float, low: float, high: float) -> float:
    """Draw from a lognormal distribution, given by its median, cut off at two bounds."""
    return float(np.exp(bounded_normal(rng, np.log(median), log_sd, np.log(low), np.log(high))))


def happens(rng: np.random.Generator, probability: float) -> bool:
    """Draw whether something with this probability happens."""
    return bool(rng.random() < probability)
