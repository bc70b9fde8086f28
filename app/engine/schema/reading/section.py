"""One mapping of a document: its keys are taken one by one, what is left over is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.engine.schema.problems import Problems, did_you_mean, quoted, shown
from app.engine.schema.reading.messages import faults_of
from app.engine.schema.source import Path

M = TypeVar("M", bound=BaseModel)

# Words of other tools for keys of this language.
_FOREIGN = {
    "categories": "cats",
    "choices": "cats",
    "labels": "cats",
    "levels": "cats",
    "minimum": "min",
    "maximum": "max",
    "low": "min",
    "high": "max",
    "from": "start_date",
    "to": "end_date",
    "nullable": "missing",
    "null_share": "missing",
    "nulls": "missing",
    "precision": "decimals",
    "round": "decimals",
    "prob": "proportion",
    "probability": "proportion",
    "weight": "proportion",
    "share": "proportion",
    "stddev": "std",
    "sd": "std",
    "sigma": "std",
    "avg": "mean",
    "average": "mean",
    "columns": "features",
    "fields": "features",
    "rows": "n_samples",
    "n_rows": "n_samples",
    "formula": "expr",
    "expression": "expr",
    "code": "script",
    "return": "returns",
    "dist": "distribution",
    "unique_key": "primary_key",
    "pk": "primary_key",
    "fk": "foreign_keys",
    "relations": "foreign_keys",
    "kwargs": "args",
    "params": "args",
    "corr": "correlation",
    "else": "then",
}


class Section:
    """A mapping at `path`.

    Keys are asked for with `take`; `close` reports the keys that nobody asked for, with the
    nearest of those that somebody did. A key whose value is null counts as left out.
    """

    def __init__(
        self,
        problems: Problems,
        path: Path,
        data: Mapping[str, Any],
        places: Mapping[str, Path] | None = None,
    ) -> None:
        """`places` says where keys stand that do not stand below `path`."""
        self.problems = problems
        self.path = path
        self._data = data
        self._places = places or {}
        self._broken = False
        self._known: dict[str, None] = {}
        self._origins: dict[str, Path] = {}

    @classmethod
    def of(cls, problems: Problems, path: Path, value: Any, what: str) -> Section:
        """The mapping `value`; else a fault that says what is wanted, and an empty section that
        builds nothing."""
        if isinstance(value, Mapping):
            return cls(problems, path, value)
        problems.fault(path, f"{what} is wanted, not {shown(value)}")
        broken = cls(problems, path, {})
        broken._broken = True
        return broken

    def take(self, *spellings: str) -> Any:
        """The value under one of the spellings of a key, None where it is left out."""
        self._known.update(dict.fromkeys(spellings))
        given = [key for key in spellings if self._data.get(key) is not None]
        if len(given) > 1:
            message = f"{quoted(given[0])} says the same thing"
            self.problems.fault(self._place(given[1]), message, "leave one of the two out")
        if not given:
            return None
        self._origins[spellings[0]] = self._place(given[0])
        return self._data[given[0]]

    def take_all(self, *keys: str) -> dict[str, Any]:
        """Those of the keys that are given."""
        values = {key: self.take(key) for key in keys}
        return {key: value for key, value in values.items() if value is not None}

    def has(self, key: str) -> bool:
        """Whether a key is given, be it with a value that could not be read."""
        if key not in self._data:
            return False
        return self._data[key] is not None or self.problems.is_faulty(self._place(key))

    def place(self, key: str) -> Path:
        """Where a key stands as it was written, or would stand."""
        return self._origins.get(key) or self._place(key)

    def _place(self, key: str) -> Path:
        return self._places.get(key, (*self.path, key))

    def fault(self, message: str, hint: str | None = None, *steps: str | int) -> None:
        self.problems.fault((*self.path, *steps), message, hint)

    def text(self, key: str) -> str | None:
        """A scalar as it was written; None where it is left out or no scalar."""
        value = self.take(key)
        if isinstance(value, dict | list):
            self.problems.fault(self.place(key), f"a text is wanted, not {shown(value)}")
            return None
        return None if value is None else self.problems.text(self.place(key))

    def close(self, *, hints: Mapping[str, str] | None = None) -> bool:
        """Report every key that was never asked for; whether there was none."""
        unknown = [key for key in self._data if key not in self._known]
        for key in unknown:
            hint = (hints or {}).get(key) or self._hint(key)
            self.problems.fault(self._place(key), f"unknown key {quoted(key)}", hint)
        return not unknown

    def may_mean(self, name: str) -> bool:
        """Whether a key that nobody asked for yet looks like another spelling of this one."""
        unknown = (key for key in self._data if key not in self._known)
        return any(quoted(name) in (self._hint(key) or "") for key in unknown)

    def _hint(self, key: str) -> str | None:
        foreign = _FOREIGN.get(key.casefold())
        if foreign in self._known:
            return f"did you mean {quoted(foreign)}?"
        if key == "<<":
            return "merge keys are not part of YAML 1.2; repeat the keys, or alias a whole value"
        return did_you_mean(key, self._known)

    def build(self, model: type[M], fields: Mapping[str, Any]) -> M | None:
        """The model of these fields; its faults are reported where the fields were written."""
        if self._broken:
            return None
        try:
            return model.model_validate(dict(fields), strict=True)
        except ValidationError as error:
            for finding in faults_of(error):
                place = self.place(finding.field) if finding.field else self.path
                self.problems.fault((*place, *finding.steps), finding.message, finding.hint)
            return None
