"""Synthesis definitions: what they mean, and every fault of one at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.engine.errors import DefinitionError
from app.engine.profiling.models import SourceProfile
from app.engine.profiling.sources import profile_source
from app.engine.schema.yaml.write import write_yaml
from app.engine.synthesis.defaults import suggested_synthesis
from app.engine.synthesis.json_schema import synthesis_json_schema
from app.engine.synthesis.reading import load_synthesis

DATA = Path(__file__).parents[2] / "data" / "sources"
WHOLE = """
source: northwind
tables:
  Orders:
    primary_key: OrderID
    rows: 500
    columns:
      OrderID: {treatment: new}
      ShipName: drop
      ShipRegion: {kind: text}
      ShipAddress: {treatment: fake, provider: address, locale: it_IT}
      Freight: {treatment: fake, type: float, min: 1, max: 9}
  Customers:
    primary_key: CustomerID
    columns: {ContactName: {treatment: learn}}
  Shippers: {original: true}
foreign_keys:
  - {from: Orders.CustomerID, to: Customers.CustomerID}
  - {from: Orders.ShipVia, to: Shippers.ShipperID}
rules: ["OrderDate <= ShippedDate"]
synthesizer: {name: sequential, model_size: small, max_rounds: 50}
privacy: {value_protection: true, k: 7, epsilon: 1, delta: 1.0e-6}
target: Orders.ShipVia
seed: 7
"""


@cache
def northwind() -> SourceProfile:
    return profile_source(DATA / "northwind")


def faults(text: str, profile: SourceProfile | None = None) -> dict[str, tuple[str, int | None]]:
    with pytest.raises(DefinitionError) as caught:
        load_synthesis(text, profile)
    return {each.path: (each.message, each.line) for each in caught.value.faults}


def test_a_whole_definition() -> None:
    loaded = load_synthesis(WHOLE, northwind())
    found = loaded.definition
    orders = found.tables["Orders"]
    assert (orders.primary_key, orders.rows) == (("OrderID",), 500)
    assert orders.treatment("ShipName").treatment == "drop"
    assert orders.treatment("ShipCity").treatment == "learn"
    assert orders.treatment("ShipRegion").kind == "text"
    fake = orders.treatment("ShipAddress").generator
    assert fake is not None
    assert (fake.type, fake.locale) == ("address", "it_IT")  # type: ignore[attr-defined]
    assert orders.rules == ("OrderDate <= ShippedDate",)
    assert found.tables["Shippers"].original
    assert found.foreign_keys[1].parent_columns == ("ShipperID",)
    assert (found.privacy.k, found.synthesizer.max_rounds, found.seed) == (7, 50, 7)


def test_taking_in_what_is_sensitive_is_recorded() -> None:
    loaded = load_synthesis(WHOLE, northwind())
    chosen = {(each.table, each.column, each.treatment) for each in loaded.choices}
    assert ("Customers", "ContactName", "learn") in chosen
    assert ("Shippers", "Phone", "keep") in chosen
    assert not any(column == "ShipAddress" for _, column, _ in chosen)
    assert len(loaded.warnings) == len(loaded.choices)


def test_fairness_is_of_two_columns_that_are_learned() -> None:
    telco = profile_source(DATA / "telco.csv")
    told = "tables: {telco: {columns: {gender: drop}}}\nfairness: "
    whole = "{protected: Partner, target: Churn, notion: demographic_parity}"
    found = load_synthesis(told + whole, telco).definition.fairness
    assert found is not None
    assert (found.protected, found.target, found.notion) == (
        "Partner", "Churn", "demographic_parity",
    )  # fmt: skip
    assert set(faults(told + "{protected: gendr, target: gender, notion: parity}", telco)) == {
        "fairness.notion"
    }
    wrong = "{protected: Partnr, target: gender, notion: unawareness}"
    assert set(faults(told + wrong, telco)) == {"fairness.protected", "fairness.target"}
    same = "{protected: Partner, target: Partner, notion: unawareness}"
    assert set(faults(told + same, telco)) == {"fairness.target"}
    assert set(faults(told + "{target: Churn}", telco)) == {"fairness"}
    assert set(faults(told + "sex", telco)) == {"fairness"}
    several = WHOLE + "fairness: {protected: ShipCity, target: ShipVia, notion: unawareness}\n"
    assert set(faults(several, northwind())) == {"fairness"}
    named = {"protected": "a", "target": "b", "notion": "unawareness"}
    jsonschema.validate({"tables": {"telco": None}, "fairness": named}, synthesis_json_schema())


def test_every_fault_is_told_at_once_where_it_stands() -> None:
    text = """
source: x
tables:
  Orders:
    primary_kee: OrderID
    rows: 0
    columns:
      OrderID: {treatment: nwe}
      Freight: {treatment: fake}
      ShipCity: {treatment: fake, provider: nmae}
      ShipName: {kind: colour}
      ShipVia: {treatment: drop, provider: name}
foreign_keys: [{from: Orders, to: Customers.CustomerID}]
synthesizer: {name: sequentiel, max_rounds: 0}
privacy: {k: 1, delta: 0.5}
sed: 7
"""
    found = faults(text)
    assert {path: line for path, (_, line) in found.items()} == {
        "tables.Orders.primary_kee": 5,
        "tables.Orders.rows": 6,
        "tables.Orders.columns.OrderID.treatment": 8,
        "tables.Orders.columns.Freight": 9,
        "tables.Orders.columns.ShipCity.provider": 10,
        "tables.Orders.columns.ShipName.kind": 11,
        "tables.Orders.columns.ShipVia.provider": 12,
        "foreign_keys[0].from": 13,
        "synthesizer.name": 14,
        "synthesizer.max_rounds": 14,
        "privacy.k": 15,
        "privacy.delta": 15,
        "sed": 16,
    }


def test_faults_against_the_source() -> None:
    text = """
tables:
  Order: {}
  Orders:
    primary_key: ShipVia
    columns:
      OrderId: {treatment: new}
      ShipCity: {kind: date}
    rules: ["OrderDate <= ShipedDate"]
  Products: {original: true}
  Customers: {original: true}
foreign_keys:
  - {from: Orders.CustomerID, to: Customers.Customer}
  - {from: Orders.EmployeeID, to: Employees.EmployeeID}
rules: ["Nothing > 3"]
target: ShippCity
"""
    found = faults(text, northwind())
    assert set(found) == {
        "tables.Order",
        "tables.Orders.primary_key",
        "tables.Orders.columns.OrderId",
        "tables.Orders.columns.ShipCity.kind",
        "tables.Orders.rules[0]",
        "tables.Products.original",
        "foreign_keys[0].to",
        "foreign_keys[1].to",
        "rules[0]",
        "target",
    }
    assert "rows repeat a value" in found["tables.Orders.primary_key"][0]


@pytest.mark.parametrize("text", ["[]", "tables: 3", "tables: {a: 5}", "{}", "tables: {}"])
def test_what_is_no_synthesis_definition_is_told(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "name", ["northwind", "telco.csv", "horse_colic.csv", "star_wars_survey.csv", "castles.csv"]
)
def test_what_a_source_suggests_can_be_read(name: str) -> None:
    profile = profile_source(DATA / name)
    text = write_yaml(suggested_synthesis(profile, name))
    loaded = load_synthesis(text, profile)
    assert loaded.choices == ()
    jsonschema.validate(loaded.document, synthesis_json_schema())


def test_sensitive_columns_are_suggested_to_be_faked_and_keys_to_be_new() -> None:
    document = suggested_synthesis(northwind())
    employees: dict[str, Any] = document["tables"]["Employees"]["columns"]
    assert employees["EmployeeID"] == {"treatment": "new"}
    assert employees["FirstName"] == {"treatment": "fake", "provider": "first_name"}
    assert employees["BirthDate"]["treatment"] == "fake"
    assert employees["Notes"]["treatment"] == "text"


def test_the_json_schema_knows_every_key_and_refuses_others() -> None:
    schema = synthesis_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(load_synthesis(WHOLE).document, schema)
    for wrong in (
        {"tables": {"a": {"primary": "x"}}},
        {"tables": {"a": {"columns": {"b": "lern"}}}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


@pytest.mark.parametrize(
    "made",
    [
        "type: int, min: 1, max: 9, hidden: true",
        "type: line_number",
        "type: person, part: first_name",
    ],
)
def test_a_column_that_is_made_stands_by_itself(made: str) -> None:
    text = WHOLE.replace("type: float, min: 1, max: 9", made)
    with pytest.raises(DefinitionError, match="a column that is made stands by itself"):
        load_synthesis(text)
