"""Definitions as SQL."""
