"""The command line answers mistakes with the nearest choices, and known errors without a traceback."""

import os
import subprocess
import sys

import pytest

from caseseries.cli import main
from caseseries.paths import ROOT


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["bild"], "no command is called 'bild'; did you mean build?"),
        (["chek", "x"], "no command is called 'chek'; did you mean check?"),
        (["build", "swimer"], "no exhibit is called 'swimer'; did you mean swimmer"),
        (["build", "Figure 11"], "no exhibit is called 'Figure 11'; did you mean Figure 1"),
        (["build", "--set", "months_befor=3"], "no parameter is called 'months_befor'; did you mean months_before"),
        (["build", "--set", "months_before=three"], "months_before must be given like its default 12, not 'three'."),
        (["build", "--set", "months_before"], "--set takes NAME=VALUE, not 'months_before'."),
        (["build", "--set", "months_before=3", "--set", "months_before=4"], "months_before is set twice."),
        (["build", "--set", "out=elsewhere"], "no parameter is called 'out'"),
        (["build", "--set", "b_cell_return_rule=x"], "b_cell_return_rule must be one of"),
        (["build", "--jobs", "0"], "--jobs must be 1 or more, not 0."),
        (["build", "--jobs", "two"], "argument --jobs: invalid int value: 'two'"),
        (["build", "--dta", "x"], "no option is called '--dta'; did you mean --data"),
        (["check"], "the following arguments are required: FOLDER"),
        (["whois"], "the following arguments are required: FILE"),
        (["build", "--tif"], "no option is called '--tif'; did you mean --tiff"),
        (["simulate", "x", "--patients", "0"], "--patients must be 1 or more, not 0."),
        (["simulate", "x", "--seed", "-1"], "--seed must be 0 or more, not -1."),
        (["import", "sdmt", "a", "b"], "invalid choice: 'sdmt'"),
        (["--verbose"], "no option is called '--verbose'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_answered_with_the_nearest_choice_and_status_2(arguments, answer, capsys):
    status = main(arguments)

    assert status == 2
    assert answer in capsys.readouterr().err


@pytest.mark.parametrize("command", ["build", "list", "check", "whois", "simulate", "import", "test", "lab"])
def test_every_command_has_help(command, capsys):
    if command == "test":
        return
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])

    assert stop.value.code == 0
    assert f"run_all.py {command}" in capsys.readouterr().out


def test_lab_becomes_a_jupyterlab_of_this_environment_and_hands_it_the_rest(monkeypatch):
    seen = {}
    monkeypatch.setenv("JUPYTER_DATA_DIR", "of-the-reader")
    monkeypatch.delenv("JUPYTER_CONFIG_DIR", raising=False)
    monkeypatch.setattr(os, "chdir", lambda folder: seen.update(folder=folder))
    monkeypatch.setattr(
        os, "execve", lambda *words: seen.update(zip(("program", "words", "variables"), words, strict=True)) or 0
    )

    assert main(["lab", "--no-browser", "--port", "9000"]) == 0
    assert seen["program"] == sys.executable
    assert seen["words"][1:] == ["-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}", "--no-browser", "--port", "9000"]
    assert seen["variables"]["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0] == str(ROOT / ".jupyter")
    assert seen["variables"]["JUPYTER_CONFIG_DIR"] == str(ROOT / ".cache/lab/config")
    assert seen["variables"]["JUPYTER_DATA_DIR"] == "of-the-reader"


def test_a_data_folder_that_is_not_there_is_one_message_without_a_traceback(tmp_path):
    result = subprocess.run(
        [sys.executable, ROOT / "run_all.py", "build", "--data", tmp_path / "nowhere", "--out", tmp_path / "out"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "nowhere" in result.stderr
    assert not (tmp_path / "out").exists()
