"""The expression language of formulas, rules and constraints.

Values are those of whole columns; null goes in and out as in SQL. No attribute access, no calls
but those of the listed functions, and bounds on length, nesting and numbers.
"""

from app.engine.expressions.errors import ExpressionError
from app.engine.expressions.expression import Expression, parse
from app.engine.expressions.names import snake_case, written

__all__ = ["Expression", "ExpressionError", "parse", "snake_case", "written"]
