"""Columns learned one after the other, each given those before it."""
