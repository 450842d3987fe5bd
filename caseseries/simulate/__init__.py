"""A seeded simulator of a CD19 CAR T series in children: mechanism first, published aggregates as conditions.

Drawn, from one random stream for each patient and process: who is treated and when each is seen; CAR T expansion
(Stein 2019) and with its height cytokine release, neurotoxicity and the length of B cell aplasia; marrow under
lymphodepletion (Friberg 2002); infections; local flare-ups; the response of the disease, which complement,
autoantibodies, proteinuria, filtration, strength, enzymes, skin and lungs follow each at its own pace;
immunoglobulins and their replacement; drugs before and after. Only raw rows are written: items, readings, counts.
Adverse events are read off those rows.

Conditioned on, for the first eight children only (``conditions``): ages, follow-up, cytokine release,
neurotoxicity, late haematotoxicity, severe infections, clearance of B cells, remission. Each stage is drawn again
until the eight bear out what was published. Every further child is drawn once; disease, sex and centre keep the
published proportions in every block of eight. A larger cohort begins with the smaller one.
"""

from caseseries.simulate.cohort import DEFAULT_SEED, simulate_cohort
from caseseries.simulate.write import write_cohort

__all__ = ["DEFAULT_SEED", "simulate_cohort", "write_cohort"]
