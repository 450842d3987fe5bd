"""CAR T cells and B cells over time: Figure 2 and the table of parameters."""
