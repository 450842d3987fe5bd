"""Antibodies in blood, their replacement, infections, and the subsets of B cells that return."""
