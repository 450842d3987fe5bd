"""A folder of SDTM domains as frames: SAS transport, Parquet or CSV, whole or split, in any case of name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.parquet
import pyreadstat

from caseseries.errors import DataError
from caseseries.records.read import file_problem

FORMATS = (".csv", ".parquet", ".xpt")
# Numbers of a SAS transport file were stored in base 16: beyond this many digits they carry noise.
DIGITS = 12


@dataclass
class Domain:
    """One SDTM domain; it remembers which of its variables were asked for.

    ``frame`` holds the variables as they came, upper-case names, one row per record, index unique.
    """

    name: str
    frame: pd.DataFrame
    asked: set[str] = field(default_factory=lambda: {"STUDYID", "DOMAIN", "USUBJID"})

    def __len__(self) -> int:
        return len(self.frame)

    def text(self, variable: str) -> pd.Series:
        """Give a variable as text; missing, empty or absent is NA."""
        self.asked.add(variable)
        if variable not in self.frame:
            return pd.Series(pd.NA, index=self.frame.index, dtype="str")
        values = self.frame[variable]
        if pd.api.types.is_numeric_dtype(values):
            values = compute_by_value(values, lambda numbers: numbers.map(lambda number: f"{number:.{DIGITS}g}"))
        return values.astype("str")

    def code(self, variable: str) -> pd.Series:
        """Give a variable as upper-case text, for coded values."""
        return self.text(variable).str.upper()

    def number(self, variable: str) -> pd.Series:
        """Give a variable as numbers of twelve significant digits; what is no number is NaN."""
        return compute_by_value(self.text(variable), compute_number).astype("float64")

    def patients(self) -> pd.Series:
        """Give the participant of each record."""
        return self.text("USUBJID")

    def part(self, rows: pd.Series) -> Domain:
        """Give the domain with some of its records."""
        return Domain(self.name, self.frame[rows], self.asked)

    def unasked(self) -> list[str]:
        """Give the variables that hold something and that nothing asked for."""
        return [name for name in self.frame if name not in self.asked and self.frame[name].notna().any()]


def compute_number(text: pd.Series) -> pd.Series:
    """Turn text into floats; what is no number becomes NaN."""
    return pd.to_numeric(text, errors="coerce").astype("float64")


def compute_sentence_case(text: pd.Series) -> pd.Series:
    """Write text that is all capitals as a sentence; other text stays."""
    return text.where(text != text.str.upper(), text.str.capitalize())


def compute_by_value(values: pd.Series, function: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Apply a function of a vector once to each value that occurs; NA stays NA."""
    codes, found = pd.factorize(values)
    computed = function(pd.Series(found)).reindex(range(-1, len(found)))
    return computed.iloc[codes + 1].set_axis(values.index)


def empty_domain(name: str) -> Domain:
    """Give a domain without records, for one that the folder lacks."""
    return Domain(name, pd.DataFrame({"USUBJID": pd.Series(dtype="str")}))


def read_domains(source: Path) -> dict[str, Domain]:
    """Read every domain of a folder; the parts of a split domain become one.

    Parameters
    ----------
    source
        Folder with files such as ``dm.xpt``, ``LBCH.parquet``, ``suppae.csv``; other files are left alone.

    Returns
    -------
    dict
        Domain by name (``DM``, ``LB``, ``SUPPAE``), in the order of the names.

    Raises
    ------
    DataError
        If the folder holds no domain, one comes in two formats, whole and in parts, or cannot be read.
    """
    source = Path(source)
    files = _list_files(source)
    frames: dict[str, dict[str, pd.DataFrame]] = {}
    for path in files:
        frame = _read_file(path)
        frames.setdefault(_name_domain(path, frame), {})[path.name] = frame
    problems = []
    for name, parts in frames.items():
        stems = [Path(part).stem.upper() for part in parts]
        if name in stems and len(parts) > 1:
            problems.append(
                file_problem(
                    source.name,
                    "domain-twice",
                    f"{name} must come whole or in parts, not both",
                    ", ".join(sorted(parts)),
                    "keep the whole file or its parts",
                )
            )
    if problems:
        raise DataError(problems)
    return {
        name: Domain(name, pd.concat([parts[part] for part in sorted(parts)], ignore_index=True))
        for name, parts in sorted(frames.items())
    }


def _list_files(source: Path) -> list[Path]:
    if not source.is_dir():
        raise DataError(
            [
                file_problem(
                    str(source),
                    "no-folder",
                    "the source must be a folder of SDTM domains",
                    "a file" if source.exists() else "nothing of that name",
                    "give the folder that holds dm.xpt or dm.csv",
                )
            ]
        )
    files = sorted(path for path in source.iterdir() if path.suffix.lower() in FORMATS and path.is_file())
    if not any(path.stem.upper() == "DM" for path in files):
        found = f"{len(files)} domain files, none called dm" if files else "no file ending in " + ", ".join(FORMATS)
        raise DataError(
            [
                file_problem(
                    source.name,
                    "no-dm",
                    "an SDTM folder must hold DM, one record per participant",
                    found,
                    "give the folder that holds dm.xpt, dm.parquet or dm.csv",
                )
            ]
        )
    by_stem: dict[str, list[str]] = {}
    for path in files:
        by_stem.setdefault(path.stem.upper(), []).append(path.name)
    twice = [
        file_problem(
            source.name,
            "domain-twice",
            f"{stem} must come in one file",
            " and ".join(names),
            "keep one of them",
        )
        for stem, names in by_stem.items()
        if len(names) > 1
    ]
    if twice:
        raise DataError(twice)
    return files


def _read_file(path: Path) -> pd.DataFrame:
    try:
        match path.suffix.lower():
            case ".csv":
                frame = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""], encoding="utf-8-sig")
            case ".parquet":
                frame = pyarrow.parquet.read_table(path).to_pandas()
            case _:
                frame, _ = pyreadstat.read_xport(str(path), disable_datetime_conversion=True)
    except (
        OSError,
        ValueError,
        pyarrow.ArrowException,
        pyreadstat.ReadstatError,
        pyreadstat.PyreadstatError,
    ) as error:
        raise DataError(
            [
                file_problem(
                    path.name,
                    "unreadable",
                    f"the file must be readable as {path.suffix.lower().lstrip('.')}",
                    str(error).splitlines()[0] if str(error) else type(error).__name__,
                    "export the domain again",
                )
            ]
        ) from error
    frame.columns = [str(name).strip().upper() for name in frame.columns]
    for name in frame:
        # An all-missing variable of a Parquet file has no type; text is what it would have been.
        if frame[name].isna().all():
            frame[name] = pd.Series(pd.NA, index=frame.index, dtype="str")
        elif not pd.api.types.is_numeric_dtype(frame[name]):
            stripped = frame[name].astype("str").str.strip()
            frame[name] = stripped.mask(stripped == "")
    return frame


def _name_domain(path: Path, frame: pd.DataFrame) -> str:
    stem = path.stem.upper()
    if "DOMAIN" not in frame or frame["DOMAIN"].isna().all():
        return stem
    names = sorted(frame["DOMAIN"].dropna().str.upper().unique())
    if len(names) > 1 or not stem.startswith(names[0]):
        raise DataError(
            [
                file_problem(
                    path.name,
                    "wrong-domain",
                    f"DOMAIN must be that of the file, such as {stem[:2]}",
                    ", ".join(names),
                    "put one domain into each file and name the file after it",
                )
            ]
        )
    return names[0]
