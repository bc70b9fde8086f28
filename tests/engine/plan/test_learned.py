"""A model's rows go the way of declared rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pcsv
import pytest

from app.engine.errors import DefinitionError, SourceError
from app.engine.plan.learned import learned_plan
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.table import encode
from app.engine.training.fitting import train, train_file

ROWS = 240


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose cells have leading zeros, a pattern of dates and a token for missing."""
    path = tmp_path_factory.mktemp("source") / "visits.csv"
    lines = ["shop,day,spent,note"]
    for row in range(ROWS):
        note = "?" if row % 4 == 0 else ("good" if row % 3 else "bad")
        lines.append(f"{row % 6:04d},{row % 28 + 1:02d}/03/2024,{row % 50 / 4:.2f},{note}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def learned(source: Path) -> LearnedTable:
    return train_file(source, seed=1)


def test_typed_rows_have_the_types_that_were_found(learned: LearnedTable) -> None:
    schema = learned_plan(learned, "visits", rows=10).tables[0].schema
    assert schema.field("day").type == pa.date32()
    assert schema.field("spent").type == pa.float64()


def test_written_rows_look_like_the_source(learned: LearnedTable, source: Path) -> None:
    table = learned_plan(learned, "visits", rows=500, seed=2, as_written=True).tables[0]
    found = table.block(0)
    read = pcsv.ConvertOptions(column_types={name: pa.string() for name in found.schema.names})
    real = pcsv.read_csv(source, convert_options=read)
    assert found.schema == table.schema
    for name in ("shop", "day", "spent", "note"):
        assert set(found.column(name).to_pylist()) <= set(real[name].to_pylist())
    missing = found.column("note").to_pylist().count("?") / 500
    assert missing == pytest.approx(0.25, abs=0.08)


def test_rows_default_to_those_of_the_source_and_one_column_is_drawn_alone(
    learned: LearnedTable,
) -> None:
    table = learned_plan(learned, "visits", seed=3).tables[0]
    assert table.rows == ROWS
    alone = table.source.drawn("shop", 0, table.layout)
    assert alone.equals(table.block(0).column("shop"))
    assert table.source.type_of("shop") == alone.type


def test_the_number_of_worker_processes_changes_no_byte() -> None:
    table = encode(pa.table({"a": [1, 2, 3, 4] * 30, "b": ["x", "y"] * 60, "c": [0.5, 1.5] * 60}))
    one, two = (train(table, seed=4, target="b", workers=workers) for workers in (1, 2))
    assert one.block(300, 1, 0).equals(two.block(300, 1, 0))
    assert two.target == "b"


def test_unknown_targets_and_sources_of_several_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="no column 'z'"):
        train(encode(pa.table({"a": [1, 2] * 20})), seed=1, target="z")
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("a,b\n" + "1,2\n" * 30, encoding="utf-8")
    with pytest.raises(SourceError, match="holds 2 tables"):
        train_file(tmp_path, seed=1)
