"""Exhibits: derived tables and estimates in, printed tables and drawn figures out."""

from caseseries.exhibits.forms.export import write_figure, write_part, write_table
from caseseries.exhibits.forms.made_csv import read_made_csv, write_made_csv
from caseseries.exhibits.model import DisplayTable, Drawing, Row

__all__ = [
    "DisplayTable",
    "Drawing",
    "Row",
    "read_made_csv",
    "write_figure",
    "write_made_csv",
    "write_part",
    "write_table",
]
