"""What is to be predicted: one of two labels, a number, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from app.engine.schema.targets import least_frequent
from app.ui.model.cats import Cat, write_cats
from app.ui.model.tables import Table
from app.ui.model.values import number_or_none, put, read_number, show

Aim = Literal["labels", "number", "nothing"]
NUMBERS = ("mean", "std", "min", "max")


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
        """Another kind of target, whole at once; the name stays."""
        if aim == self.aim:
            return
        before = self.table.target
        name = before.name if before else "Target"
        if aim == "nothing":
            self.table.remove_target()
        elif aim == "number":
            self.table.set_target(name, {"type": "float", "mean": 100, "std": 20})
        else:
            cats = write_cats([Cat("no", {"proportion": 0.8}), Cat("yes", {"proportion": 0.2})])
            self.table.set_target(name, {"type": "category", "cats": cats, "positive": "yes"})

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
        shares = self._shares()
        return least_frequent(shares) if shares else ""

    def _shares(self) -> dict[str, float]:
        """Share of each label; labels of which none is said divide what the others leave."""
        target = self.table.target
        if target is not None and target.kind == "bool":
            share = number_or_none(self._spec.get("proportion"))
            true = 0.5 if share is None else share
            return {"false": 1 - true, "true": true}
        given = {cat.label: number_or_none(cat.spec.get("proportion")) for cat in self._cats()}
        left = 1 - sum(share or 0 for share in given.values())
        rest = left / max(1, list(given.values()).count(None))
        return {label: rest if share is None else share for label, share in given.items()}

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
