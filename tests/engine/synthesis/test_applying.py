"""A synthesis definition applied: every column is learned, made, kept or dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from app.engine.profiling.sources import ProfiledSource, profiled_source
from app.engine.schema.load import load_definition
from app.engine.synthesis.applying import apply_synthesis
from app.engine.synthesis.reading import load_synthesis

DATA = Path(__file__).parents[2] / "data" / "sources"


@pytest.fixture(scope="module")
def northwind() -> Iterator[ProfiledSource]:
    with profiled_source(DATA / "northwind") as source:
        yield source


def test_what_a_source_suggests(northwind: ProfiledSource) -> None:
    found = apply_synthesis(northwind, "Employees")
    learned = {each.name for each in found.learned.columns}
    assert {"HireDate", "Title", "Country"} <= learned
    assert not learned & {"EmployeeID", "FirstName", "BirthDate", "HomePhone"}
    assert "Notes" in found.texts and set(found.texts) <= learned
    assert found.made["EmployeeID"] == {"type": "id", "format": "sequence"}
    assert found.made["FirstName"] == {"type": "first_name"}
    assert set(found.order) == learned | set(found.made)
    assert load_definition({"n_samples": 9, "features": dict(found.made)}).definition.tables


def test_what_a_definition_says(northwind: ProfiledSource) -> None:
    text = """
tables:
  Orders:
    rows: 50
    columns:
      OrderID: new
      ShipCity: {treatment: fake, provider: city, locale: it_IT}
      Freight: {treatment: fake, type: int, min: 1, max: 9}
      ShipVia: {kind: category}
      ShippedDate: drop
      ShipCountry: keep
"""
    synthesis = load_synthesis(text, northwind.profile)
    found = apply_synthesis(northwind, "Orders", synthesis)
    assert found.made == {
        "OrderID": {"type": "id", "format": "sequence"},
        "Freight": {"type": "int", "min": 1, "max": 9},
        "ShipCity": {"type": "city", "locale": "it_IT"},
    }
    assert (found.kept, found.rows) == (("ShipCountry",), 50)
    assert "ShippedDate" not in found.order
    assert pa.types.is_dictionary(found.learned.column("ShipVia").values.type)
    assert [each.rule for each in found.learned.rules] == ["OrderDate < RequiredDate"]


@pytest.mark.parametrize("kind", ["category", "text", "id"])
def test_corrected_kinds_come_back_bit_for_bit(kind: str, tmp_path: Path) -> None:
    from pyarrow import parquet

    cells = [f"{i % 7}.50" if i % 5 else "?" for i in range(60)]
    (tmp_path / "a.csv").write_text("x,y\n" + "".join(f"{each},1\n" for each in cells))
    parquet.write_table(pa.table({"x": pa.array([i % 7 for i in range(60)], pa.int16())}),
                        tmp_path / "b.parquet")  # fmt: skip
    text = f"tables: {{a: {{columns: {{x: {{kind: {kind}}}}}}}, b: {{}}}}"
    for name in ("a.csv", "b.parquet"):
        with profiled_source(tmp_path / name) as source:
            document = text if name == "a.csv" else text.replace("a:", "b:").replace(", b: {}", "")
            table = name[0]
            loaded = load_synthesis(document.replace(", b: {}", ""), source.profile)
            learned = apply_synthesis(source, table, loaded).learned
            column = learned.column("x")
            assert column.kind == kind
            back = learned.written({"x": column.values}).column("x")
            assert back.to_pylist() == source.stores[table].column("x").to_pylist()


def test_fake_dates_are_written_as_the_source_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    days = [f"{i % 28 + 1:02}.{i % 12 + 1:02}.19{50 + i % 40}" for i in range(60)]
    path.write_text("birth date,x\n" + "".join(f"{each},1\n" for each in days))
    with profiled_source(path) as source:
        made = apply_synthesis(source, "people").made["birth date"]
    assert (made["type"], made["format"]) == ("date", "%d.%m.%Y")
