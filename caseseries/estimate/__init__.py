"""Estimates with their uncertainty: numbers in, unrounded records out, each of which names its method."""

from caseseries.estimate.descriptive import GeometricMean, Summary, estimate_geometric_mean, summarize
from caseseries.estimate.paired import PairedChange, estimate_paired_change
from caseseries.estimate.proportions import Incidence, Proportion, estimate_incidence, estimate_proportion
from caseseries.estimate.survival import (
    FollowUp,
    Survival,
    SurvivalAt,
    estimate_follow_up,
    estimate_survival,
)

__all__ = [
    "FollowUp",
    "GeometricMean",
    "Incidence",
    "PairedChange",
    "Proportion",
    "Summary",
    "Survival",
    "SurvivalAt",
    "estimate_follow_up",
    "estimate_geometric_mean",
    "estimate_incidence",
    "estimate_paired_change",
    "estimate_proportion",
    "estimate_survival",
    "summarize",
]
