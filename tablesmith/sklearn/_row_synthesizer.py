"""Synthetic rows of single classes, from a model of the training rows alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from app.engine import ConflictError, Protection, Request, encode, learn, learned_plan
from tablesmith._model import Model
from tablesmith.sklearn._columns import Column, columns_of, frame_of, like

CLASS = "class"
FEWEST_ROWS = 20  # that a model is learned of

Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class RowSynthesizer:
    """A model of rows with their classes.

    Args:
        model: of columns `x0`, `x1`, … and `class`, which holds numbers of classes as text.
    """

    model: Model
    columns: tuple[Column, ...]
    seed: int

    @classmethod
    def fitted(
        cls,
        X: Any,
        codes: Codes,
        *,
        synthesizer: str,
        settings: Mapping[str, Any] | None,
        seed: int,
    ) -> RowSynthesizer:
        """Learn rows and the numbers of their classes.

        Raises:
            ValueError: fewer than 20 rows, or infinite numbers.
            TypeError: columns that cannot be learned.
            DefinitionError: an unknown synthesizer or setting.
        """
        if len(codes) < FEWEST_ROWS:
            raise ValueError(f"{len(codes)} rows are too few: {FEWEST_ROWS} are needed")
        frame = frame_of(X)
        columns = columns_of(frame)
        table = _written(frame, columns)
        table = table.append_column(CLASS, pa.array(codes.astype(str), pa.string()))
        learned = learn(
            encode(table), synthesizer, settings, seed=seed, target=CLASS, protection=Protection(1)
        )
        return cls(Model(learned), columns, seed)

    def rows(self, X: Any, counts: NDArray[np.intp], number: int) -> tuple[Any, Codes]:
        """New rows in the form of X and the numbers of their classes.

        Args:
            counts: rows of each class, shape (classes,).
            number: another one for other rows.
        """
        asked = np.repeat(np.arange(len(counts)), counts)
        table = self._drawn(asked, number)
        frame = self._read(table)
        return like(X, frame), table[CLASS].to_numpy().astype(np.intp)

    def imputed(self, X: Any) -> Any:
        """X with its missing cells filled by what the model expects; its classes are not asked."""
        frame = frame_of(X)
        holed = np.flatnonzero(frame.isna().any(axis=1))
        if not len(holed):
            return X
        table = _written(frame.iloc[holed], self.columns)
        types = pa.schema([self.model.schema.field(name) for name in table.column_names])
        found = self._read(self._table(Request(impute=table.cast(types, safe=False)), 0))
        found = found.set_axis(frame.columns, axis=1)
        found.index = frame.index[holed]
        filled = like(X, frame.fillna(found))
        return filled.set_axis(X.index) if isinstance(X, pd.DataFrame) else filled

    def _drawn(self, asked: Codes, number: int) -> pa.Table:
        """By exact shares of the classes; class by class with weighed draws where a class is too
        rare for that."""
        shares = np.bincount(asked) / len(asked)
        wanted = {CLASS: {str(code): float(share) for code, share in enumerate(shares) if share}}
        try:
            return self._table(Request(shares=wanted), number, rows=len(asked))
        except ConflictError:
            given = pa.table({CLASS: pa.array(asked.astype(str), pa.string())})
            return self._table(Request(given=given), number)

    def _table(self, asked: Request, number: int, rows: int | None = None) -> pa.Table:
        learned = self.model._learned
        plan = learned_plan(learned, "rows", rows=rows, seed=self.seed + number, request=asked)
        table = plan.tables[0]
        return pa.Table.from_batches([table.block(each) for each in range(table.blocks)])

    def _read(self, table: pa.Table) -> pd.DataFrame:
        found = {place: each.read(table[f"x{place}"]) for place, each in enumerate(self.columns)}
        return pd.DataFrame(found)


def _written(frame: pd.DataFrame, columns: tuple[Column, ...]) -> pa.Table:
    return pa.table(
        {f"x{place}": each.written(frame.iloc[:, place]) for place, each in enumerate(columns)}
    )
