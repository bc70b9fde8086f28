"""The labels of a category in every spelling of the language, and as one line of text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from app.ui.model.values import put, read_number, show

_LABEL = re.compile(r'\s*("(?:\\.|[^"\\])*")\s*(?=[,;:\n]|$)')
_END = re.compile(r"[,;\n]|$")
_END_OF_LABEL = re.compile(r"[,;:\n]|$")
_DECIMAL_COMMA = re.compile(r"[ \t]*[0-9]+,[0-9]+[ \t]*(?:%[ \t]*)?(?=[,;\n]|$)")
_PLAIN = re.compile(r'[^,;:"\s](?:[^,;:"\n\r]*[^,;:"\s])?')


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


def bodies(value: Any) -> list[Any]:
    """What is said of each label under `cats`: a mapping, a proportion or nothing."""
    if isinstance(value, dict):
        return list(value.values())
    return [cat.spec for cat in read_cats(value)]


def label_names(value: Any) -> list[str]:
    """The labels under `cats`, without what is said of them."""
    if isinstance(value, dict):
        return list(value)
    return [cat.label for cat in read_cats(value)]


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
    parts = ((_quoted(cat.label), cat.proportion) for cat in cats)
    return ", ".join(f"{label}: {share}" if share else label for label, share in parts)


def read_cats_line(text: str, before: Sequence[Cat]) -> list[Cat]:
    """Labels and proportions between commas, semicolons or line ends, as `Gold: 50 %`; labels that
    were there keep what else is said of them, and so does one that has another name in its place.

    A label that stands twice counts once, with the proportion that comes last.
    """
    shares = dict(_parts(text))
    known = {cat.label: cat.spec for cat in before}
    if len(shares) == len(before):
        renamed = zip(shares, before, strict=True)
        known |= {
            new: old.spec for new, old in renamed if new not in known and old.label not in shares
        }
    found = []
    for label, proportion in shares.items():
        spec = {key: value for key, value in known.get(label, {}).items() if key != "proportion"}
        put(spec, "proportion", read_number(proportion))
        found.append(Cat(label, spec))
    return found


@dataclass
class LabelsAsTyped:
    """What labels had to say before their line was typed again: while a person types,
    labels come and go, and what was said of them is not to go with them.

    `labels` is where the typing began; `made` what the last text came to, by which a change from
    elsewhere is known.
    """

    labels: list[Cat] = field(default_factory=list)
    made: Any = None

    def read(self, text: str, present: Any) -> list[Cat]:
        """The labels of a text, in the place of those `present` under `cats`."""
        if self.made is None or present != self.made:
            self.labels = read_cats(present)
        found = read_cats_line(text, self.labels)
        self.made = write_cats(found)
        return found


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Each label with its proportion, "" where none is given; labels may be quoted."""
    at = 0
    while at < len(text):
        quoted = _LABEL.match(text, at)
        end = quoted.end() if quoted else _next(_END_OF_LABEL, text, at)
        label = _unquoted(quoted[1]) if quoted else text[at:end].strip()
        share = _DECIMAL_COMMA.match(text, end + 1) if text[end : end + 1] == ":" else None
        stop = share.end() if share else _next(_END, text, end)
        if label:
            yield label, text[end + 1 : stop].strip()
        at = stop + 1


def _next(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where the pattern is found next; the end of the text where it is not."""
    found = pattern.search(text, at)
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
