"""The same data is recognised in any file, and other data is not."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

from app.engine.sources.content import content_digest
from app.engine.sources.tables import ReadingOptions

TABLE = pa.table(
    {
        "n": [1, 2, None, 4],
        "x": [0.1, 2.5, 1e300, -0.0],
        "single": pa.array([0.1, 0.2, None, 3], pa.float32()),
        "is": [True, False, None, True],
        "day": [date(2020, 1, 1), None, date(2021, 5, 6), date(2022, 1, 1)],
        "at": [
            datetime(2020, 1, 1, 12, 30, 0, 500_000), None, datetime(2021, 5, 6),
            datetime(2022, 1, 1, 1, 2, 3),
        ],
        "name": ["a", "Bé", "x, y", "007"],
    }
)  # fmt: skip


def of(folder: Path, table: pa.Table) -> str | None:
    parquet.write_table(table, folder / "of.parquet")
    return content_digest(folder / "of.parquet")


def test_the_same_data_is_recognised_in_any_file(tmp_path: Path) -> None:
    known = of(tmp_path, TABLE)
    assert known is not None and known.startswith("4:")
    csv.write_csv(TABLE, tmp_path / "a.csv")
    feather.write_feather(TABLE, tmp_path / "b.arrow")
    turned = TABLE.take([2, 0, 3, 1]).select(TABLE.column_names[::-1])
    turned.to_pandas().to_csv(tmp_path / "c.csv", sep=";", index=False)
    turned.to_pandas().to_csv(tmp_path / "d.tsv", sep="\t", index=False, na_rep="NA")
    parquet.write_table(turned.rename_columns(list("abcdefg")), tmp_path / "e.parquet")
    assert {content_digest(each) for each in tmp_path.iterdir()} == {known}
    assert content_digest(tmp_path / "c.csv", ReadingOptions(delimiter=";")) == known


def test_other_data_is_other_data(tmp_path: Path) -> None:
    others = [
        TABLE,
        TABLE.slice(1),
        pa.concat_tables([TABLE, TABLE.slice(3)]),
        TABLE.set_column(0, "n", pa.array([1, 2, None, 5])),
        TABLE.set_column(0, "n", TABLE["n"].take(pa.array([1, 0, 2, 3]))),
        TABLE.drop_columns("name"),
    ]
    assert len({of(tmp_path, each) for each in others}) == len(others)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.50", "15e-1"),
        ("True", " true"),
        ("?", "NA"),
        ("2020-01-01T00:00:00Z", "2020-01-01"),
        ("2020-01-01 10:00:00.500", "2020-01-01T10:00:00.5"),
    ],
)
def test_spellings_do_not_count(tmp_path: Path, one: str, other: str) -> None:
    found = []
    for text in (one, other):
        (tmp_path / "t.csv").write_text(f"a,b\n{text},x\n")
        found.append(content_digest(tmp_path / "t.csv", ReadingOptions(delimiter=",")))
    assert found[0] == found[1] is not None


def test_what_is_no_single_table_has_no_digest(tmp_path: Path) -> None:
    assert of(tmp_path, TABLE.slice(0, 0)) is None
    (tmp_path / "t.csv").write_text("a,a\n1,2\n")
    assert content_digest(tmp_path / "t.csv") is None
    parquet.write_table(TABLE, tmp_path / "of.parquet")
    parquet.write_table(TABLE, tmp_path / "and.parquet")
    (tmp_path / "t.csv").unlink()
    assert content_digest(tmp_path) is None
