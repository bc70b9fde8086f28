"""One column of a definition as a row of the grid: fields to read, fields to set.

A column is looked at in its place in the document, in whatever spelling it has there. Setting a
field changes that field and nothing else, so that what the grid cannot show stays as it was.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any, Literal

from app.ui.model import effects, shapes
from app.ui.model.cats import Cat, LabelsAsTyped, bodies, cats_line, read_cats, write_cats
from app.ui.model.paths import Path
from app.ui.model.values import number_or_none, put, read_number, show

Kind = Literal[
    "number", "category", "bool", "moment", "id", "formula", "script", "realistic", "joint",
    "line", "unknown",
]  # fmt: skip

TYPES = {
    "int": "integer",
    "float": "number",
    "category": "category",
    "bool": "yes / no",
    "date": "date",
    "datetime": "date and time",
    "time": "time of day",
    "id": "identifier",
    "formula": "formula",
    "script": "script",
    "name": "name",
    "first_name": "first name",
    "last_name": "last name",
    "email": "e-mail",
    "phone": "phone",
    "address": "address",
    "city": "city",
    "country": "country",
    "company": "company",
    "job": "job",
    "text": "free text",
    "sentence": "sentence",
    "person": "person, parts that fit",
    "place": "place, parts that fit",
    "line_number": "line number",
}
SPELLINGS = {"integer": "int", "number": "float", "numeric": "float", "categorical": "category"}
KINDS: dict[str, Kind] = {
    "int": "number",
    "float": "number",
    "category": "category",
    "bool": "bool",
    "date": "moment",
    "datetime": "moment",
    "time": "moment",
    "id": "id",
    "formula": "formula",
    "script": "script",
    "person": "joint",
    "place": "joint",
    "line_number": "line",
}
# What a new column of a type says at first, so that it is whole at once.
FIRST: dict[Kind, dict[str, Any]] = {
    "number": {"mean": 0, "std": 1},
    "category": {"cats": {"A": 0.5, "B": 0.5}},
    "bool": {"proportion": 0.5},
    "moment": {"start_date": "2024-01-01", "end_date": "2024-12-31"},
    "formula": {"expr": ""},
    "script": {"returns": "float", "script": "def value(row):\n    return 1.0\n"},
    "id": {},
    "realistic": {},
    "joint": {"part": "name"},
    "line": {},
    "unknown": {},
}
FIRST_OF_TYPE = {
    "time": {"start_time": "08:00", "end_time": "18:00"},
    "place": {"part": "city"},
}
# Kinds whose values are texts, or may be.
TEXTUAL = frozenset({"realistic", "id", "category", "formula", "script"})
# What goes along from one type to another.
LASTING = ("missing", "unique", "hidden", "max_length", "correlation", "strength", "effects")
BOUNDS = (
    "min", "max", "decimals", "fixed_decimals", "bounds", "mean", "std", "distribution", "buckets",
)  # fmt: skip
# Fields that are there or not.
SWITCHES = frozenset({"unique", "hidden", "fixed_decimals"})
# Fields that hold texts, also where they look like numbers.
TEXTS = frozenset({
    "start_date", "end_date", "start_time", "end_time", "after", "before", "format", "pattern",
    "prefix", "locale", "expr", "bounds", "positive", "part", "of", "per", "script",
    "returns",
})  # fmt: skip


@dataclass
class Column:
    """A column at its place.

    Args:
        spec: what the document says of it; changes of it change the document.
        path: where it stands in the document.
        typed: what the line of its labels was before it was begun to be typed.
    """

    name: str
    spec: dict[str, Any]
    path: Path
    is_target: bool = False
    typed: LabelsAsTyped = field(default_factory=LabelsAsTyped, compare=False)

    @property
    def type(self) -> str:
        written = show(self.spec.get("type")).strip()
        return SPELLINGS.get(written.casefold(), written)

    @property
    def kind(self) -> Kind:
        if not self.type:
            return "unknown"
        return KINDS.get(self.type, "realistic")

    @property
    def id_format(self) -> str:
        """The format of an identifier; `pattern` may be said without it."""
        return "pattern" if "pattern" in self.spec else self.get("format")

    def set_type(self, name: str, known: dict[str, Any] | None = None) -> None:
        """Another type: what is said of every column stays, the rest begins again, or as `known`
        from when it was of that type before.

        Between the two kinds of numbers everything stays.
        """
        before = self.kind
        if not name:
            self._say_no_type(known)
            return
        kept = (*LASTING, *BOUNDS) if before == "number" == KINDS.get(name) else LASTING
        lasting = {key: value for key, value in self.spec.items() if key in kept}
        self.spec.clear()
        self.spec["type"] = name
        first = FIRST[KINDS.get(name, "realistic")]
        if known:
            self.spec.update(copy.deepcopy(known))
        elif not set(lasting) & set(BOUNDS):
            self.spec.update(FIRST_OF_TYPE.get(name) or _copied(first))
        self.spec.update(lasting)
        if self.kind == "number" and self.type == "int":
            self.spec.pop("decimals", None)
            self.spec.pop("fixed_decimals", None)
        if self.kind not in TEXTUAL:
            self.spec.pop("max_length", None)

    def _say_no_type(self, known: dict[str, Any] | None) -> None:
        """Speak of a column that the table's model has learned."""
        lasting = {key: value for key, value in self.spec.items() if key in ("missing", "hidden")}
        self.spec.clear()
        self.spec.update({**copy.deepcopy(known or {}), **lasting})

    def get(self, key: str) -> str:
        """A field as text; empty where nothing is said."""
        if key == "cats":
            return cats_line(self.cats)
        if key in {"correlation", "strength"}:
            return show(self._effect_home().get(key))
        if key in {"mean", "std"}:
            return show(shapes.middle(self.spec).get(key))
        return show(self.spec.get(key))

    def set(self, key: str, text: str) -> None:
        if key == "cats":
            self.cats = self.typed.read(text, self.spec.get("cats"))
        elif key == "correlation":
            effects.set_correlation(self._effect_home(), text)
        elif key == "strength":
            effects.set_strength(self._effect_home(), text)
        elif key in {"mean", "std"}:
            shapes.set_parameter(self.spec, key, text)
        elif key in SWITCHES:
            put(self.spec, key, text == "true" or None)
        else:
            put(self.spec, key, text if key in TEXTS else read_number(text))

    def place(self, key: str) -> Path:
        """Where the API tells a fault of a field."""
        if key in {"mean", "std"}:
            return (*self.path, *shapes.parameter_path(self.spec, key))
        if key in {"correlation", "strength"} and self._effect_home() is not self.spec:
            return (*self.path, shapes.BUCKETS, key)
        return (*self.path, key)

    @property
    def cats(self) -> list[Cat]:
        return read_cats(self.spec.get("cats"))

    @cats.setter
    def cats(self, cats: list[Cat]) -> None:
        self.spec["cats"] = write_cats(cats)

    @property
    def shares(self) -> dict[str, float]:
        """Share of each label; labels of which none is said divide what the others leave."""
        if self.kind == "bool":
            share = number_or_none(self.spec.get("proportion"))
            true = 0.5 if share is None else share
            return {"false": 1 - true, "true": true}
        given = {cat.label: number_or_none(cat.spec.get("proportion")) for cat in self.cats}
        left = 1 - sum(share or 0 for share in given.values())
        rest = left / max(1, list(given.values()).count(None))
        return {label: rest if share is None else share for label, share in given.items()}

    @property
    def has_parts(self) -> bool:
        """Whether effects belong to its labels or buckets, and not to the column."""
        return self.kind == "category" or len(shapes.buckets(self.spec)) > 1

    @property
    def part_effects(self) -> int:
        """How many of its labels or buckets have an effect."""
        labels = [body for body in bodies(self.spec.get("cats")) if isinstance(body, dict)]
        parts = labels + shapes.buckets(self.spec)
        return sum(bool(effects.correlation(part) or part.get("effects")) for part in parts)

    def _effect_home(self) -> dict[str, Any]:
        """The only bucket where the effect stands there, as in the patent's sample."""
        found = shapes.buckets(self.spec)
        at_column = any(key in self.spec for key in effects.EFFECT)
        return found[0] if len(found) == 1 and not at_column else self.spec


def _copied(first: dict[str, Any]) -> dict[str, Any]:
    return {key: dict(value) if isinstance(value, dict) else value for key, value in first.items()}
