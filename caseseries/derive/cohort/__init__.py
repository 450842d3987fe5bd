"""Who was treated with what, what was recorded of them, and who was left out of which analysis."""
