"""Numbers of the text: each follows from raw rows by a count or a formula that stands in the test itself."""

from math import comb
from statistics import median

import numbered
import pytest
from cohorts import PATIENTS, derived_cohort, patient, raw_tables
from numbered import all_numbers, derived_tables, number, raw_rows, value
from series import derive_series

from caseseries.derive import derive_tables
from caseseries.derive.cohort.filters import derive_ledger
from caseseries.design import Design
from caseseries.errors import ExhibitError
from caseseries.exhibits.denominators import Stated, check_denominators
from caseseries.exhibits.outcomes.sensitivity_results import estimate_headlines
from caseseries.manuscript import NUMBERS, estimate_numbers
from caseseries.manuscript.number import Number, as_numbers
from caseseries.manuscript.source import select_rows
from caseseries.plan import read_plan
from caseseries.records.dataset import Dataset

MONTH = 365.25 / 12


def column(table, name, **wanted):
    """Values of a raw column, of the rows whose other columns are as wanted."""
    return [row[name] for row in raw_rows()[table] if all(row.get(key) == want for key, want in wanted.items())]


def upper_limit(k, n, *, tail=0.025):
    """Clopper-Pearson: the share at which k or fewer of n have probability ``tail``, by bisection of the sum itself."""
    low, high = k / n, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        at_most = sum(comb(n, i) * middle**i * (1 - middle) ** (n - i) for i in range(k + 1))
        low, high = (middle, high) if at_most > tail else (low, middle)
    return low


def check_middle(key, values):
    assert value(f"{key}.n") == len(values)
    assert value(f"{key}.median") == pytest.approx(median(values))
    assert (value(f"{key}.min"), value(f"{key}.max")) == (pytest.approx(min(values)), pytest.approx(max(values)))


def check_share(key, k, n):
    assert (value(f"{key}.n"), number(f"{key}.n")["n"]) == (k, n)
    assert value(f"{key}.ratio") == pytest.approx(k / n)
    assert value(f"{key}.ci_high") == pytest.approx(upper_limit(k, n) if k < n else 1)
    assert value(f"{key}.ci_low") == pytest.approx(1 - upper_limit(n - k, n) if k else 0)


def test_patients_are_counted_from_the_raw_rows():
    ages, sexes, diseases = (column("patients", name) for name in ("age_years", "sex", "disease"))

    assert value("cohort.n") == len(ages)
    check_middle("cohort.age", ages)
    check_share("cohort.female", sexes.count("female"), len(sexes))
    for key, code in (("lupus", "SLE"), ("myositis", "JDM"), ("sclerosis", "SSc")):
        check_share(f"cohort.{key}", diseases.count(code), len(diseases))
    check_share("cohort.infused", len(raw_rows()["infusions"]), len(ages))


def test_the_product_is_described_from_the_first_infusion_of_each_patient():
    check_middle("product.dose", column("infusions", "dose_cells_per_kg"))
    check_middle("product.vein_to_vein", [-day for day in column("infusions", "apheresis_day")])
    check_share("product.fresh", column("infusions", "fresh_or_frozen").count("fresh"), 5)
    assert number("product.dose.median")["text"] == "3.0 × 10⁶"


def test_lymphodepletion_is_a_total_dose_and_a_share_of_the_infused():
    check_share("lymphodepletion.any", 5, 5)
    check_middle("lymphodepletion.fludarabine", [3 * 25] * 5)


def test_follow_up_is_given_by_both_medians():
    """Death on day 200 censors.

    Reverse Kaplan-Meier by hand: day 100 5/6; day 300 5/6 x 3/4 = 0.625; day 400 0.625 x 2/3 = 0.417: the median.
    """
    days = column("patients", "last_contact_day")

    check_middle("followup.months", [day / MONTH for day in days])
    assert value("followup.months.reverse_km") == pytest.approx(400 / MONTH)
    assert value("followup.patient_years") == pytest.approx(sum(days) / 365.25)
    check_share("deaths", 1, 6)


def test_visits_are_done_of_those_expected():
    """M3 ends on day 105: expected of all but P6 (100 days). P1 and P3 were seen, P2 missed it, P4 and P5 have none."""
    check_share("visits.m3", 2, 5)
    check_share("visits.m12", 1, 3)


def test_cytokine_release_is_what_the_thermometer_showed():
    fevers = numbered.FEVERS

    check_share("crs.any", len(fevers), len(numbered.INFUSED))
    check_middle("crs.onset", [min(days) for days in fevers.values()])
    check_middle("crs.duration", [max(days) - min(days) + 1 for days in fevers.values()])
    check_share("crs.tocilizumab", 1, 5)
    assert value("crs.worst") == 1


def test_infections_are_counted_by_window_and_time_at_risk():
    starts = [day for days in numbered.INFECTION_DAYS.values() for day in days]
    contacts = column("patients", "last_contact_day")
    windows = {"early": (0, 30), "middle": (31, 90), "late": (91, 180), "after": (181, 10_000), "all": (0, 10_000)}

    for name, (first, last) in windows.items():
        n_events = sum(first <= day <= last for day in starts)
        exposure = sum(max(0, min(day, last) - first + 1) for day in contacts)
        assert value(f"infections.{name}.events") == n_events
        assert value(f"infections.{name}.days") == exposure
        assert value(f"infections.{name}.rate") == pytest.approx(100 * n_events / exposure)
    check_share("infection.any", 3, 6)
    check_share("infection.severe", 1, 6)


def test_immunoglobulin_is_counted_by_patient_and_by_administration():
    check_share("ivig", 1, 6)
    assert value("ivig.doses") == 2


def test_expansion_is_read_off_the_samples():
    measured = {
        who: {day: count for day, count in counts.items() if not isinstance(count, str)}
        for who, counts in numbered.CELLS.items()
    }

    check_middle("cart.cmax", [max(counts.values()) for counts in measured.values()])
    check_middle("cart.tmax", [max(counts, key=counts.get) for counts in measured.values()])
    check_middle("cart.tlast", [max(counts) for counts in measured.values()])
    check_share("cart.m3", sum(91 in counts for counts in measured.values()), 3)
    check_share("cart.m6", sum(183 in counts for counts in measured.values()), 3)


def test_b_cells_leave_and_return_by_kaplan_meier():
    """Return on days 90, 150 and 200, P4 censored at 400: S is 3/4, 1/2, 1/4, level at 1/2 from 150 to 200."""
    check_share("b_cells.depleted", 4, 4)
    check_share("b_cells.depleted_in_first_week", 3, 4)
    check_middle("b_cells.depletion", [7, 7, 10, 7])
    check_share("b_cells.returned", 3, 4)
    assert value("b_cells.return.median") == 175
    check_middle("b_cells.aplasia", [90 - 7, 150 - 7, 200 - 10])


def test_activity_is_summarized_at_baseline_at_the_visits_and_last():
    muscle = numbered.MUSCLE

    check_middle("myositis.cmas.baseline", [own[-9] for own in muscle.values()])
    check_middle("myositis.cmas.m3", [own[91] for own in muscle.values()])
    check_middle("myositis.cmas.m12", [muscle["P2"][365]])
    check_middle("myositis.cmas.last", [own[max(own)] for own in muscle.values()])


def test_a_measure_counts_only_patients_with_the_disease():
    assert value("lupus.sledai.baseline.median") is None
    assert number("lupus.sledai.baseline.median")["text"] == "not assessable"


def test_glucocorticoid_falls_and_the_test_asks_for_six_pairs():
    """Doses before: 0 where stopped before lymphodepletion, else as given; at last only P4 takes any."""
    starts = {who: -6 if who in numbered.INFUSED else -1 for who in numbered.DOSES}
    before = [
        dose if numbered.STOPS[who] is None or numbered.STOPS[who] >= starts[who] else 0
        for who, dose in numbered.DOSES.items()
    ]
    last = [numbered.DOSES[who] if numbered.STOPS[who] is None else 0 for who in numbered.DOSES]

    check_middle("glucocorticoid.before", before)
    check_middle("glucocorticoid.last", last)
    check_share("glucocorticoid.taken_last", 1, 6)
    assert value("glucocorticoid.change.p") is None
    assert "6 pairs" in number("glucocorticoid.change.p")["reason"]


def test_six_falls_of_six_give_the_smallest_p_there_can_be():
    """Two-sided exact signed-rank test of six falls: 2 / 2^6."""
    derived = dict(derived_tables())
    treatment = derived["treatment"].copy()
    last = treatment.groupby("patient_id")["end_day"].transform("max") == treatment["end_day"]
    treatment.loc[last, "prednisone_mg_per_day"] = 0.0
    patients = derived["patients"].assign(prednisone_mg_per_day=[6.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    found = estimate_numbers(derived | {"treatment": treatment, "patients": patients}, design=Design())
    by_key = found.set_index("key")

    assert by_key.loc["glucocorticoid.change.p", "value"] == pytest.approx(2 / 2**6)
    assert by_key.loc["glucocorticoid.change.p", "text"] == "0.031"
    assert by_key.loc["glucocorticoid.change.fall", "value"] == pytest.approx(3.5)


def test_drugs_and_remission_are_those_of_the_patients_table():
    check_share("drug_free.at_last_contact", 5, 6)
    assert value("improved.n") == 2


def test_long_term_follow_up_counts_visits():
    done = sum(status == "done" for status in column("visits", "status"))

    assert value("longterm.done") == done
    assert value("longterm.years") == pytest.approx(15, abs=0.01)


def test_the_text_and_the_figure_of_definitions_count_the_same_patients():
    """In the embedded cohort a gap between visits leaves the remission of one patient open: in no denominator."""
    derived = derive_series()
    found = estimate_numbers(derived, design=Design()).set_index("key")
    shares = {
        "REMISSION": "remission.any.last",
        "SUSTAINED_REMISSION": "remission.sustained",
        "FLARE": "flares",
        "CRS": "crs.any",
        "ICAHT_EARLY": "icaht_early.severe",
        "B_CELL_RETURN": "b_cells.returned",
    }
    for headline in estimate_headlines(derived).itertuples():
        if headline.headline in shares:
            told = found.loc[f"{shares[headline.headline]}.n"]
            assert (told["value"], told["n"]) == (headline.n_events, headline.n_patients), headline.headline
    assert found.loc["remission.sustained.n", "n"] == len(derived["patients"]) - 1


def test_every_number_names_rows_that_a_reader_can_select():
    derived, own = derived_tables(), all_numbers()
    named = own[own["rows"] != ""].assign(rows=lambda frame: frame["rows"].replace("all rows", ""))
    selected = {
        (table, rows): select_rows(derived, table, rows)
        for table, rows in named[["table", "rows"]].drop_duplicates().itertuples(index=False)
    }
    counts = named[(named["method"] == "count") & (named["unit"] == "patients") & named["value"].notna()]
    counts = counts[counts["table"] != "infection_rates"]

    assert len(counts) > 80
    for row in counts.itertuples():
        assert selected[(row.table, row.rows)]["patient_id"].nunique() == row.value, row.key


def test_every_denominator_is_that_of_its_line_in_the_ledger():
    own = all_numbers()
    stated = [Stated(row.key, row.text, int(row.n), row.denominator) for row in own.itertuples() if row.denominator]

    assert len(stated) > 500
    assert check_denominators(derived_tables()["ledger"], stated, exhibit="results", tables=()) == []


def test_keys_are_lower_case_dotted_words_each_once_with_a_label():
    own = all_numbers()

    assert list(own.columns) == list(NUMBERS)
    assert own["key"].is_unique
    assert own["key"].str.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+").all()
    assert (own["label"] != "").all()
    assert own.loc[own["value"].isna(), "reason"].ne("").all()


def test_every_exhibit_that_a_number_names_is_planned():
    plan = read_plan()
    names = set(all_numbers()["exhibit"]) - {""}

    assert names <= {exhibit.id for exhibit in plan.exhibits}


def test_a_key_that_begins_another_is_refused():
    row = all_numbers().iloc[0]
    twice = [row.to_dict() | {"key": key} for key in ("crs.any", "crs.any.n")]

    with pytest.raises(ExhibitError, match=r"clash: crs\.any\.$"):
        as_numbers(Number(**entry) for entry in twice)


def other_data(**rows):
    tables = raw_tables(**rows)
    return derive_tables(Dataset("other", PATIENTS, tables, tuple(rows)), design=Design())


@pytest.mark.parametrize(
    "derived",
    [
        lambda: derived_cohort(8),
        lambda: other_data(patients=[patient("P1", disease="Alzheimer's disease", last_contact_day=None)]),
        lambda: other_data(patients=[patient("P1")], labs=raw_rows()["labs"][:8]),
        other_data,
    ],
    ids=["eight patients", "another disease and no follow-up", "labs only", "nobody"],
)
def test_the_keys_are_the_same_for_every_data_set_and_what_cannot_be_told_says_why(derived):
    tables = derived()
    found = estimate_numbers(tables, design=Design())
    missing = found[found["value"].isna()]
    ledger = derive_ledger({name: frame for name, frame in tables.items() if name != "ledger"}, design=Design())
    stated = [Stated(row.key, row.text, int(row.n), row.denominator) for row in found.itertuples() if row.denominator]

    assert found["key"].tolist() == all_numbers()["key"].tolist()
    assert set(missing["text"]) <= {"not assessable", "NE", "NE%", "–"}
    assert missing["reason"].ne("").all()
    assert check_denominators(ledger, stated, exhibit="results", tables=()) == []
