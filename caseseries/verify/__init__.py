"""Published outputs against rebuilt ones: every cell, number and figure gets a grade, and what changed gets a cause."""

from caseseries.verify.compare import compare_files, compare_outputs
from caseseries.verify.grades import Comparison, Difference, Grade
from caseseries.verify.outputs import open_outputs

__all__ = ["Comparison", "Difference", "Grade", "compare_files", "compare_outputs", "open_outputs"]
