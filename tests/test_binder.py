"""What Binder would do, as far as it can be done without Docker and without the network."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from caseseries.paths import LOCK, ROOT, START
from caseseries.plan import read_plan

BINDER = ROOT / ".binder"
OFFLINE = {"DOCKER_HOST": "tcp://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1"}


def read_environment(folder):
    environment = yaml.safe_load((folder / "environment.yml").read_text(encoding="utf-8"))
    conda = dict(entry.partition("=")[::2] for entry in environment["dependencies"] if isinstance(entry, str))
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    return environment, conda, pip


def read_lock():
    lines = re.findall(r"^([\w.-]+==\S+(?: ; [^\\\n]+)?)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [Requirement(line) for line in lines]


def wanted_by(requirement, version):
    marker = requirement.marker
    return marker is None or marker.evaluate({"python_version": version, "python_full_version": f"{version}.0"})


@pytest.fixture(scope="module")
def dockerfile(tmp_path_factory):
    """Let repo2docker say what it would do with a copy of the files that it looks at."""
    copy = tmp_path_factory.mktemp("binder")
    for name in ("environment.yml", "requirements.lock", "pyproject.toml"):
        shutil.copy2(ROOT / name, copy / name)
    shutil.copytree(BINDER, copy / ".binder", symlinks=True)
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(copy)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | OFFLINE)
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


def test_binder_makes_the_environment_from_the_files_in_its_folder(dockerfile):
    version = read_environment(ROOT)[1]["python"]

    assert '--file ".binder/environment.yml"' in dockerfile
    assert f"environment-2epy-2d{version.replace('.', '-2e')}-" in dockerfile
    assert dockerfile.index("COPY --chown") < dockerfile.index("env update")


def test_binder_runs_what_comes_after(dockerfile):
    assert "RUN ./.binder/postBuild" in dockerfile
    assert os.access(BINDER / "postBuild", os.X_OK)


def test_nothing_stands_beside_the_folder_that_binder_would_pass_over():
    passed_over = ["apt.txt", "postBuild", "requirements.txt", "runtime.txt", "start", "Dockerfile", "binder"]

    assert [name for name in passed_over if (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", ["environment.yml", "requirements.lock"])
def test_a_file_that_two_readers_want_has_one_home(name):
    assert (BINDER / name).is_symlink()
    assert (BINDER / name).resolve() == ROOT / name


@pytest.mark.parametrize("folder", [ROOT, BINDER], ids=["conda", "Binder"])
def test_pip_finds_the_lock_in_the_folder_of_the_environment_that_names_it(folder):
    _, _, pip = read_environment(folder)
    named = [entry.removeprefix("-r ") for entry in pip if entry.startswith("-r ")]

    assert "--require-hashes" in pip
    assert [(folder / name).resolve() for name in named] == [LOCK]


def test_the_environment_names_the_project_and_a_python_that_it_supports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    environment, conda, _ = read_environment(ROOT)

    assert environment["name"] == project["name"]
    assert set(conda) == {"python", "pip"}
    assert SpecifierSet(project["requires-python"]).contains(conda["python"])


def test_the_lock_holds_all_that_the_project_asks_for_in_versions_that_it_allows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = {entry.name.lower().replace("_", "-"): entry for entry in read_lock()}
    asked = [*project["dependencies"], *(name for names in project["optional-dependencies"].values() for name in names)]

    assert len(locked) > 100
    for requirement in map(Requirement, asked):
        pinned = locked[requirement.name.lower().replace("_", "-")]
        version = str(pinned.specifier).removeprefix("==")
        assert requirement.specifier.contains(version), requirement


def test_each_locked_version_supports_the_python_of_the_environment():
    _, conda, _ = read_environment(ROOT)
    version = conda["python"]
    assert sys.version_info[:2] >= tuple(map(int, version.split(".")))
    refused = []
    for entry in filter(lambda entry: wanted_by(entry, version), read_lock()):
        try:
            found = importlib.metadata.distribution(entry.name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if not SpecifierSet(found.metadata.get("Requires-Python") or "").contains(f"{version}.14"):
            refused.append(entry.name)

    assert refused == []


def test_what_comes_after_makes_the_package_importable_without_fetching(tmp_path):
    """Run it as Binder does, in a clean environment that finds the locked packages where they are installed now."""
    clone, venv = tmp_path / "clone", tmp_path / "venv"
    clone.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, clone / name)
    shutil.copytree(BINDER, clone / ".binder", symlinks=True)
    (clone / "caseseries").mkdir()
    (clone / "caseseries" / "__init__.py").write_text('"""A stand-in."""\n\n__version__ = "0.1.0"\n')
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    packages = next((venv / "lib").glob("python*/site-packages"))
    (packages / "locked.pth").write_text(str(Path(pytest.__file__).parents[1]) + "\n")
    variables = {"PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": str(clone)} | OFFLINE
    subprocess.run([clone / ".binder" / "postBuild"], cwd=clone, env=variables, check=True, capture_output=True)

    command = [python, "-c", "import caseseries; print(caseseries.__file__)"]
    place = subprocess.run(command, cwd=tmp_path, env=variables, check=True, capture_output=True, text=True).stdout
    assert Path(place.strip()) == clone / "caseseries" / "__init__.py"


def test_the_launch_link_opens_the_start_page_and_a_page_without_a_server_is_offered_beside_it():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    link = urlsplit(re.search(r"https://mybinder\.org/\S+?(?=[)`\s])", text)[0])
    section = next(part for part in text.split("\n## ") if "mybinder.org" in part)

    assert parse_qs(link.query)["urlpath"] == [f"lab/tree/{START.relative_to(ROOT).as_posix()}"]
    pages = re.findall(r"`(supplements/[\w./]+\.html)`", section)
    planned = {f"supplements/{exhibit.id}.html" for exhibit in read_plan().exhibits}

    assert pages
    assert set(pages) <= planned
