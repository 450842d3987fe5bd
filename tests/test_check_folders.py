"""Folders and paths that are none, and files that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from broken import put, write_files

from caseseries.records import list_problems, problems_json


def tell(folder: Path) -> str:
    return "\n".join(problem.text() for problem in list_problems(folder))


def test_a_folder_that_is_not_there_is_told(tmp_path):
    assert tell(tmp_path / "nowhere") == (
        f"{tmp_path / 'nowhere'}: must be a folder that can be read.\n"
        "  found: No such file or directory\n"
        "  fix: give the folder that holds dataset.toml and patients.csv."
    )


def test_a_file_instead_of_a_folder_is_told(tmp_path):
    file = write_files(tmp_path) / "patients.csv"
    assert tell(file).splitlines()[1] == "  found: Not a directory"


@pytest.mark.parametrize("name", ["", "\0", "a" * 5000])
def test_a_path_that_cannot_be_one_is_told(tmp_path, name):
    assert [problem.severity for problem in list_problems(tmp_path / name)] == ["error"] * (2 if name == "" else 1)


def test_an_empty_folder_lacks_what_every_set_has(tmp_path):
    assert [(problem.file, problem.rule) for problem in list_problems(tmp_path)] == [
        ("dataset.toml", "file-missing"),
        ("patients.csv", "file-missing"),
    ]


UNREADABLE = """visits.csv: must be a file that can be read.
  found: {}
  fix: put a file of the name visits.csv there that you may read."""


def test_a_folder_in_the_place_of_a_table_is_told(tmp_path):
    folder = write_files(tmp_path)
    (folder / "visits.csv").unlink()
    (folder / "visits.csv").mkdir()
    assert tell(folder) == UNREADABLE.format("a folder or something else that is not a file")


def test_a_pipe_in_the_place_of_a_table_is_not_waited_for(tmp_path):
    folder = write_files(tmp_path)
    (folder / "visits.csv").unlink()
    os.mkfifo(folder / "visits.csv")
    assert tell(folder) == UNREADABLE.format("a folder or something else that is not a file")


def test_a_link_to_nothing_is_told(tmp_path):
    folder = write_files(tmp_path)
    (folder / "visits.csv").unlink()
    (folder / "visits.csv").symlink_to(folder / "gone.csv")
    assert tell(folder) == UNREADABLE.format("a folder or something else that is not a file")


def test_a_table_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    folder = write_files(tmp_path)
    read = Path.read_bytes

    def refuse(path):
        if path.name == "visits.csv":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert tell(folder) == UNREADABLE.format("Permission denied")


def test_notes_and_hidden_files_beside_the_tables_are_no_matter(tmp_path):
    folder = write_files(tmp_path, put("README.md", "x"), put(".DS_Store", b"\0"), put("LICENSE", "x"))
    assert list_problems(folder) == []


def test_a_name_that_is_not_text_is_told(tmp_path):
    folder = write_files(tmp_path)
    Path(os.fsdecode(os.fsencode(folder) + b"/b\xff\x1b.csv")).write_bytes(b"")
    report = tell(folder)
    assert report.startswith("warning: b\ufffd\\x1b.csv: must be dataset.toml")
    assert problems_json(list_problems(folder)).encode()
