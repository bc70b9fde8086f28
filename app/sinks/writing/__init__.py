"""Writes learned tables into a database that is named by its URL."""
