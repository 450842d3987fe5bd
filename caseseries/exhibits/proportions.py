"""Counts of patients with their exact interval, as a cell of a table writes them."""

from __future__ import annotations

from caseseries.estimate.proportions import estimate_proportion
from caseseries.exhibits import format as fmt

METHOD_NAMES = {"clopper-pearson": "exact Clopper-Pearson", "wilson": "Wilson"}


def patients_ci(n_events: int, n: int, *, method: str = "clopper-pearson") -> str:
    """Write patients with an event, all patients, percentage and 95% interval: 6/8 (75%; 35 to 97).

    Of fewer than five patients no percentage is given, but the interval, which says how little they tell.
    """
    if n == 0:
        return fmt.NOT_ESTIMABLE
    found = estimate_proportion(n_events, n, method=method)
    share = fmt.percent(found.estimate, n=n)
    inside = "; ".join(filter(None, [share, fmt.percent_ci(found.ci_low, found.ci_high, n=n)]))
    return f"{n_events:,}/{n:,} ({inside})"
