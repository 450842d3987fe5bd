"""Raw data in: the codebook, the check of a data set, its reading and its writing."""

from caseseries.records.check import check_dataset, list_problems, problems_json, read_dataset
from caseseries.records.codebook import read_codebook
from caseseries.records.dataset import About, Dataset, Oddity, write_dataset

__all__ = [
    "About",
    "Dataset",
    "Oddity",
    "check_dataset",
    "list_problems",
    "problems_json",
    "read_codebook",
    "read_dataset",
    "write_dataset",
]
