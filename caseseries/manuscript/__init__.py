"""The manuscript: numbers with their origin, the text that prints them, and what was reported beside them."""

from caseseries.manuscript.all_numbers import estimate_numbers
from caseseries.manuscript.number import NUMBERS
from caseseries.manuscript.origin import table_numbers
from caseseries.manuscript.reported import compare_reported, count_verdicts, read_reported, table_reported
from caseseries.manuscript.text import fill_text, read_text
from caseseries.manuscript.write import write_text

__all__ = [
    "NUMBERS",
    "compare_reported",
    "count_verdicts",
    "estimate_numbers",
    "fill_text",
    "read_reported",
    "read_text",
    "table_numbers",
    "table_reported",
    "write_text",
]
