"""A file's bytes to text, with every fault of the file as a whole."""

from __future__ import annotations

from pathlib import Path

from caseseries.errors import Found, Problem

EXPORT = "export the table again as CSV, encoded as UTF-8 and separated by commas"


def clip(text: str, n: int = 80) -> str:
    """Shorten a text that would fill the screen."""
    return text if len(text) <= n else f"{text[: n - 1]}…"


def plain(text: str, n: int = 80) -> str:
    """Shorten a text, and spell out what a terminal would obey or hide."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in clip(text, n))


def file_problem(file: str, rule: str, must: str, found: str, fix: str, *, severity: str = "error") -> Problem:
    """Make the problem of a file as a whole."""
    return Problem(file, rule, plain(must, 400), (Found(None, "", plain(found, 400)),), None, plain(fix, 400), severity)


def read_bytes(path: Path) -> tuple[bytes | None, list[Problem]]:
    """Read a file, or say why that cannot be done."""
    reason = "a folder or something else that is not a file"
    try:
        if path.is_file():
            return path.read_bytes(), []
    except OSError as error:
        reason = error.strerror or str(error)
    fix = f"put a file of the name {path.name} there that you may read"
    return None, [file_problem(path.name, "file-unreadable", "must be a file that can be read", reason, fix)]


def decode_text(raw: bytes, file: str) -> tuple[str | None, list[Problem]]:
    """Decode a file from UTF-8; where another encoding is evident, report it and decode from that."""
    must, fix = "must be encoded as UTF-8", "save the file again and choose the encoding UTF-8"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", errors="replace")
        return text, [file_problem(file, "encoding", must, "the byte-order mark of UTF-16", fix)]
    if raw.startswith(b"PK\x03\x04") or b"\0" in raw:
        found = "an Excel workbook or another archive"
        if not raw.startswith(b"PK"):
            found = f"a NUL byte after {raw.index(0):,} bytes"
        return None, [file_problem(file, "binary", "must be a text file", found, EXPORT)]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        letter = raw[error.start : error.start + 1].decode("cp1252", errors="replace")
        found = f"byte 0x{raw[error.start]:02X} in line {line}, which is {letter!r} in Windows-1252"
        return raw.decode("cp1252", errors="replace"), [file_problem(file, "encoding", must, found, fix)]
    if text.startswith("\ufeff"):
        must = "must be UTF-8 without a byte-order mark"
        found = "a byte-order mark, which is skipped"
        fix = "save the file as UTF-8 without BOM"
        return text[1:], [file_problem(file, "byte-order-mark", must, found, fix, severity="warning")]
    return text, []
