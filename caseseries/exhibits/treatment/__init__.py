"""Immunosuppression before and after: drugs by month, doses, and time without them."""
