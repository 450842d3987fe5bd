"""Day 0 of each participant, and the way from SDTM dates and study days to days since then."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from caseseries.records.sdtm.domains import Domain
from caseseries.records.sdtm.ledger import Ledger

DATE = r"^(?P<date>\d{4}-\d{2}-\d{2})(?:T(?P<hour>\d{2})?(?::(?P<minute>\d{2}))?(?::(?P<second>\d{2}))?.*)?$"
PARTIAL = r"(?:\d{4}|-)(?:-(?:\d{2}|-))?(?:-(?:\d{2}|-))?(?:T.*)?"
CELL_PRODUCT = r"\bCAR[ -]?T\b|LEUCEL\b|CHIMERIC ANTIGEN RECEPTOR"
CELL_UNIT = r"\bCELLS\b"

ANCHORS = {
    "cell product": "first infusion of the cell product in EX",
    "RFXSTDTC": "first exposure (DM.RFXSTDTC)",
    "EX": "first record of treatment (EX.EXSTDTC)",
    "RFSTDTC": "start of the reference period (DM.RFSTDTC)",
    "EXSTDY": "first study day of treatment (EX.EXSTDY), as no date is given",
}


@dataclass(frozen=True)
class Clock:
    """Day 0 of the treated participants.

    Parameters
    ----------
    frame : DataFrame, one row per treated participant, indexed by participant
        ``origin``, the date of day 0 (NaT where only study days are known); ``shift``, days from the reference date of
        ``--DY`` to day 0; ``source``, a key of ``ANCHORS``.
    """

    frame: pd.DataFrame

    def anchor(self) -> str:
        """Say where day 0 came from, with counts where sources differ."""
        counts = self.frame["source"].value_counts().reindex(list(ANCHORS)).dropna().astype(int)
        if len(counts) == 1:
            return ANCHORS[counts.index[0]]
        return "; ".join(f"{ANCHORS[source]} in {count}" for source, count in counts.items())


def is_cell_product(ex: Domain) -> pd.Series:
    """Tell of each record of EX whether it is an infusion of cells."""
    by_name = ex.code("EXTRT").str.contains(CELL_PRODUCT, regex=True)
    return by_name.fillna(False) | ex.code("EXDOSU").str.contains(CELL_UNIT, regex=True).fillna(False)


def is_given(ex: Domain) -> pd.Series:
    """Tell of each record of EX whether the treatment was given."""
    return (ex.code("EXOCCUR") != "N") & (ex.code("EXSTAT") != "NOT DONE")


def compute_offset(study_day: pd.Series) -> pd.Series:
    """Turn SDTM study days (1, 2 ... and -1, -2 ...; there is no day 0) into days since the reference date.

    Returns
    -------
    Series of Int64
        0 for study day 1, -1 for study day -1; NA for study day 0, which SDTM does not have.
    """
    study_day = study_day.round().astype("Int64")
    return study_day.where(study_day < 0, study_day - 1).mask(study_day == 0)


def compute_study_day(offset: pd.Series) -> pd.Series:
    """Turn days since the reference date into SDTM study days, which have no day 0."""
    return offset.where(offset < 0, offset + 1)


def compute_date(text: pd.Series) -> pd.DataFrame:
    """Read ISO 8601 dates of SDTM.

    Returns
    -------
    DataFrame, indexed as ``text``
        ``date``, NaT unless year, month and day are given; ``hour``, hours after midnight where a time is given;
        ``state``: complete, partial, unreadable or missing.
    """
    found = pd.Series(text.dropna().unique(), dtype="str")
    return _split_dates(found).set_axis(found).reindex(text).fillna({"state": "missing"}).set_axis(text.index)


def _split_dates(text: pd.Series) -> pd.DataFrame:
    parts = text.str.extract(DATE)
    date = pd.to_datetime(parts["date"], format="%Y-%m-%d", errors="coerce")
    hour, minute, second = (pd.to_numeric(parts[name]) for name in ("hour", "minute", "second"))
    time = hour + minute.fillna(0) / 60 + second.fillna(0) / 3600
    state = pd.Series("complete", index=text.index)
    state[date.isna()] = "unreadable"
    state[text.str.fullmatch(PARTIAL) & parts["date"].isna()] = "partial"
    return pd.DataFrame({"date": date, "hour": time.round(4), "state": state})


def derive_clock(dm: Domain, ex: Domain) -> Clock:
    """Find day 0 of each participant.

    The first of these that is known: infusion of a cell product, ``RFXSTDTC``, first ``EXSTDTC``, ``RFSTDTC``. Lympho-
    depletion comes before the cells, so a first exposure does not do where cells are given. Where a trial gives study
    days and no date at all, the first ``EXSTDY`` of treatment stands for it.
    """
    patients = dm.patients()
    reference = compute_date(dm.text("RFSTDTC"))["date"].set_axis(patients)
    exposure = compute_date(dm.text("RFXSTDTC"))["date"].set_axis(patients)
    ex = ex.part(is_given(ex))
    given = pd.DataFrame(
        {
            "patient": ex.patients(),
            "date": compute_date(ex.text("EXSTDTC"))["date"],
            "offset": compute_offset(ex.number("EXSTDY")),
            "is_cells": is_cell_product(ex),
        }
    )
    cells = given[given["is_cells"]]
    first = {name: part.groupby("patient").min() for name, part in (("EX", given), ("cell product", cells))}
    dates = {
        "cell product": first["cell product"]["date"],
        "RFXSTDTC": exposure,
        "EX": first["EX"]["date"],
        "RFSTDTC": reference,
    }
    frame = pd.DataFrame({"origin": pd.NaT, "shift": 0, "source": None}, index=pd.Index(patients, name="patient_id"))
    frame["origin"] = frame["origin"].astype("datetime64[ns]")
    for source, found in dates.items():
        found = found.reindex(frame.index)
        new = frame["source"].isna() & found.notna()
        frame.loc[new, "origin"] = found[new]
        frame.loc[new, "source"] = source
    shift = (frame["origin"] - reference.reindex(frame.index)).dt.days
    by_day = first["cell product"]["offset"].reindex(frame.index).fillna(first["EX"]["offset"].reindex(frame.index))
    only_days = frame["source"].isna() & by_day.notna()
    frame.loc[only_days, "source"] = "EXSTDY"
    frame["shift"] = shift.mask(only_days, by_day.astype("float64")).fillna(0).astype(int)
    return Clock(frame[frame["source"].notna()].sort_index())


def compute_days(domain: Domain, clock: Clock, ledger: Ledger, *, date: str, study_day: str) -> pd.DataFrame:
    """Compute the day of each record from its date, or from its study day where the date is not complete.

    Where both are given and disagree, the date is taken and the disagreement noted. A partial date is never completed.

    Returns
    -------
    DataFrame, indexed as the domain
        ``day`` (Int64, NA where it is not known); ``hour``; ``why_not``, the reason where ``day`` is NA.
    """
    read = compute_date(domain.text(date))
    known = clock.frame.reindex(domain.patients())
    from_date = (read["date"] - known["origin"].set_axis(read.index)).dt.days.astype("Int64")
    offset = compute_offset(domain.number(study_day))
    from_study_day = offset - known["shift"].set_axis(read.index).astype("Int64")
    differs = (from_date != from_study_day).fillna(False)
    ledger.change(domain, differs, what=study_day, reason=f"disagrees with {date}, which was taken")
    instead = from_date.isna() & from_study_day.notna()
    ledger.change(domain, instead, what=date, reason=f"{study_day} taken, as the date is not complete")
    why_not = read["state"].map(
        {
            "partial": "date not complete",
            "unreadable": "date not readable",
            "missing": "no date",
            "complete": "date known, day 0 only as a study day",
        }
    )
    day = from_date.fillna(from_study_day)
    return pd.DataFrame({"day": day, "hour": read["hour"], "why_not": why_not.where(day.isna())})


def note_empty_days(domain: Domain, days: pd.DataFrame, ledger: Ledger, *, date: str, rows: pd.Series) -> None:
    """Note records that were imported with an empty day though their date was filled."""
    for reason in ("date not complete", "date not readable"):
        ledger.change(domain, rows & (days["why_not"] == reason), what=date, reason=f"{reason}: day left empty")
