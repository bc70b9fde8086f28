"""Answers of worker processes, and their bounds: rendered where they are made, so that the
server's own process holds and passes on bytes of a known number."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.engine.errors import DefinitionError, Fault

MAX_ANSWER = 8 * 2**20
# As many as the engine lists, and the line that says that there are more.
MAX_FAULTS = 501
# Of each part of a fault; whoever shows them cuts them further.
MAX_TEXT = 2000

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

OUT_OF_MEMORY = (
    "this takes more memory than the service gives to one request: shorten the values of the "
    "definition, or ask for fewer rows"
)


class Rendered(Mapping[str, Any]):
    """An answer as JSON; reads as the mapping that it stands for."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __getitem__(self, key: str) -> Any:
        return self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.content)
        return found


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a worker returns in place of an answer that would be too large.

    Args:
        spent: whether the process has had all the memory that it may have, and is to be replaced.
    """

    message: str
    spent: bool = False


class TooLarge(Exception):  # noqa: N818
    """An answer has more bytes than one may have."""


def answered(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the function returns, or a Refusal. Its faults are bounded in number and length."""
    try:
        return function(*arguments)
    except DefinitionError as error:
        raise type(error)(bounded(error.faults)) from None
    except TooLarge as error:
        return Refusal(str(error))
    except Exception as error:
        if _lacks_memory(error):
            return Refusal(OUT_OF_MEMORY, spent=True)
        raise


def rendered(content: Mapping[str, Any]) -> bytes:
    """Plain data as JSON. Raises TooLarge where there is more than an answer may have."""
    text = _ENCODER.encode(content)
    check_size(len(text))
    written = text.encode("utf-8", "replace")
    check_size(len(written))
    return written


def rendered_tables(
    head: Mapping[str, Any], tables: Iterable[tuple[str, Iterable[Mapping[str, Any]]]]
) -> bytes:
    """`head` with `tables`, rows by name, in it. Rows are taken one by one and no more of them
    than an answer has room for: raises TooLarge."""
    written = bytearray(rendered(head)[:-1] + b',"tables":{')
    for number, (name, rows) in enumerate(tables):
        written += b"," * bool(number) + _ENCODER.encode(name).encode("utf-8", "replace") + b":["
        for place, row in enumerate(rows):
            written += b"," * bool(place) + rendered(row)
            check_size(len(written))
        written += b"]"
    return bytes(written + b"}}")


def extended(content: bytes, more: Mapping[str, Any]) -> bytes:
    """A rendered answer, which is not empty, with further members. Raises TooLarge."""
    written = content[:-1] + b"," + rendered(more)[1:]
    check_size(len(written))
    return written


def check_size(size: int) -> None:
    """Raises TooLarge where an answer has, or will have, so many bytes."""
    if size > MAX_ANSWER:
        message = f"the answer would have more than {MAX_ANSWER:,} bytes: ask for fewer `rows`"
        raise TooLarge(f"{message}, or for a job, whose files may be larger")


def bounded(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """As many faults as are listed, each cut to a length; the last one says how many more."""
    kept = tuple(map(_shortened, faults[:MAX_FAULTS]))
    if (more := len(faults) - len(kept)) > 0:
        return (*kept, Fault("document", f"has {more:,} more than these {MAX_FAULTS:,}"))
    return kept


def _shortened(fault: Fault) -> Fault:
    hint = None if fault.hint is None else _cut(fault.hint)
    return replace(fault, path=_cut(fault.path), message=_cut(fault.message), hint=hint)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _lacks_memory(error: Exception) -> bool:
    """Whether a process ran into its bound, or an array into the largest one there is."""
    import pyarrow as pa

    return isinstance(error, (MemoryError, pa.ArrowCapacityError))
