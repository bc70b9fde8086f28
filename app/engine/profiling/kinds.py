"""What kind of values a column holds, and how they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.formats.cells.cell_format import CellFormat, Kind
from app.engine.profiling.distinct import Distinct
from app.engine.profiling.labels import kind_of_labels
from app.engine.profiling.missing_tokens import is_sign, is_word, tokens_of
from app.engine.profiling.models import ValueCount
from app.engine.profiling.moment_formats import find_moments
from app.engine.profiling.names import is_count_name, is_id_name
from app.engine.profiling.number_formats import all_match, find_numbers

FEWEST_CONSECUTIVE = 50
FEW_LABELS = 50
FEW_SHARE = 0.2
_PAIRS = {
    frozenset(pair)
    for pair in (
        ("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"), ("0", "1"), ("off", "on"),
        ("nein", "ja"), ("non", "oui"), ("falsch", "wahr"),
    )
}  # fmt: skip
_TRUE = {"true", "yes", "t", "y", "1", "on", "ja", "oui", "sì", "wahr"}
_GEO = r"^\s*(?:(?i:SRID=\d+;)?(?i:(?:MULTI)?(?:POINT|LINESTRING|POLYGON))\s*Z?\s*\(.*\)|" \
       r"\(?-?\d{1,3}\.\d+\s*[,;]\s*-?\d{1,3}\.\d+\)?)\s*$"  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """The kind of a column.

    Args:
        found: its different values, without those that mean missing.
        tokens: what means missing, and its rows.
    """

    kind: Kind
    format: CellFormat
    found: Distinct
    tokens: tuple[ValueCount, ...] = ()
    notes: tuple[str, ...] = ()


def decide(name: str, found: Distinct) -> Decision:
    """The kind of a column by its name and its different values."""
    if not pa.types.is_string(found.values.type):
        return _of_type(name, found)
    present = found.keep(pc.invert(is_word(found.values)))
    if len(present.values) <= 1:
        return _with_tokens(found, Decision("constant", _text(), present))
    strict = found.keep(pc.invert(is_sign(found.values)))
    if len(strict.values):
        decision = _of_written(name, strict)
        if decision is not None:
            return _with_tokens(found, decision)
    kind, form, notes = kind_of_labels(name, present)
    return _with_tokens(found, Decision(kind, form, present, notes=notes))


def _text() -> CellFormat:
    return CellFormat()


def _with_tokens(found: Distinct, decision: Decision) -> Decision:
    """The decision with what means missing: all values that it left out, and nulls."""
    left_out = pc.invert(pc.is_in(found.values, decision.found.values))
    tokens = [ValueCount(value=text, rows=rows) for text, rows in tokens_of(found, left_out)]
    if found.nulls:
        tokens.append(ValueCount(value=None, rows=found.nulls))
    tokens.sort(key=lambda each: -each.rows)
    form = decision.format.model_copy(update={"missing": tuple(each.value for each in tokens)})
    return Decision(decision.kind, form, decision.found, tuple(tokens), decision.notes)


def _of_written(name: str, found: Distinct) -> Decision | None:
    """Truth values, moments, numbers and places, by how they are written; None for labels."""
    values = found.values
    labels = _truth_labels(values)
    if labels is not None:
        return Decision("boolean", CellFormat(labels=labels), found)
    moments = find_moments(values, name)
    if moments is not None:
        form = CellFormat(pattern=moments.pattern)
        return Decision(moments.kind, form, found, notes=moments.notes)
    numbers = find_numbers(values)
    if numbers is not None:
        if numbers.kind == "integer" and numbers.format == CellFormat():
            kind = kind_of_whole(name, found, values.cast(pa.int64()))
            form = numbers.format
            return Decision(kind, form, found, notes=numbers.notes)
        return Decision(numbers.kind, numbers.format, found, notes=numbers.notes)
    if all_match(values, _GEO):
        return Decision("geo", CellFormat(), found)
    return None


def _truth_labels(values: pa.Array) -> tuple[str, str] | None:
    """The labels of false and true; None where the values are no such pair."""
    if len(values) != 2:
        return None
    first, second = values.to_pylist()
    if frozenset({first.casefold(), second.casefold()}) not in _PAIRS:
        return None
    return (first, second) if second.casefold() in _TRUE else (second, first)


def kind_of_whole(name: str, found: Distinct, numbers: pa.Array) -> Kind:
    """Whether whole numbers count or measure, or name things.

    Args:
        numbers: the different values, as int64.
    """
    distinct, present = len(numbers), found.present
    low, high = pc.min(numbers).as_py(), pc.max(numbers).as_py()
    if is_id_name(name):
        few = distinct <= FEW_LABELS and distinct <= FEW_SHARE * present
        return "category" if few else "id"
    if is_count_name(name) and distinct > 0.9 * present and distinct >= FEWEST_CONSECUTIVE:
        return "id"
    consecutive = high - low + 1 == distinct == present and low in {0, 1}
    return "id" if consecutive and distinct >= FEWEST_CONSECUTIVE else "integer"


def _of_type(name: str, found: Distinct) -> Decision:
    """Columns that come with a type."""
    values, kind = found.values, found.values.type
    form = CellFormat(storage=str(kind), missing=(None,) if found.nulls else ())
    nulls = (ValueCount(value=None, rows=found.nulls),) if found.nulls else ()
    if len(values) <= 1:
        return Decision("constant", form, found, nulls)
    if pa.types.is_boolean(kind):
        return Decision("boolean", form, found, nulls)
    if pa.types.is_temporal(kind):
        return Decision(_moment_kind(kind), form, found, nulls)
    if pa.types.is_integer(kind):
        return Decision(_integer_kind(name, found), form, found, nulls)
    return _of_fractions(form, found, nulls)


def _integer_kind(name: str, found: Distinct) -> Kind:
    values = found.values
    if values.type == pa.uint64() and pc.max(values).as_py() >= 2**63:
        return "id"
    numbers = values.cast(pa.int64())
    if len(numbers) == 2 and set(numbers.to_pylist()) == {0, 1}:
        return "boolean"
    return kind_of_whole(name, found, numbers)


def _moment_kind(kind: pa.DataType) -> Kind:
    if pa.types.is_date(kind):
        return "date"
    return "time" if pa.types.is_time(kind) else "datetime"


def _of_fractions(form: CellFormat, found: Distinct, nulls: tuple[ValueCount, ...]) -> Decision:
    numbers = found.values.cast(pa.float64())
    array = numbers.to_numpy()
    with np.errstate(invalid="ignore"):
        whole = bool(np.isfinite(array).all() and (array == np.rint(array)).all())
    if whole and np.abs(array).max(initial=0) < 2**53:
        return Decision("integer", form, found, nulls)
    decimals = _decimals(numbers)
    form = form.model_copy(update={"min_decimals": 0, "max_decimals": decimals})
    return Decision("number", form, found, nulls)


def _decimals(numbers: pa.Array) -> int:
    """Most decimals of the shortest texts of numbers, of at most 10,000 of them."""
    texts = numbers.slice(0, 10_000).cast(pa.string()).to_pylist()
    lengths = [len(re.sub(r"^[^.]*\.?|e.*$", "", text)) for text in texts]
    return max(lengths, default=0)
