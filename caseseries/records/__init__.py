"""Raw data in: the codebook, the check of a data set, its reading and its writing."""

import pandas as pd

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

# Columns of text are short here; as plain Python objects they are joined and grouped in two thirds of the time.
pd.options.mode.string_storage = "python"
