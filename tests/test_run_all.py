"""The environment is made once, whole, and by one process at a time; two builds of one data set are the same."""

import fcntl
import importlib.util
import json
import subprocess
import sys

import pytest

from caseseries.paths import ROOT


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """Load run_all.py as a module that works in a folder of its own and fetches nothing."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "run_all.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements.lock").write_text(
        "# a comment\none==1.0 \\\n    --hash=sha256:00\ntwo==2.0 ; python_version < '3.12' \\\n"
    )
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    for name, path in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "STAMP": tmp_path / ".venv" / "made-from",
        "LOCK": tmp_path / "requirements.lock",
    }.items():
        monkeypatch.setattr(module, name, path)
    return module


def make_quickly(bootstrap, monkeypatch, calls):
    def run(command, **_):
        bootstrap.VENV.mkdir()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(bootstrap, "run_pip", lambda python, *arguments: calls.append(arguments))


def test_the_environment_is_made_from_the_lock_with_hashes_and_wheels_only(bootstrap, monkeypatch):
    calls = []
    make_quickly(bootstrap, monkeypatch, calls)

    bootstrap.make_environment()

    assert calls[0] == ("--require-hashes", "--only-binary", ":all:", "-r", str(bootstrap.LOCK))
    assert "--no-index" in calls[1]
    assert bootstrap.is_current()


def test_an_environment_that_is_current_is_not_made_again(bootstrap, monkeypatch):
    calls = []
    make_quickly(bootstrap, monkeypatch, calls)
    bootstrap.make_environment()
    bootstrap.make_environment()

    assert len(calls) == 2


def test_an_environment_cut_off_half_way_is_made_again(bootstrap, monkeypatch):
    calls = []
    make_quickly(bootstrap, monkeypatch, calls)
    monkeypatch.setattr(bootstrap, "register", lambda python: sys.exit("cut off"))
    with pytest.raises(SystemExit):
        bootstrap.make_environment()
    assert not bootstrap.is_current()
    monkeypatch.setattr(bootstrap, "register", lambda python: None)

    bootstrap.make_environment()

    assert bootstrap.is_current()


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_change_of_what_it_is_made_from_makes_the_environment_stale(bootstrap, monkeypatch, name):
    make_quickly(bootstrap, monkeypatch, [])
    bootstrap.make_environment()
    with (bootstrap.ROOT / name).open("a") as file:
        file.write("# changed\n")

    assert not bootstrap.is_current()


def test_a_rule_of_style_makes_no_new_environment(bootstrap, monkeypatch):
    make_quickly(bootstrap, monkeypatch, [])
    bootstrap.make_environment()
    with (bootstrap.ROOT / "pyproject.toml").open("a") as file:
        file.write("\n[tool.ruff]\nline-length = 100\n")

    assert bootstrap.is_current()


def test_a_second_process_waits_for_the_first_and_says_so(bootstrap, tmp_path, capsys):
    with (tmp_path / "lock").open("w") as first, (tmp_path / "lock").open("w") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        release = "import sys, time; time.sleep(0.5)"
        waiting = subprocess.Popen([sys.executable, "-c", release], pass_fds=[first.fileno()])
        first.close()

        bootstrap.hold_lock(second)

        assert waiting.poll() is not None or waiting.wait(1) == 0
    assert "waiting for it" in capsys.readouterr().err


def test_only_versions_wanted_everywhere_are_asked_of_a_prepared_environment(bootstrap):
    assert bootstrap.locked_versions() == [("one", "1.0")]
    assert not bootstrap.is_prepared()


def test_pip_that_fails_ends_with_its_last_lines_and_no_traceback(bootstrap, capsys):
    with pytest.raises(SystemExit, match="could not be made"):
        bootstrap.run_pip(sys.executable, "--no-index", "there-is-no-such-package")

    assert "there-is-no-such-package" in capsys.readouterr().err


def test_two_builds_of_the_synthetic_set_give_the_same_manifest_as_the_committed_one(synthetic_build):
    made, committed = (json.loads((folder / "MANIFEST.json").read_text()) for folder in (synthetic_build, ROOT))
    for entry in made["exhibits"]:
        # The committed build was asked for none; nothing else depends on them.
        entry["files"] = {name: digest for name, digest in entry["files"].items() if not name.endswith(".tiff")}

    assert made == committed
