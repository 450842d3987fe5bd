"""Every command and path that the documents name works or exists."""

import re
import shlex

import pytest
import yaml

from caseseries.cli import make_parser
from caseseries.paths import LOCK, ROOT
from caseseries.plan import read_plan

DOCUMENTS = sorted(path for path in ROOT.glob("*.md"))
COMMAND = re.compile(r"^(?:python3 )?run_all\.py ?(.*)$", re.MULTILINE)
NAMED_PATH = re.compile(
    r"`((?:notebooks|caseseries|data|tests|templates|figures|tables|supplements)/[\w./-]*|[\w-]+\.(?:toml|yml|py|lock|md|cff))`"
)


def blocks(path):
    return re.findall(r"```\w*\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL)


COMMANDS = [(path.name, line) for path in DOCUMENTS for block in blocks(path) for line in COMMAND.findall(block)]


def test_the_readme_names_commands():
    assert len(COMMANDS) >= 2


@pytest.mark.parametrize(("document", "line"), COMMANDS, ids=lambda value: str(value) or "no arguments")
def test_each_command_is_one_that_the_parser_takes(document, line):
    arguments = shlex.split(line, comments=True)
    parser = make_parser()

    if arguments[:1] != ["test"]:
        assert parser.parse_args(arguments or ["build"]).run


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_each_path_exists(path):
    named = NAMED_PATH.findall(path.read_text(encoding="utf-8"))

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_lists_every_exhibit_with_its_notebook():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row.startswith("|")]

    for exhibit in read_plan().exhibits:
        assert [row for row in rows if exhibit.label in row and exhibit.notebook in row], exhibit.label


def test_environment_and_lock_agree():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    names = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))

    assert [name.split("=")[0] for name in names] == ["python", "pip"]
    assert f"-r {LOCK.name}" in pip


def test_the_lock_pins_every_package_with_hashes_and_names_no_address():
    entries = re.split(r"\n(?=\S)", LOCK.read_text(encoding="utf-8").strip())
    packages = [entry for entry in entries if not entry.startswith("#")]

    assert len(packages) > 50
    assert all(re.match(r"[\w.-]+==\S+", entry) and "--hash=sha256:" in entry for entry in packages)
    assert "://" not in LOCK.read_text(encoding="utf-8")
