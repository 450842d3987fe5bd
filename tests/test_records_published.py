"""Published series: each count has a source and is one that can be; what cannot be is refused."""

import pytest

from caseseries.errors import DataError
from caseseries.records.published import PUBLISHED_SERIES, read_published

HEADER = ",".join(PUBLISHED_SERIES)
ROW = "Somebody 2024,2024,SLE,adults,remission,DORIS remission,6 months,{events},{n},12 months,{certainty},{source}"


def read(tmp_path, *, events=7, n=8, certainty="abstract", source="J 2024;1:1", row=ROW):
    path = tmp_path / "published.csv"
    path.write_text(f"{HEADER}\n{row.format(events=events, n=n, certainty=certainty, source=source)}\n", "utf-8")
    return read_published(path)


def test_the_series_of_the_project_can_be_read_and_each_has_a_source():
    frame = read_published()

    assert frame["source"].notna().all()
    assert {"Mackensen 2022", "Müller 2024", "CASTLE 2024", "CASTLE 2026", "Becilli 2026"} == set(frame["series"])


@pytest.mark.parametrize(
    ("series", "kind", "disease", "counts"),
    [
        pytest.param("Mackensen 2022", "remission", "SLE", (5, 5), id="DORIS in all five (abstract)"),
        pytest.param("Müller 2024", "remission", "SLE", (8, 8), id="DORIS in all eight (abstract)"),
        pytest.param("Müller 2024", "response", "IIM", (3, 3), id="major response in all three (abstract)"),
        pytest.param("Müller 2024", "response", "SSc", (4, 4), id="activity index fell in all four (abstract)"),
        pytest.param("Müller 2024", "drug_free", "all", (15, 15), id="immunosuppression stopped in all (abstract)"),
        pytest.param("Becilli 2026", "remission", "all", (7, 8), id="complete remission in seven (press)"),
    ],
)
def test_counts_are_those_of_the_sources(series, kind, disease, counts):
    frame = read_published().set_index(["series", "kind", "disease"])

    assert tuple(frame.loc[(series, kind, disease), ["n_events", "n_patients"]]) == counts


def test_a_series_whose_count_was_not_to_be_had_has_none():
    frame = read_published()

    assert frame.loc[frame["n_events"].isna(), "certainty"].unique().tolist() == ["no count"]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        pytest.param({"events": 9}, "0 to n_patients", id="more events than patients"),
        pytest.param({"events": -1}, "0 to n_patients", id="fewer than none"),
        pytest.param({"n": 0, "events": 0}, "1 or more", id="nobody"),
        pytest.param({"source": ""}, "source must say", id="no source"),
        pytest.param({"events": ""}, "n_events must be given", id="no count, and nobody says why"),
        pytest.param({"certainty": "no count"}, "n_events must be given", id="a count that is said not to be there"),
        pytest.param({"certainty": "hearsay"}, "certainty must be one of", id="another certainty"),
        pytest.param({"row": ROW.replace("remission,D", "cure,D")}, "kind must be one of", id="another kind"),
        pytest.param({"row": ROW.replace("SLE", "lupus")}, "disease must be one of", id="another disease"),
    ],
)
def test_what_cannot_be_is_refused_with_its_row(tmp_path, facts, words):
    with pytest.raises(DataError) as caught:
        read(tmp_path, **facts)

    assert words in str(caught.value)
    assert "row 2 (Somebody 2024)" in str(caught.value)
