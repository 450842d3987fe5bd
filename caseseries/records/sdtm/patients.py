"""DM, MH, DS and baseline weight to one row per treated participant."""

from __future__ import annotations

import pandas as pd

from caseseries.errors import DataError, Found, Problem
from caseseries.records.sdtm.clock import Clock, compute_date, compute_days, compute_offset
from caseseries.records.sdtm.domains import Domain, compute_sentence_case
from caseseries.records.sdtm.ledger import Ledger

SEXES = {"F": "female", "M": "male"}
YEARS_PER_UNIT = {
    "YEARS": 1,
    "YEAR": 1,
    "MONTHS": 1 / 12,
    "WEEKS": 7 / 365.25,
    "DAYS": 1 / 365.25,
    "HOURS": 1 / 24 / 365.25,
    "DECADES": 10,
}
DAYS_PER_YEAR = 365.25
# Categories of MH under which trials write the disease that made a participant eligible.
PRIMARY_CATEGORIES = {
    "PRIMARY DIAGNOSIS",
    "PRIMARY DISEASE",
    "PRIMARY CONDITION",
    "PRIMARY STUDY CONDITION",
    "DISEASE UNDER STUDY",
    "STUDY INDICATION",
}
DISEASES = {
    "SYSTEMIC LUPUS ERYTHEMATOSUS": "SLE",
    "JUVENILE DERMATOMYOSITIS": "JDM",
    "SYSTEMIC SCLERODERMA": "SSc",
    "SYSTEMIC SCLEROSIS": "SSc",
    "JUVENILE SYSTEMIC SCLEROSIS": "SSc",
    "SCLERODERMA": "SSc",
}
DATES_OF_CONTACT = ("DTC", "STDTC", "ENDTC")
STUDY_DAYS_OF_CONTACT = ("DY", "STDY", "ENDY")
DATES_OF_DM = ("RFSTDTC", "RFENDTC", "RFXSTDTC", "RFXENDTC", "RFPENDTC", "DMDTC")


def check_participants(dm: Domain) -> None:
    """Refuse a DM that does not name each participant once.

    Raises
    ------
    DataError
        If USUBJID is absent, empty in some record, or stands twice.
    """
    names = dm.patients()
    must = "USUBJID must name each participant once"
    if "USUBJID" not in dm.frame:
        found = ", ".join(dm.frame.columns[:8])
        raise DataError(
            [
                Problem(
                    "dm",
                    "no-usubjid",
                    must,
                    (Found(None, "", f"the variables {found} ..."),),
                    None,
                    "export DM with USUBJID, the identifier that all domains share",
                )
            ]
        )
    bad = names.isna() | names.duplicated(keep=False)
    if bad.any():
        found = tuple(
            Found(int(number) + 2, "", "USUBJID is empty" if pd.isna(names[number]) else f"{names[number]} again")
            for number in names.index[bad]
        )
        raise DataError([Problem("dm", "usubjid-not-unique", must, found, len(dm), "mend DM: one record each")])


def derive_patients(
    domains: dict[str, Domain], clock: Clock, ledger: Ledger, *, weights: pd.Series, indication: str | None
) -> pd.DataFrame:
    """Make the patients table.

    ``group`` is the planned arm (ARM), as randomised: the published groups of a trial are those. ``weights`` holds the
    baseline weight in kg by participant, ``indication`` the trial's own word for the disease where MH has none.

    Returns
    -------
    DataFrame, one row per treated participant
        The columns of ``patients``.
    """
    dm = domains["DM"]
    names = dm.patients()
    unit = dm.code("AGEU")
    factor = unit.map(YEARS_PER_UNIT).astype("float64")
    ledger.change(dm, factor.isna(), what=unit, reason="unit of age not known: age left empty")
    sex = dm.code("SEX").map(SEXES)
    ledger.change(dm, sex.isna(), what=dm.code("SEX"), reason="sex imported as unknown")
    arm, actual = dm.text("ARM"), dm.text("ACTARM")
    ledger.change(
        dm, (arm != actual) & arm.notna() & actual.notna(), what="ARM", reason="actual arm differs; planned arm taken"
    )
    patients = pd.DataFrame(
        {
            "patient_id": names,
            "group": arm.fillna(actual),
            "sex": sex.fillna("unknown"),
            "age_years": dm.number("AGE") * factor,
            "centre": dm.text("SITEID"),
        }
    )
    disease = _derive_disease(domains["MH"], clock, ledger, indication=indication)
    death = _derive_death(domains, clock, ledger)
    last = _derive_last_contact(domains, clock)
    _book_disposition(domains["DS"], ledger)
    later = names.map(last) > names.map(_latest(dm, "RFPENDTC", clock))
    ledger.change(dm, later, what="RFPENDTC", reason="a dated record is later and gives last contact")
    patients = patients.join(disease, on="patient_id").assign(
        weight_kg=names.map(weights), last_contact_day=names.map(last), death_day=names.map(death)
    )
    patients["disease"] = patients["disease"].fillna(
        DISEASES.get((indication or "").upper(), indication or "not stated")
    )
    after = (patients["last_contact_day"] > patients["death_day"]).fillna(False)
    ledger.change(dm, after, what="DTHDTC", reason="dated records after death; last contact is the day of death")
    patients["last_contact_day"] = patients["last_contact_day"].mask(after, patients["death_day"])
    ledger.book(dm, pd.Series(True, index=names.index), what="patients")
    return patients.sort_values("patient_id", ignore_index=True)


def _derive_disease(mh: Domain, clock: Clock, ledger: Ledger, *, indication: str | None) -> pd.DataFrame:
    term = mh.text("MHDECOD").fillna(mh.text("MHTERM"))
    is_primary = mh.code("MHCAT").isin(PRIMARY_CATEGORIES) & term.notna()
    if not is_primary.any() and indication:
        is_primary = (term.str.upper() == indication.upper()).fillna(False)
    again = is_primary & mh.patients().where(is_primary).duplicated()
    ledger.drop(mh, again, what="primary diagnosis", reason="second primary diagnosis of a participant")
    ledger.drop(mh, ~is_primary, what=mh.code("MHCAT"), reason="medical history other than the disease has no table")
    first = is_primary & ~again
    part = mh.part(first)
    start = compute_days(part, clock, ledger, date="MHSTDTC", study_day="MHSTDY")
    ledger.change(
        part, start["day"].isna(), what="MHSTDTC", reason="start of the disease not complete: duration left empty"
    )
    ledger.book(mh, first, what="patients.disease")
    return pd.DataFrame(
        {
            "disease": term[first].str.upper().map(DISEASES).fillna(compute_sentence_case(term[first])),
            "disease_duration_years": (-start["day"].astype("float64") / DAYS_PER_YEAR).round(4),
        }
    ).set_axis(part.patients())


def _derive_death(domains: dict[str, Domain], clock: Clock, ledger: Ledger) -> pd.Series:
    dm, ds = domains["DM"], domains["DS"]
    day = compute_days(dm, clock, ledger, date="DTHDTC", study_day="DTHDY")["day"].set_axis(dm.patients())
    by_ds = compute_days(ds, clock, ledger, date="DSSTDTC", study_day="DSSTDY")["day"]
    is_death = (ds.code("DSDECOD") == "DEATH").fillna(False)
    by_ds = by_ds[is_death].groupby(ds.patients()).min().reindex(day.index)
    died = (dm.code("DTHFL") == "Y").fillna(False)
    unknown = died & day.fillna(by_ds).isna().set_axis(died.index)
    ledger.change(dm, unknown, what="DTHDTC", reason="death without a complete date: day of death left empty")
    return day.fillna(by_ds)


def _derive_last_contact(domains: dict[str, Domain], clock: Clock) -> pd.Series:
    latest = []
    has_undated = clock.frame["origin"].isna().any()
    for name, domain in domains.items():
        variables = DATES_OF_DM if name == "DM" else [name + end for end in DATES_OF_CONTACT]
        latest += [_latest(domain, variable, clock) for variable in variables if variable in domain.frame]
        if has_undated and name != "DM":
            study_days = [name + end for end in STUDY_DAYS_OF_CONTACT]
            latest += [_latest_undated(domain, variable, clock) for variable in study_days if variable in domain.frame]
    return pd.concat(latest).groupby(level=0).max().astype("Int64")


def _latest(domain: Domain, variable: str, clock: Clock) -> pd.Series:
    date = compute_date(domain.text(variable))["date"].set_axis(domain.patients())
    day = (date - clock.frame["origin"].reindex(date.index)).dt.days
    return day.groupby(level=0).max().dropna()


def _latest_undated(domain: Domain, variable: str, clock: Clock) -> pd.Series:
    undated = clock.frame.index[clock.frame["origin"].isna()]
    part = domain.part(domain.patients().isin(undated))
    offset = compute_offset(part.number(variable)).set_axis(part.patients())
    day = offset - clock.frame["shift"].reindex(offset.index)
    return day.groupby(level=0).max().dropna()


def _book_disposition(ds: Domain, ledger: Ledger) -> None:
    """Book DS: a dated record went into last contact and death; another went nowhere."""
    dated = ds.text("DSSTDTC").notna() | ds.text("DSSTDY").notna() | ds.text("DSDTC").notna()
    ledger.book(ds, dated, what="patients.last_contact_day")
    ledger.drop(ds, ~dated, what=ds.code("DSDECOD"), reason="no date")
