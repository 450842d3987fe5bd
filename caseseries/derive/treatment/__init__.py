"""Drugs and doses over time: what counts as treatment of the disease, and time free of it."""
