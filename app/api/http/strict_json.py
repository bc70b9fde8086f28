"""JSON as RFC 8259 and I-JSON (RFC 7493) have it; Python's own reader takes more than that.

Refused here, each with its place: a key that stands twice in one object (Python keeps the last
in silence), NaN and infinities, numbers that no float can hold (1e999), nesting past a bound,
texts with NUL or lone surrogates (no database and no UTF-8 file takes them).
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from app.api.http_errors import InvalidRequest, MalformedBody
from app.engine.errors import Fault
from app.engine.schema.source import MAX_DEPTH, write_path

MAX_DIGITS = 308
MAX_FAULTS = 100
# Characters of a key that a path repeats.
MAX_KEY = 100
# Values of a body. Each takes some hundred bytes once it is read, and a moment of everybody's time:
# readers of JSON let nothing else run.
MAX_VALUES = 250_000

Place = tuple["Place", str | int] | None


class _Repeating(dict[str, Any]):
    """An object in which some keys stand twice."""

    repeated: tuple[str, ...] = ()


def decode_text(body: bytes) -> str:
    """The body as text.

    Raises:
        MalformedBody: the bytes are not UTF-8, or hold a NUL.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedBody(
            f"the body is not UTF-8 text: {error.reason} at byte {error.start}"
        ) from None
    if "\0" in text:
        raise MalformedBody("the body holds a NUL character; it must be UTF-8 text")
    return text


def read_json(body: bytes) -> Any:
    """The value that the JSON text in `body` (UTF-8) stands for.

    Raises:
        MalformedBody: no UTF-8 text, or no JSON; names line and column.
        InvalidRequest: JSON that cannot be used; every fault with its path.
    """
    text = decode_text(body)
    if not _is_within_bounds(text):
        message = f"the body holds more than {MAX_VALUES:,} values, or texts with as many commas"
        raise InvalidRequest(Fault("document", message, "send less, or the definition as YAML"))
    value = _parse(text)
    if faults := tuple(islice(_faults(value), MAX_FAULTS)):
        raise InvalidRequest(*faults)
    return value


def _is_within_bounds(text: str) -> bool:
    """Every value but the first of an array or object follows a comma."""
    return sum(map(text.count, "[{,")) <= MAX_VALUES


def _parse(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_integer)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedBody(f"the body is not JSON: {error.msg} at {place}") from None
    except RecursionError:
        raise InvalidRequest(_too_deep(None)) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    counts = Counter(key for key, _ in pairs)
    repeating = _Repeating(plain)
    repeating.repeated = tuple(key for key, count in counts.items() if count > 1)
    return repeating


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= MAX_DIGITS else math.inf


def _faults(root: Any) -> Iterator[Fault]:
    """Every fault of a parsed value; a loop and no recursion, so that no depth can stop it."""
    todo: list[tuple[Any, Place, int]] = [(root, None, 0)]
    while todo:
        value, place, depth = todo.pop()
        if depth > MAX_DEPTH:
            yield _too_deep(place)
            continue
        yield from _own_faults(value, place)
        todo.extend((child, (place, key), depth + 1) for key, child in _children(value))


def _children(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _own_faults(value: Any, place: Place) -> Iterator[Fault]:
    if isinstance(value, float) and not math.isfinite(value):
        yield Fault(path(place), "is not a finite number", "write a number below 1.8e308")
    elif isinstance(value, str) and not _is_storable(value):
        yield Fault(path(place), "holds a NUL or half of a surrogate pair", "write plain text")
    elif isinstance(value, dict):
        yield from _key_faults(value, place)


def _key_faults(value: dict[str, Any], place: Place) -> Iterator[Fault]:
    for key in getattr(value, "repeated", ()):
        message = f"the key {key[:80]!r} stands more than once"
        yield Fault(path((place, key)), message, "write it once; several buckets are a list")
    for key in value:
        if not _is_storable(key):
            yield Fault(path(place), "a key holds a NUL or half of a surrogate pair")


def _is_storable(text: str) -> bool:
    try:
        return "\0" not in text and (text.isascii() or bool(text.encode()))
    except UnicodeEncodeError:
        return False


def _too_deep(place: Place) -> Fault:
    return Fault(path(place), f"is nested deeper than {MAX_DEPTH} levels", "flatten the document")


def path(place: Place) -> str:
    """A place as text: ``schema.features.Tenure.buckets[1].std``."""
    steps: list[str | int] = []
    while place is not None:
        place, key = place
        steps.append(key if isinstance(key, int) or len(key) <= MAX_KEY else f"{key[:MAX_KEY]}…")
    return write_path(tuple(reversed(steps)))
