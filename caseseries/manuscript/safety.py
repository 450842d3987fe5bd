"""Numbers of safety: toxicities by derived grade, infections by time, immunoglobulin, deaths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from caseseries.exhibits import format as fmt
from caseseries.manuscript.families import About, estimate_rate, estimate_share, summarize_middle
from caseseries.manuscript.number import Number
from caseseries.manuscript.source import Tables

TOXICITIES = {
    "crs": ("CRS", "Cytokine release syndrome", "safety"),
    "icans": ("ICANS", "ICANS", "safety"),
    "icaht_early": ("ICAHT_EARLY", "Early ICAHT", "cytopenia"),
    "icaht_late": ("ICAHT_LATE", "Late ICAHT", "cytopenia"),
    "t_icaht_early": ("T_ICAHT_EARLY", "Early thrombocytopenic ICAHT", "cytopenia"),
    "t_icaht_late": ("T_ICAHT_LATE", "Late thrombocytopenic ICAHT", "cytopenia"),
    "licats": ("LICATS", "LICATS", "safety"),
    "iec_hs": ("IEC_HS", "IEC-HS", "safety"),
    "infection": ("INFECTION", "Infection", "immunity"),
}
"""Toxicity, words and exhibit by the first word of the keys."""

LEVELS = {
    "any": ("grade >= 1", "any grade"),
    "grade_one": ("grade == 1", "worst grade 1"),
    "grade_two": ("grade == 2", "worst grade 2"),
    "severe": ("grade >= 3", "grade 3 or more"),
}
WINDOWS = ("early", "middle", "late", "after")


def estimate_toxicities(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Estimate the share of patients with each toxicity; describe its onset and duration."""
    for key, (toxicity, label, exhibit) in TOXICITIES.items():
        base = tables.where("grades", f"toxicity == '{toxicity}'").known("grade")
        known = f"grades:{toxicity}, grade known"
        for name, (step, words) in LEVELS.items():
            yield from estimate_share(
                About(f"{key}.{name}", f"{label}, {words}", exhibit, known), base.step(step), base
            )
        worst = float(base.rows["grade"].max()) if base.n else None
        about = About(key, f"{label}, worst grade of all", exhibit, known)
        yield about.number("worst", worst, fmt.number(worst), source=base, n=base.n, unit="grade", method="maximum")
        had = base.step("grade >= 1")
        for name, column, what, unit in (
            ("onset", "onset_day", "first day", "day"),
            ("duration", "duration_days", "duration", "days"),
        ):
            about = About(f"{key}.{name}", f"{label}, {what}", exhibit, f"grades:{toxicity}, {name} known")
            yield from summarize_middle(about, had, column, unit=unit)


def estimate_events(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Estimate what was recorded or given: tocilizumab, immunoglobulin, serious events, infections by time."""
    base = tables.where("grades", "toxicity == 'CRS'").known("grade")
    given = tables.where("events", "category == 'crs' and treatment.str.contains('tocilizumab')")
    yield from estimate_share(
        About("crs.tocilizumab", "Tocilizumab for cytokine release syndrome", "safety", "grades:CRS, grade known"),
        given,
        base,
    )
    for key, category, label in (
        ("hypogammaglobulinaemia", "hypogammaglobulinaemia", "Hypogammaglobulinaemia as recorded"),
        ("late_cytopenia", "late_cytopenia", "Late cytopenia as recorded"),
    ):
        own = tables.where("worst_grades", f"category == '{category}'")
        about = About(
            key, label, "immunity" if key.startswith("hypo") else "cytopenia", f"worst_grades:{category}, has a row"
        )
        yield from estimate_share(about, own.step("n_events > 0"), own)
    has_events = tables.where("worst_grades")
    serious = tables.where("events", "is_treatment_emergent and is_serious")
    yield from estimate_share(
        About("serious", "Serious event", "safety", "worst_grades, has a row"), serious, has_events
    )
    treated = tables.where("treatment")
    ivig = tables.where("milestones", "mark == 'ivig'")
    about = About("ivig", "Immunoglobulin after infusion", "immunity", "treatment, has a row")
    yield from estimate_share(about, ivig, treated)
    doses = len(ivig.rows) if treated.n else None
    yield about.number(
        "doses",
        doses,
        fmt.number(doses),
        source=ivig,
        n=treated.n,
        unit="administrations",
        method="count",
        label="administrations",
    )
    yield from _infections(tables)


def _infections(tables: Tables) -> Iterator[Number]:
    rates = tables.where("infection_rates", "pathogen_class == 'all'")
    names = [name for name in rates.rows["window"] if name != "all"]
    windows = dict(zip(WINDOWS, names, strict=False)) if names else dict.fromkeys(WINDOWS)
    for key, window in {**windows, "all": "all"}.items():
        own = rates.step(f"window == '{window}'")
        n = int(own.rows["n_patients"].sum())
        days = _days(own.rows)
        about = About(f"infections.{key}", f"Infections, {days}", "immunity", f"infection_rates:{window}, at risk")
        yield from estimate_rate(about, own, n=n)
        infected = int(own.rows["n_patients_infected"].sum()) if n else None
        yield about.number(
            "patients",
            infected,
            fmt.number(infected),
            source=own,
            n=n,
            unit="patients",
            method="count",
            label="patients infected",
        )
        for column, words in (("first_day", "first day of the window"), ("last_day", "last day of the window")):
            value = own.rows[column].iloc[0] if len(own.rows) and own.rows[column].notna().all() else None
            value = None if value is None else float(value)
            yield about.number(
                column,
                value,
                fmt.number(value),
                source=own,
                n=n,
                unit="day",
                method="design",
                label=words,
                reason="the window is open",
            )


def _days(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "not recorded"
    first, last = rows["first_day"].iloc[0], rows["last_day"].iloc[0]
    return f"from day {first} on" if pd.isna(last) else f"days {first} to {last}"
