"""Two outputs, file by file: by bytes first, then by what they say; nothing that could not be compared passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from caseseries.paths import MANIFEST, TABLES
from caseseries.verify.cells import grade_text
from caseseries.verify.claims import Now, check_file, compare_manifests
from caseseries.verify.contents import READERS, Content, UnreadableError, read_content
from caseseries.verify.grades import Comparison, Difference, Grade, worst
from caseseries.verify.grids import compare_grids
from caseseries.verify.key_numbers import compare_numbers
from caseseries.verify.outputs import Outputs, open_outputs
from caseseries.verify.pdf import compare_pdf
from caseseries.verify.pictures import compare_pictures
from caseseries.verify.records import compare_records
from caseseries.verify.svg import compare_svg
from caseseries.verify.texts import compare_texts

NUMBERS = (TABLES / "numbers.csv").as_posix()
DRAWN: dict[str, Callable[..., list[Difference]]] = {
    ".svg": compare_svg,
    ".pdf": compare_pdf,
    ".png": compare_pictures,
    ".tiff": compare_pictures,
    ".jpg": compare_pictures,
}
PLAIN = (".json", ".md", ".txt")
"""Files that are compared line by line."""


def compare_outputs(published: Path | Outputs, rebuilt: Path | Outputs) -> list[Difference]:
    """Compare two outputs; an empty list if every file has the same bytes.

    Parameters
    ----------
    published, rebuilt
        Folders, or zip files of one.

    Raises
    ------
    UsageError
        If one of them holds no outputs.
    """
    return [difference for comparison in compare_files(published, rebuilt) for difference in comparison.differences]


def compare_files(
    published: Path | Outputs,
    rebuilt: Path | Outputs,
    *,
    only: Callable[[str], bool] = lambda name: True,
    now: Now | None = None,
) -> list[Comparison]:
    """Compare two outputs and give one comparison for each file that either of them has or promises.

    ``only`` tells by its name whether a file is wanted; ``now`` gives the present hash of what a run is said to have
    read. Every published file is held against the published manifest, too.
    """
    old, new = (found if isinstance(found, Outputs) else open_outputs(found) for found in (published, rebuilt))
    exhibits = {**_list_exhibits(new.manifest), **_list_exhibits(old.manifest)}
    names = sorted({*old.names, *new.names} - {MANIFEST.as_posix()})
    comparisons = []
    for name in filter(only, [*names, MANIFEST.as_posix()]):
        n_cells, differences = _compare_named(name, old, new, now)
        exhibit = exhibits.get(name, "")
        labelled = tuple(replace(found, exhibit=found.exhibit or exhibit) for found in differences)
        grade = worst(difference.grade for difference in labelled)
        comparisons.append(Comparison(name, exhibit, grade, n_cells, labelled))
    return comparisons


def compare_contents(name: str, old: bytes, new: bytes) -> tuple[int, list[Difference]]:
    """Compare the contents of two files of one name; give how many cells were compared, and the differences."""
    suffix = PurePosixPath(name).suffix.lower()
    if old == new:
        return (_count_cells(name, old) if suffix == ".csv" else 0), []
    try:
        n_cells, differences = _compare_forms(name, suffix, old, new)
    except UnreadableError as error:
        return 0, [Difference(name, "file", *_sizes(old, new), Grade.UNCOMPARED, str(error))]
    return n_cells, differences


def _compare_named(name: str, old: Outputs, new: Outputs, now: Now | None) -> tuple[int, list[Difference]]:
    if name not in old.there and name not in new.there:
        if name == MANIFEST.as_posix():
            return 0, []
        why = "named by MANIFEST.json and not there, neither published nor rebuilt"
        return 0, [Difference(name, "file", "", "", Grade.MISSING, why)]
    if name not in new.there:
        return 0, [Difference(name, "file", "there", "", Grade.MISSING, "published, and not rebuilt")]
    if name not in old.there:
        is_promised = name in old.promised or name == MANIFEST.as_posix()
        why = "named by the published MANIFEST.json and not there" if name in old.promised else "not published"
        grade = Grade.MISSING if is_promised else Grade.EXTRA
        return 0, [Difference(name, "file", "", "there", grade, f"rebuilt, and {why}")]
    try:
        contents = old.read(name), new.read(name)
    except UnreadableError as error:
        return 0, [Difference(name, "file", "", "", Grade.UNCOMPARED, str(error))]
    if name == MANIFEST.as_posix():
        return 0, _compare_manifest(*contents, old, new, now)
    n_cells, differences = compare_contents(name, *contents)
    return n_cells, [*differences, *check_file(name, contents[0], old.promised)]


def _compare_manifest(first: bytes, second: bytes, old: Outputs, new: Outputs, now: Now | None) -> list[Difference]:
    if old.fault or new.fault:
        why = f"not a manifest that can be read: {old.fault or new.fault}"
        return [Difference(MANIFEST.as_posix(), "file", *_sizes(first, second), Grade.UNCOMPARED, why)]
    if first == second:
        return []
    differences = compare_manifests(old.manifest, new.manifest, now=now)
    if not differences:
        why = "the same claims, written otherwise"
        differences = [Difference(MANIFEST.as_posix(), "bytes", *_sizes(first, second), Grade.PRINTED, why)]
    return differences


def _compare_forms(name: str, suffix: str, old: bytes, new: bytes) -> tuple[int, list[Difference]]:
    n_cells = 0
    if suffix in DRAWN:
        differences = DRAWN[suffix](old, new, file=name)
    elif suffix in READERS:
        is_printed = suffix != ".xlsx" and (suffix != ".csv" or name.startswith(f"{TABLES.as_posix()}/"))
        contents = [read_content(content, suffix, is_printed=is_printed) for content in (old, new)]
        n_cells = sum(grid.n_cells for grid in contents[0].grids)
        differences = _compare_content(name, *contents)
    elif suffix in PLAIN:
        try:
            lines = [content.decode("utf-8").splitlines() for content in (old, new)]
        except UnicodeDecodeError as error:
            raise UnreadableError(str(error)) from None
        differences = compare_texts(*lines, file=name, grade=grade_text)
    else:
        raise UnreadableError(f"bytes differ, and nothing is known of the form {suffix or 'without a name'}")
    if worst(difference.grade for difference in differences).passes:
        differences.append(_explain_bytes(name, suffix, old, new))
    return n_cells, differences


def _explain_bytes(name: str, suffix: str, old: bytes, new: bytes) -> Difference:
    if suffix in (".csv", *PLAIN):
        why = "the same cells; only quotes, signs, ends of lines or the order differ"
        return Difference(name, "bytes", *_sizes(old, new), Grade.PRINTED, why)
    return compare_records(old, new, file=name)


def _compare_content(name: str, old: Content, new: Content) -> list[Difference]:
    compare = compare_numbers if name == NUMBERS else compare_grids
    olds, news = ({grid.name: grid for grid in content.grids} for content in (old, new))
    differences = []
    for table in dict.fromkeys([*olds, *news]):
        if table in olds and table in news:
            differences += compare(olds[table], news[table], file=name)
        else:
            pair = (table, "") if table in olds else ("", table)
            differences.append(Difference(name, "table", *pair, Grade.CHANGED, "a table was dropped or added"))
    differences += compare_texts(old.texts, new.texts, file=name, grade=grade_text)
    differences += _compare_embedded(name, old.pictures, new.pictures)
    if not worst(difference.grade for difference in differences).passes:
        return differences
    if old.rest != new.rest:
        then, now = _point_out(old.rest, new.rest)
        differences.append(Difference(name, "markup", then, now, Grade.DIFFERS, "it may look otherwise"))
    elif old.whole != new.whole and not differences:
        then, now = _point_out(old.whole, new.whole)
        differences.append(Difference(name, "text", then, now, Grade.DIFFERS, "differs outside paragraphs and tables"))
    return differences


def _compare_embedded(name: str, old: list[tuple[str, bytes]], new: list[tuple[str, bytes]]) -> list[Difference]:
    """Compare the pictures in a file, and the tables that a page offers to save."""
    if len(old) != len(new):
        counts = [f"{len(files)} files" for files in (old, new)]
        return [Difference(name, "files inside", *counts, Grade.DIFFERS, "a file inside was dropped or added")]
    differences = []
    for number, ((suffix, first), (other, second)) in enumerate(zip(old, new, strict=True), start=1):
        if suffix != other:
            found = [Difference(name, "form", suffix, other, Grade.DIFFERS, "another file inside")]
        else:
            _, found = compare_contents(f"{TABLES.as_posix()}/inside{suffix}", first, second)
        place = f"file {number} inside ({suffix[1:]})"
        differences += [replace(change, file=name, where=f"{place}: {change.where}") for change in found]
    return differences


def _point_out(old: str, new: str) -> tuple[str, str]:
    """Give the first lines that are not the same."""
    lines = old.splitlines(), new.splitlines()
    pairs = (pair for pair in zip(*lines, strict=False) if pair[0] != pair[1])
    then, now = next(pairs, (f"{len(lines[0])} lines", f"{len(lines[1])} lines"))
    start = max(next((at for at, pair in enumerate(zip(then, now, strict=False)) if pair[0] != pair[1]), 0) - 60, 0)
    return then[start : start + 200], now[start : start + 200]


def _list_exhibits(manifest: dict | None) -> dict[str, str]:
    if manifest is None:
        return {}
    return {name: entry["label"] for entry in manifest["exhibits"] for name in entry["files"]}


def _count_cells(name: str, content: bytes) -> int:
    try:
        return sum(grid.n_cells for grid in read_content(content, ".csv", is_printed=True).grids)
    except UnreadableError:
        return 0


def _sizes(*contents: bytes) -> list[str]:
    return [f"{len(content):,} bytes" for content in contents]
