"""A data set in memory and on disk: dataset.toml and up to nine raw tables."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from caseseries.records.codebook import Column, read_codebook

KINDS = ("synthetic", "patient", "trial")
FACTS = ("title", "kind", "source", "licence", "contact", "data_cut")


@dataclass(frozen=True)
class Oddity:
    """A rule that the data are known to break in exactly ``n`` rows, and the reason why they may.

    ``file`` and ``rule`` are those of the problem that the check reports (``labs.csv``, ``value-out-of-range``).
    """

    file: str
    rule: str
    n: int
    reason: str


@dataclass(frozen=True)
class About:
    """What dataset.toml says of a data set: where it comes from and what it is.

    ``kind`` is synthetic (drawn by a simulator), patient (a case series) or trial (an imported trial).
    """

    title: str
    kind: str
    source: str
    licence: str
    contact: str
    data_cut: str
    notes: tuple[str, ...] = field(default=())
    oddities: tuple[Oddity, ...] = field(default=())

    @property
    def is_synthetic(self) -> bool:
        """Whether no row belongs to a person."""
        return self.kind == "synthetic"


@dataclass(frozen=True)
class Dataset:
    """A checked data set: typed tables, laboratory values in the codebook's unit.

    ``tables`` holds all nine raw tables with the codebook's columns in its order; one that the folder lacks is
    empty. ``labs`` carries ``reported_value`` and ``reported_unit`` beside the converted ``value`` and ``unit``.
    """

    name: str
    about: About
    tables: dict[str, pd.DataFrame]
    present: tuple[str, ...]

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def has(self, need: str) -> bool:
        """Whether there is a row of a table (``visits``), test (``labs.CD19``) or instrument (``assessments.CMAS``)."""
        table, _, code = need.partition(".")
        frame = self.tables[table]
        if not code:
            return len(frame) > 0
        column = {"labs": "test", "assessments": "instrument"}[table]
        return bool((frame[column] == code).any())


def _toml_value(value) -> str:
    if isinstance(value, str):
        # JSON leaves DEL as it is, which TOML forbids.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    return str(value)


def _toml_lines(about: About, counts: dict[str, int]) -> list[str]:
    lines = [f"{key} = {_toml_value(getattr(about, key))}" for key in (*FACTS, "notes")]
    lines += ["", "[rows]", *(f"{name} = {count}" for name, count in counts.items())]
    for oddity in about.oddities:
        lines += ["", "[[oddity]]", *(f"{key} = {_toml_value(value)}" for key, value in vars(oddity).items())]
    return lines


def _as_written(values: pd.Series, column: Column) -> pd.Series:
    # pandas turns whole numbers into floats and yes/no into objects as soon as one is missing.
    if column.type == "boolean" and not values.dropna().isin(["yes", "no"]).all():
        return values.map({True: "yes", False: "no"})
    if column.type == "integer" and pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        return values.astype("Int64")
    return values


def write_dataset(
    tables: dict[str, pd.DataFrame], about: About, folder: Path, *, files: dict[str, str] | None = None
) -> Path:
    """Write raw tables and dataset.toml in the form that the codebook describes.

    Parameters
    ----------
    tables
        Raw tables by name; columns that the codebook does not know are refused. Rows are written as they come,
        booleans (True or False) as yes or no, whole numbers without decimals.
    about
        What dataset.toml will say, with the oddities that the check is to let pass.
    folder
        Made if it is not there; files of the same name are replaced.
    files
        Further text files by name, written beside the tables.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    KeyError
        If a table or a column is not one of the codebook.
    """
    folder = Path(folder)
    codebook = read_codebook()
    unknown = [name for name in tables if name not in codebook.tables]
    for name in set(tables) - set(unknown):
        unknown += [f"{name}.{column}" for column in tables[name].columns if column not in codebook.tables[name]]
    if unknown:
        raise KeyError(f"not in the codebook: {', '.join(sorted(unknown))}")
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for name, columns in codebook.tables.items():
        if name not in tables:
            continue
        kept = [code for code, column in columns.items() if column.required or code in tables[name].columns]
        frame = tables[name].reindex(columns=kept)
        frame = frame.assign(**{code: _as_written(frame[code], columns[code]) for code in kept})
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
        counts[name] = len(frame)
    text = "\n".join(_toml_lines(about, counts)) + "\n"
    (folder / "dataset.toml").write_text(text, encoding="utf-8", newline="\n")
    for name, content in (files or {}).items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
    return folder
