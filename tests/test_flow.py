"""The flow of patients: every box has the number and the reasons of the ledger, on a page of the journal."""

import pandas as pd
import pytest
from cohorts import derived_cohort
from layout import check_page, find_outside, find_overlaps
from matplotlib.text import Text

from caseseries.derive.cohort.ledger import LEDGER, describe_filter
from caseseries.exhibits.cohort.flow import MOST_COLUMNS, plot_flow

STEPS = ("evaluable", "seen at M3", "seen at M6", "seen at M12", "alive at last contact")


def ledger_of(**sizes):
    """A ledger of diseases with so many patients, the first of whom missed the visit at M3, and one never infused."""
    ids = {disease: [f"{disease}-{number}" for number in range(n)] for disease, n in sizes.items()}
    everyone = [name for own in ids.values() for name in own]
    rows = [
        describe_filter("cohort", "enrolled", [*everyone, "X"], [*everyone, "X"], reason=""),
        describe_filter("cohort", "infused", [*everyone, "X"], everyone, reason="no infusion is recorded"),
    ]
    for disease, own in ids.items():
        rows.append(describe_filter("cohort", disease, everyone, own, reason="another disease"))
        for step in STEPS:
            kept = own[1:] if step == "seen at M3" else own
            why = dict.fromkeys(own, "visit missed")
            rows.append(describe_filter("cohort", f"{disease}, {step}", own, kept, reason=why))
    rows.append(describe_filter("scores:CMAS", "recorded", everyone, everyone[:1], reason="never recorded"))
    patients = pd.DataFrame([{"patient_id": name, "disease": name.split("-")[0]} for name in everyone])
    return pd.DataFrame(rows, columns=list(LEDGER)).astype(LEDGER), patients


def boxes_of(drawing):
    frame = drawing.plotted["flow"]
    return {(row.disease, row.step): (row[2 + 1], row[2 + 2], row.reasons) for row in frame.itertuples()}


def test_every_box_has_its_number_and_its_reasons():
    drawing = plot_flow(*ledger_of(SLE=4, JDM=3))
    boxes = boxes_of(drawing)

    assert boxes[("all", "Enrolled")] == (8, 0, "")
    assert boxes[("all", "Infused")] == (7, 1, "no infusion is recorded: 1")
    assert boxes[("SLE", "SLE")] == (4, 0, "")
    assert boxes[("SLE", "Visit M3")] == (3, 1, "visit missed: 1")
    assert boxes[("JDM", "Alive at last contact")] == (3, 0, "")
    assert "CMAS" not in drawing.alt_text


def test_the_alternative_text_tells_the_whole_flow():
    text = plot_flow(*ledger_of(SLE=4)).alt_text

    assert "Enrolled n = 5; Infused n = 4 (1 left out, no infusion is recorded)." in text
    assert "SLE: Evaluable n = 4; Visit M3 n = 3 (1 left out, visit missed);" in text


def test_more_diseases_than_columns_are_counted_together():
    drawing = plot_flow(*ledger_of(SLE=6, JDM=5, SSc=4, MCTD=2, AAV=1, AIH=1))
    boxes = boxes_of(drawing)
    columns = {disease for disease, _ in boxes} - {"all"}

    assert columns == {"SLE", "JDM", "SSc", "Other diseases (3)"}
    assert len(columns) == MOST_COLUMNS
    assert boxes[("Other diseases (3)", "Visit M3")] == (1, 3, "visit missed: 3")


@pytest.mark.parametrize(
    "frames",
    [
        lambda: ledger_of(SLE=4, JDM=3, SSc=1),
        lambda: ledger_of(SSc=1),
        lambda: ledger_of(**{"Systemic juvenile idiopathic arthritis": 120, "SLE": 100, "JDM": 50, "MCTD": 30}),
        lambda: ledger_of(**{"Without end " * 500: 3, "Q" * 5000: 1}),
        lambda: (derived_cohort(8)["ledger"], derived_cohort(8)["patients"]),
    ],
    ids=["the series", "one patient", "three hundred with a long name", "endless names", "derived tables"],
)
def test_the_page_is_that_of_the_journal_and_no_words_meet(frames):
    figure = plot_flow(*frames()).figure

    check_page(figure, 183)
    assert find_overlaps(figure) == []
    assert find_outside(figure) == []


def test_a_name_that_is_cut_keeps_its_number_of_patients():
    figure = plot_flow(*ledger_of(**{"Q" * 5000: 3})).figure

    assert any(text.get_text().endswith("…: n = 3") for text in figure.findobj(Text))


def test_the_legend_explains_only_what_is_shown():
    legend = plot_flow(*ledger_of(SLE=4)).legend

    assert "SLE, systemic lupus erythematosus" in legend
    assert "JDM" not in legend
    assert "Evaluable patients have" in legend
