"""A model carries what it is worth beside rows that it did not learn, and where it comes from."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import ModelError
from app.engine.profiling.sources import profiled_table
from app.engine.synthesizers.description import describe
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.model_file.archive import read_archive, write_archive
from app.engine.synthesizers.model_file.files import model_bytes, model_of
from app.engine.training import judging
from app.engine.training.fingerprint import fingerprint
from app.engine.training.fitting import train_table

QUICK = {"max_rounds": 3}
KEY = b"a secret of the test"


def orders(rows: int) -> pa.Table:
    rng = np.random.default_rng(2)
    size = rng.integers(1, 9, rows)
    paid = np.where(rng.random(rows) < 0.1, "no", np.where(size > 4, "card", "cash"))
    return pa.table({"size": size, "paid": paid, "price": np.round(size * rng.normal(9, 1, rows))})


def trained(rows: int, **asked: float) -> LearnedTable:
    return train_table(
        orders(rows), settings=QUICK, seed=1, target="paid", judged=True, key=KEY, **asked
    )


@pytest.fixture(scope="module")
def large() -> LearnedTable:
    return trained(1_500)


@pytest.fixture(scope="module")
def small() -> LearnedTable:
    return trained(240)


def test_a_model_is_judged_by_the_rows_that_were_set_aside(large: LearnedTable) -> None:
    found = large.evaluation
    assert found is not None
    assert (found.learned, found.held_out, found.synthetic) == (1_000, 150, 1_000)
    assert not found.second_model
    figures = {each.name: each for each in found.figures}
    told = figures["two_sample_auc"]
    assert told.value is not None and told.ceiling is not None and told.floor is not None
    assert told.ceiling < told.floor and told.value < told.floor
    assert figures["trained_score"].value is not None
    assert found.notes == ["At most 1,000 rows of each kind were looked at."]


def test_a_small_table_is_learned_whole_and_a_second_model_is_judged(small: LearnedTable) -> None:
    found = small.evaluation
    assert found is not None
    assert (small.held_out, found.learned, found.held_out) == (0, 192, 48)
    assert found.second_model and found.figures
    assert "was thrown away" in found.notes[0]


def test_the_model_itself_does_not_depend_on_being_judged(small: LearnedTable) -> None:
    plain = train_table(orders(240), settings=QUICK, seed=1, target="paid")
    assert plain.evaluation is None
    assert plain.block(300, 5, 0).equals(small.block(300, 5, 0))


def test_nothing_is_judged_where_nothing_is_set_aside_or_too_little_is_there() -> None:
    assert trained(240, holdout=0).evaluation is None
    few = trained(60).evaluation
    assert few is not None and not few.figures
    assert "too few" in few.notes[0]


def test_a_judge_that_fails_costs_no_model_and_tells_no_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("could not convert 'Anna Schmidt'")

    monkeypatch.setattr(judging, "figures_of", broken)
    found = trained(240)
    assert found.evaluation is not None
    assert found.evaluation.notes == ["The model could not be judged (ValueError)."]
    assert found.block(10, 1, 0).num_rows == 10


def test_the_file_keeps_where_the_model_comes_from(large: LearnedTable) -> None:
    again = model_of(model_bytes(large))
    assert again.provenance == large.provenance and again.evaluation == large.evaluation
    made = describe(again).provenance
    assert made.trained_at is not None and made.trained_at.tzinfo is not None
    assert made.seconds is not None and made.fingerprint is not None
    assert {"tablesmith", "numpy", "pyarrow", "lightgbm"} <= made.libraries.keys()


def test_a_file_of_before_has_neither(small: LearnedTable) -> None:
    contents = read_archive(model_bytes(small))
    for name in ("fingerprint", "times", "evaluation"):
        del contents.document["heading"][name]
    old = model_of(write_archive(contents))
    assert old.evaluation is None
    assert old.provenance is not None and old.provenance.trained_at is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fingerprint", "short"),
        ("times", {"trained_at": "once"}),
        ("times", {"hours": 2}),
        ("evaluation", {"figures": []}),
        ("evaluation", []),
    ],
)
def test_a_strangers_words_on_it_are_checked(small: LearnedTable, name: str, value: object) -> None:
    contents = read_archive(model_bytes(small))
    contents.document["heading"][name] = value
    with pytest.raises(ModelError, match="the model file is damaged"):
        model_of(write_archive(contents))


def marked(table: pa.Table, key: bytes = KEY) -> str:
    with profiled_table(table, "t") as source:
        return fingerprint(source.stores["t"], key)


def test_a_fingerprint_is_of_the_whole_table_and_of_the_key(large: LearnedTable) -> None:
    table = orders(1_500)
    assert large.provenance is not None
    assert large.provenance.fingerprint == marked(table)
    pieces = pa.concat_tables([table.slice(0, 700), table.slice(700)])
    assert marked(pieces) == marked(table)
    others = [
        marked(table, b"another"),
        marked(table.slice(1)),
        marked(table.rename_columns(["size", "paid", "cost"])),
        marked(table.select(["paid", "size", "price"])),
        marked(table.set_column(0, "size", pa.array([None, *table["size"].to_pylist()[1:]]))),
    ]
    assert len({marked(table), *others}) == 6


def test_a_fingerprint_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="wants a key"):
        marked(orders(30), b"")
