"""The text of the results: a template and numbers to headings and paragraphs in which every number knows its key."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Environment, StrictUndefined, TemplateError, meta, nodes

from caseseries.errors import ExhibitError, UsageError, suggest_names
from caseseries.exhibits.denominators import Stated
from caseseries.exhibits.forms.note import data_note
from caseseries.manuscript.number import NOT_ASSESSABLE
from caseseries.paths import MANUSCRIPT, RESULTS_TEXT
from caseseries.plan import Plan
from caseseries.records.dataset import About

OPEN, BETWEEN, CLOSE = "\ue000", "\ue001", "\ue002"
"""Letters for private use that mark a number or an exhibit in the filled text until it is cut into spans."""

MARKED = re.compile(f"{OPEN}(.*?){BETWEEN}(.*?){CLOSE}")
OWN_NAMES = ("exhibit", "data", "has")


@dataclass(frozen=True)
class Span:
    """A piece of text; ``key`` names the number it prints, ``exhibit`` the exhibit it refers to."""

    text: str
    key: str = ""
    exhibit: str = ""


@dataclass(frozen=True)
class Block:
    """A title, heading, or paragraph."""

    kind: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, eq=False)
class Text:
    """A filled text.

    Parameters
    ----------
    blocks
        Its headings and paragraphs.
    numbers
        The numbers that it prints, in the order in which a reader meets them.
    every
        All numbers that it could have printed.
    plan
        The exhibits that it refers to.
    """

    blocks: tuple[Block, ...]
    numbers: pd.DataFrame
    every: pd.DataFrame
    plan: Plan

    @property
    def title(self) -> str:
        """The words of the title; empty without one."""
        return "".join(span.text for block in self.blocks[:1] if block.kind == "title" for span in block.spans)

    def plain(self) -> str:
        """Give the words alone, a line per block."""
        return "\n".join("".join(span.text for span in block.spans) for block in self.blocks)

    def list_denominators(self) -> Iterator[Stated]:
        """List the patients behind every number, printed or not, each with the line of the ledger that it names."""
        for number in self.every[self.every["denominator"] != ""].itertuples():
            yield Stated(number.key, number.text, int(number.n), number.denominator)

    def to_html(self, *, exhibit=None, about=None, provenance=None) -> str:
        """Give the text as one HTML element for the page of its notebook; its numbers lead to the page of the text."""
        from caseseries.manuscript.as_html import article_element

        return article_element(self, page=f"../{MANUSCRIPT.as_posix()}/{exhibit.id}.html", level=3)


class Leaf:
    """A number in a template: printed it is its text; in a condition it is equal to, or above, another or a value."""

    def __init__(self, number: Mapping):
        self._number = number
        self.has_value = bool(pd.notna(number["value"]))

    @property
    def reason(self) -> str:
        """Why there is no value."""
        return self._marked("reason")

    def __str__(self) -> str:
        return self._marked("text")

    def _marked(self, column: str) -> str:
        return f"{OPEN}n:{self._number['key']}{BETWEEN}{self._number[column]}{CLOSE}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Leaf):
            return self._number["text"] == other._number["text"]
        return self._number["value"] == other

    def __gt__(self, other: float) -> bool:
        return bool(self._number["value"] > other)

    __hash__ = None


LEAF_WORDS = ("has_value", "reason")


class Branch:
    """What several keys begin with; a word that no key goes on with is an error that names the nearest ones."""

    def __init__(self, name: str, keys: list[str]):
        self._name, self._keys = name, keys

    def __getattr__(self, word: str):
        if word.startswith("_"):
            raise AttributeError(word)
        raise ExhibitError(describe_key(f"{self._name}.{word}", self._keys))

    def __str__(self) -> str:
        begun = [key for key in self._keys if key.startswith(f"{self._name}.")]
        raise ExhibitError(f"{self._name} is the beginning of {len(begun)} keys and no number; such as {begun[0]}.")


class Exhibits:
    """The exhibits of the plan by id; printed each is its number in the manuscript."""

    def __init__(self, plan: Plan):
        self._plan = plan

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            exhibit = self._plan.exhibit(name)
        except UsageError as error:
            raise ExhibitError(str(error)) from None
        return f"{OPEN}e:{exhibit.id}{BETWEEN}{exhibit.label}{CLOSE}"


def describe_key(name: str, keys: list[str]) -> str:
    """Say that there is no such key, and which ones are nearest."""
    near = suggest_names(name, keys, n=4)
    return f"no number is called {name}" + (f"; the nearest keys are {', '.join(near)}." if near else ".")


def fill_text(template: str, numbers: pd.DataFrame, *, plan: Plan, about: About, name: str) -> Text:
    """Fill a text with numbers.

    Parameters
    ----------
    template
        A Jinja2 template of headings (``#``, ``##``) and paragraphs. ``{{ crs.any.n }}`` prints a number,
        ``{{ exhibit.safety }}`` the number of an exhibit; ``has("crs")`` is true where any number whose key begins so
        could be made from the data; ``data.is_synthetic`` and ``data.note`` tell what kind of data they are.
    numbers
        As ``estimate_numbers`` gives them.
    plan, about
        Name the exhibits and the data set.
    name
        Name of the file, for messages.

    Raises
    ------
    ExhibitError
        If the template cannot be read, or names a key or an exhibit that there is not: with file, line, key and the
        nearest keys; every unknown key at once.
    """
    keys = numbers["key"].tolist()
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    try:
        tree = environment.parse(template)
        _check_keys(tree, keys, name=name)
        filled = environment.from_string(tree).render(**_context(numbers, plan=plan, about=about))
    except TemplateError as error:
        raise ExhibitError(f"{name}, line {getattr(error, 'lineno', None) or _line(error)}: {error}") from None
    except ExhibitError as error:
        text = str(error)
        raise ExhibitError(text if text.startswith(name) else f"{name}, line {_line(error)}: {text}") from None
    blocks = tuple(_blocks(filled))
    used = dict.fromkeys(span.key for block in blocks for span in block.spans if span.key)
    printed = numbers.set_index("key", drop=False).loc[list(used)].reset_index(drop=True)
    return Text(blocks, printed, numbers, plan)


def read_text(numbers: pd.DataFrame, *, plan: Plan, about: About, path: Path = RESULTS_TEXT) -> Text:
    """Read a template, by default that of the results, and fill it as ``fill_text`` does."""
    path = Path(path)
    name = f"{path.parent.name}/{path.name}"
    return fill_text(path.read_text(encoding="utf-8"), numbers, plan=plan, about=about, name=name)


def _line(error: Exception) -> int | str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return lines[-1] if lines else "unknown"


def _context(numbers: pd.DataFrame, *, plan: Plan, about: About) -> dict:
    keys = numbers["key"].tolist()
    known = set(numbers.loc[numbers["text"] != NOT_ASSESSABLE, "key"])
    roots: dict = {}
    for number in numbers.to_dict("records"):
        *words, last = number["key"].split(".")
        branches, path = roots, ""
        for word in words:
            path = f"{path}.{word}".lstrip(".")
            branches = branches.setdefault(word, Branch(path, keys)).__dict__
        branches[last] = Leaf(number)

    def has(beginning: str) -> bool:
        return any(key == beginning or key.startswith(f"{beginning}.") for key in known)

    data = {"is_synthetic": about.is_synthetic, "note": data_note(about), "title": about.title}
    return roots | {"exhibit": Exhibits(plan), "data": data, "has": has}


def _check_keys(tree: nodes.Template, keys: list[str], *, name: str) -> None:
    """Refuse keys that there are not, also those behind a condition that these data do not meet."""
    free = meta.find_undeclared_variables(tree) - set(OWN_NAMES)
    inner = {id(node.node) for node in tree.find_all(nodes.Getattr)}
    chains = [node for node in tree.find_all((nodes.Getattr, nodes.Name)) if id(node) not in inner]
    named = [(node.lineno, words) for node in chains if (words := _words(node)) and words[0] in free]
    named += [
        (call.lineno, call.args[0].value.split("."))
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "has"
    ]
    begun = {".".join(key.split(".")[:depth]) for key in keys for depth in range(1, key.count(".") + 2)}
    problems = []
    for line, words in sorted(named):
        whole = ".".join(words)
        behind_key = ".".join(words[:-1]) in keys and words[-1] in LEAF_WORDS
        if whole not in begun and not behind_key:
            problems.append(f"{name}, line {line}: {describe_key(whole, keys)}")
    if problems:
        raise ExhibitError("\n".join(dict.fromkeys(problems)))


def _words(node: nodes.Node) -> list[str]:
    if isinstance(node, nodes.Name):
        return [node.name]
    inner = _words(node.node) if isinstance(node, nodes.Getattr) else []
    return [*inner, node.attr] if inner else []


def _blocks(filled: str) -> Iterator[Block]:
    for part in re.split(r"\n\s*\n", filled):
        for kind, text in _lines(part):
            yield Block(kind, tuple(_spans(text)))


def _lines(part: str) -> Iterator[tuple[str, str]]:
    words: list[str] = []
    for line in filter(None, map(str.strip, part.splitlines())):
        if line.startswith("#"):
            marks, _, text = line.partition(" ")
            yield ("title" if marks == "#" else "heading"), text
        else:
            words.append(line)
    if words:
        yield "paragraph", re.sub(r"\s+", " ", " ".join(words))


def _spans(text: str) -> Iterator[Span]:
    place = 0
    for found in MARKED.finditer(text):
        if found.start() > place:
            yield Span(text[place : found.start()])
        kind, _, name = found.group(1).partition(":")
        yield Span(found.group(2), **{"key" if kind == "n" else "exhibit": name})
        place = found.end()
    if place < len(text):
        yield Span(text[place:])
