"""The places of the project; no other module spells a path."""

import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "caseseries"
NOTEBOOKS = ROOT / "notebooks"
TEMPLATES = ROOT / "templates"
CODEBOOK = ROOT / "data" / "codebook.csv"
REPORTED = ROOT / "data" / "reported.csv"
PUBLISHED = ROOT / "data" / "published.csv"
START = ROOT / "start.ipynb"
RESULTS_TEXT = ROOT / "manuscript" / "results.md"
SYNTHETIC = ROOT / "data" / "synthetic"
EXHIBITS = ROOT / "exhibits.toml"
LOCK = ROOT / "requirements.lock"
CITATION = ROOT / "CITATION.cff"

DERIVED = Path("data") / "derived"
RUNS = DERIVED / "runs"
FIGURES = Path("figures")
TABLES = Path("tables")
SUPPLEMENTS = Path("supplements")
MANUSCRIPT = Path("manuscript")
MANIFEST = Path("MANIFEST.json")
CACHE = Path(".cache")
BY_HAND = Path("out") / "by_hand"
SET = Path("out") / "set"


def safe_name(name: str) -> str:
    """Give a name that came from data, or from a plan, as the name of a file.

    Letters, digits, hyphens and underscores stay. Where anything else had to go, a piece of the name's hash keeps two
    names apart.
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        return name
    kept = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:48] or "run"
    return f"{kept}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
