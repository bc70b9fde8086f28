"""Identifiers: texts of fixed width that never come twice, with their check digits."""
