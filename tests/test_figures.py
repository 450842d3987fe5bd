"""Figures fit the page for any number of patients, overlap nothing, and draw the numbers that they say."""

import itertools
import shutil
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from cohorts import SYNTHETIC, cohort, course, derived, derived_cohort, event, patient, raw_tables
from layout import boxes, check_page, find_outside, find_overlaps
from matplotlib import font_manager

from caseseries.exhibits.cohort.swimmer import plot_swimmer
from caseseries.exhibits.cohort.swimmer_rows import lay_out_rows
from caseseries.exhibits.cohort.swimmer_words import STATE_WORDS
from caseseries.exhibits.cohort.visit_grid import plot_visits
from caseseries.exhibits.drawing.style import (
    FAMILY,
    STATE_COLOURS,
    disease_colours,
    journal_style,
    new_figure,
    patient_styles,
    register_fonts,
    text_width_mm,
)
from caseseries.exhibits.drawing.treatment_states import merge_states
from caseseries.exhibits.model import Drawing
from caseseries.records.dataset import Dataset

SIZES = [1, 8, 40, 300]
ENDLESS = [f"{number} {'Wide' * 300}" for number in range(12)]


def swimmer(found, **options):
    return plot_swimmer(found["patients"], found["treatment"], found["milestones"], **options)


def derive(**rows):
    return derived(Dataset("hand-made", SYNTHETIC, raw_tables(**rows), tuple(rows)))


def lopsided():
    """Make many patients of one disease and ten of a disease each, whose names need more room than their bars."""
    many = [patient(f"P{number}") for number in range(70)]
    return derive(patients=[*many, *(patient(f"Q{number}", disease=f"Disease {number}") for number in range(10))])


def crowded(n, n_diseases):
    """Make patients with far more marks and diseases than a figure likes."""
    names = [f"P{number}" for number in range(1, n + 1)]
    return derive(
        patients=[patient(name, disease=f"Disease {number % n_diseases}") for number, name in enumerate(names)],
        medications=[course(name, "prednisone", "glucocorticoid", -200, 9) for name in names],
        adverse_events=[
            event(name, category, day, day + 2, term=f"{category} {day}", serious=day == 4)
            for name in names
            for category in ("crs", "icans", "licats", "infection", "iec_hs")
            for day in (2, 3, 4)
        ],
    )


FOUND = {
    **{f"{n} patients": lambda n=n: derived_cohort(n) for n in SIZES},
    "12 patients full of events": lambda: crowded(12, 3),
    "12 patients of 12 diseases": lambda: crowded(12, 12),
    "50 patients of 9 diseases": lambda: crowded(50, 9),
    "60 patients of 30 diseases": lambda: crowded(60, 30),
    "80 patients, ten of them alone": lopsided,
    "120 patients in three arms": lambda: derived(cohort(120, groups=["Placebo", "Drug, low dose", "Drug, high"])),
    "30 patients in twelve arms of endless names": lambda: derived(
        cohort(30, groups=[f"{n} {'Wide' * 300}" for n in range(12)])
    ),
    "no event, no visit, no drug": lambda: derive(patients=[patient("P1"), patient("P2", disease="JDM")]),
}
DRAWN = {
    f"{kind}: {name}": (kind, make)
    for name, make in FOUND.items()
    for kind in ("swimmer", "visits")
    if not (kind == "visits" and name.startswith(("no event", "12 ", "30", "50", "60", "80")))
}


@pytest.fixture(scope="module", params=DRAWN)
def drawing(request):
    kind, make = DRAWN[request.param]
    found = make()
    return swimmer(found) if kind == "swimmer" else plot_visits(found["visits"], found["patients"])


def test_no_text_overlaps_another_or_leaves_the_page(drawing):
    assert boxes(drawing.figure)
    assert find_outside(drawing.figure) == []
    assert find_overlaps(drawing.figure) == []


def test_the_page_is_that_of_the_journal(drawing):
    check_page(drawing.figure, 183)


def test_alternative_text_and_legend_say_n_and_hold_no_gap(drawing):
    assert isinstance(drawing, Drawing)
    for text in (drawing.alt_text, drawing.legend):
        assert "patient" in text
        assert not {"nan", "NE", "<NA>", "None"} & set(text.replace(";", " ").replace(".", " ").split())
    assert all(len(frame) or name == "marks" for name, frame in drawing.plotted.items())


def test_bars_carry_the_states_of_treatment_in_months():
    found = derive(
        patients=[patient("P1", last_contact_day=365)],
        medications=[
            course("P1", "prednisone", "glucocorticoid", -700, 29, dose=5),
            course("P1", "mycophenolate mofetil", "csdmard", -300, 59),
        ],
    )
    bars = swimmer(found).plotted["treatment"]
    month = 365.25 / 12

    assert bars["state of treatment"].tolist() == [
        STATE_WORDS[name] for name in ("on_glucocorticoid", "on_immunosuppression", "drug_free")
    ]
    assert bars["start (months)"].tolist() == pytest.approx([-12, 30 / month, 60 / month])
    assert bars["end (months)"].tolist() == pytest.approx([30 / month, 60 / month, 365 / month])


@pytest.mark.parametrize("n", SIZES)
def test_every_patient_has_bars_that_end_at_last_contact(n):
    found = derived_cohort(n)
    segments = merge_states(found["treatment"], patients=found["patients"], months_before=12)
    ends = segments.groupby("patient_id")["end_months"].max()
    contact = found["patients"].set_index("patient_id")["follow_up_months"]

    pd.testing.assert_series_equal(ends, contact, check_names=False)
    assert segments["start_months"].min() >= -12


def test_the_months_before_are_an_option_and_end_where_records_begin():
    found = derived_cohort(8)
    short = derive(patients=[patient("P1")], medications=[course("P1", "prednisone", "glucocorticoid", -40, -1)])

    assert swimmer(found, months_before=6).plotted["treatment"]["start (months)"].min() == pytest.approx(-6)
    assert swimmer(short).figure.axes[0].get_xlim()[0] > -2.5


def test_marks_of_a_few_patients_do_not_hide_each_other():
    found = derived_cohort(8)
    layout = lay_out_rows(found["patients"], found["milestones"], first_month=0)
    lanes = layout.marks[~layout.marks["shown_as"].isin(["b_cell_return", "last_glucocorticoid", "ivig", "death"])]
    gaps = lanes.sort_values("months").groupby(["patient_id", "place_mm"])["months"].diff().dropna()

    assert len(gaps)
    assert gaps.min() >= layout.months_per_mm * 2.0 - 1e-9
    assert lanes.groupby("patient_id")["place_mm"].nunique().max() >= 3


def test_many_patients_keep_only_serious_events_and_deaths():
    marks = swimmer(derived_cohort(300)).plotted["marks"]
    few = swimmer(derived_cohort(8)).plotted["marks"]

    assert set(marks["mark"]) == {"Serious event", "Death"}
    assert {"CRS", "LICATS", "B cell return"} <= set(few["mark"])


def test_the_grid_of_visits_has_a_cell_for_each_patient_and_visit():
    found = derived_cohort(8)
    cells = plot_visits(found["visits"], found["patients"]).plotted["visits"]
    bars = plot_visits(derived_cohort(300)["visits"], derived_cohort(300)["patients"]).plotted["visits"]

    assert len(cells) == 8 * cells["visit"].nunique()
    assert (bars.groupby("visit")["patients (n)"].sum() == 300).all()


def test_a_patient_keeps_colour_and_marker_whatever_is_drawn():
    names = [f"SYN-{number}" for number in range(1, 31)]
    styles = patient_styles(reversed(names))

    assert styles == patient_styles(names)
    assert len({style.colour for name, style in styles.items() if name in names[:8]}) == 8
    assert len({style.marker for name, style in styles.items() if name in names[:8]}) == 8
    assert len(set(styles.values())) == 30


def luminance(colour):
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in mpl.colors.to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_states_that_meet_in_a_bar_differ_in_grey_print():
    names = ["on_glucocorticoid", "on_immunosuppression", "drug_free", "on_other_treatment", "indeterminate"]
    for one, other in itertools.combinations(names, 2):
        light, dark = sorted((luminance(STATE_COLOURS[one]), luminance(STATE_COLOURS[other])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 1.12, (one, other)


def test_diseases_keep_their_colours_and_others_get_one():
    assert disease_colours(["SLE", "JDM"])["SLE"] == disease_colours(["SLE"])["SLE"]
    assert len(set(disease_colours(["SLE", "JDM", "SSc", "MS", "MG"]).values())) == 5


def test_style_leaves_the_settings_of_matplotlib_alone():
    before = dict(mpl.rcParams)
    with journal_style():
        assert mpl.rcParams["pdf.fonttype"] == 42
    assert dict(mpl.rcParams) == before


def test_a_figure_higher_than_a_page_is_refused():
    with pytest.raises(ValueError, match="at most 170 mm high, not 171"):
        new_figure(width_mm=183, height_mm=171)


def test_a_missing_typeface_is_an_error_not_a_fallback(monkeypatch):
    register_fonts.cache_clear()
    monkeypatch.setattr("caseseries.exhibits.drawing.style.importlib.metadata.files", lambda name: [])
    with pytest.raises(FileNotFoundError, match="TeX Gyre Heros must be installed"):
        register_fonts()
    monkeypatch.undo()
    register_fonts.cache_clear()
    assert len(register_fonts()) == 4


def test_the_locked_typeface_goes_before_one_of_the_same_name_on_the_machine(tmp_path, monkeypatch):
    """TeX distributions install TeX Gyre Heros, too, with outlines of other versions."""
    locked = register_fonts()
    register_fonts.cache_clear()
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    for path in locked.values():
        font_manager.fontManager.addfont(shutil.copy(path, tmp_path))
    assert Path(font_manager.findfont(FAMILY)).parent == tmp_path
    register_fonts()
    assert font_manager.findfont(FAMILY) == locked["texgyreheros-regular.ttf"]
    assert font_manager.findfont(f"{FAMILY}:bold") == locked["texgyreheros-bold.ttf"]


def test_text_is_measured_in_millimetres():
    """Helvetica sets the letter n 0.556 em wide."""
    assert text_width_mm("n" * 100, size_pt=6) == pytest.approx(100 * 0.556 * 6 * 25.4 / 72, rel=0.01)
