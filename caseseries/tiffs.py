"""TIFF files of the figures of a build, for journals that ask for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from caseseries.build.fingerprint import hash_content
from caseseries.build.manifest import read_manifest, write_manifest
from caseseries.build.run import hold_output
from caseseries.exhibits.forms.files import write_bytes
from caseseries.exhibits.forms.tiff import tiff_bytes


def add_tiffs(out: Path, names: set[str], *, say: Callable[[str], None]) -> dict:
    """Write a TIFF beside the PNG of each named figure of a build, and enter it into the manifest.

    Returns
    -------
    dict
        The manifest that was written.
    """
    with hold_output(out, say=say):
        manifest = read_manifest(out)
        for entry in manifest["exhibits"]:
            for name in [name for name in entry["files"] if name.endswith(".png") and entry["id"] in names]:
                tiff = Path(name).with_suffix(".tiff")
                write_bytes(tiff_bytes((out / name).read_bytes()), out / tiff)
                entry["files"][tiff.as_posix()] = hash_content(out / tiff)
            entry["files"] = dict(sorted(entry["files"].items()))
        write_manifest(out, manifest)
    return manifest
