"""What a file says of a second parent's rows: nothing that few individuals stand for."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
import pyarrow as pa

from app.engine.synthesizers.several.files import DOCUMENT, tables_bytes
from app.engine.synthesizers.several.matching import HeldColumns, divided
from app.engine.synthesizers.several.relations import MatchedColumn
from app.engine.synthesizers.table import encode
from app.engine.training.several.fitting import train_tables
from app.engine.training.training_plan import AskedTraining

NEW = {"treatment": "new"}
THEIRS, BALANCE = "SECRET-OF-7", 987_654.25
DEFINITION: dict[str, Any] = {
    "tables": {
        "customers": {"primary_key": "id", "columns": {"id": NEW}},
        "merchants": {"primary_key": "id", "columns": {"id": NEW}},
        "accounts": {"primary_key": "iban", "columns": {"iban": NEW}},
        "payments": {},
    },
    "foreign_keys": [
        {"from": "accounts.customer", "to": "customers.id"},
        {"from": "payments.merchant", "to": "merchants.id"},
        {"from": "payments.account", "to": "accounts.iban"},
    ],
    "seed": 1,
}


def bank() -> dict[str, pa.Table]:
    """Customer 7 has twenty accounts of a code and a balance of their own; what is paid goes by
    the code of the account."""
    rng = np.random.default_rng(1)
    owners = np.concatenate([np.arange(100), np.arange(100), np.full(20, 7)])
    is_theirs = owners == 7
    code = np.where(is_theirs, THEIRS, np.where(owners % 2, "plain", "gold"))
    balance = np.where(is_theirs, BALANCE, np.round(rng.lognormal(6, 1, len(owners)), 2))
    paid = np.repeat(np.arange(len(owners)), 5)
    kind = np.where(is_theirs[paid], "wire", np.where(code[paid] == "gold", "card", "cash"))
    ibans = np.arange(len(owners)) + 5_000
    return {
        "customers": pa.table({"id": np.arange(100), "age": rng.integers(18, 90, 100)}),
        "merchants": pa.table({"id": np.arange(50) + 900, "size": rng.integers(1, 9, 50)}),
        "accounts": pa.table({"iban": ibans, "customer": owners, "code": code, "balance": balance}),
        "payments": pa.table(
            {"merchant": rng.integers(900, 950, len(paid)), "account": ibans[paid], "kind": kind}
        ),
    }  # fmt: skip


def test_no_value_of_one_individual_divides_a_parent() -> None:
    learned = train_tables(bank(), DEFINITION, AskedTraining(settings={"max_rounds": 1}))
    with zipfile.ZipFile(io.BytesIO(tables_bytes(learned))) as archive:
        text = archive.read(DOCUMENT).decode()
    assert THEIRS not in text and str(BALANCE) not in text
    payments = next(each for each in json.loads(text)["tables"] if each["name"] == "payments")
    by = {each["name"]: each for each in payments["references"][0]["by"]}
    assert by["code"]["labels"] == ["gold", "plain"]
    assert max(by["balance"]["cuts"]) < BALANCE


def held(name: str, values: list[Any], individuals: np.ndarray, learned: np.ndarray) -> HeldColumns:
    return HeldColumns(encode(pa.table({name: values})).columns, individuals, learned, k=5)


def test_rows_that_are_set_aside_divide_nothing() -> None:
    parents = np.arange(100)
    labels = np.where(parents < 10, "apart", np.where(parents % 2, "odd", "even"))
    is_learned = parents >= 10
    child = held("kind", labels.tolist(), parents, np.ones(100, dtype=bool))
    parent = held("label", labels.tolist(), parents, is_learned)
    assert divided(parent, child, parents) == [MatchedColumn(name="label", labels=["even", "odd"])]
    numbers = held("number", np.where(is_learned, parents, 1_000).tolist(), parents, is_learned)
    (found,) = divided(
        numbers, held("kind", (parents > 50).tolist(), parents, parents >= 0), parents
    )
    assert found.cuts and max(found.cuts) < 100
