"""The package as a processor with other last bits would run it: what libraries of mathematics return moves a little."""

import json
import math
import random
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import numpy as np

import caseseries
from caseseries.build.nodes import list_nodes
from caseseries.exhibits.forms import export
from caseseries.exhibits.model import Drawing
from caseseries.paths import NOTEBOOKS
from caseseries.plan import read_plan
from caseseries.records.listing import list_patients

MOVED = {
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "power", "float_power", "cbrt",
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "arcsin", "arccos", "arctan", "arctan2",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "arcsinh", "arccosh", "arctanh", "hypot",
}  # fmt: skip
"""Functions that IEEE 754 does not fix to the last bit; square roots and the four operations are fixed."""
MOST_UNITS = 2


class Moved:
    """A module of mathematics whose results lie up to two units in the last place beside the true ones."""

    def __init__(self, module, seed):
        self.module, self.seed = module, seed
        self.n_calls = 0

    def __getattr__(self, name):
        found = getattr(self.module, name)
        return self._move(found) if name in MOVED else found

    def _move(self, function):
        def moved(*arguments, **options):
            exact = function(*arguments, **options)
            self.n_calls += 1
            if isinstance(exact, float) and not isinstance(exact, np.floating):
                steps = random.Random(f"{self.seed} {self.n_calls}").randint(-MOST_UNITS, MOST_UNITS)
                return float(shift(np.float64(exact), steps))
            rng = np.random.default_rng([self.seed, self.n_calls])
            return shift(exact, rng.integers(-MOST_UNITS, MOST_UNITS, np.shape(exact), endpoint=True))

        return moved


def shift(values, steps):
    """Move floats by whole units in the last place; zero, one's own infinity and what is missing stay."""
    moved = values
    for step in range(1, MOST_UNITS + 1):
        towards = np.where(steps >= step, np.inf, np.where(steps <= -step, -np.inf, moved))
        moved = np.where(np.isfinite(values) & (values != 0), np.nextafter(moved, towards), moved)
    if hasattr(values, "index"):
        return values.__class__(moved, index=values.index)
    return moved[()] if np.ndim(moved) == 0 else moved


def move_mathematics(monkeypatch, seed):
    """Give every module of the package moved mathematics; return the stand-ins."""
    stand_ins = {id(np): Moved(np, seed), id(math): Moved(math, seed)}
    for found in walk_packages(caseseries.__path__, f"{caseseries.__name__}."):
        import_module(found.name)
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{caseseries.__name__}."):
            for word, value in list(vars(module).items()):
                if id(value) in stand_ins:
                    monkeypatch.setattr(module, word, stand_ins[id(value)])
    return list(stand_ins.values())


def run_notebooks(data, out, monkeypatch, *, is_wanted=lambda node: True):
    """Run the code cells of every notebook here, without a kernel, and draw no picture."""
    monkeypatch.setattr(export, "render_figure", lambda *_, **__: b"")
    monkeypatch.setattr(Drawing, "to_html", lambda *_, **__: "")
    for node in filter(is_wanted, list_all(data)):
        run_notebook(node, data=data, out=out)


def list_all(data):
    """List every run of every notebook."""
    plan = read_plan()
    nodes = list_nodes(plan, plan.exhibits, parameters={}, lists={"patients": list_patients(data)})
    return [node for node in nodes if node.notebook]


def run_notebook(node, *, data, out):
    cells = json.loads((NOTEBOOKS / f"{node.notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    names = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), node.name, "exec"), names)
            if "parameters" in cell["metadata"].get("tags", ()):
                names |= node.parameters | {"data": str(data), "out": str(out)}
    import matplotlib.pyplot as plt

    plt.close("all")


def list_written(folder):
    """Name the files that hold numbers or text and no picture."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in Path(folder).rglob("*")
        if path.is_file() and path.stat().st_size and path.suffix in (".csv", ".xlsx", ".html", ".docx")
    )
