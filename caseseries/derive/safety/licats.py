"""Local toxicity of cell therapy (LICATS): findings in affected organs to candidates, and recorded events to grades."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import pandas as pd

from caseseries.derive.safety.grades import NO_INFUSION, as_grades, find_recorded_events, grade_recorded, not_assessable
from caseseries.derive.shared.frames import find_order, list_rows
from caseseries.derive.shared.lab_baselines import find_lab_baselines
from caseseries.derive.shared.limits import any_of, is_above

ORGAN_BY_ITEM = {
    **dict.fromkeys(("RASH", "ALOPECIA", "MUCOSAL"), "skin"),
    **dict.fromkeys(("CASTS", "HEMATURIA", "PROTEINURIA", "PYURIA"), "kidney"),
    **dict.fromkeys(("PLEURISY", "PERICARDITIS"), "serosa"),
    **dict.fromkeys(("SEIZURE", "PSYCHOSIS", "OBS", "VISUAL", "CRANIAL", "HEADACHE", "CVA"), "nervous_system"),
    "ARTHRITIS": "joints",
    "MYOSITIS": "muscle",
    "VASCULITIS": "vessels",
}
"""Organ of the SLEDAI-2K items; counts, fever and serology are left out, since the treatment itself changes them."""

ORGANS_BY_BODY_SYSTEM = {
    "skin": {"skin"},
    "renal": {"kidney"},
    "musculoskeletal": {"muscle", "joints"},
    "respiratory": {"lung", "serosa"},
    "cardiac": {"heart", "serosa"},
    "nervous": {"nervous_system"},
    "gastrointestinal": {"gut"},
    "vascular": {"vessels"},
}
"""Organs by the first word of the body system of an event."""

CANDIDATES = {
    "patient_id": "str",
    "organ": "str",
    "sign": "str",
    "onset_day": "Int64",
    "end_day": "Int64",
    "is_in_aplasia": "boolean",
    "is_confirmed": "boolean",
}


def derive_licats(
    adverse_events: pd.DataFrame, *, candidates: pd.DataFrame, patients: pd.DataFrame, infusions: pd.DataFrame
) -> pd.DataFrame:
    """Derive the worst grade of LICATS that an investigator recorded for each patient.

    Parameters
    ----------
    adverse_events, patients, infusions
        Raw tables; events of category ``licats`` are the investigator's word.
    candidates : DataFrame, one row per patient and finding
        As ``derive_licats_candidates`` gives it.

    Returns
    -------
    DataFrame, one row per patient
        The table of grades, toxicity ``LICATS``. A patient with candidates and no recorded event has grade 0 and status
        partial: an investigator has yet to look at them.

    References
    ----------
    Hagen 2025, Lancet Rheumatol, PMID 40318690.
    """
    recorded = find_recorded_events(adverse_events, category="licats")
    open_candidates = candidates[~candidates["is_confirmed"].fillna(False)]
    words = {
        patient_id: [f"{row.sign} on day {row.onset_day}" for row in own.itertuples()]
        for patient_id, own in open_candidates.groupby("patient_id")
    }
    infused = set(infusions["patient_id"])
    return as_grades(
        grade_recorded(
            patient_id,
            "LICATS",
            recorded.get(patient_id),
            has_events=not adverse_events.empty,
            candidates=words.get(patient_id, []),
        )
        if patient_id in infused
        else not_assessable(patient_id, "LICATS", NO_INFUSION)
        for patient_id in patients["patient_id"]
    )


def derive_licats_candidates(
    *,
    patients: pd.DataFrame,
    infusions: pd.DataFrame,
    adverse_events: pd.DataFrame,
    assessments: pd.DataFrame,
    labs: pd.DataFrame,
    medications: pd.DataFrame,
    time_to_event: pd.DataFrame,
    design: Mapping,
) -> pd.DataFrame:
    """Derive findings that may be LICATS: new or worse signs of an affected organ while B cells were gone.

    Parameters
    ----------
    patients, infusions, adverse_events, assessments, labs, medications
        Raw tables. ``patients.organs`` names the organs affected before; where it is empty nothing is a candidate.
    time_to_event : DataFrame, one row per patient and endpoint
        Depletion and return of B cells as ``derive_b_cell_times`` gives them.
    design
        The options ``licats_*`` and ``lab_baseline_rule``.

    Returns
    -------
    DataFrame, one row per patient and finding
        ``organ``; ``sign`` in words; first and last day; ``is_in_aplasia``, missing where no count of B cells tells;
        ``is_confirmed``, whether a recorded LICATS overlaps with it in time.

    Notes
    -----
    Signs: a SLEDAI-2K item of an affected organ that is present, not put down to another cause, and was absent at the
    assessment before; a recorded event of category ``other`` in its body system; for the kidney a rise of
    creatinine or of the protein-to-creatinine ratio over baseline. Aplasia is taken as long as the samples allow:
    from the last sample with B cells to the first with their return.
    """
    infused = patients[patients["patient_id"].isin(infusions["patient_id"])]
    affected = {
        row.patient_id: {organ.strip() for organ in row.organs.split(";")}
        for row in infused[infused["organs"].notna()].itertuples()
    }
    findings = [
        *_find_item_signs(assessments),
        *_find_event_signs(adverse_events),
        *_find_kidney_signs(labs, medications=medications, design=design),
    ]
    aplasia = _find_aplasia(time_to_event)
    confirmed = {
        patient_id: [(row.start_day, row.end_day) for row in own.itertuples()]
        for patient_id, own in adverse_events[adverse_events["category"] == "licats"].groupby("patient_id")
    }
    rows = []
    for patient_id, organs, sign, onset, end in findings:
        organ = min(organs & affected.get(patient_id, set()), default=None)
        first, last = aplasia.get(patient_id, (0, design["licats_window_days"]))
        if organ is None or not max(first, 0) <= onset <= last:
            continue
        rows.append(
            {
                "patient_id": patient_id,
                "organ": organ,
                "sign": sign,
                "onset_day": onset,
                "end_day": end,
                "is_in_aplasia": True if patient_id in aplasia else pd.NA,
                "is_confirmed": any(
                    (pd.isna(stop) or onset <= stop) and (pd.isna(start) or start <= end)
                    for start, stop in confirmed.get(patient_id, [])
                ),
            }
        )
    frame = pd.DataFrame.from_records(rows, columns=list(CANDIDATES)).astype(CANDIDATES)
    return frame.sort_values(["patient_id", "onset_day", "sign"], kind="stable").reset_index(drop=True)


Finding = tuple[str, set[str], str, int, int]
"""Patient, organs, sign, first day, last day."""


def _find_aplasia(time_to_event: pd.DataFrame) -> dict[str, tuple[float, float]]:
    times = time_to_event.set_index(["patient_id", "endpoint"])
    aplasia = {}
    for patient_id in time_to_event["patient_id"].unique():
        gone = times.loc[(patient_id, "b_cell_depletion")] if (patient_id, "b_cell_depletion") in times.index else None
        if gone is None:
            continue
        back = times.loc[(patient_id, "b_cell_return")] if (patient_id, "b_cell_return") in times.index else None
        first = 0 if pd.isna(gone["lower_day"]) else gone["lower_day"] + 1
        last = back["time_days"] - 1 if back is not None and back["is_event"] else float("inf")
        # Without depletion there was no aplasia: no day lies between.
        aplasia[patient_id] = (first, last) if gone["is_event"] else (float("inf"), float("-inf"))
    return aplasia


class _Run(NamedTuple):
    """Records of one patient that show a sign, one after the other; ``name`` is the item or the test."""

    patient_id: str
    name: str
    first_day: int
    last_day: int
    highest: float
    has_before: bool


def _find_runs(records: pd.DataFrame, *, name: str, is_sign: pd.Series) -> Iterator[_Run]:
    """Find runs of records that show a sign, in order of time.

    Yields
    ------
    _Run
        ``highest`` value of ``ratio``; ``has_before``, whether a record without the sign came before.
    """
    own = records.assign(is_sign=is_sign.astype(bool))
    own = own.take(find_order([own[column] for column in ("patient_id", name, "day", "ratio")]))
    rows = list_rows(own, ["patient_id", name, "day", "ratio", "is_sign"])
    for (patient_id, code), taken in groupby(rows, key=itemgetter("patient_id", name)):
        for number, (shows, run) in enumerate(groupby(taken, key=itemgetter("is_sign"))):
            if shows:
                found = list(run)
                highest = max(row["ratio"] for row in found)
                yield _Run(patient_id, code, found[0]["day"], found[-1]["day"], highest, number > 0)


def _find_item_signs(assessments: pd.DataFrame) -> Iterator[Finding]:
    own = assessments[(assessments["instrument"] == "SLEDAI2K") & assessments["item"].isin(list(ORGAN_BY_ITEM))]
    own = own[own["score"].notna()].assign(ratio=1.0)
    is_present = (own["score"] > 0) & own["attributable"].astype("boolean").fillna(True)
    for run in _find_runs(own, name="item", is_sign=is_present):
        # What was there at the first assessment is not new.
        if run.has_before:
            yield run.patient_id, {ORGAN_BY_ITEM[run.name]}, f"new {run.name} of SLEDAI-2K", run.first_day, run.last_day


def _find_event_signs(adverse_events: pd.DataFrame) -> Iterator[Finding]:
    own = adverse_events[(adverse_events["category"] == "other") & adverse_events["start_day"].notna()]
    for event in own[own["body_system"].notna()].itertuples():
        organs = ORGANS_BY_BODY_SYSTEM.get(event.body_system.split()[0].strip(",").casefold(), set())
        end = event.start_day if pd.isna(event.end_day) else event.end_day
        yield event.patient_id, organs, event.term, event.start_day, end


def _find_kidney_signs(labs: pd.DataFrame, *, medications: pd.DataFrame, design: Mapping) -> Iterator[Finding]:
    own = labs[labs["test"].isin(["CREAT", "UPCR"]) & labs["value"].notna()]
    baselines = find_lab_baselines(own, medications=medications, rule=design["lab_baseline_rule"])
    own = own.merge(
        baselines[["patient_id", "test", "day", "value"]].rename(columns={"value": "baseline", "day": "baseline_day"}),
        on=["patient_id", "test"],
    )
    is_creatinine = own["test"] == "CREAT"
    needed = is_creatinine.map({True: design["licats_creatinine_ratio"], False: design["licats_upcr_ratio"]})
    has_risen = is_above(own["value"], needed * own["baseline"], operators=own["operator"], or_equal=True)
    is_abnormal = is_above(own["value"], design["licats_upcr_limit_mg_per_g"], operators=own["operator"])
    is_sign = has_risen & any_of(is_creatinine, is_abnormal) & (own["day"] > own["baseline_day"])
    own = own.assign(ratio=own["value"] / own["baseline"])
    for run in _find_runs(own, name="test", is_sign=is_sign.fillna(False)):
        name = "creatinine" if run.name == "CREAT" else "UPCR"
        yield run.patient_id, {"kidney"}, f"{name} {run.highest:.2g} x baseline", run.first_day, run.last_day
