"""The places of the project; no other module spells a path."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "caseseries"
NOTEBOOKS = ROOT / "notebooks"
TEMPLATES = ROOT / "templates"
CODEBOOK = ROOT / "data" / "codebook.csv"
SYNTHETIC = ROOT / "data" / "synthetic"
EXHIBITS = ROOT / "exhibits.toml"
LOCK = ROOT / "requirements.lock"

DERIVED = Path("data") / "derived"
FIGURES = Path("figures")
TABLES = Path("tables")
SUPPLEMENTS = Path("supplements")
MANIFEST = Path("MANIFEST.json")
