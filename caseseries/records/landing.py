"""A data folder written whole: made beside its place first, then moved there, whatever stops it on the way."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from caseseries.errors import UsageError
from caseseries.records.about import FILE

NEW, EARLIER, DONE, NAMES = "new", "earlier", "done", "names"


@contextmanager
def landing(dest: Path, *, replaces: Iterable[str] = ()) -> Iterator[Path]:
    """Give a folder to write into, whose files stand in ``dest`` once all of them are written.

    Where ``dest`` is not there, or is empty, the whole folder gets its name in one step. Otherwise its files replace
    those of the same name, and all others stay. What interrupts that puts the earlier files back; after a kill the
    next one that writes to ``dest`` does. Meanwhile ``dest`` holds no dataset.toml, so that nobody takes a mixture for
    a data set.

    Parameters
    ----------
    dest
        The folder that is to be filled.
    replaces
        Names of files that are taken away where they are not written anew.

    Raises
    ------
    UsageError
        If ``dest`` is a file.
    """
    finish_landing(dest)
    dest = Path(os.path.realpath(dest))
    dest.parent.mkdir(parents=True, exist_ok=True)
    work = _choose_place(dest) / f"{_stem(dest)}{os.getpid()}"
    try:
        (work / NEW).mkdir(parents=True)
        yield work / NEW
        _move(work, dest, replaces)
    finally:
        # Earlier files that could not be put back wait there for the next one.
        if not (work / EARLIER).exists():
            shutil.rmtree(work, ignore_errors=True)


def finish_landing(dest: Path) -> None:
    """Put back what a writer that was killed had moved, and take away what it had made.

    Raises
    ------
    UsageError
        If ``dest`` is a file.
    """
    dest = Path(os.path.realpath(dest))
    if dest.exists() and not dest.is_dir():
        raise UsageError(f"{dest} is a file; name a folder.")
    for work in [path for folder in (dest.parent, dest) for path in folder.glob(f"{_stem(dest)}*/")]:
        if not _is_at_work(work):
            if (work / EARLIER).is_dir():
                _put_back(work, dest)
            shutil.rmtree(work, ignore_errors=True)


def _stem(dest: Path) -> str:
    return f".{dest.name}.partial-"


def _choose_place(dest: Path) -> Path:
    """Give a folder from which files can be moved into ``dest`` in one step each."""
    is_alone = dest.is_dir() and (dest.is_mount() or not os.access(dest.parent, os.W_OK))
    return dest if is_alone else dest.parent


def _move(work: Path, dest: Path, replaces: Iterable[str]) -> None:
    new = work / NEW
    if not dest.exists() or not any(dest.iterdir()):
        if os.name == "nt" and dest.exists():
            dest.rmdir()
        new.replace(dest)
        return
    written = sorted((path.name for path in new.iterdir()), key=_is_description)
    (work / NAMES).write_text("\n".join(written), encoding="utf-8")
    (work / EARLIER).mkdir()
    try:
        for name in sorted({*written, *replaces}, key=_is_description, reverse=True):
            if (dest / name).exists():
                (dest / name).replace(work / EARLIER / name)
        for name in written:
            (new / name).replace(dest / name)
        # From here on the new files count, and nothing is put back.
        (work / EARLIER).replace(work / DONE)
    except BaseException:
        if (work / EARLIER).exists():
            _put_back(work, dest)
        raise


def _put_back(work: Path, dest: Path) -> None:
    for name in (work / NAMES).read_text(encoding="utf-8").splitlines():
        if not (work / NEW / name).exists():
            (dest / name).unlink(missing_ok=True)
    for path in sorted((work / EARLIER).iterdir(), key=lambda path: _is_description(path.name)):
        path.replace(dest / path.name)
    (work / EARLIER).rmdir()


def _is_description(name: str) -> bool:
    return name == FILE


def _is_at_work(work: Path) -> bool:
    """Tell whether the process that a folder is named after still runs."""
    number = work.name.rpartition("-")[2]
    if os.name == "nt" or not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
