"""Toxicities as derived and as recorded, infections, blood counts, inflammation, laboratory shifts, and follow-up."""
