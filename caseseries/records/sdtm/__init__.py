"""SDTM domains to a data set: ``import_sdtm`` reads a folder, ``ImportReport`` says where every record went."""

from caseseries.records.sdtm.importer import import_sdtm
from caseseries.records.sdtm.ledger import ImportReport
from caseseries.records.sdtm.pilot import find_pilot

__all__ = ["ImportReport", "find_pilot", "import_sdtm"]
