"""Generators of declared columns: one family of columns a file.

Importing the package registers every family with `plan_column`.
"""

from app.engine.generators import categories, moments, numbers

__all__ = ["categories", "moments", "numbers"]
