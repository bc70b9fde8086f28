"""Frozen values of plain arrays as documents, and back by the types of their fields.

A document names no code: what may stand in a place is what the field's type says, of a union one
of its members by name. Each value read is checked by its own `check`, which says what is wrong.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin

import numpy as np
import pyarrow as pa

from app.engine.synthesizers.model_file.archive import Contents

IS = "is"


def packed(value: Any, contents: Contents) -> Any:
    """A value as JSON, with its arrays and types put into the contents."""
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        found = {each.name: packed(getattr(value, each.name), contents) for each in fields}
        return {IS: type(value).__name__, **found}
    if isinstance(value, tuple):
        return [packed(each, contents) for each in value]
    if isinstance(value, np.ndarray):
        return _place(contents.arrays, value)
    if isinstance(value, pa.Array):
        return _place(contents.values, value)
    if isinstance(value, pa.DataType):
        return _place(contents.types, value)
    return value.value if isinstance(value, Enum) else value


def restored(hint: Any, document: Any, contents: Contents) -> Any:
    """The value that a document stands for, where a value of the type `hint` may stand.

    Raises:
        ValueError: anything else stands there.
    """
    if dataclasses.is_dataclass(hint) or get_origin(hint) in (typing.Union, UnionType):
        return _restored_dataclass(hint, document, contents)
    if get_origin(hint) is tuple:
        return _restored_tuple(hint, document, contents)
    if get_origin(hint) is np.ndarray:
        return _restored_array(hint, document, contents)
    if hint in (pa.Array, pa.DataType):
        return _at(contents.values if hint is pa.Array else contents.types, document)
    return _restored_scalar(hint, document)


def _restored_dataclass(hint: Any, document: Any, contents: Contents) -> Any:
    members: Any = [hint] if dataclasses.is_dataclass(hint) else get_args(hint)
    named = {member.__name__: member for member in members}
    if not isinstance(document, dict) or str(document.get(IS)) not in named:
        raise ValueError(f"there is none of {', '.join(named)}")
    kind = named[document[IS]]
    hints = _hints(kind)
    if document.keys() != {IS, *hints}:
        raise ValueError(f"a {kind.__name__} has other fields than it should")
    value = kind(**{name: restored(each, document[name], contents) for name, each in hints.items()})
    value.check()
    return value


def _restored_array(hint: Any, document: Any, contents: Contents) -> np.ndarray:
    """An array of just the numbers that the field is to hold."""
    array: np.ndarray = _at(contents.arrays, document)
    wanted = np.dtype(get_args(get_args(hint)[1])[0])
    if array.dtype != wanted or not np.isfinite(array).all():
        raise ValueError(f"an array is not one of finite {wanted.name}")
    return array


def _restored_tuple(hint: Any, document: Any, contents: Contents) -> tuple[Any, ...]:
    """A tuple of any length whose members are all of one type."""
    if not isinstance(document, list):
        raise ValueError("there is no list")
    return tuple(restored(get_args(hint)[0], each, contents) for each in document)


def _restored_scalar(hint: Any, document: Any) -> Any:
    if issubclass(hint, Enum):
        return hint(document)
    # JSON writes 1.0 as 1 in some hands; true is no number in any.
    if hint is float and type(document) is int:
        document = float(document)
    is_finite = not isinstance(document, float) or math.isfinite(document)
    if type(document) is not hint or not is_finite:
        raise ValueError(f"there is no {getattr(hint, '__name__', 'value')}")
    return document


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {each.name: hints[each.name] for each in dataclasses.fields(kind)}


def _place(found: list[Any], value: Any) -> int:
    found.append(value)
    return len(found) - 1


def _at(found: list[Any], place: Any) -> Any:
    if type(place) is not int or not 0 <= place < len(found):
        raise ValueError("it points to an array that is not there")
    return found[place]
