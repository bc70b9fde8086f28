"""A learned table that definitions may be drawn from, small and of every kind of column."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from app.engine.errors import ModelError
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.schema.learned import TableModel
from app.engine.schema.load import load_definition
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.model_file.files import model_bytes, model_of
from app.engine.synthesizers.model_rows import table_model
from app.engine.training.fitting import train_file

ROWS = 600
SHA256 = "0" * 64
VISITS = "visits.tsm"


def without_times(model: LearnedTable | bytes) -> bytes:
    """The file of a model but for what differs from one training to the next."""
    learned = model_of(model) if isinstance(model, bytes) else model
    return model_bytes(replace(learned, provenance=None))


def visits() -> str:
    """A CSV file: a key, a category with blanks, numbers, a truth value, moments."""
    rng = np.random.default_rng(4)
    region = rng.choice(["north", "south", "east", "west", ""], ROWS, p=[0.4, 0.3, 0.15, 0.05, 0.1])
    visits = rng.integers(1, 7, ROWS)
    spent = np.round(rng.gamma(2, 20, ROWS) * visits + 5, 2)
    chance = 1 / (1 + np.exp(-(spent - 150) / 60 - (region == "north")))
    again = np.where(rng.random(ROWS) < chance, "Yes", "No")
    score = np.where(rng.random(ROWS) < 0.2, "", np.round(rng.normal(5, 2, ROWS) + visits, 1))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["id", "region", "visits", "spent", "score", "first", "last", "again"])
    for row in range(ROWS):
        first = dt.date(2023, 1, 1) + dt.timedelta(days=int(rng.integers(0, 360)))
        last = dt.datetime(2024, 1, 1, 8) + dt.timedelta(minutes=int(rng.integers(0, 500_000)))
        cells = [region[row], visits[row], f"{spent[row]:.2f}", score[row], first, last, again[row]]
        writer.writerow([f"V{row:05d}", *cells])
    return file.getvalue()


@cache
def learned_visits() -> LearnedTable:
    """What is learned of `visits`."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "visits.csv")
        path.write_text(visits(), encoding="utf-8")
        return train_file(path, seed=3)


@cache
def visits_model() -> TableModel:
    """The model as definitions see it."""
    return table_model(learned_visits(), SHA256)


class Visits:
    """The one model that definitions of tests may name."""

    def find(self, reference: str) -> TableModel:
        if reference != VISITS:
            raise ModelError(f"there is no model {reference!r}")
        return visits_model()


def plan_from_visits(document: Mapping[str, Any] | str, **asked: Any) -> Plan:
    """The plan of a definition whose table is `from: visits.tsm`."""
    return compile_plan(load_definition(document, models=Visits()).definition, **asked)
