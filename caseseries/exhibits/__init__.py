"""Exhibits: derived tables and estimates in, printed tables and drawn figures out."""
