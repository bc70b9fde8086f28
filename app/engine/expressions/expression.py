"""A parsed expression: immutable, picklable, and evaluated on whole columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.errors import ComputationError
from app.engine.expressions.errors import ExpressionError
from app.engine.expressions.kinds import (
    ARROW_TYPES,
    DURATIONS,
    Kind,
    KindError,
    kind_of,
    literal_kind,
)
from app.engine.expressions.operations import OPERATIONS
from app.engine.expressions.parser import parse_tree
from app.engine.expressions.signatures import MOVING, check_durations
from app.engine.expressions.tree import ColumnName, Literal, Node, walk
from app.engine.expressions.values import Values, plain

MAX_SHOWN = 120  # characters of an expression in an error


@dataclass(frozen=True, slots=True)
class Expression:
    """What `parse` gives.

    Args:
        text: as it was written.
        tree: the parsed text.
        columns: full names of the columns it reads.
    """

    text: str
    tree: Node
    columns: frozenset[str]

    def type(self, types: Mapping[str, pa.DataType]) -> pa.DataType:
        """The Arrow type of the values, given those of the columns it reads.

        Raises:
            ExpressionError: where values of kinds that do not go together meet.
        """
        kind = self._kind(self.tree, types)
        if kind in DURATIONS:
            raise ExpressionError(f"{kind.value} is no value of a column", self.text, 0, MOVING)
        return ARROW_TYPES[kind]

    def check_condition(self, types: Mapping[str, pa.DataType]) -> None:
        """Raises:
        ExpressionError: where the values are not true or false.
        """
        kind = self._kind(self.tree, types)
        if kind is not Kind.BOOL:
            hint = "compare it with something, such as x > 0"
            raise ExpressionError(f"{kind.value} is no condition", self.text, 0, hint)

    def evaluate(self, columns: Mapping[str, pa.Array], rows: int | None = None) -> pa.Array:
        """The values, one for each row of the columns (`rows` where it reads none).

        Raises:
            ComputationError: where whole numbers leave the range of 64 bits, moments the years 1 to
                9999, or texts grow too long.
        """
        try:
            values = _values(self.tree, columns)
        except (pa.ArrowInvalid, OverflowError) as error:
            shown = self.text if len(self.text) <= MAX_SHOWN else f"{self.text[:MAX_SHOWN]}…"
            raise ComputationError.of(f"{shown!r} cannot be computed: {error}") from error
        if not isinstance(values, pa.Scalar):
            return values
        return pa.repeat(values, _rows(columns, rows))

    def mask(self, columns: Mapping[str, pa.Array], rows: int | None = None) -> NDArray[np.bool_]:
        """Where a condition is true, shape (rows,); null counts as false."""
        found = self.evaluate(columns, rows)
        if found.type == pa.null():
            return np.zeros(len(found), dtype=np.bool_)
        return np.asarray(found.fill_null(False).to_numpy(zero_copy_only=False))

    def _kind(self, node: Node, types: Mapping[str, pa.DataType]) -> Kind:
        try:
            if isinstance(node, Literal):
                return literal_kind(node.value)
            if isinstance(node, ColumnName):
                return kind_of(types[node.name])
            kinds = [self._kind(argument, types) for argument in node.arguments]
            check_durations(node.operation, kinds)
            return OPERATIONS[node.operation].kind(kinds, node.arguments)
        except KindError as error:
            raise ExpressionError(str(error), self.text, node.position, error.hint) from None


def parse(text: str, columns: Collection[str]) -> Expression:
    """Read an expression that may use the given columns.

    Args:
        text: the expression.
        columns: full names; ``table.column`` for a column of another table.

    Raises:
        ExpressionError: for faults of syntax, unknown names and sizes above the bounds.
    """
    tree = parse_tree(text, columns)
    read = frozenset(node.name for node in walk(tree) if isinstance(node, ColumnName))
    return Expression(text, tree, read)


def _values(node: Node, columns: Mapping[str, pa.Array]) -> Values:
    if isinstance(node, Literal):
        return pa.scalar(node.value, ARROW_TYPES[literal_kind(node.value)])
    if isinstance(node, ColumnName):
        return plain(columns[node.name])
    arguments = [_values(argument, columns) for argument in node.arguments]
    return OPERATIONS[node.operation].run(*arguments)


def _rows(columns: Mapping[str, pa.Array], rows: int | None) -> int:
    if rows is not None:
        return rows
    lengths = [len(column) for column in columns.values()]
    if not lengths:
        raise ValueError("an expression without columns needs the number of rows")
    return lengths[0]
