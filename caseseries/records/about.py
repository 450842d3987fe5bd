"""dataset.toml to what it says of a data set, with every fault of it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from caseseries.errors import Problem, suggest_names
from caseseries.records.dataset import FACTS, KINDS, About, Oddity
from caseseries.records.decode import clip, decode_text, file_problem, plain, read_bytes

FILE = "dataset.toml"
KEYS = (*FACTS, "notes", "rows", "oddity")
ODDITY_KEYS = {"file": str, "rule": str, "n": int, "reason": str}


@dataclass(frozen=True)
class Facts:
    """What dataset.toml says: the description (None where it is not whole) and the number of rows of each table."""

    about: About | None = None
    rows: dict[str, int] | None = None
    oddities: tuple[Oddity, ...] = field(default=())


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9


def _show(value: object) -> str:
    try:
        return plain(str(value))
    except (ValueError, RecursionError):
        return "a value too long to show"


def _is_oddity(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and set(entry) == set(ODDITY_KEYS)
        and all(isinstance(entry[key], kind) for key, kind in ODDITY_KEYS.items())
        and _is_count(entry["n"])
        and entry["n"] > 0
        and bool(entry["reason"].strip())
    )


def _parse(path: Path) -> tuple[dict | None, list[Problem]]:
    if not path.exists():
        fix = f'write {FILE} with {", ".join(FACTS)}, such as kind = "patient"'
        must = "must be in the folder of the data set"
        return None, [file_problem(FILE, "file-missing", must, "no such file", fix)]
    raw, problems = read_bytes(path)
    if raw is None:
        return None, problems
    text, found = decode_text(raw, FILE)
    problems += found
    if text is None:
        return None, problems
    try:
        return tomllib.loads(text), problems
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "values nested too deeply"
        must, fix = "must be TOML", "put texts in quotation marks, one key = value in a line"
        return None, [*problems, file_problem(FILE, "not-toml", must, plain(reason, 120), fix)]


def _check_facts(content: dict) -> list[Problem]:
    problems = []
    missing = [key for key in FACTS if key not in content]
    if missing:
        must, fix = f"must tell {', '.join(FACTS)}", "add " + ", ".join(f'{key} = "..."' for key in missing)
        problems.append(file_problem(FILE, "key-missing", must, f"no {', '.join(missing)}", fix))
    wrong = [key for key in FACTS if key in content and not isinstance(content[key], str)]
    if wrong:
        found = ", ".join(f"{key} = {_show(content[key])}" for key in wrong)
        fix = "put the value in quotation marks"
        problems.append(file_problem(FILE, "key-not-text", f"{', '.join(wrong)} must be text", found, fix))
    if isinstance(content.get("title"), str) and not content["title"].strip():
        must, fix = "title must not be empty", "write the title of the data set"
        problems.append(file_problem(FILE, "title-empty", must, "title = ''", fix))
    kind = content.get("kind")
    if isinstance(kind, str) and kind not in KINDS:
        near = suggest_names(kind, KINDS, n=1)
        fix = f"write {near[0]!r}" if near else "write 'patient' for a case series of your own"
        must = f"kind must be one of {', '.join(KINDS)}"
        problems.append(file_problem(FILE, "kind-unknown", must, repr(clip(kind)), fix))
    notes = content.get("notes", [])
    if not (isinstance(notes, list) and all(isinstance(note, str) for note in notes)):
        must, fix = "notes must be a list of texts", 'write notes = ["..."]'
        problems.append(file_problem(FILE, "notes-not-texts", must, _show(notes), fix))
    unknown = [key for key in content if key not in KEYS]
    if unknown:
        near = [f"did you mean {names[0]} by {key}?" for key in unknown[:5] if (names := suggest_names(key, KEYS, n=1))]
        must, found = f"keys must be among {', '.join(KEYS)}", plain(", ".join(unknown))
        fix = " ".join([*near, "otherwise delete it: it is not read"] if near else ["delete it: it is not read"])
        problems.append(file_problem(FILE, "key-unknown", must, found, fix, severity="warning"))
    return problems


def _check_rows(content: dict, tables: Iterable[str]) -> list[Problem]:
    tables = list(tables)
    if "rows" not in content:
        fix = "add [rows] with a line such as patients = 8 for each table"
        must = "must tell the rows of each table, or a table that was cut off cannot be noticed"
        return [file_problem(FILE, "rows-missing", must, "no [rows]", fix, severity="warning")]
    rows = content["rows"]
    if not (isinstance(rows, dict) and all(map(_is_count, rows.values()))):
        must, fix = "[rows] must give a whole number for each table", "write a line such as patients = 8"
        return [file_problem(FILE, "rows-not-numbers", must, _show(rows), fix)]
    unknown = [name for name in rows if name not in tables]
    if unknown:
        near = [f"write {names[0]} for {name}" for name in unknown[:5] if (names := suggest_names(name, tables, n=1))]
        fix = "; ".join(near) or "delete the line"
        must = "[rows] must name tables that the codebook knows"
        return [file_problem(FILE, "rows-unknown", must, plain(", ".join(unknown)), fix)]
    return []


def _check_oddities(content: dict) -> list[Problem]:
    entries = content.get("oddity", [])
    if isinstance(entries, list) and all(map(_is_oddity, entries)):
        named = [(entry["file"], entry["rule"]) for entry in entries]
        twice = [" ".join(name) for name in dict.fromkeys(named) if named.count(name) > 1]
        if not twice:
            return []
        must, fix = "each oddity must stand once", "keep one entry with the number of all rows"
        return [file_problem(FILE, "oddity-twice", must, plain(", ".join(twice)), fix)]
    wrong = [entry for entry in entries if not _is_oddity(entry)] if isinstance(entries, list) else [entries]
    must = "each [[oddity]] must have file, rule and reason as text and n as a number of rows from 1"
    fix = "write all four keys, and no others; file and rule are those that the check reports"
    return [file_problem(FILE, "oddity-form", must, "; ".join(map(_show, wrong[:3])), fix)]


def read_about(folder: Path, tables: Iterable[str]) -> tuple[Facts, list[Problem]]:
    """Read dataset.toml.

    Parameters
    ----------
    folder
        Folder of the data set.
    tables
        Names of the tables there can be.

    Returns
    -------
    Facts, list of Problem
        What could be read, and all that is wrong with the file.
    """
    content, problems = _parse(folder / FILE)
    if content is None:
        return Facts(), problems
    wrong_facts, wrong_rows, wrong_oddities = (
        _check_facts(content),
        _check_rows(content, tables),
        _check_oddities(content),
    )
    oddities = () if wrong_oddities else tuple(Oddity(**entry) for entry in content.get("oddity", []))
    about = None
    if not any(problem.severity == "error" for problem in wrong_facts):
        about = About(**{key: content[key] for key in FACTS}, notes=tuple(content.get("notes", ())), oddities=oddities)
    rows = content.get("rows") if not wrong_rows else None
    return Facts(about, rows, oddities), problems + wrong_facts + wrong_rows + wrong_oddities
