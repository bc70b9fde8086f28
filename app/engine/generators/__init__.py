"""Generators of declared columns: one family of columns a file.

Importing the package registers every family with `plan_column`.
"""

from app.engine.generators import categories, identifiers, moments, numbers, providers

__all__ = ["categories", "identifiers", "moments", "numbers", "providers"]
