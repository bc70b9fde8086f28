"""Cells of synthetic and held-out tables held against how the real ones are written."""
