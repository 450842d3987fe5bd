"""Who was treated: flow, baseline, product, course of each patient, visits, and the quality of the data."""
