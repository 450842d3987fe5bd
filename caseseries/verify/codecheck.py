"""codecheck.yml, as the CODECHECK community wants it: the paper, the files that were checked, what came out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import yaml

from caseseries.paths import ROOT
from caseseries.verify.grades import Comparison

SPECIFICATION = "https://codecheck.org.uk/spec/config/1.0/"
CITATION = ROOT / "CITATION.cff"


def describe_check(comparisons: Iterable[Comparison], *, summary: str, checker: str = "", check_time: str = "") -> str:
    """Give the text of codecheck.yml.

    Parameters
    ----------
    comparisons
        All files; those of exhibits become the manifest of the check.
    summary
        What came out, in words.
    checker
        Name of the person who ran the check, with an ORCID iD behind it if there is one: ``Name 0000-0001-...``.
    check_time
        When; no clock is read, so that the same check gives the same bytes.
    """
    files = [entry for entry in comparisons if entry.exhibit and entry.file.startswith(("figures/", "tables/", "manu"))]
    content: dict[str, Any] = {
        "version": SPECIFICATION,
        "paper": read_paper(),
        "manifest": [{"file": entry.file, "comment": _comment(entry)} for entry in files],
        "codechecker": [_person(checker)] if checker else [],
        "summary": summary,
    }
    if check_time:
        content["check_time"] = check_time
    return write_yaml(content)


def read_paper() -> dict[str, Any]:
    """Read title, authors and reference of the paper from CITATION.cff: the first article that it names."""
    cited = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    article = next((entry for entry in cited.get("references", ()) if entry.get("type") == "article"), cited)
    paper = {"title": article["title"], "authors": [_author(author) for author in article["authors"]]}
    journal = ", ".join(str(article[key]) for key in ("journal", "year") if key in article)
    reference = f"https://doi.org/{article['doi']}" if "doi" in article else article.get("url", journal)
    return paper | {"reference": reference}


def write_yaml(value: Any, depth: int = 0) -> str:
    """Write plain data as YAML; texts are quoted as JSON does, which YAML reads the same."""
    pad = "  " * depth
    if isinstance(value, dict):
        return "".join(f"{pad}{key}:{_below(part, depth)}" for key, part in value.items())
    lines = []
    for part in value:
        text = write_yaml(part, depth + 1) if isinstance(part, dict) else f"{pad}  {_scalar(part)}\n"
        lines.append(f"{pad}- {text[len(pad) + 2 :]}")
    return "".join(lines)


def _below(part: Any, depth: int) -> str:
    if isinstance(part, (dict, list)) and part:
        return f"\n{write_yaml(part, depth + 1)}"
    return f" {_scalar(part)}\n"


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _comment(entry: Comparison) -> str:
    n_cells = f"; {entry.n_cells:,} cells" if entry.n_cells else ""
    counted = [difference for difference in entry.differences if not difference.grade.passes]
    found = f"; {len(counted)} differences" if counted else ""
    return f"{entry.exhibit}: {entry.grade.words}{n_cells}{found}"


def _author(author: dict[str, str]) -> dict[str, str]:
    name = author.get("name") or " ".join(filter(None, [author.get("given-names"), author.get("family-names")]))
    return {"name": name} | ({"ORCID": author["orcid"].rpartition("/")[2]} if "orcid" in author else {})


def _person(text: str) -> dict[str, str]:
    name, _, last = text.rpartition(" ")
    return {"name": name, "ORCID": last} if name and last.count("-") == 3 else {"name": text}
