"""Any Faker provider, called once a row: what serves where a method has no tables."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pyarrow as pa

from app.engine.errors import GenerationError
from app.engine.generators.base import Block, ReferenceDay
from app.engine.generators.faker.frozen_clock_and_random import frozen_clock_and_random
from app.engine.seeds import Stream

_NATURAL: dict[type, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    Decimal: pa.float64(),
    datetime.date: pa.date32(),
    datetime.datetime: pa.timestamp("us"),
    datetime.time: pa.time64("us"),
}


@dataclass(frozen=True, slots=True)
class FakerCalls:
    """Values of one provider method on the day `today`, `type` decided when the column was
    planned."""

    locale: str
    method: str
    args: Mapping[str, Any]
    type: pa.DataType
    today: datetime.date

    def draw(self, block: Block) -> pa.Array:
        """The values of the block, shape (rows,).

        Raises:
            GenerationError: where the provider fails, or gives what does not fit the type.
        """
        try:
            values = call(
                self.locale,
                self.method,
                self.args,
                block.stream,
                block.rows,
                ReferenceDay(self.today),
            )
            return as_array(values, self.type)
        except Exception as error:
            what = f"provider {self.method!r} of locale {self.locale!r}"
            raise GenerationError(f"{what}: {type(error).__name__}: {error}") from error


@lru_cache(maxsize=8)
def faker_of(locale: str) -> Any:
    """Faker's generator of the locale.

    Raises:
        AttributeError: where Faker has no such locale.
    """
    from faker import Faker

    return Faker(locale).factories[0]


def call(
    locale: str,
    method: str,
    args: Mapping[str, Any],
    stream: Stream,
    times: int,
    today: ReferenceDay,
) -> list[Any]:
    """That many results of the method; the same for the same stream and day."""
    generator = faker_of(locale)
    generator.seed_instance(stream.child("faker").key())
    function = getattr(generator, method)
    with frozen_clock_and_random(generator.random, today):
        return [_finished(function(**args)) for _ in range(times)]


def _finished(value: Any) -> Any:
    """The value, with what is only made when it is asked for made now."""
    return list(value) if isinstance(value, Iterator) else value


def natural_type(values: Sequence[Any]) -> pa.DataType:
    """The Arrow type of such values: their own where all have the same plain type, else text."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) != 1:
        return pa.string()
    kind = next((k for k in _NATURAL if issubclass(next(iter(kinds)), k)), None)
    kind = datetime.datetime if issubclass(next(iter(kinds)), datetime.datetime) else kind
    if kind is int and any(not -(2**63) <= value < 2**63 for value in values):
        return pa.string()
    return pa.string() if kind is None else _NATURAL[kind]


def as_array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """The values as an Arrow array of this type, of their length; null where one is None.

    Raises pyarrow.ArrowInvalid or ArrowTypeError where a value does not fit.
    """
    if pa.types.is_string(kind):
        return pa.array([None if value is None else as_text(value) for value in values], kind)
    if pa.types.is_timestamp(kind):
        return pa.array(list(map(_in_utc, values)), kind)
    if pa.types.is_floating(kind):
        values = [None if value is None else float(value) for value in values]
    return pa.array(values, kind)


def as_text(value: Any) -> str:
    """A value as text: bytes in base64; lists, tuples, sets and mappings as JSON."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        return json.dumps(_plain(value), ensure_ascii=False)
    kind: Any = type(value)
    if kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__:
        raise ValueError(f"a value of type {kind.__name__} is no data")
    return str(value)


def _plain(value: Any) -> Any:
    """The value with only what JSON knows; a set in the order of its texts."""
    if isinstance(value, dict):
        return {as_text(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(each) for each in value), key=str)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return float(value) if isinstance(value, Decimal) else as_text(value)


def _in_utc(value: datetime.datetime | None) -> datetime.datetime | None:
    if value is None or value.tzinfo is None:
        return value
    return value.astimezone(datetime.UTC).replace(tzinfo=None)
