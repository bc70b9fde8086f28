"""What is to be predicted: one of two labels, a number, or nothing."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Literal

from app.engine.schema.targets import least_frequent
from app.ui.model.cats import Cat, write_cats
from app.ui.model.tables import Table
from app.ui.model.values import number_or_none, put, read_number, show

Aim = Literal["labels", "number", "nothing"]
NUMBERS = ("mean", "std", "min", "max")
NEW = "Target"
FRESH: dict[Aim, dict[str, Any]] = {
    "labels": {"type": "category", "cats": {"no": 0.8, "yes": 0.2}, "positive": "yes"},
    "number": {"type": "float", "mean": 100, "std": 20},
}


@dataclass
class Purpose:
    """The target of a table as the setup asks for it."""

    table: Table

    @property
    def aim(self) -> Aim:
        target = self.table.target
        if target is None:
            return "nothing"
        return "number" if target.kind == "number" else "labels"

    def set_aim(self, aim: Aim) -> None:
        """Another kind of target, whole at once. A target that somebody has said something of
        stays as a feature."""
        if aim == self.aim:
            return
        if self.is_fresh:
            self.table.remove_target()
        else:
            self.table.release()
        if aim != "nothing":
            name = NEW if self.table.column(NEW) is None else self.table.free_name()
            self.table.set_target(name, copy.deepcopy(FRESH[aim]))

    @property
    def is_fresh(self) -> bool:
        """Whether nobody has said anything of the target yet."""
        return self._spec == FRESH.get(self.aim)

    def take(self, name: str) -> None:
        """An existing column as the target, in the place of the one before."""
        if name in self.columns(self.aim):
            self.table.predict(name, keep=not self.is_fresh)

    def restore(self, name: str, spec: dict[str, Any]) -> None:
        """A target as it was before, in the place of the present one."""
        self.table.remove_target()
        self.table.remove(name)
        self.table.set_target(name, copy.deepcopy(spec))

    @property
    def has_two_labels(self) -> bool:
        """Whether positive and negative label say all of it."""
        target = self.table.target
        return target is not None and target.kind == "category" and len(target.cats) == 2

    @property
    def name(self) -> str:
        target = self.table.target
        return target.name if target else ""

    @property
    def positive(self) -> str:
        """The positive label; the least frequent one where none is named, as in the language."""
        named = show(self._spec.get("positive"))
        if named:
            return named
        shares = self.table.target.shares if self.table.target else {}
        return least_frequent(shares) if shares else ""

    @positive.setter
    def positive(self, label: str) -> None:
        put(self._spec, "positive", label)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the target."""
        return tuple(self.table.target.shares) if self.table.target else ()

    def columns(self, aim: Aim) -> list[str]:
        """The features that can be predicted as this aim says."""
        kinds = {"labels": {"category", "bool"}, "number": {"number"}, "nothing": set()}[aim]
        return [each.name for each in self.table.columns()
                if not each.is_target and each.kind in kinds]  # fmt: skip

    @property
    def negative(self) -> str:
        return next((cat.label for cat in self._cats() if cat.label != self.positive), "")

    @property
    def share(self) -> str:
        """Share of the positive label."""
        found = next((cat for cat in self._cats() if cat.label == self.positive), None)
        return found.proportion if found else ""

    def set_labels(self, *, positive: str, negative: str, share: str) -> None:
        """Both labels and the share of the positive one; the other one has the rest."""
        wanted = read_number(share)
        number = number_or_none(wanted)
        rest = None if number is None else round(1 - number, 12)
        kept = {cat.label: cat.spec for cat in self._cats()}
        low, high = dict(kept.get(negative, {})), dict(kept.get(positive, {}))
        put(low, "proportion", rest)
        put(high, "proportion", wanted)
        self._spec["cats"] = write_cats([Cat(negative, low), Cat(positive, high)])
        put(self._spec, "positive", positive)

    def number(self, key: str) -> str:
        """mean, std, min or max of a target of numbers."""
        target = self.table.target
        return target.get(key) if target else ""

    @property
    def _spec(self) -> dict[str, Any]:
        target = self.table.target
        return target.spec if target else {}

    def _cats(self) -> list[Cat]:
        target = self.table.target
        return target.cats if target else []
