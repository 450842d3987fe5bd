"""The names in a zip, refused where two of them would be one file on some disk."""

from __future__ import annotations

import posixpath
import unicodedata
import zipfile


def list_members(archive: zipfile.ZipFile) -> list[str]:
    """List the files in a zip.

    Raises
    ------
    BadZipFile
        If one name stands there twice, also where case, accents or separators alone tell two names apart: which of
        the two a reader gets depends on the program that unpacks them.
    """
    names = [name for name in archive.namelist() if not name.endswith("/")]
    seen: dict[str, str] = {}
    for name in names:
        place = normalise_name(name)
        if place in seen:
            first = seen[place]
            also = "" if first == name else f", once as {first}"
            raise zipfile.BadZipFile(f"it holds {name} twice{also}")
        seen[place] = name
    return names


def normalise_name(name: str) -> str:
    """Give the name that a file system without case, or with composed letters, takes a name for."""
    path = posixpath.normpath(name.replace("\\", "/")).lstrip("/")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
