"""Tables whose columns a model draws: where models come from, and what is known of their columns.

A learned column stands in a definition as what it would be if it were declared, so that effects,
rules and formulas read it like any other. Only what the definition says of it is a promise:
`declared` names these keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.engine.errors import ModelError
from app.engine.schema.models import (
    BoolColumn,
    CategoryColumn,
    MomentColumn,
    NumberColumn,
    ProviderColumn,
)

LEARNED_TEXT = "text"


class LearnedNumber(NumberColumn):
    """A learned column of numbers; `min` and `max` are declared, or those of a sample."""

    declared: tuple[str, ...] = ()


class LearnedCategory(CategoryColumn):
    """A learned column of labels, or of few numbers whose shares are declared."""

    declared: tuple[str, ...] = ()


class LearnedBool(BoolColumn):
    declared: tuple[str, ...] = ()


class LearnedMoment(MomentColumn):
    declared: tuple[str, ...] = ()


class LearnedText(ProviderColumn):
    """A learned column of more labels than anybody would name."""

    declared: tuple[str, ...] = ()


LearnedColumn = LearnedNumber | LearnedCategory | LearnedBool | LearnedMoment | LearnedText


@dataclass(frozen=True, slots=True)
class LearnedMarginal:
    """What a sample shows of a learned column.

    Args:
        type: that of the language.
        missing: share of nulls.
        shares: of labels, or of numbers where there are few, among the values that are there, the
            largest first; empty where there are more than anybody would name.
        low, high: least and largest value; moments as ISO texts.
        decimals: that every number is written with; None where they differ.
    """

    type: str
    missing: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    low: float | str | None = None
    high: float | str | None = None
    decimals: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class TableModel:
    """A fitted model as a definition sees it.

    Args:
        sha256: of its file.
        rows: of its source, made where nobody says how many.
        columns: the learned ones, by name.
        made: columns that come with it and are declared, as documents by name.
        order: names of all of them, in the order of the source.
        rows_source: what draws, for the planner.
    """

    sha256: str
    rows: int
    columns: Mapping[str, LearnedMarginal]
    made: Mapping[str, dict[str, Any]]
    order: tuple[str, ...]
    rows_source: Any

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        """It stays behind where a definition is pickled: what draws is in the plan."""
        return _nothing, ()


def _nothing() -> None:
    return None


def model_references(document: Any) -> tuple[str, ...]:
    """The models that a document names, wherever a table may stand in it."""
    return tuple(dict.fromkeys(_named(document)))


def _named(document: Any) -> Iterator[str]:
    if not isinstance(document, Mapping):
        return
    inner, tables = document.get("schema"), document.get("tables")
    for holder in (document, inner, *_bodies(tables), *_bodies(_of(inner, "tables"))):
        reference = _of(holder, "from")
        reference = _of(reference, "model") if isinstance(reference, Mapping) else reference
        if isinstance(reference, str):
            yield reference


def _of(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, Mapping) else None


def _bodies(tables: Any) -> Iterator[Any]:
    """What is said of each table, in whatever form."""
    if isinstance(tables, Mapping):
        yield from tables.values()
    for item in tables if isinstance(tables, list) else ():
        yield item
        yield from item.values() if isinstance(item, Mapping) else ()


def with_digests(document: Any, digests: Mapping[str, str]) -> Any:
    """A document in which every model that it names is named with the SHA-256 of its file, so that
    the same rows are made of it or none."""
    if isinstance(document, list):
        return [with_digests(each, digests) for each in document]
    if not isinstance(document, Mapping):
        return document
    found = {key: with_digests(value, digests) for key, value in document.items()}
    reference = found.get("from")
    name = _of(reference, "model") if isinstance(reference, Mapping) else reference
    if isinstance(name, str) and name in digests:
        found["from"] = {"model": name, "sha256": digests[name]}
    return found


class Models(Protocol):
    """Where the models are that definitions name."""

    def find(self, reference: str) -> TableModel:
        """The model of a reference.

        Raises:
            ModelError: there is none, or its file is damaged.
        """


class NoModels:
    """Nothing can be named."""

    def find(self, reference: str) -> TableModel:
        raise ModelError("models cannot be named here")
