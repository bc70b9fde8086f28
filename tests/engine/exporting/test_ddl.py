"""Definitions as SQL, and back again."""

from __future__ import annotations

from typing import Any

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.exporting.ddl import create_tables, not_in_sql
from app.engine.exporting.dialects import DIALECTS
from app.engine.importing.sql.declaring import draft_of_sql
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition

NAMES = st.text("abcXYZ_ 'ü\"`[]", min_size=1, max_size=8).filter(lambda name: name == name.strip())
TABLES = st.text("abcxyz_", min_size=1, max_size=6)
LABELS = st.lists(st.text("abc ,;'\"\\ü(", min_size=1, max_size=5), min_size=2, max_size=4,
                  unique=True)  # fmt: skip
SQLGLOT = {"postgresql": "postgres", "mssql": "tsql"}


def ddl(document: dict[str, Any], dialect: str = "postgresql") -> str:
    return create_tables(compile_plan(load_definition(document).definition, seed=0), dialect)


@st.composite
def columns(draw: st.DrawFn) -> dict[str, Any]:
    """Columns of which SQL says all that they say."""
    low = draw(st.integers(-500, 500))
    high = low + draw(st.integers(1, 900))
    found: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"type": "int", "min": low, "max": high},
                {"type": "float", "min": low, "max": high + 0.5, "decimals": 2},
                {"type": "category", "cats": draw(LABELS)},
                {"type": "bool"},
                {"type": "date", "start_date": "2020-02-01", "end_date": "2021-12-31"},
                {"type": "datetime", "start_date": "2020-02-01", "end_date": "2020-03-01"},
            ]
        )
    )
    if draw(st.booleans()):
        found = {**found, "missing": 0.1}
    if draw(st.booleans()):
        found = {**found, "description": draw(st.text("ab' ;\n", min_size=1).map(str.strip)) or "x"}
    return found


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Some tables, each of which may refer to those before it."""
    names = draw(st.lists(TABLES, min_size=2, max_size=3, unique=True))
    tables: dict[str, Any] = {}
    for name in names:
        columns_of = draw(st.dictionaries(NAMES, columns(), min_size=1, max_size=4))
        columns_of = {key: each for key, each in columns_of.items() if key.lower() != "id"}
        folded = {key.casefold(): key for key in columns_of}
        columns_of = {key: columns_of[key] for key in folded.values()}
        keys = {
            f"{parent}.fk": {"references": f"{parent}.id", **({"missing": 0.1} if null else {})}
            for parent in tables
            if draw(st.booleans())
            for null in [draw(st.booleans())]
        }
        made: dict[str, Any] = {"n_samples": 1000, "primary_key": "id"}
        if keys:
            made["foreign_keys"] = keys
        made["features"] = {"id": {"type": "id", "format": "sequence"}, **columns_of}
        tables[name] = made
    return {"name": "my_tables", "tables": tables}


@settings(max_examples=25, deadline=None)
@given(documents(), st.sampled_from(["postgresql", "mysql"]))
def test_a_definition_comes_back_from_its_sql(document: dict[str, Any], dialect: str) -> None:
    draft = draft_of_sql(ddl(document, dialect))
    assert draft.left_out == ()
    assert draft.document == document


def test_text_columns_come_back_with_their_lengths() -> None:
    document = {
        "name": "people",
        "n_samples": 1000,
        "primary_key": "id",
        "features": {
            "id": {"type": "id"},
            "email": {"type": "email", "max_length": 120},
            "first_name": {"type": "first_name", "max_length": 40},
            "total": {"type": "float", "min": 0, "max": 99.5, "decimals": 2},
            "low": {"type": "int", "min": 0, "max": 50},
            "high": {"type": "int", "min": 50, "max": 100},
        },
        "constraints": ["low <= high"],
    }
    for dialect in ("postgresql", "mysql", "mssql"):
        assert draft_of_sql(ddl(document, dialect)).document == document


@pytest.mark.parametrize("dialect", DIALECTS)
def test_another_parser_reads_what_is_written(dialect: str) -> None:
    """The parser has not written it, and knows each database's own words."""
    document = {
        "tables": {
            "p": {"primary_key": "k", "rows": [{"k": "a'b", "n": 1.5}, {"k": "c", "n": None}]},
            "c": {
                "n_samples": 10,
                "foreign_keys": {"p]": {"references": "p.k", "unique": False, "missing": 0.2}},
                "features": {
                    'x"`y': {"type": "float", "min": -1, "max": 9, "decimals": 1},
                    "day": {"type": "date", "start_date": "2024-01-01", "end_date": "2024-02-01"},
                    "u": {"type": "id"},
                    "f": {"type": "formula", "expr": "1 + 1"},
                    "t": {"type": "sentence"},
                },
            },
        }
    }
    written = ddl(document, dialect)
    parsed = sqlglot.parse(written, read=SQLGLOT.get(dialect, dialect))
    made = [each for each in parsed if isinstance(each, sqlglot.exp.Create)]
    assert [each.this.this.name for each in made] == ["p", "c"]
    columns = [column.name for column in made[1].find_all(sqlglot.exp.ColumnDef)]
    assert columns == ["p]", 'x"`y', "day", "u", "f", "t"]
    assert len(list(made[1].find_all(sqlglot.exp.ForeignKey))) == 1


def test_what_no_sql_says_is_told() -> None:
    document = {
        "features": {
            "a": {"type": "int", "min": 0, "max": 9},
            "b": {"type": "formula", "expr": "a * 2"},
        },
        "constraints": ["a + b >= 0"],
    }
    plan = compile_plan(load_definition(document).definition, seed=0)
    assert not_in_sql(plan) == [
        "data: the constraint a + b >= 0",
        "data: b is computed, here a plain column",
    ]


def test_keys_of_several_columns_and_hidden_ones() -> None:
    document = {
        "tables": {
            "a": {
                "n_samples": 5,
                "primary_key": "n",
                "features": {"n": {"type": "id", "format": "sequence"},
                             "h": {"type": "id", "hidden": True}},
            },
            "b": {
                "primary_key": ["a", "line"],
                "foreign_keys": {"a": {"references": "a.n", "children": 2}},
                "features": {"line": {"type": "line_number", "per": "a"}},
            },
            "c": {
                "n_samples": 4,
                "foreign_keys": {
                    "x": {"references": "b.a", "columns": {"y": "line"}, "unique": True},
                    "z": {"references": "a.h", "hidden": True},
                },
                "features": {"t": {"type": "bool"}},
            },
        }
    }  # fmt: skip
    written = ddl(document)
    assert 'FOREIGN KEY ("x", "y") REFERENCES "b" ("a", "line")' in written
    assert 'UNIQUE ("x", "y")' in written
    assert '"y" bigint NOT NULL' in written
    assert '"h"' not in written and '"z"' not in written
