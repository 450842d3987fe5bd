"""The seal of a file: a hash of the file inside the file, by which any later change of a byte that matters shows.

The hash is taken while 64 zeros hold its place. Containers are looked at without their own sums, which change with
the seal: a PNG as its chunks, an office document as its members. A seal shows accidents and edits, not forgery.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from caseseries.exhibits.forms.files import stable_zip
from caseseries.exhibits.forms.provenance import UNSEALED

PNG_START = b"\x89PNG\r\n\x1a\n"
ZIP_START = b"PK\x03\x04"


def seal(content: bytes) -> bytes:
    """Give a file whose record is not sealed yet with its seal in place.

    Raises
    ------
    ValueError
        If the place of the seal is not there exactly once.
    """
    plain = _plain(content)
    if plain.count(UNSEALED.encode()) != 1:
        raise ValueError("a file must hold one record that is not sealed yet")
    return _swap(content, UNSEALED, hashlib.sha256(plain).hexdigest())


def is_whole(content: bytes, found: str) -> bool:
    """Tell whether a file is as it was when it got the seal that was found in it."""
    try:
        unsealed = _plain(content).replace(found.encode(), UNSEALED.encode())
    except (zipfile.BadZipFile, zlib.error):
        return False
    return hashlib.sha256(unsealed).hexdigest() == found


def png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give kind and data of each chunk of a PNG."""
    at = len(PNG_START)
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at + 8 : at + 8 + size]
        at += 12 + size


def _plain(content: bytes) -> bytes:
    if content.startswith(PNG_START):
        return b"".join(part for chunk in png_chunks(content) for part in chunk)
    if content.startswith(ZIP_START):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"".join(name.encode() + archive.read(name) for name in archive.namelist())
    return content


def _swap(content: bytes, old: str, new: str) -> bytes:
    before, after = old.encode(), new.encode()
    if content.startswith(PNG_START):
        chunks = ((kind, data.replace(before, after)) for kind, data in png_chunks(content))
        return PNG_START + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
    if content.startswith(ZIP_START):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
        return stable_zip(content, replace={name: lambda member: member.replace(before, after) for name in names})
    return content.replace(before, after)
