"""Conditions and shares as they are asked for, read with every fault at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from app.engine.errors import DefinitionError, Fault
from app.engine.expressions import Expression, ExpressionError, parse
from app.engine.generators.apportionment import apportion
from app.engine.plan.asked.splits import ConditionSplit, Labels, RowCondition, ShareSplit, Split
from app.engine.synthesizers.base import Model
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.rejection import Clause
from app.engine.synthesizers.table import plain_cells
from app.engine.synthesizers.values import ColumnValues

MOST_CONDITIONS = 50
MOST_SHARES = 200
MOST_ROWS = 2**62
_CONDITION = "{where: \"income == '>50K'\", rows: 500}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the rows of a table.

    Args:
        rows: of the whole table.
        always: what every row fulfils.
        splits: whose parts have exact counts.
        fills: whether every row is to be in a part that was asked for, because nobody said how
            many rows there are to be.
        demands: `always` as a split of all rows, condition by condition.
    """

    rows: int
    always: tuple[Clause, ...]
    splits: tuple[Split, ...]
    fills: bool = False
    demands: tuple[Split, ...] = ()

    @property
    def promised(self) -> tuple[Split, ...]:
        """Everything that was asked, with its counts."""
        return (*self.demands, *self.splits)


@dataclass(frozen=True, slots=True)
class _Condition:
    path: str
    condition: RowCondition
    rows: int | None


def read_asked(learned: LearnedTable, conditions: Any, shares: Any, rows: int | None) -> Asked:
    """Conditions and shares of the rows of a model.

    Args:
        conditions: a list of `{where: condition, rows: count}`; without `rows` all rows fulfil it.
        shares: for each column the shares of some of its values; other values share the rest.
        rows: of the table; as many as the counts come to where None, as the source has where there
            are none.

    Raises:
        DefinitionError: every fault of them.
    """
    faults: list[Fault] = []
    labels = {each.name: each.format.labels for each in learned.cells if each.format.labels}
    # Texts are written behind the columns that rows are chosen by.
    texts = {each.name for each in learned.texts}
    schema = pa.schema([field for field in learned.schema if field.name not in texts])
    read = _read_conditions(conditions, schema, labels, faults)
    counted = [each.rows for each in read if each.rows is not None]
    wanted = sum(counted) if rows is None and counted else rows
    total = learned.rows if wanted is None else wanted
    splits: list[Split] = []
    for each in read:
        if each.rows is not None:
            if each.rows > total:
                hint = "ask for fewer, or for more rows altogether"
                message = f"{each.rows:,} rows are more than the {total:,} of the table"
                faults.append(Fault(f"{each.path}.rows", message, hint))
            splits.append(ConditionSplit(each.path, each.condition, (each.rows, total - each.rows)))
    splits += _read_shares(shares, learned.model, labels, total, faults)
    if isinstance(shares, Mapping):
        message = "is free text, which has no shares"
        faults += [Fault(f"shares.{name}", message) for name in shares if name in texts]
    if faults:
        raise DefinitionError(faults)
    everywhere = [each for each in read if each.rows is None]
    return Asked(
        total,
        sum((each.condition.conjuncts() for each in everywhere), ()),
        tuple(splits),
        fills=rows is None and bool(counted),
        demands=tuple(ConditionSplit(each.path, each.condition, (total, 0)) for each in everywhere),
    )


def _read_conditions(
    given: Any, schema: pa.Schema, labels: Labels, faults: list[Fault]
) -> list[_Condition]:
    if given is None:
        return []
    if not isinstance(given, Sequence) or isinstance(given, str):
        faults.append(Fault("conditions", "a list is wanted", f"[{_CONDITION}]"))
        return []
    if len(given) > MOST_CONDITIONS:
        message = f"has more than {MOST_CONDITIONS} conditions"
        faults.append(Fault("conditions", message, "ask in several runs"))
        return []
    found = (
        _read_condition(each, place, schema, labels, faults) for place, each in enumerate(given)
    )
    return [each for each in found if each is not None]


def _read_condition(
    given: Any, place: int, schema: pa.Schema, labels: Labels, faults: list[Fault]
) -> _Condition | None:
    path = f"conditions[{place}]"
    before = len(faults)
    if not isinstance(given, Mapping):
        faults.append(Fault(path, "a mapping is wanted", _CONDITION))
        return None
    for key in given.keys() - {"where", "rows"}:
        faults.append(Fault(f"{path}.{key}", "there is no such key", "`where` or `rows`"))
    rows = given.get("rows")
    if rows is not None and (type(rows) is not int or not 0 <= rows <= MOST_ROWS):
        faults.append(Fault(f"{path}.rows", "a whole number is wanted", "0 or more"))
    condition = _read_expression(given.get("where"), f"{path}.where", schema, labels, faults)
    if condition is None or len(faults) > before:
        return None
    return _Condition(path, condition, rows)


def _read_expression(
    text: Any, path: str, schema: pa.Schema, labels: Labels, faults: list[Fault]
) -> RowCondition | None:
    if not isinstance(text, str):
        faults.append(Fault(path, "a condition is wanted", "`income == '>50K' and age >= 30`"))
        return None
    try:
        expression = parse(text, schema.names)
        compared = _compared_labels(expression, schema, labels)
    except ExpressionError as error:
        faults += error.at(path).faults
        return None
    if not expression.columns:
        faults.append(Fault(path, "no column stands in the condition", "compare one of them"))
        return None
    return RowCondition(expression, compared)


def _compared_labels(expression: Expression, schema: pa.Schema, labels: Labels) -> Labels:
    """The labels of truth values, where an expression compares these with texts; none where it
    takes them for true and false. Raises ExpressionError."""
    types = {name: schema.field(name).type for name in schema.names}
    own = {name: labels[name] for name in expression.columns & labels.keys()}
    if own:
        try:
            expression.check_condition({**types, **dict.fromkeys(own, pa.string())})
        except ExpressionError:
            pass
        else:
            return own
    expression.check_condition(types)
    return {}


def _read_shares(
    given: Any, model: Model, labels: Labels, total: int, faults: list[Fault]
) -> list[Split]:
    if given is None:
        return []
    if not isinstance(given, Mapping):
        faults.append(Fault("shares", "a mapping is wanted", "`{churn: {Yes: 0.3}}`"))
        return []
    columns = {each.name: each for each in model.drawing(0).columns}
    found = []
    for name, shares in given.items():
        path = f"shares.{name}"
        if name not in columns:
            faults.append(Fault(path, "the model has no such column"))
        elif not isinstance(shares, Mapping) or not 0 < len(shares) <= MOST_SHARES:
            faults.append(Fault(path, "shares of some values are wanted", "`{Yes: 0.3}`"))
        else:
            found.append(_read_share(columns[name], shares, labels, path, total, faults))
    return [each for each in found if each is not None]


def _read_share(
    column: ColumnValues,
    shares: Mapping[Any, Any],
    labels: Labels,
    path: str,
    total: int,
    faults: list[Fault],
) -> Split | None:
    before = len(faults)
    paths = tuple(f"{path}.{label}" for label in shares)
    for place, share in zip(paths, shares.values(), strict=True):
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            faults.append(Fault(place, "a share is wanted", "from 0 to 1"))
    values = [
        _value(column, _text(column, label, labels), place, faults)
        for label, place in zip(shares, paths, strict=True)
    ]
    if len(faults) > before:
        return None
    if len({each.as_py() for each in values}) < len(values):
        faults.append(Fault(path, "two of the shares are of one value"))
        return None
    if (together := sum(shares.values())) > 1 + 1e-9:
        faults.append(Fault(path, f"the shares come to {together:g}", "to 1 at the most"))
        return None
    counts = apportion(total, [*shares.values(), max(1 - together, 0.0)])
    known = pa.array([each.as_py() for each in values], column.values.type)
    return ShareSplit(path, column.name, known, paths, counts)


def _text(column: ColumnValues, label: Any, labels: Labels) -> str:
    """A label as text; of truth values `true` or `false`, also where the source writes others."""
    text = str(label)
    if not pa.types.is_boolean(column.type):
        return text
    no, yes = labels.get(column.name, ("false", "true"))
    return {no: "false", yes: "true"}.get(text, text.lower())


def _value(column: ColumnValues, text: str, path: str, faults: list[Fault]) -> pa.Scalar:
    """A value of a column as synthesizers learn it."""
    kind = column.values.type
    try:
        value = pa.scalar(text).cast(kind)
    except pa.ArrowException:
        faults.append(Fault(path, f"is no value of type {kind}"))
        return pa.scalar(None, kind)
    known = plain_cells(column.values)
    if not len(known) or not pa.compute.is_in(value, value_set=known).as_py():
        hint = "such a row cannot be had; leave it out"
        faults.append(Fault(path, "the model never draws this value", hint))
    return value
