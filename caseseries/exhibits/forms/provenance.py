"""The record that every file of an exhibit carries: what it is, what it was made from, by which package and options."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from caseseries import __version__
from caseseries.paths import LOCK
from caseseries.plan import Exhibit
from caseseries.records.dataset import About
from caseseries.records.describe import hash_file

NAME = "caseseries"
"""Name of the record wherever a file format wants one."""

FORMAT = 1
UNSEALED = "0" * 64
"""Holds the place of the seal until the rest of the file is written."""


@dataclass(frozen=True)
class Provenance:
    """What one file of an exhibit says of its own making.

    Parameters
    ----------
    exhibit, label, title
        Id, number and title of the exhibit, as in exhibits.toml.
    alt_text
        What a figure shows, in words; empty for a table.
    dataset
        Title of the data set.
    is_synthetic
        Whether no row of it belongs to a person.
    inputs
        SHA-256 by name of each table that went into the exhibit (``data/derived/scores.csv``). What these were made
        from stands in MANIFEST.json, so that a raw edit which moves no derived value leaves the exhibit as it is.
    options
        Options of method that differ from their default.
    parameters
        Parameters of this exhibit that differ from their default.
    version, lock
        Version of the package, and SHA-256 of requirements.lock.
    seal
        SHA-256 of the file itself, see ``caseseries.exhibits.forms.seal``.
    """

    exhibit: str
    label: str
    title: str
    alt_text: str
    dataset: str
    is_synthetic: bool
    inputs: Mapping[str, str]
    options: Mapping[str, Any]
    parameters: Mapping[str, Any]
    version: str
    lock: str
    seal: str = UNSEALED

    @property
    def heading(self) -> str:
        """Number and title."""
        return f"{self.label}. {self.title}"

    def text(self) -> str:
        """Give the record as one line of JSON in ASCII, the seal near its beginning."""
        return json.dumps({NAME: FORMAT, "seal": self.seal} | asdict(self), ensure_ascii=True)


def read_text(text: str) -> Provenance:
    """Read a record from its text.

    Raises
    ------
    ValueError
        If the text is not a record, or one of a later format.
    """
    content = json.loads(text)
    if not isinstance(content, dict) or content.pop(NAME, None) != FORMAT:
        raise ValueError(f"not a record of format {FORMAT}")
    if set(content) != {field.name for field in fields(Provenance)}:
        raise ValueError("not the fields of a record")
    kinds = {field.name: {"bool": bool, "str": str}.get(field.type, dict) for field in fields(Provenance)}
    wrong = [name for name, kind in kinds.items() if not isinstance(content[name], kind)]
    if wrong:
        raise ValueError(f"not what a record holds: {', '.join(wrong)}")
    return Provenance(**content)


def describe_making(
    exhibit: Exhibit,
    about: About,
    *,
    alt_text: str,
    inputs: Mapping[str, str],
    options: Mapping[str, Any],
    parameters: Mapping[str, Any],
) -> Provenance:
    """Compose the record of an exhibit that is about to be written by this package in this environment."""
    return Provenance(
        exhibit=exhibit.id,
        label=exhibit.label,
        title=exhibit.title,
        alt_text=alt_text,
        dataset=about.title,
        is_synthetic=about.is_synthetic,
        inputs=dict(inputs),
        options=dict(options),
        parameters=dict(parameters),
        version=__version__,
        lock=hash_file(LOCK),
    )


def mark_input(frame: pd.DataFrame, path: Path, *, name: str) -> pd.DataFrame:
    """Note on a frame which file holds it, so that an exhibit made from the frame can say so."""
    frame.attrs[NAME] = frame.attrs.get(NAME, {}) | {name: hash_file(path)}
    return frame


def find_inputs(values: Iterable[Any]) -> dict[str, str]:
    """Give name and SHA-256 of every file that the frames among some values came from."""
    found = {}
    for frame in _frames(values):
        found |= frame.attrs.get(NAME, {})
    return dict(sorted(found.items()))


def _frames(values: Iterable[Any]) -> Iterator[pd.DataFrame]:
    for value in values:
        if isinstance(value, pd.DataFrame):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _frames(value)
        elif isinstance(value, dict):
            yield from _frames(value.values())


def find_parameters(make: Callable, options: Mapping[str, Any]) -> dict[str, Any]:
    """Give those of some keyword arguments that are plain values and differ from the default of a function."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(make).parameters.items()}
    plain = {name: _as_read(value) for name, value in options.items() if _is_plain(value)}
    return {name: value for name, value in plain.items() if value != _as_read(defaults.get(name))}


def _as_read(value: Any) -> Any:
    """Give a plain value as it comes back from JSON, which knows no tuples."""
    return json.loads(json.dumps(value)) if _is_plain(value) else value


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(part) for key, part in value.items())
    return value is None or isinstance(value, (str, bool, int, float))
