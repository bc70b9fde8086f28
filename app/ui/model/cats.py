"""The labels of a category in every spelling of the language, and as one line of text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from app.ui.model.values import put, read_number, show

_LABEL = re.compile(r'\s*("(?:\\.|[^"\\])*")\s*(?=[,:]|$)')
_END_OF_LABEL = re.compile(r"[,:]|$")
_PLAIN = re.compile(r'[^,:"\s](?:[^,:"]*[^,:"\s])?')


@dataclass
class Cat:
    """One label; `spec` is everything said of it: proportion, correlation, strength, effects."""

    label: str
    spec: dict[str, Any] = field(default_factory=dict)

    @property
    def proportion(self) -> str:
        return show(self.spec.get("proportion"))

    def set_proportion(self, text: str) -> None:
        put(self.spec, "proportion", read_number(text))


def read_cats(value: Any, most: int | None = None) -> list[Cat]:
    """The labels under `cats`, or the first of them: a mapping, a list of names, or a list of
    mappings."""
    return list(islice(_labels(value), most))


def _labels(value: Any) -> Iterator[Cat]:
    if isinstance(value, dict):
        yield from (Cat(label, _spec(body)) for label, body in value.items())
    elif isinstance(value, list):
        yield from (cat for item in value for cat in _of_item(item))


def _of_item(item: Any) -> Iterator[Cat]:
    if not isinstance(item, dict):
        yield Cat(show(item))
    elif item:
        # `- Gold:` with its keys beside it reads as {Gold: null, proportion: 0.3}.
        [label, *_] = item
        beside = {key: value for key, value in item.items() if key != label}
        yield Cat(label, {**_spec(item[label]), **beside})


def _spec(body: Any) -> dict[str, Any]:
    if isinstance(body, dict):
        return dict(body)
    return {} if body is None else {"proportion": body}


def write_cats(cats: Sequence[Cat]) -> dict[str, Any]:
    """The mapping under `cats`; a label of which only the proportion is said has a number."""
    return {cat.label: _body(cat.spec) for cat in cats}


def _body(spec: dict[str, Any]) -> Any:
    if not spec:
        return None
    if set(spec) == {"proportion"} and not isinstance(spec["proportion"], dict):
        return spec["proportion"]
    return spec


def cats_line(cats: Sequence[Cat]) -> str:
    """`Gold: 0.5, Silver: 0.3, Bronze`."""
    return ", ".join(
        _quoted(cat.label) + (f": {cat.proportion}" if cat.proportion else "") for cat in cats
    )


def read_cats_line(text: str, before: Sequence[Cat]) -> list[Cat]:
    """Labels and proportions from one line; labels that were there keep what else is said of them.

    A label that stands twice counts once, with the proportion that comes last.
    """
    known = {cat.label: cat.spec for cat in before}
    found: dict[str, Cat] = {}
    for label, proportion in _parts(text):
        spec = {key: value for key, value in known.get(label, {}).items() if key != "proportion"}
        put(spec, "proportion", read_number(proportion))
        found[label] = Cat(label, spec)
    return list(found.values())


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Each label with its proportion, "" where none is given; labels may be quoted."""
    at = 0
    while at < len(text):
        quoted = _LABEL.match(text, at)
        end = quoted.end() if quoted else _first_end(text, at)
        label = _unquoted(quoted[1]) if quoted else text[at:end].strip()
        comma = text.find(",", end) % (len(text) + 1)  # -1 is the end of the text
        if label:
            yield label, text[end + 1 : comma].strip()
        at = comma + 1


def _first_end(text: str, at: int) -> int:
    found = _END_OF_LABEL.search(text, at)
    return len(text) if found is None else found.start()


def _quoted(label: str) -> str:
    return label if _PLAIN.fullmatch(label) else json.dumps(label, ensure_ascii=False)


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text
