"""Numbers of cells in blood: expansion and persistence of CAR T cells, leaving and return of B cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from caseseries.manuscript.families import About, estimate_share, estimate_time, summarize_middle
from caseseries.manuscript.number import Number
from caseseries.manuscript.source import Tables

ANALYTES = {
    "cart": ("CART_BLOOD", "CAR T cells in blood", "cells/µL"),
    "cart_dna": ("CART_DNA", "CAR transgene in blood", "copies/µg"),
}
PARAMETERS = {
    "cmax": ("CMAX", "highest concentration", "{}", 1),
    "tmax": ("TMAX", "day of the highest concentration", "day", 0),
    "auc": ("AUC_0_28", "area under the curve to day 28", "days × {}", 0),
    "tlast": ("TLAST", "last quantifiable sample", "day", 0),
}
PERSISTENCE = ("M3", "M6", "M12")
KINETICS = "kinetics"


def estimate_kinetics(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Summarize expansion; estimate the share with detectable cells at months 3, 6 and 12."""
    for key, (analyte, label, unit) in ANALYTES.items():
        own = tables.where("kinetics", f"analyte == '{analyte}'")
        for name, (parameter, words, form, decimals) in PARAMETERS.items():
            line = f"kinetics:{analyte}:{parameter}, value known"
            about = About(f"{key}.{name}", f"{label}, {words}", KINETICS, line)
            yield from summarize_middle(
                about, own.step(f"parameter == '{parameter}'"), "value", unit=form.format(unit), decimals=decimals
            )
        for visit in PERSISTENCE:
            parameter = f"DETECTABLE_{visit}"
            base = own.step(f"parameter == '{parameter}'").known("value")
            line = f"kinetics:{analyte}:{parameter}, value known"
            about = About(f"{key}.{visit.casefold()}", f"{label}, detectable at {visit}", KINETICS, line)
            yield from estimate_share(about, base.step("value == 1"), base)


def estimate_b_cells(tables: Tables, design: Mapping) -> Iterator[Number]:
    """Estimate depletion of B cells, the time to their return by Kaplan-Meier, and the duration of aplasia."""
    gone = tables.where("time_to_event", "endpoint == 'b_cell_depletion'")
    line = "time_to_event:b_cell_depletion"
    for name, step, words in (
        ("depleted", "is_event", "B cells left the blood"),
        ("depleted_in_first_week", "is_event and upper_day <= 7", "B cells left the blood by day 7"),
    ):
        about = About(f"b_cells.{name}", words, KINETICS, f"{line}, has a row")
        yield from estimate_share(about, gone.step(step), gone)
    about = About("b_cells.depletion", "Day on which B cells had left", KINETICS, f"{line}, with the event")
    yield from summarize_middle(about, gone.step("is_event"), "time_days", unit="day")
    back = tables.where("time_to_event", "endpoint == 'b_cell_return'")
    line = "time_to_event:b_cell_return"
    about = About("b_cells.returned", "B cells returned", KINETICS, f"{line}, has a row")
    yield from estimate_share(about, back.step("is_event"), back)
    about = About("b_cells.returned_day", "Day of return where B cells returned", KINETICS, f"{line}, with the event")
    yield from summarize_middle(about, back.step("is_event"), "time_days", unit="day")
    about = About("b_cells.return", "Time to return of B cells", KINETICS, f"{line}, has a row")
    yield from estimate_time(about, back)
    parameter = f"APLASIA_DAYS:{design['b_cell_return_rule']}"
    seen = tables.where("kinetics", f"parameter == '{parameter}'", "flag.isna()")
    line = f"kinetics:{design['b_cell_marker']}:{parameter}, without a flag"
    about = About("b_cells.aplasia", "Duration of B cell aplasia where it ended", KINETICS, line)
    yield from summarize_middle(about, seen, "value", unit="days")
