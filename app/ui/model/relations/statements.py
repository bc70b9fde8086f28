"""What a table says of several columns together: correlations, conditions, rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.ui.model.paths import Path
from app.ui.model.relations.comparisons import Comparison, read_comparisons, write_comparisons
from app.ui.model.tables import Table
from app.ui.model.values import put, read_number, show

Key = Literal["correlations", "constraints", "rules"]
# Kinds of columns that a correlation may be declared of, with the most usual first.
CORRELATED = ("number", "moment")


@dataclass
class Statements:
    """The statements of one kind that stand in the table itself."""

    table: Table
    key: Key

    @property
    def items(self) -> list[Any]:
        """The statements as they stand in the document; one alone may stand without a list."""
        found = self.table.node.get(self.key)
        if isinstance(found, list):
            return found
        return [] if found is None else [found]

    @property
    def columns(self) -> list[str]:
        """The columns of which there can be something said, without the target."""
        return [each.name for each in self.table.columns() if not each.is_target]

    def place(self, number: int, *steps: str | int) -> Path:
        return (*self.table.path, self.key, number, *steps)

    def put(self, items: Sequence[Any]) -> None:
        put(self.table.node, self.key, list(items) or None)

    def add(self) -> None:
        self.put([*self.items, self._first()])

    def remove(self, number: int) -> None:
        self.put([each for place, each in enumerate(self.items) if place != number])

    def change(self, number: int, item: Any) -> None:
        items = self.items
        items[number] = item
        self.put(items)

    @property
    def can_add(self) -> bool:
        """Whether there are columns to say something of."""
        if self.key == "correlations":
            return len(self.correlated()) > 1
        return bool(self.columns) and (self.key == "constraints" or self.table.target is not None)

    def correlated(self) -> list[str]:
        """The columns that can be correlated."""
        return [each.name for each in self.table.columns()
                if not each.is_target and each.kind in CORRELATED]  # fmt: skip

    def _first(self) -> Any:
        """A statement that is whole at once."""
        if self.key == "correlations":
            return {"between": self.correlated()[:2], "r": 0.3}
        numbers = [each for each in self.columns if each in self.correlated()]
        left = (numbers or self.columns)[0]
        if self.key == "constraints":
            return self._comparison(left, "max")
        return {"if": self._comparison(left, "mean"), "then": {outcomes(self.table)[0]: 0.5}}

    def _comparison(self, name: str, key: str) -> str:
        """That a column is at most what is said of it, or what it is."""
        column = self.table.column(name)
        said = column.get(key) or column.get("max") or column.get("end_date") if column else ""
        return write_comparisons([Comparison(name, "<=", said or name)], self.columns)


def outcomes(table: Table) -> list[str]:
    """What a rule can say of the target: the share of a label, the positive one first; or its
    mean."""
    target = table.target
    if target is None or target.kind == "number":
        return ["mean"]
    labels = ["true", "false"] if target.kind == "bool" else [cat.label for cat in target.cats]
    positive = show(target.spec.get("positive"))
    return sorted(labels, key=lambda label: label != positive) or ["true"]


def expression(item: Any) -> str:
    """The condition of a constraint or a rule."""
    if isinstance(item, dict):
        return show(item.get("expr", item.get("if")))
    return show(item)


def with_expression(item: Any, text: str) -> Any:
    """The same constraint or rule with another condition."""
    if isinstance(item, dict):
        return {**item, "expr" if "expr" in item else "if": text}
    return text


def comparisons(statements: Statements, number: int) -> list[Comparison] | None:
    """The condition of a constraint or rule as fields; None where it says more than such can."""
    return read_comparisons(expression(statements.items[number]), statements.columns)


def outcome_of(rule: Any) -> tuple[str, str]:
    """What a rule says of the target first, and the figure."""
    then = rule.get("then") if isinstance(rule, dict) else None
    if not isinstance(then, dict) or not then:
        return "", ""
    [name, *_] = then
    return show(name), show(then[name])


def with_outcome(rule: dict[str, Any], name: str, figure: str) -> dict[str, Any]:
    """The same rule with another figure for a label; what it says of others stays."""
    before, _ = outcome_of(rule)
    then = {key: value for key, value in (rule.get("then") or {}).items() if show(key) != before}
    return {**rule, "then": {name: read_number(figure), **then}}
