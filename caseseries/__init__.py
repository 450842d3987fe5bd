"""Publication package of a clinical case series: raw follow-up data to tables, figures and supplements."""

__version__ = "0.1.0"
