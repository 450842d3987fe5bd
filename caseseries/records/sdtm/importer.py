"""A folder of SDTM domains to one data set of the contract."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from caseseries.errors import DataError, UsageError
from caseseries.records.check import list_problems
from caseseries.records.codebook import read_codebook
from caseseries.records.dataset import About, write_dataset
from caseseries.records.landing import finish_landing, landing
from caseseries.records.read import file_problem
from caseseries.records.sdtm.clock import Clock, derive_clock
from caseseries.records.sdtm.domains import Domain, empty_domain, read_domains
from caseseries.records.sdtm.drugs import derive_exposure, derive_medications
from caseseries.records.sdtm.events import AS_GRADE, derive_events
from caseseries.records.sdtm.labs import derive_labs
from caseseries.records.sdtm.ledger import ImportReport, Ledger
from caseseries.records.sdtm.oddities import declare_oddities
from caseseries.records.sdtm.patients import check_participants, derive_patients
from caseseries.records.sdtm.questionnaires import derive_assessments
from caseseries.records.sdtm.visits import derive_followed_until, derive_visits
from caseseries.records.sdtm.vitals import derive_vital_signs

MAPPED = ("DM", "EX", "CM", "AE", "LB", "VS", "QS", "MH", "DS", "SV", "TV")
REPORT = "import_report.csv"


def import_sdtm(source: Path, dest: Path) -> ImportReport:
    """Import a folder of SDTM domains.

    Parameters
    ----------
    source
        Folder of domains as CSV, Parquet or SAS transport files.
    dest
        Folder of the data set. It may hold an earlier import, whose files are replaced; else it must be empty or not
        there.

    Returns
    -------
    ImportReport
        Where every record went; also written to ``dest`` as ``import_report.csv``.

    Raises
    ------
    DataError
        If the source is no SDTM folder, a file cannot be read, DM does not name each participant once, or no
        participant has a day 0.
    UsageError
        If ``dest`` holds something that is not an earlier import.

    Notes
    -----
    Only treated participants have a day 0 and are imported. Oddities of the data pass through; those that are known of
    exports and explained are declared in dataset.toml, any other is left for the check to report.
    """
    source, dest = Path(source), Path(dest)
    _check_destination(source, dest)
    domains = read_domains(source)
    check_participants(domains["DM"])
    about = _describe(domains)
    tables, clock, rows = derive_tables(domains)
    report = rows.to_csv(index=False, lineterminator="\n")
    with landing(dest, replaces=(f"{table}.csv" for table in read_codebook().tables)) as folder:
        write_dataset(tables, about, folder, files={REPORT: report})
        about = declare_oddities(about, list_problems(folder))
        write_dataset(tables, about, folder, files={REPORT: report})
    return ImportReport(folder=dest, anchor=clock.anchor(), rows=rows)


def derive_tables(domains: dict[str, Domain]) -> tuple[dict[str, pd.DataFrame], Clock, pd.DataFrame]:
    """Turn domains into raw tables.

    Returns
    -------
    (tables, clock, rows)
        Raw tables by name, day 0 of each participant, and the account of every record.

    Raises
    ------
    DataError
        If no participant has a day 0.
    """
    clock = derive_clock(domains["DM"], domains.get("EX", empty_domain("EX")))
    if clock.frame.empty:
        raise DataError(
            [
                file_problem(
                    "dm",
                    "no-anchor",
                    "some participant must have a day 0 (RFXSTDTC, EXSTDTC or RFSTDTC)",
                    f"{len(domains['DM'])} participants, none with a date of first treatment",
                    "export DM with RFXSTDTC, or EX",
                )
            ]
        )
    ledger = Ledger()
    treated = {name: _keep_treated(domain, clock, ledger, domains["DM"]) for name, domain in domains.items()}
    for name, domain in treated.items():
        if name not in MAPPED:
            ledger.drop(domain, _every(domain), what=name, reason="domain without a table")
    part = {name: treated.get(name, empty_domain(name)) for name in MAPPED}
    tables = _derive_all(part, clock, ledger, indication=_parameter(domains, "INDIC"))
    for name in MAPPED:
        ledger.list_unasked(part[name])
    return {name: table for name, table in tables.items() if len(table)}, clock, ledger.close(domains)


def _derive_all(
    part: dict[str, Domain], clock: Clock, ledger: Ledger, *, indication: str | None
) -> dict[str, pd.DataFrame]:
    tables, sizes, weights = {}, pd.DataFrame(), pd.Series(dtype="float64")
    if len(part["VS"]):
        tables["vital_signs"], sizes, weights = derive_vital_signs(part["VS"], clock, ledger)
    patients = derive_patients(part, clock, ledger, weights=weights, indication=indication)
    tables["patients"] = patients
    by_patient = patients.set_index("patient_id")
    last_contact, death = by_patient["last_contact_day"], by_patient["death_day"]
    courses = []
    if len(part["EX"]):
        tables["infusions"], exposure = derive_exposure(part["EX"], clock, ledger)
        courses.append(exposure)
    if len(part["CM"]):
        courses.append(derive_medications(part["CM"], clock, ledger, last_contact=last_contact))
    if courses:
        tables["medications"] = pd.concat(courses, ignore_index=True).sort_values("patient_id", kind="stable")
    if len(part["LB"]):
        tables["labs"] = derive_labs(part["LB"], clock, ledger)
    if len(part["QS"]):
        sizes = pd.concat([derive_assessments(part["QS"], clock, ledger), sizes], ignore_index=True)
    if len(sizes):
        tables["assessments"] = sizes.sort_values(["patient_id", "day", "instrument", "item", "score"])
    if len(part["AE"]):
        tables["adverse_events"] = derive_events(part["AE"], clock, ledger)
    if len(part["SV"]) or len(part["TV"]):
        until = derive_followed_until(part["DS"], clock, last_contact=last_contact, death=death)
        arms = part["DM"].text("ARMCD").set_axis(part["DM"].patients()).sort_index()
        tables["visits"] = derive_visits(part["SV"], part["TV"], clock, ledger, arms=arms, followed_until=until)
    return tables


def _every(domain: Domain) -> pd.Series:
    return pd.Series(True, index=domain.frame.index)


def _keep_treated(domain: Domain, clock: Clock, ledger: Ledger, dm: Domain) -> Domain:
    if "USUBJID" not in domain.frame:
        return domain
    names = domain.patients()
    is_known, is_treated = names.isin(dm.patients()), names.isin(clock.frame.index)
    ledger.drop(domain, ~is_known, what="USUBJID", reason="participant is not in DM")
    ledger.drop(domain, is_known & ~is_treated, what="untreated participants", reason="no treatment, so no day 0")
    return domain.part(is_treated)


def _parameter(domains: dict[str, Domain], code: str) -> str | None:
    if "TS" not in domains:
        return None
    values = domains["TS"].text("TSVAL")[domains["TS"].code("TSPARMCD") == code].dropna()
    return values.iloc[0] if len(values) else None


def _describe(domains: dict[str, Domain]) -> About:
    studies = ", ".join(sorted(domains["DM"].text("STUDYID").dropna().unique()))
    title = _parameter(domains, "TITLE") or f"Trial {studies}"
    return About(
        title=title,
        kind="trial",
        source=f"SDTM domains of {studies}" if studies else "SDTM domains",
        licence="not stated in the SDTM domains",
        contact="not stated in the SDTM domains",
        data_cut="end of the trial",
        notes=(
            "Day 0 is the day of first treatment; participants without treatment are not imported.",
            f"adverse_events.grade: AETOXGR where the trial has it, else {AS_GRADE}.",
            "patients.group is the planned arm.",
            f"{REPORT} says where every record of the trial went.",
        ),
    )


def _check_destination(source: Path, dest: Path) -> None:
    if dest.resolve() == source.resolve():
        raise UsageError(f"the import cannot be written into its own source {dest}; name another folder.")
    finish_landing(dest)
    if dest.is_dir() and any(dest.iterdir()) and not (dest / REPORT).is_file():
        raise UsageError(f"{dest} is not empty and holds no earlier import; name another folder or empty this one.")
