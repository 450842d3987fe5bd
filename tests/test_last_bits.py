"""Nothing that is published hangs on last bits, which differ between processors and libraries of mathematics."""

import math
import random
import re
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest
from last_bits import MOST_UNITS, Moved, list_all, list_written, move_mathematics, run_notebooks, shift
from pypdf import PdfReader

from caseseries.derive.kinetics.course import compute_course
from caseseries.derive.kinetics.nca import Rules, compute_terminal
from caseseries.exhibits import format as fmt
from caseseries.exhibits.forms.made_csv import made_csv
from caseseries.exhibits.forms.pdf import PLACE, _round_place
from caseseries.paths import ROOT, RUNS, SYNTHETIC
from caseseries.precision import DIGITS, magnitude, settle, written

OUTPUTS = ("data/derived", "figures", "manuscript", "supplements", "tables")
FORMS = {".csv", ".docx", ".html", ".pdf", ".svg", ".xlsx"}
MOST_DIGITS = 12
SEED = 1
N_OF_GRID = 2


def test_moved_mathematics_lie_beside_the_true_ones_and_the_rest_is_untouched():
    moved = Moved(np, 3)
    values = np.linspace(0.1, 5, 200)
    far = np.abs(moved.exp(values) - np.exp(values)) / np.spacing(np.exp(values))

    assert 0 < far.max() <= MOST_UNITS
    assert len(set(far)) == MOST_UNITS + 1
    assert moved.sqrt is np.sqrt
    assert isinstance(Moved(math, 3).exp(1.0), float)
    assert shift(np.float64(1), 2) == 1 + 2 * np.spacing(1.0)


def test_tables_plotted_numbers_workbooks_and_texts_keep_their_bytes_when_last_bits_move(tmp_path, monkeypatch):
    draw = random.Random(SEED)
    grids = {}
    for node in list_all(SYNTHETIC):
        grids.setdefault(node.notebook, []).append(node.run)
    wanted = {(name, run) for name, runs in grids.items() for run in draw.sample(runs, min(len(runs), N_OF_GRID))}
    # Runs of a grid that are not drawn leave what they made to those who read all of them.
    shutil.copytree(ROOT / RUNS, tmp_path / RUNS)
    stand_ins = move_mathematics(monkeypatch, SEED)

    run_notebooks(SYNTHETIC, tmp_path, monkeypatch, is_wanted=lambda node: (node.notebook, node.run) in wanted)

    names = list_written(tmp_path)
    assert all(stand_in.n_calls > 100 for stand_in in stand_ins)
    assert {name.rpartition(".")[2] for name in names} == {"csv", "xlsx", "html", "docx"}
    assert len(names) > 100
    assert [name for name in names if (tmp_path / name).read_bytes() != (ROOT / name).read_bytes()] == []


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-300, 6.04517453798768, -2.675, 1e22, 0.0, -0.0, math.inf])
def test_a_number_in_a_file_is_that_of_its_neighbours(value):
    near = {written(float(shift(np.float64(value), steps))) for steps in range(-MOST_UNITS, MOST_UNITS + 1)}

    assert near == {written(value)}
    assert settle(value) == pytest.approx(value, rel=10.0**-DIGITS)


def test_no_file_carries_more_digits_than_processors_agree_on():
    told = re.compile(rb"(?<![\w.#-])-?(\d*\.\d+|\d+)(?:[eE][-+]?\d+)?(?![\w.-])")
    files = [path for folder in OUTPUTS for path in (ROOT / folder).rglob("*") if path.suffix in FORMS]
    too_long = {}
    for path in files:
        for content in read_parts(path):
            for digits in told.findall(content):
                if b"." in digits and len(digits.replace(b".", b"").lstrip(b"0")) > MOST_DIGITS:
                    too_long.setdefault(path.relative_to(ROOT).as_posix(), digits.decode())

    assert len(files) > 150
    assert too_long == {}


def read_parts(path):
    """Read the texts of a file: members of a zip, and whatever is compressed in a PDF."""
    if path.suffix == ".pdf":
        return [page.get_contents().get_data() for page in PdfReader(path).pages]
    content = path.read_bytes()
    if path.suffix in (".xlsx", ".docx"):
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name) for name in archive.namelist()]
    return [re.sub(rb"base64,[A-Za-z0-9+/=]+", b"", content)]


def test_whole_numbers_are_written_whole():
    assert written(12_345_678_901.0) == "12345678901"
    assert written(-0.0) == "0"
    assert made_csv(pd.DataFrame({"cells": [12_345_678_901.0]}), about=None) == b"cells\n12345678901\n"


@pytest.mark.parametrize("power", range(-12, 13))
def test_a_power_of_ten_and_the_floats_beside_it_have_one_magnitude(power):
    exact = float(f"1e{power}")

    for steps in range(-MOST_UNITS, MOST_UNITS + 1):
        near = float(shift(np.float64(exact), steps))
        assert magnitude(near) == power
        assert fmt.significant(near) == fmt.significant(exact)
        assert fmt.power_of_ten(near) == fmt.power_of_ten(exact)


@pytest.mark.parametrize(("value", "text"), [(2.675, "2.68"), (0.125, "0.13"), (-2.5, "−2.50"), (1e6, "1,000,000.00")])
def test_a_half_is_rounded_like_the_floats_beside_it(value, text):
    near = [float(shift(np.float64(value), steps)) for steps in range(-MOST_UNITS, MOST_UNITS + 1)]

    assert {fmt.number(number, 2) for number in near} == {text}
    assert {fmt.p_value(float(shift(np.float64(0.001), steps))) for steps in (-1, 0, 1)} == {"0.001"}


@pytest.mark.parametrize("conc", [[30.0, 7.3, 7.3, 7.3], [9.0, 1.0, 2.0, 1.0], [9.0, 0.1, 0.3, 0.1]])
@pytest.mark.parametrize("seed", range(5))
def test_a_level_line_has_no_half_life_whatever_the_last_bits(conc, seed, monkeypatch):
    move_mathematics(monkeypatch, seed)
    last_three = compute_course([0.0, 7.0, 14.0, 21.0], conc)

    assert compute_terminal(last_three, rules=Rules(min_points=3)) is None


def test_places_on_a_page_have_four_decimals_and_texts_stay():
    drawn = b"1 0 0 1 467.7165354331 12.00001 cm (0.123456789 \\) 1.23456789) Tj -0.000012 5 l"

    assert PLACE.sub(_round_place, drawn) == b"1 0 0 1 467.7165 12 cm (0.123456789 \\) 1.23456789) Tj 0 5 l"
