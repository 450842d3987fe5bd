"""What the derivations share: forms of tables, comparisons with limits, windows of time, totals of items."""
