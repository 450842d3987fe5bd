"""The parameters of the notebooks: what may be set, and to which type."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from caseseries.errors import ExhibitError, UsageError, describe_unknown

PLACES = ("data", "out", "design")


def read_parameters(notebook: Path) -> dict[str, Any]:
    """Read names and default values from the cell tagged ``parameters``.

    Raises
    ------
    ExhibitError
        If there is not exactly one such cell, or if it holds anything but literals.
    """
    content = json.loads(Path(notebook).read_text(encoding="utf-8"))
    cells = [cell for cell in content["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    if len(cells) != 1:
        raise ExhibitError(f"{notebook.name}: exactly one cell must carry the tag 'parameters', not {len(cells)}.")
    try:
        return {
            target.id: ast.literal_eval(statement.value)
            for statement in ast.parse("".join(cells[0]["source"])).body
            for target in statement.targets
        }
    except (AttributeError, ValueError, SyntaxError):
        raise ExhibitError(f"{notebook.name}: the parameters cell must hold literals only.") from None


def check_names(notebook: Path, names: Iterable[str]) -> None:
    """Refuse names that a notebook has no parameter for: papermill would run it with the default and say nothing.

    Raises
    ------
    UsageError
        With the nearest name that it has.
    """
    wanted = sorted(names)
    known = list(read_parameters(notebook)) if wanted else []
    for name in wanted:
        if name not in known:
            raise UsageError(describe_unknown(f"parameter of {notebook.name}", name, known))


def parse_setting(text: str) -> tuple[str, str]:
    """Split ``NAME=VALUE``."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UsageError(f"--set takes NAME=VALUE, not {text!r}.")
    return name.strip(), value.strip()


def _as_type_of(default: Any, name: str, value: str) -> Any:
    try:
        literal = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        literal = value
    if isinstance(default, float) and isinstance(literal, int) and not isinstance(literal, bool):
        literal = float(literal)
    if type(literal) is not type(default):
        raise UsageError(f"{name} must be given like its default {default!r}, not {value!r}.")
    return literal


def assign_settings(settings: list[str], notebooks: dict[str, dict[str, Any]], options: list[str]) -> dict[str, dict]:
    """Assign each ``NAME=VALUE`` to the notebooks that have such a parameter, or to the options of method.

    Parameters
    ----------
    settings
        What stood behind ``--set``.
    notebooks
        For each notebook its parameters with their defaults.
    options
        Names of the options of method, which every notebook takes as ``design``.

    Returns
    -------
    dict
        For each notebook the parameters to inject.

    Raises
    ------
    UsageError
        If no notebook and no option knows a name, a name is set twice, or a value is of another type.
    """
    injected: dict[str, dict[str, Any]] = {name: {} for name in notebooks}
    seen = set()
    for name, value in map(parse_setting, settings):
        if name in seen:
            raise UsageError(f"{name} is set twice.")
        seen.add(name)
        takers = [notebook for notebook, defaults in notebooks.items() if name in defaults and name not in PLACES]
        if not takers and name not in options:
            known = {key for defaults in notebooks.values() for key in defaults if key not in PLACES}
            raise UsageError(describe_unknown("parameter", name, sorted(known) + options))
        for notebook in takers:
            injected[notebook][name] = _as_type_of(notebooks[notebook][name], name, value)
        if name in options:
            for parameters in injected.values():
                parameters.setdefault("design", {})[name] = value
    return injected
