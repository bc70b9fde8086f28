"""What is found in small real tables, among them some that others read wrongly."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

from app.engine.profiling.models import ColumnProfile, SourceProfile, TableProfile
from app.engine.profiling.sources import profile_source, profiled_source

DATA = Path(__file__).parents[2] / "data" / "sources"


@cache
def source(name: str) -> SourceProfile:
    return profile_source(DATA / name)


def table(name: str) -> TableProfile:
    (found,) = source(name).tables
    return found


def kinds(name: str) -> dict[str, str]:
    return {each.name: each.kind for each in table(name).columns}


def column(file: str, name: str) -> ColumnProfile:
    return table(file).column(name)


def test_codes_keep_their_zeros_and_question_marks_are_missing() -> None:
    found = column("horse_colic.csv", "type of lesion 1")
    assert found.kind == "category"
    assert found.format.width == 5
    assert "leading zeros" in found.notes[0]
    pulse = column("horse_colic.csv", "pulse")
    assert (pulse.kind, pulse.format.missing, round(pulse.missing, 3)) == ("integer", ("?",), 0.08)


def test_dates_of_digits_and_of_words_are_dates() -> None:
    assert column("squirrel_census.csv", "Date").format.pattern == "%m%d%Y"
    assert column("stocks.csv", "date").format.pattern == "%b %-d %Y"
    assert column("penguins_raw.csv", "Date Egg").format.pattern == "%Y-%m-%d"


def test_kinds_of_a_messy_census() -> None:
    found = kinds("squirrel_census.csv")
    assert found["Lat/Long"] == "geo"
    assert found["Running"] == "boolean"
    assert found["Unique Squirrel ID"] == "id"
    assert found["Shift"] == "category"
    assert found["X"] == "number"


def test_constants_brackets_and_na() -> None:
    assert kinds("penguins_raw.csv")["Region"] == "constant"
    mass = column("penguins_raw.csv", "Body Mass (g)")
    assert (mass.kind, mass.format.missing) == ("integer", ("NA",))
    together = {each.columns for each in table("penguins_raw.csv").missing_together}
    measures = ("Culmen Length (mm)", "Culmen Depth (mm)", "Flipper Length (mm)", "Body Mass (g)")
    assert measures in together


def test_a_second_header_is_warned_of() -> None:
    assert any("second header" in each for each in table("star_wars_survey.csv").warnings)
    assert not any("second header" in each for each in table("telco.csv").warnings)


def test_what_a_churn_table_comes_to() -> None:
    found = table("telco.csv")
    assert found.primary_keys[0] == ("customerID",)
    assert found.column("customerID").format.mask == "####-?????"
    assert found.column("SeniorCitizen").format.labels == ("0", "1")
    assert [(each.determinant, each.dependent) for each in found.dependencies] == [
        ("MultipleLines", "PhoneService")
    ]
    assert [each.rule for each in found.rules] == ["MonthlyCharges <= TotalCharges"]


def test_rows_that_sum_to_a_hundred() -> None:
    (rule,) = table("castles.csv").rules
    assert rule.kind == "fixed_sum"
    assert rule.rule.endswith("+ `Castle 10` == 100")


def test_keys_between_tables_are_found_by_names_and_values() -> None:
    found = {
        (key.table, key.column, key.parent, key.parent_column)
        for key in source("northwind").foreign_keys
    }
    assert found == {
        ("Employees", "ReportsTo", "Employees", "EmployeeID"),
        ("Orders", "CustomerID", "Customers", "CustomerID"),
        ("Orders", "EmployeeID", "Employees", "EmployeeID"),
        ("Orders", "ShipVia", "Shippers", "ShipperID"),
        ("Products", "CategoryID", "Categories", "CategoryID"),
        ("Products", "SupplierID", "Suppliers", "SupplierID"),
    }


def test_what_speaks_of_persons_is_sensitive_and_what_does_not_is_not() -> None:
    sensitive = {
        (each.name, column.name, column.sensitivity.kind)
        for each in source("northwind").tables
        for column in each.columns
        if column.is_sensitive and column.sensitivity is not None
    }
    persons = {("Employees", "FirstName", "name"), ("Employees", "LastName", "name"),
               ("Employees", "BirthDate", "birth_date"), ("Employees", "HomePhone", "phone"),
               ("Employees", "Address", "address"), ("Employees", "Notes", "free_text"),
               ("Customers", "ContactName", "name"), ("Customers", "Phone", "phone"),
               ("Customers", "Fax", "phone"), ("Customers", "Address", "address"),
               ("Orders", "ShipAddress", "address")}  # fmt: skip
    assert persons <= sensitive
    columns = {name for _, name, _ in sensitive}
    assert not columns & {"CategoryName", "ProductName", "CompanyName", "City", "OrderDate"}
    assert not any(each.is_sensitive for each in table("horse_colic.csv").columns)


@pytest.mark.parametrize(
    "name",
    ["horse_colic.csv", "penguins_raw.csv", "squirrel_census.csv", "telco.csv", "stocks.csv"],
)
def test_cells_come_back_from_typed_columns(name: str) -> None:
    """Bit for bit, but for the share that the profile tells, and for rarer missing tokens."""
    with profiled_source(DATA / name) as found:
        (profile,) = found.profile.tables
        typed = found.typed(profile.name)
        written = typed.written({each.name: each.values for each in typed.columns})
        for each in profile.columns:
            cells = found.stores[profile.name].column(each.name).to_pylist()
            back = written.column(each.name).to_pylist()
            same = sum(a == b for a, b in zip(cells, back, strict=True)) / len(cells)
            rare = sum(token.rows for token in each.missing_tokens[1:]) / len(cells)
            wanted = each.missing - rare + each.format.exact * (1 - each.missing)
            assert same == pytest.approx(wanted)
            if each.kind not in {"number"}:
                assert each.format.exact == 1


def test_a_profile_is_json_and_comes_back() -> None:
    found = source("northwind")
    assert SourceProfile.model_validate_json(found.model_dump_json()) == found


def test_a_table_of_nothing_has_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("a,b\n")
    (found,) = profile_source(path).tables
    assert (found.rows, [each.kind for each in found.columns]) == (0, ["constant", "constant"])


def test_typed_sources_keep_their_types(tmp_path: Path) -> None:
    from pyarrow import parquet

    rows = pa.table({
        "id": pa.array(range(100), pa.int32()),
        "x": pa.array([None if i % 7 == 0 else i / 4 for i in range(100)], pa.float32()),
        "whole": pa.array([float(i % 9) for i in range(100)]),
        "flag": pa.array([i % 2 for i in range(100)], pa.int8()),
        "label": pa.array(["a", "b"] * 50).dictionary_encode(),
    })  # fmt: skip
    parquet.write_table(rows, tmp_path / "a.parquet")
    with profiled_source(tmp_path / "a.parquet") as found:
        typed = found.typed("a")
        kinds_found = [each.kind for each in typed.columns]
        assert kinds_found == ["id", "number", "integer", "boolean", "category"]
        written = typed.written({each.name: each.values for each in typed.columns})
        plain = rows.set_column(4, "label", rows.column("label").cast(pa.string()))
        assert written.combine_chunks().equals(plain.combine_chunks())
