"""Numbers of the cohort: who was treated, with what product, and how long the follow-up is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from caseseries.design import DAYS_PER_MONTH, DAYS_PER_YEAR
from caseseries.estimate import estimate_follow_up, estimate_proportion
from caseseries.exhibits import format as fmt
from caseseries.exhibits.columns import DISEASE_NAMES
from caseseries.manuscript.families import About, count_things, estimate_share, summarize_middle
from caseseries.manuscript.number import Number
from caseseries.manuscript.source import Tables

DISEASES = {"lupus": "SLE", "myositis": "JDM", "sclerosis": "SSc"}
"""Code of each disease by the first word of its keys."""

AMOUNTS = {
    "age": ("age_years", "Age at infusion", "years", 1),
    "duration": ("disease_duration_years", "Time from diagnosis to infusion", "years", 1),
    "weight": ("weight_kg", "Body weight", "kg", 1),
    "prior_drugs": ("n_prior_drugs", "Earlier immunosuppressive and biologic drugs", "drugs", 0),
    "prior_biologics": ("n_prior_biologics", "Earlier biologics", "drugs", 0),
}
EARLIER = {
    "prior_glucocorticoid": ("has_prior_glucocorticoid", "Earlier glucocorticoid"),
    "prior_cyclophosphamide": ("has_prior_cyclophosphamide", "Earlier cyclophosphamide"),
    "prior_antimalarial": ("has_prior_antimalarial", "Earlier antimalarial"),
    "prior_ivig": ("has_prior_ivig", "Earlier immunoglobulin for the disease"),
}
PRODUCT = {
    "viability": ("viability_percent", "Viable cells at release", "%", 0),
    "transduction": ("transduction_percent", "CAR-positive cells among T cells", "%", 0),
    "cd_ratio": ("cd4_cd8_ratio", "CD4:CD8 ratio of the product", "", 1),
    "vector_copies": ("vector_copy_number", "Vector copies per transduced cell", "copies/cell", 1),
    "bags": ("bags", "Bags released", "bags", 0),
    "manufacturing": ("manufacturing_days", "Apheresis to release", "days", 0),
    "vein_to_vein": ("vein_to_vein_days", "Apheresis to infusion", "days", 0),
}


def count_cohort(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Count patients, diseases and earlier treatment; describe age and duration."""
    everyone = tables.where("patients")
    about = About("cohort", "Patients", "baseline", "cohort, enrolled")
    yield about.number(
        "n", everyone.n, fmt.number(everyone.n), source=everyone, n=everyone.n, unit="patients", method="count"
    )
    infused = everyone.step("n_infusions > 0")
    yield from estimate_share(
        About("cohort.infused", "Patients infused", "baseline", "cohort, enrolled"), infused, everyone
    )
    sites = everyone.known("centre")
    recorded = About("cohort", "Centres", "baseline", "patients:centre, recorded")
    yield count_things(recorded, "centres", sites.rows["centre"].nunique(), source=sites, n=sites.n, unit="centres")
    for name in sorted(("Rome", "Erlangen")):
        about = About(f"cohort.centre_{name.casefold()}", f"Treated in {name}", "baseline", "patients:centre, recorded")
        yield from estimate_share(about, sites.step(f"centre == '{name}'"), sites)
    for sex in ("female", "male"):
        about, known = (
            About(f"cohort.{sex}", sex.capitalize(), "baseline", "patients:sex, recorded"),
            everyone.known("sex"),
        )
        yield from estimate_share(about, known.step(f"sex == '{sex}'"), known)
    known = everyone.known("disease")
    for name, code in DISEASES.items():
        about = About(f"cohort.{name}", DISEASE_NAMES[code].capitalize(), "baseline", "patients:disease, recorded")
        yield from estimate_share(about, known.step(f"disease == '{code}'"), known)
    about = About("cohort.other", "Another disease", "baseline", "patients:disease, recorded")
    yield from estimate_share(about, known.step(f"disease not in {list(DISEASES.values())}"), known)
    for name, (column, label, unit, decimals) in AMOUNTS.items():
        about = About(f"cohort.{name}", label, "baseline", f"patients:{column}, recorded")
        yield from summarize_middle(about, everyone, column, unit=unit, decimals=decimals)
    for name, (column, label) in EARLIER.items():
        about, known = (
            About(f"cohort.{name}", label, "baseline", f"patients:{column}, recorded"),
            everyone.known(column),
        )
        yield from estimate_share(about, known.step(column), known)


def count_product(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Describe the product and the lymphodepletion."""
    everyone, first = tables.where("patients"), tables.where("infusions").first()
    dose = everyone.known("dose_cells_per_kg")
    about = About("product.dose", "Dose of CAR T cells", "product", "patients:dose_cells_per_kg, recorded")
    for number in summarize_middle(about, dose, "dose_cells_per_kg", unit="cells/kg"):
        text = number.text if number.value is None or number.unit == "patients" else fmt.power_of_ten(number.value)
        yield Number(**{**vars(number), "text": text})
    about = About("product.infusions", "Infusions per patient", "product", "patients:n_infusions, recorded")
    yield from summarize_middle(about, everyone, "n_infusions", unit="infusions")
    for name in ("fresh", "frozen"):
        known = first.known("fresh_or_frozen")
        about = About(f"product.{name}", f"Product given {name}", "product", "infusions:fresh_or_frozen, recorded")
        yield from estimate_share(about, known.step(f"fresh_or_frozen == '{name}'"), known)
    for name, (column, label, unit, decimals) in PRODUCT.items():
        about = About(f"product.{name}", label, "product", f"infusions:{column}, recorded")
        yield from summarize_middle(about, first, column, unit=unit, decimals=decimals)
    released = first.step("manufacturing_days.notna() or bags.notna()")
    about = About("product.released", "Patients with a released product", "product", "cohort, enrolled")
    yield from estimate_share(about, released, everyone)
    drugs = tables.where("lymphodepletion")
    infused = everyone.step("n_infusions > 0")
    about = About("lymphodepletion.any", "Lymphodepletion", "product", "cohort, infused")
    yield from estimate_share(about, drugs.step("patients of patients: n_infusions > 0"), infused)
    for drug in ("fludarabine", "cyclophosphamide"):
        about = About(
            f"lymphodepletion.{drug}", f"Total dose of {drug}", "product", f"lymphodepletion:{drug}, dose in mg/m2"
        )
        given = drugs.step(f"drug == '{drug}' and dose_unit == 'mg/m2'")
        yield from summarize_middle(about, given, "total_dose", unit="mg/m²")


def estimate_followed(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Estimate the follow-up by the plain median and by reverse Kaplan-Meier; count visits due and done."""
    known = tables.where("patients", "follow_up_days.notna()")
    about = About("followup.months", "Follow-up", "swimmer", "patients:follow_up_days, recorded")
    yield from summarize_middle(about, known, "follow_up_days", unit="months", decimals=1, scale=DAYS_PER_MONTH)
    rows = known.rows
    found = estimate_follow_up(rows["follow_up_days"].astype("float64"), rows["is_dead"].astype(bool))
    months = None if found.median is None else found.median / DAYS_PER_MONTH
    yield about.number(
        "reverse_km", months, fmt.number(months, 1), source=known, n=known.n, unit="months", method=found.method,
        label="median by reverse Kaplan-Meier", reason=found.reason,
    )  # fmt: skip
    years = float(rows["follow_up_days"].sum()) / DAYS_PER_YEAR
    about = About("followup", "Follow-up of all patients together", "swimmer", "patients:follow_up_days, recorded")
    yield about.number(
        "patient_years", years if known.n else None, fmt.number(years, 1), source=known, n=known.n,
        unit="patient-years", method="sum",
    )  # fmt: skip
    everyone = tables.where("patients")
    yield from estimate_share(About("deaths", "Died", "safety", "cohort, enrolled"), everyone.step("is_dead"), everyone)
    for visit in ("M3", "M6", "M12", "M18", "M24"):
        own = tables.where("calendar", f"visit == '{visit}'", "is_expected")
        about = About(
            f"visits.{visit.casefold()}",
            f"Visit {visit} done of those expected",
            "calendar",
            f"calendar:{visit}, expected",
        )
        yield from estimate_share(about, own.step("status == 'done'"), own)
    planned = tables.where("calendar")
    about = About("longterm", "Long-term follow-up", "calendar", "calendar, has a row")
    for name, step, label in (
        ("expected", "is_expected", "visits expected so far"),
        ("done", "status == 'done'", "visits done"),
        ("missed", "status == 'missed'", "visits missed"),
    ):
        own = planned.step(step)
        count = len(own.rows) if planned.n else None
        yield about.number(
            name, count, fmt.number(count), source=own, n=planned.n, unit="visits", method="count", label=label
        )
    last = planned.rows["target_day"].max() if planned.n else None
    years = None if last is None else float(last) / DAYS_PER_YEAR
    yield about.number(
        "years",
        years,
        fmt.number(years),
        source=planned,
        n=planned.n,
        unit="years",
        method="last planned day",
        label="planned",
    )


def count_methods(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Give the numbers that come from the choices of method, so that a text need not repeat them."""
    planned = {
        "visit.m3": ("Month of visit M3", design["visit_m3_target_day"] / DAYS_PER_MONTH, 0, "months"),
        "visit.m6": ("Month of visit M6", design["visit_m6_target_day"] / DAYS_PER_MONTH, 0, "months"),
        "visit.m12": ("Month of visit M12", design["visit_m12_target_day"] / DAYS_PER_MONTH, 0, "months"),
        "method.month": ("Days of a month", DAYS_PER_MONTH, 4, "days"),
        "method.origin": ("Day of infusion", 0, 0, "day"),
        "method.auc_days": ("Last day of the area under the curve", design["auc_window_days"], 0, "day"),
    }
    for key, (label, value, decimals, unit) in planned.items():
        text = fmt.number(value, decimals)
        yield Number(key, label, float(value), text, unit, None, "", "choice of method", "", "design", "")
    level = estimate_proportion(0, 1).level
    text = fmt.number(100 * level) + "%"
    yield Number(
        "method.confidence", "Confidence level", level, text, "share", None, "", "choice of method", "", "design", ""
    )
