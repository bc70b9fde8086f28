"""What callers pass, checked before any work: errors name the argument and what would be right."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from operator import index

from app.engine import DefinitionError, Fault


def need_mappings(hints: Mapping[str, str], **given: object) -> None:
    """Raises DefinitionError, with all of those that are no dicts; None is left out.

    Args:
        hints: what would be right, by the name of the argument.
    """
    faults = [
        Fault(name, f"a dict is wanted, not {type(each).__name__}", hints[name])
        for name, each in given.items()
        if each is not None and not isinstance(each, Mapping)
    ]
    if faults:
        raise DefinitionError(faults)


def need_whole_numbers(**given: object) -> None:
    """Raises DefinitionError, with all of those that are no whole numbers, such as a text or a
    fraction; None is left out."""
    faults = [
        Fault(name, f"a whole number is wanted, not {type(each).__name__}", "such as 7")
        for name, each in given.items()
        if each is not None and not _is_whole(each)
    ]
    if faults:
        raise DefinitionError(faults)


def need_natural_numbers(**given: object) -> None:
    """Raises DefinitionError, with all of those that are no whole numbers, or negative; None is
    left out."""
    need_whole_numbers(**given)
    faults = [
        Fault(name, f"{each} is negative", "0 or more")
        for name, each in given.items()
        if each is not None and index(each) < 0  # type: ignore[arg-type]
    ]
    if faults:
        raise DefinitionError(faults)


def need_path(given: object, what: str) -> None:
    """Raises TypeError for what is no path.

    Args:
        what: is wanted, such as "a model".
    """
    if not isinstance(given, str | os.PathLike):
        raise TypeError(f"{what} is the path of a file, not {type(given).__name__}")


def need_names(given: Iterable[object]) -> None:
    """Raises DefinitionError for names of tables that are no texts."""
    hint = '{"customers": …, "orders": …}'
    faults = [
        Fault(
            f"tables[{each!r}]", f"the name of a table is a text, not {type(each).__name__}", hint
        )
        for each in given
        if not isinstance(each, str)
    ]
    if faults:
        raise DefinitionError(faults)


def need_texts(name: str, given: object, hint: str) -> None:
    """Raises DefinitionError for what is no list or tuple of texts."""
    items: Sequence[object] = given if isinstance(given, Sequence) else (given,)
    is_list = isinstance(given, Sequence) and not isinstance(given, str)
    if not is_list or not all(isinstance(each, str) for each in items):
        raise DefinitionError([Fault(name, "a list of texts is wanted", hint)])


def need_bytes(**given: object) -> None:
    """Raises DefinitionError for what is no bytes; None is left out."""
    for name, each in given.items():
        if each is not None and not isinstance(each, bytes):
            message = f"bytes are wanted, not {type(each).__name__}"
            raise DefinitionError([Fault(name, message, 'b"…", such as a text by `.encode()`')])


def need_numbers(name: str, given: object, hint: str) -> None:
    """Raises DefinitionError for what is no list or tuple of numbers."""
    if isinstance(given, Iterable) and all(isinstance(each, Real) for each in given):
        return
    raise DefinitionError([Fault(name, "are no numbers", hint)])


def _is_whole(given: object) -> bool:
    try:
        index(given)  # type: ignore[arg-type]
    except TypeError:
        return False
    return True
