"""Generators of declared columns: planning one, and drawing its values block by block.

Importing the package registers every family with `plan_column`.
"""

from app.engine.generators import categories
from app.engine.generators.faker import providers
from app.engine.generators.numbers import columns, moments
from app.engine.generators.text import identifiers

__all__ = ["categories", "columns", "identifiers", "moments", "providers"]
