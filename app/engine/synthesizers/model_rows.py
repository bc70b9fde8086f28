"""What a model draws, in the types of the schema language, and what a sample shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import ModelError, SourceError
from app.engine.schema.learned import LEARNED_TEXT, LearnedMarginal, TableModel
from app.engine.seeds import Stream
from app.engine.synthesizers.base import BLOCK_ROWS

if TYPE_CHECKING:
    from app.engine.synthesizers.learning import LearnedTable

SAMPLE_SEED = 0
MOST_LABELS = 1_000
MOST_NUMBERS = 100
_TYPES = (
    (pa.types.is_boolean, pa.bool_(), "bool"),
    (pa.types.is_uint64, pa.float64(), "float"),
    (pa.types.is_integer, pa.int64(), "int"),
    (pa.types.is_floating, pa.float64(), "float"),
    (pa.types.is_decimal, pa.float64(), "float"),
    (pa.types.is_date, pa.date32(), "date"),
    (pa.types.is_timestamp, pa.timestamp("us"), "datetime"),
    (pa.types.is_time, pa.time64("us"), "time"),
    (pa.types.is_string, pa.string(), "category"),
    (pa.types.is_large_string, pa.string(), "category"),
    (pa.types.is_string_view, pa.string(), "category"),
    (pa.types.is_null, pa.string(), LEARNED_TEXT),
)


@dataclass(frozen=True, eq=False)
class ModelRows:
    """Rows of a model, typed as declared columns are."""

    learned: LearnedTable

    def __reduce__(self) -> tuple[type[ModelRows], tuple[LearnedTable]]:
        """Without the sample, which is drawn again where it is wanted."""
        return ModelRows, (self.learned,)

    @cached_property
    def schema(self) -> pa.Schema:
        """Raises ModelError where a column is of a type that the language does not have."""
        return pa.schema([(each.name, self._type(each)) for each in self.learned.schema])

    @cached_property
    def truth_labels(self) -> dict[str, pa.Array]:
        """What stands for false and for true in columns that do not say `true` and `false`."""
        return {
            each.name: _labels(each.format.labels)
            for each in self.learned.cells
            if each.format.labels and each.format.labels[1].casefold() != "true"
        }

    def _type(self, field: pa.Field) -> pa.DataType:
        kind, _ = _typed(field)
        labels = self.truth_labels.get(field.name)
        return labels.type if labels is not None and pa.types.is_boolean(kind) else kind

    @cached_property
    def sample(self) -> pa.RecordBatch:
        """The first block of a large table, the same whatever the definition."""
        return self._drawn(BLOCK_ROWS, SAMPLE_SEED, 0)

    def block(self, rows: int, seed: int, number: int) -> pa.RecordBatch:
        """Rows of one block, the same for the same arguments, in any process.

        Args:
            rows: at most BLOCK_ROWS.
        """
        if (rows, seed, number) == (BLOCK_ROWS, SAMPLE_SEED, 0):
            return self.sample
        return self._drawn(rows, seed, number)

    def _drawn(self, rows: int, seed: int, number: int) -> pa.RecordBatch:
        if not rows:
            return pa.record_batch([pa.array([], each.type) for each in self.schema], self.schema)
        drawn = self.learned.block(rows, seed, number)
        cells = [self._cells(drawn.column(each.name), each) for each in self.schema]
        return pa.record_batch(cells, schema=self.schema)

    def _cells(self, column: pa.Array, field: pa.Field) -> pa.Array:
        if pa.types.is_boolean(column.type) and not pa.types.is_boolean(field.type):
            return self.truth_labels[field.name].take(column.cast(pa.int8()))
        return _cast(column, field.type)


def table_model(learned: LearnedTable, sha256: str) -> TableModel:
    """A model as definitions see it.

    Args:
        sha256: of its file.

    Raises:
        ModelError: where it has a column of a type that the language does not have, or where it
            draws what cannot be, as a damaged one may.
    """
    try:
        return _table_model(learned, sha256)
    except (ArithmeticError, ValueError, pa.ArrowException, SourceError) as error:
        raise ModelError(f"the model cannot be drawn from: {str(error)[:200]}") from None


def _table_model(learned: LearnedTable, sha256: str) -> TableModel:
    rows = ModelRows(learned)
    decimals = {
        each.name: each.format.max_decimals
        for each in learned.cells
        if each.format.max_decimals and each.format.max_decimals == each.format.min_decimals
    }
    marginals = {
        each.name: _marginal(rows.sample.column(each.name), decimals.get(each.name))
        for each in rows.schema
    }
    order = learned.order or tuple(learned.schema.names)
    return TableModel(sha256, learned.rows, marginals, learned.made, order, rows)


def _labels(pair: tuple[str, str]) -> pa.Array:
    """The labels of false and true, as numbers where they are such."""
    if all(label in ("0", "1") for label in pair):
        return pa.array([int(label) for label in pair], pa.int64())
    return pa.array(pair, pa.string())


def _typed(field: pa.Field) -> tuple[pa.DataType, str]:
    """The type of a column's values in a definition, and what the language calls it."""
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    for fits, arrow, name in _TYPES:
        if fits(kind):
            return arrow, name
    message = f"column {field.name!r} holds values of type {kind}, which definitions do not have"
    raise ModelError(message)


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return column if column.type == kind else column.cast(kind, safe=False)


def _marginal(column: pa.Array, decimals: int | None) -> LearnedMarginal:
    _, name = _typed(pa.field("", column.type))
    missing = column.null_count / max(len(column), 1)
    present = column.drop_null()
    if not len(present):
        return LearnedMarginal(LEARNED_TEXT, 1.0)
    if name in ("category", "bool"):
        shares = _shares(present.cast(pa.string()), MOST_LABELS)
        if not shares or "" in shares:  # which no definition can name
            return LearnedMarginal(LEARNED_TEXT, missing)
        return LearnedMarginal(name, missing, shares)
    ends = pc.min_max(present).as_py()
    low, high = (_plain(ends[key]) for key in ("min", "max"))
    texts = _number_texts(present) if name in ("int", "float") else None
    shares = {} if texts is None else _shares(texts, MOST_NUMBERS)
    return LearnedMarginal(name, missing, shares, low, high, decimals)


def _shares(labels: pa.Array, most: int) -> dict[str, float]:
    """Share of each label, the largest first; empty where there are more than `most`."""
    counts = pc.value_counts(labels)
    if len(counts) > most:
        return {}
    found = {each["values"]: each["counts"] / len(labels) for each in counts.to_pylist()}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _number_texts(numbers: pa.Array) -> pa.Array | None:
    """Numbers as a definition writes them as labels; None where there are many."""
    coded = numbers.dictionary_encode()
    if len(coded.dictionary) > MOST_NUMBERS:
        return None
    texts = [_number_text(value) for value in coded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(coded.indices)


def _number_text(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) else value.isoformat()


def turn_seed(seed: int, turn: int) -> int:
    """The seed of a block's further rows, where some of the first were not kept."""
    return seed if not turn else Stream(seed, ("turn", turn)).key() % 2**48
