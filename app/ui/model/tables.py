"""A table of a definition: its columns in order, added, removed, moved, renamed."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from app.engine.schema.targets import (
    LABEL_METRICS,
    NUMBER_METRICS,
    TARGET_METRICS,
    least_frequent,
)
from app.ui.model.columns import Column
from app.ui.model.effects import without_effects
from app.ui.model.paths import Path
from app.ui.model.values import put, show

# What speaks of the target, or may come to be the target.
ABOUT_TARGET = ("features", "target", "rules")


class NameTaken(ValueError):  # noqa: N818
    """A column of this name is there already, or the name is empty; the text says which."""


@dataclass
class Table:
    """A table at its place in a document; `name` is empty where the document has only one."""

    name: str
    node: dict[str, Any]
    path: Path

    def columns(self) -> list[Column]:
        """Every column in the order of the output, the target last."""
        place = (*self.path, "features")
        found = [
            Column(name, self._spec(self._features, name), (*place, name))
            for name in self._features
        ]
        target = self.target
        return [*found, target] if target else found

    def column(self, name: str) -> Column | None:
        if name in self._features:
            path = (*self.path, "features", name)
            return Column(name, self._spec(self._features, name), path)
        target = self.target
        return target if target is not None and target.name == name else None

    @property
    def target(self) -> Column | None:
        mapping = self.node.get("target")
        if not isinstance(mapping, dict) or not mapping:
            return None
        [name, *_] = mapping
        return Column(name, self._spec(mapping, name), (*self.path, "target", name), is_target=True)

    def set_target(self, name: str, spec: dict[str, Any]) -> None:
        self.node["target"] = {name: spec}

    def remove_target(self) -> None:
        self.node.pop("target", None)

    def add(self, name: str = "", spec: dict[str, Any] | None = None) -> Column:
        """A new column behind the others, a number at first."""
        name = name or self.free_name()
        if self.column(name) is not None:
            raise NameTaken(f"there is a column {name!r} already")
        if not isinstance(self.node.get("features"), dict):
            self.node["features"] = {}
        self._features[name] = {"type": "float", "mean": 0, "std": 1} if spec is None else spec
        return Column(name, self._features[name], (*self.path, "features", name))

    def put_back(self, column: Column, place: int) -> None:
        """A column that was removed, where it stood; a target as the target.

        Raises:
            NameTaken: another column has its name by now.
        """
        if column.is_target:
            self.set_target(column.name, column.spec)
            return
        self.add(column.name, column.spec)
        self.move(column.name, place - len(self._features) + 1)

    def remove(self, name: str) -> None:
        if name in self._features:
            del self._features[name]
        elif self.target and self.target.name == name:
            self.remove_target()

    def move(self, name: str, steps: int) -> int:
        """Move a feature up (below 0) or down; its new position."""
        names = list(self._features)
        place = names.index(name)
        to = min(max(place + steps, 0), len(names) - 1)
        names.insert(to, names.pop(place))
        _put_in_order(self._features, names)
        return to

    def rename(self, name: str, new: str) -> None:
        """Another name, here and in what is said of pairs of columns.

        Raises:
            NameTaken: it is empty, or another column has it.
        """
        if new == name:
            return
        if not new.strip():
            raise NameTaken("a column must have a name")
        if self.column(new) is not None:
            raise NameTaken("another column has this name")
        holder = self._features if name in self._features else self.node["target"]
        renamed = {new if key == name else key: value for key, value in holder.items()}
        holder.clear()
        holder.update(renamed)
        for pair in self._pairs():
            pair["between"] = [new if each == name else each for each in pair["between"]]

    def target_metric(self) -> tuple[str, Any]:
        """Name and value of the dial that is set; the usual one for the target, None otherwise."""
        target = self.target
        if target is None:
            return "", None
        for name in TARGET_METRICS:
            if name in target.spec:
                return name, target.spec[name]
        return (NUMBER_METRICS if target.kind == "number" else LABEL_METRICS)[0], None

    def set_dial(self, value: float | None, name: str = "") -> None:
        """Promise a figure, of the metric that is promised already where none is named; None takes
        every promise back."""
        target = self.target
        if target is None:
            return
        name = name or self.target_metric()[0]
        for each in TARGET_METRICS:
            target.spec.pop(each, None)
        if value is not None:
            target.spec[name] = value

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics by which the target can be promised to be predictable."""
        target = self.target
        if target is None:
            return ()
        return NUMBER_METRICS if target.kind == "number" else LABEL_METRICS

    def said_of_target(self) -> dict[str, Any]:
        """A copy of all that `predict` and `release` change, for `say_again`."""
        return copy.deepcopy({key: self.node[key] for key in ABOUT_TARGET if key in self.node})

    def say_again(self, said: dict[str, Any]) -> None:
        """What was said before, in the place of the present."""
        for key in ABOUT_TARGET:
            self.node.pop(key, None)
        self.node.update(copy.deepcopy(said))

    def predict(self, name: str, *, keep: bool = True) -> None:
        """Make a feature the target. The target before becomes a feature where it is to be kept;
        effects and rules spoke of it, and go with it."""
        spec = self._features.pop(name)
        if self.target is not None:
            self.release() if keep else self.remove_target()
            self._forget_effects()
        without_effects(spec)
        for key in ("missing", "unique"):
            spec.pop(key, None)
        self.set_target(name, spec)
        if (target := self.target) and target.kind == "category" and "positive" not in spec:
            put(spec, "positive", least_frequent(target.shares) if target.shares else None)

    def release(self) -> None:
        """The target as the last of the features; nothing is predicted then."""
        target = self.target
        if target is None:
            return
        self.remove_target()
        self.node.pop("rules", None)
        for key in ("positive", *TARGET_METRICS):
            target.spec.pop(key, None)
        self.add(target.name, target.spec)

    def _forget_effects(self) -> None:
        for name in self._features:
            without_effects(self._spec(self._features, name))

    @property
    def model(self) -> str:
        """The synthesizer that its rows come from; empty where they are declared."""
        found = self.node.get("from")
        return show(found.get("model")) if isinstance(found, dict) else show(found)

    @property
    def is_literal(self) -> bool:
        """Whether its rows are given in the document: a lookup table."""
        return "rows" in self.node

    @property
    def _features(self) -> dict[str, Any]:
        found = self.node.get("features")
        return found if isinstance(found, dict) else {}

    def _spec(self, holder: dict[str, Any], name: str) -> dict[str, Any]:
        found = holder[name]
        if not isinstance(found, dict):
            found = holder[name] = {} if found is None else {"type": found}
        return found

    def _pairs(self) -> list[dict[str, Any]]:
        """What is said of pairs of columns."""
        lists = [self.node.get(key) for key in ("correlations", "associations")]
        return [
            each
            for found in lists
            if isinstance(found, list)
            for each in found
            if isinstance(each, dict) and isinstance(each.get("between"), list)
        ]

    def free_name(self) -> str:
        """A name that no column has."""
        number = len(self._features) + 1
        while self.column(f"column_{number}") is not None:
            number += 1
        return f"column_{number}"


def _put_in_order(mapping: dict[str, Any], names: list[str]) -> None:
    ordered = {name: mapping[name] for name in names}
    mapping.clear()
    mapping.update(ordered)
