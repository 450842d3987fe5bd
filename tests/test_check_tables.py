"""How the check tells what is wrong with items, with rows among each other and across tables."""

# ruff: noqa: E501 - messages stand here as they are shown

from __future__ import annotations

import pytest
from broken import add, swap, write_files

from caseseries.records import list_problems

CASES = [
    (
        "an item belongs to another instrument",
        [swap("assessments.csv", "MMT8,BICEPS", "CMAS,BICEPS")],
        """\
assessments.csv: item must be one that the codebook lists for the instrument.
  1 of 8 rows breaks this: row 5 (P2, CMAS, BICEPS): instrument CMAS, item BICEPS
  fix: use one of HEAD_LIFT, LEG_RAISE, LEG_LIFT_DURATION, SUPINE_TO_PRONE, SIT_UPS, SUPINE_TO_SIT, ARM_RAISE, ARM_RAISE_DURATION, FLOOR_SIT, ALL_FOURS, FLOOR_RISE, CHAIR_RISE, STOOL_STEP, PICK_UP for 'BICEPS'.
""",
    ),
    (
        "an item is written as its label",
        [swap("assessments.csv", "FEVER", "Fever")],
        """\
assessments.csv: item must be one that the codebook lists for the instrument.
  1 of 8 rows breaks this: row 3 (P1, SLEDAI2K, Fever): instrument SLEDAI2K, item Fever
  fix: write 'FEVER' for 'Fever'.
""",
    ),
    (
        "an instrument without a total has one",
        [swap("assessments.csv", "LUNG,FVC_L", "LUNG,TOTAL")],
        """\
assessments.csv: item must be one that the codebook lists for the instrument.
  1 of 8 rows breaks this: row 9 (P3, LUNG, TOTAL): instrument LUNG, item TOTAL
  fix: use one of FVC_PCT, DLCO_PCT, FVC_L for 'TOTAL'.
""",
    ),
    (
        "an item is out of range",
        [swap("assessments.csv", "BICEPS,8", "BICEPS,11"), swap("assessments.csv", "MMT8,TOTAL,60", "MMT8,TOTAL,")],
        """\
assessments.csv: score must be in the range of its item.
  1 of 8 rows breaks this: row 5 (P2, MMT8, BICEPS): '11'
  fix: compare with the source; the codebook allows MMT8 BICEPS 0 to 10.
""",
    ),
    (
        "a total is out of range",
        [swap("assessments.csv", "CMAS,TOTAL,33", "CMAS,TOTAL,53")],
        """\
assessments.csv: score must be in the range of its item.
  1 of 8 rows breaks this: row 8 (P2, CMAS, TOTAL): '53'
  fix: compare with the source; the codebook allows CMAS TOTAL 0 to 52.
""",
    ),
    (
        "an item in whole points has half a point",
        [swap("assessments.csv", "BICEPS,8", "BICEPS,8.5")],
        """\
assessments.csv: score must be a whole number for an item that is scored in whole points.
  1 of 8 rows breaks this: row 5 (P2, MMT8, BICEPS): '8.5'
  fix: compare with the source; an average belongs in no item.
""",
    ),
    (
        "a total of whole points has half a point",
        [swap("assessments.csv", "CMAS,TOTAL,33", "CMAS,TOTAL,33.5")],
        """\
assessments.csv: score must be a whole number for an item that is scored in whole points.
  1 of 8 rows breaks this: row 8 (P2, CMAS, TOTAL): '33.5'
  fix: compare with the source; an average belongs in no item.
""",
    ),
    (
        "a total is smaller than its items",
        [swap("assessments.csv", "MMT8,TOTAL,60", "MMT8,TOTAL,14")],
        """\
assessments.csv: a TOTAL must agree with the items of the same day.
  1 of 8 rows breaks this: row 7 (P2, MMT8, TOTAL): instrument MMT8, score 14
  fix: correct the TOTAL, or delete it: totals are derived from items.
""",
    ),
    (
        "a total is larger than its items can add up to",
        [swap("assessments.csv", "MMT8,TOTAL,60", "MMT8,TOTAL,76")],
        """\
assessments.csv: a TOTAL must agree with the items of the same day.
  1 of 8 rows breaks this: row 7 (P2, MMT8, TOTAL): instrument MMT8, score 76
  fix: correct the TOTAL, or delete it: totals are derived from items.
""",
    ),
    (
        "a patient stands twice",
        [add("patients.csv", "P1,SLE,female,14.5,Rome,3.2,48,kidney; skin,no,400,")],
        """\
patients.csv: patient_id must name one row only.
  2 of 4 rows break this: row 2 (P1): 'P1'; row 5 (P1): 'P1'
  fix: delete the copy, or correct what tells the rows apart.
""",
    ),
    (
        "a result stands twice",
        [add("labs.csv", "P3,365,,CRP,4,=,mg/L,,5,serum,")],
        """\
labs.csv: patient_id, day, hour, test, specimen and method together must name one row only.
  2 of 7 rows break this: row 7 (P3, CRP): patient_id P3, day 365, hour empty, test CRP, specimen serum, method empty; row 8 (P3, CRP): patient_id P3, day 365, hour empty, test CRP, specimen serum, method empty
  fix: delete the copy, or correct what tells the rows apart.
""",
    ),
    (
        "an item stands twice, once under a day with a leading zero",
        [add("assessments.csv", "P3,-07,LUNG,FVC_L,2.2,")],
        """\
assessments.csv: patient_id, day, instrument and item together must name one row only.
  2 of 9 rows break this: row 9 (P3, LUNG, FVC_L): patient_id P3, day -7, instrument LUNG, item FVC_L; row 10 (P3, LUNG, FVC_L): patient_id P3, day -07, instrument LUNG, item FVC_L
  fix: delete the copy, or correct what tells the rows apart.
""",
    ),
    (
        "two infusions are on day 0",
        [add("infusions.csv", "P1,CD19-CAR,0,1000000,,,,,,-30,-2,")],
        """\
infusions.csv: patient_id and day together must name one row only.
  2 of 5 rows break this: row 2 (P1): patient_id P1, day 0; row 6 (P1): patient_id P1, day 0
  fix: delete the copy, or correct what tells the rows apart.
""",
    ),
    (
        "the first infusion is not on day 0",
        [swap("infusions.csv", "P2,CD19-CAR,0", "P2,CD19-CAR,3")],
        """\
infusions.csv: the first infusion of a patient must be on day 0.
  1 of 4 rows breaks this: row 3 (P2): '3'
  fix: count all days of the patient from the first infusion.
""",
    ),
    (
        "a patient is not in patients.csv",
        [swap("visits.csv", "P2,M1", "P4,M1")],
        """\
visits.csv: patient_id must be one of patients.csv.
  1 of 5 rows breaks this: row 6 (P4, M1): 'P4'
  fix: correct the identifier, or add the patient to patients.csv.
""",
    ),
    (
        "a patient is written in another case",
        [swap("labs.csv", "P3,365", "p3,365")],
        """\
labs.csv: patient_id must be one of patients.csv.
  1 of 6 rows breaks this: row 7 (p3, CRP): 'p3'
  fix: write 'P3' for 'p3'.
""",
    ),
    (
        "no patient has a similar name",
        [swap("labs.csv", "P3,365", "Anna,365")],
        """\
labs.csv: patient_id must be one of patients.csv.
  1 of 6 rows breaks this: row 7 (Anna, CRP): 'Anna'
  fix: correct the identifier, or add the patient to patients.csv.
""",
    ),
    (
        "a sample is later than the last contact",
        [swap("labs.csv", "P3,365", "P3,366")],
        """\
labs.csv: day must not be after last contact or death in patients.csv.
  1 of 6 rows breaks this: row 7 (P3, CRP): '366'
  fix: the last day of P3 is 365: correct day, or that day in patients.csv.
""",
    ),
    (
        "an event ends after death",
        [add("adverse_events.csv", "P2,Sepsis,infection,5,190,201,no,yes,no,")],
        """\
adverse_events.csv: end_day must not be after last contact or death in patients.csv.
  1 of 4 rows breaks this: row 5 (P2, Sepsis): '201'
  fix: the last day of P2 is 200: correct end_day, or that day in patients.csv.
""",
    ),
    (
        "an event ends on the day of death",
        [add("adverse_events.csv", "P2,Sepsis,infection,4,190,200,no,yes,no,"), swap("labs.csv", "P3,365", "P3,366")],
        """\
labs.csv: day must not be after last contact or death in patients.csv.
  1 of 6 rows breaks this: row 7 (P3, CRP): '366'
  fix: the last day of P3 is 365: correct day, or that day in patients.csv.
""",
    ),
    (
        "a course starts after the last contact",
        [add("medications.csv", "P1,hydroxychloroquine,antimalarial,disease,oral,200,mg,401,,yes")],
        """\
medications.csv: start_day must not be after last contact or death in patients.csv.
  1 of 5 rows breaks this: row 6 (P1, hydroxychloroquine): '401'
  fix: the last day of P1 is 400: correct start_day, or that day in patients.csv.
""",
    ),
    (
        "a visit is later than the last contact",
        [swap("visits.csv", "90,95,done", "90,401,done")],
        """\
visits.csv: actual_day must not be after last contact or death in patients.csv.
  1 of 5 rows breaks this: row 3 (P1, M3): '401'
  fix: the last day of P1 is 400: correct actual_day, or that day in patients.csv.
""",
    ),
    (
        "visits are not in the planned order",
        [swap("visits.csv", "28,28,done", "28,96,done")],
        """\
visits.csv: visits must take place in the order of their planned_day.
  1 of 5 rows breaks this: row 3 (P1, M3): visit M3, planned_day 90, actual_day 95
  fix: correct the day that is wrong, or write unscheduled into status and empty planned_day.
""",
    ),
    (
        "everything is said at once, in the order of the codebook and of the rules",
        [
            swap("dataset.toml", '"patient"', '"pateint"'),
            swap("visits.csv", "90,95,done", "90,,done"),
            swap("patients.csv", "14.5", "145"),
            swap("patients.csv", "P3,SSc,female", "P3,SSc,f"),
        ],
        """\
dataset.toml: kind must be one of synthetic, patient, trial.
  found: 'pateint'
  fix: write 'patient'.
patients.csv: age_years must be from 0 to 110.
  1 of 3 rows breaks this: row 2 (P1): '145'
  fix: compare with the source; if it is right, widen the range in data/codebook.csv.
patients.csv: sex must be a code that the codebook lists.
  1 of 3 rows breaks this: row 4 (P3): 'f'
  fix: use one of female, male, unknown for 'f'.
visits.csv: a visit that is done or unscheduled must have an actual_day.
  1 of 5 rows breaks this: row 3 (P1, M3): status done, actual_day empty
  fix: give the day on which it took place, or write missed into status.
""",
    ),
]


@pytest.mark.parametrize(("breaks", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_broken_set_is_told_in_full(tmp_path, breaks, message):
    problems = list_problems(write_files(tmp_path, *breaks))
    assert "".join(f"{problem.text()}\n" for problem in problems) == message
