"""Scripts as several tools write them, read as definitions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.engine.importing.drafts import Draft
from app.engine.importing.files import draft_of_file
from app.engine.importing.sql.declaring import draft_of_sql
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition

FOLDER = Path(__file__).parents[3] / "data" / "ddl"
SCRIPTS = sorted(FOLDER.glob("*.sql"))


def read(name: str) -> tuple[dict[str, Any], Draft]:
    draft = draft_of_file(FOLDER / name)
    return draft.document["tables"], draft


def said(draft: Draft) -> list[str]:
    return [str(each) for each in draft.left_out]


def one(text: str) -> dict[str, Any]:
    """The columns of the only table of a script."""
    features: dict[str, Any] = draft_of_sql(text).document["features"]
    return features


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_becomes_a_definition_that_makes_rows(script: Path) -> None:
    draft = draft_of_file(script)
    plan = compile_plan(load_definition(draft.document).definition, seed=1)
    assert all(table.block(0).num_rows for table in plan.tables)
    named = {(each.table, each.column) for each in draft.columns}
    assert named == {(t.name, c) for t in plan.tables for c in t.schema.names}
    assert all(each.line and each.read for each in draft.columns)


def test_a_dump_of_postgresql() -> None:
    tables, draft = read("shop.postgresql.sql")
    assert list(tables) == ["customers", "orders", "products", "order_items"]
    customers, orders = tables["customers"], tables["orders"]
    assert customers["primary_key"] == "id"
    assert customers["description"] == "Who buys; the shop's own list"
    assert customers["foreign_keys"] == {
        "referred_by": {"references": "customers.id", "missing": 0.1}
    }
    features = customers["features"]
    assert features["id"] == {"type": "id", "format": "sequence"}
    assert features["email"] == {"type": "email", "unique": True}
    assert features["full_name"] == {"type": "name", "max_length": 80}
    assert features["segment"] == {
        "type": "category",
        "cats": ["private", "business"],
        "description": "private or business",
    }
    assert features["birth_date"]["start_date"] == "1900-01-02"
    assert features["discount"] == {"type": "float", "min": 0, "max": 100, "decimals": 2}
    assert orders["foreign_keys"] == {"customer_id": {"references": "customers.id"}}
    assert orders["features"]["status"]["cats"] == ["open", "paid", "sent", "it's back"]
    assert orders["features"]["total"] == {"type": "float", "min": 0.01, "max": 1000, "decimals": 2}
    assert orders["features"]["shipped"]["after"] == "ordered"
    assert tables["products"]["constraints"] == ["price <= list_price"]
    assert tables["order_items"]["primary_key"] == ["order_id", "sku"]
    assert tables["order_items"]["features"] == {"quantity": {"type": "int", "min": 1, "max": 99}}
    assert said(draft) == [
        "line 8: without a word of columns: SET (8), SELECT (2), ALTER TYPE, ALTER FUNCTION, "
        "CREATE SEQUENCE, ALTER SEQUENCE (2), CREATE INDEX, GRANT",
        "line 37: CREATE FUNCTION: not taken",
        "line 71: customers: CHECK (((email)::text ~~ '%@%'::text)) is not taken",
        "line 137: CREATE VIEW: not taken",
        "line 148: COPY: its rows are not taken",
        "line 173: CREATE TRIGGER: not taken",
    ]
    reviews = {f"{each.table}.{each.column}": each for each in draft.columns}
    assert "numeric(10, 2)" in reviews["orders.total"].read
    assert reviews["orders.total"].line == 105
    assert reviews["products.list_price"].assumed == ("from 50, to stay above price")


def test_a_dump_of_mysql() -> None:
    tables, draft = read("clinic.mysql.sql")
    visits, patients = tables["visits"]["features"], tables["patients"]["features"]
    assert tables["visits"]["foreign_keys"] == {"patient_id": {"references": "patients.patient_id"}}
    assert visits["ward"]["cats"] == ["A", "B", "C; D", "it's 'E'"]
    assert visits["ward"]["description"] == "where; not who"
    assert tables["visits"]["description"] == "Stays; one a line"
    assert visits["urgent"] == {"type": "bool"}
    assert visits["charge"] == {"type": "float", "min": 0, "max": 50000, "decimals": 2}
    assert visits["admitted"]["unique"] is True  # for (patient_id, admitted)
    assert patients["sex"]["cats"] == ["f", "m", "x"]
    assert patients["full_name"]["expr"] == "concat(first_name, ' ', last_name)"
    assert patients["year_of_entry"] == {"type": "int", "min": 1990, "max": 2025}
    assert said(draft) == [
        "line 13: without a word of columns: DROP TABLE (2), LOCK, UNLOCK",
        "line 42: comments that MySQL carries out (3 times): not taken",
        "line 43: INSERT: its rows are not taken",
        "line 62: stored programs: not taken",
    ]


def test_a_schema_of_sqlite() -> None:
    tables, draft = read("library.sqlite.sql")
    assert list(tables) == ["authors", "books", "loans", "readers"]
    assert tables["books"]["foreign_keys"] == {"author_id": {"references": "authors.id"}}
    assert tables["authors"]["features"]["born"] == {
        "type": "int", "min": 1501, "max": 2009, "missing": 0.1,
    }  # fmt: skip
    assert tables["loans"]["primary_key"] == ["isbn", "lent_on"]
    assert tables["loans"]["foreign_keys"]["isbn"]["unique"] is True
    assert tables["loans"]["features"]["returned_on"]["after"] == "lent_on"
    assert said(draft) == [
        "line 6: sqlite_sequence is SQLite's own: not taken",
        "line 30: without a word of columns: CREATE INDEX",
        "line 31: CREATE TRIGGER: not taken",
    ]


def test_a_script_of_sql_server() -> None:
    tables, draft = read("payroll.mssql.sql")
    employee = tables["Employee"]
    assert employee["foreign_keys"] == {"DepartmentID": {"references": "Department.DepartmentID"}}
    assert employee["features"]["Gender"]["cats"] == ["F", "M"]
    assert employee["features"]["rowguid"] == {"type": "id"}
    assert employee["features"]["Salary"]["min"] == 1000
    assert tables["Department"]["features"]["Head"]["missing"] == 1.0  # its key closed a circle
    assert said(draft) == [
        "line 1: without a word of columns: USE, SET (2)",
        "line 38: Department: FOREIGN KEY (Head) to dbo.Employee is not taken: the tables refer "
        "to one another in a circle",
        "line 45: CREATE PROCEDURE: not taken",
        "line 51: INSERT: its rows are not taken",
    ]


def test_a_script_of_oracle() -> None:
    tables, draft = read("stock.oracle.sql")
    assert tables["inventory"]["primary_key"] == ["item_id", "warehouse_id"]
    assert tables["inventory"]["foreign_keys"] == {
        "warehouse_id": {"references": "WAREHOUSE.WAREHOUSE_ID", "children": {"mean": 3}}
    }
    assert tables["inventory"]["features"]["item_id"]["type"] == "line_number"
    assert tables["inventory"]["features"]["on_hand"]["description"] == "Pieces"
    assert tables["WAREHOUSE"]["features"]["COUNTRY"]["type"] == "country_code"
    assert said(draft) == [
        "line 1: without a word of columns: REM",
        "line 21: CREATE TRIGGER: not taken",
    ]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("a serial", {"type": "id", "format": "sequence"}),
        ("a int not null check (a in (1, 2, 3))", {"type": "category", "cats": [1, 2, 3]}),
        ("a int not null check (a > 5 and a < 9)", {"type": "int", "min": 6, "max": 8}),
        ("a int not null check (10 >= a and a >= -5)", {"type": "int", "min": -5, "max": 10}),
        ("a numeric(3, 1) not null", {"type": "float", "min": 0, "max": 99.9, "decimals": 1}),
        ("a numeric(4) not null check (a between 0 and 7)", {"type": "int", "min": 0, "max": 7}),
        ("a char(3) not null", {"type": "bothify", "args": {"text": "???"}, "max_length": 3}),
        ("a varchar(5) unique not null", {"type": "id", "pattern": "??###"}),
        ("a uuid not null default gen_random_uuid()", {"type": "id"}),
        ("a bool not null", {"type": "bool"}),
        ("a text check (a = 'x' or a = 'y') not null", {"type": "category", "cats": ["x", "y"]}),
        ("a float", {"type": "float", "mean": 0, "std": 1, "missing": 0.1}),
        ("a inet not null", {"type": "category", "cats": ["192.0.2.1"]}),
    ],
)  # fmt: skip
def test_what_is_said_of_a_column_is_in_its_declaration(
    column: str, expected: dict[str, Any]
) -> None:
    assert one(f"create table t ({column})")["a"] == expected


def test_keys_that_no_definition_has_are_listed_with_their_lines() -> None:
    script = """\
create table a (x int not null, y int not null, primary key (x, y));
create table b (
  x int not null,
  z int not null,
  kind boolean not null,
  day date not null,
  foreign key (x, z) references a (x, z),
  unique (kind, day)
);
"""
    draft = draft_of_sql(script)
    assert said(draft) == [
        "line 7: b: FOREIGN KEY (x, z) to a is not taken: it refers to no column that is a key by "
        "itself",
        "line 8: b: UNIQUE (kind, day) is not taken: rows may have the same values",
    ]
    assert draft.document["tables"]["a"]["primary_key"] == ["x", "y"]
    assert draft.document["tables"]["a"]["features"]["y"]["type"] == "id"


def test_a_text_that_is_cut_says_from_where_on_it_is_not_read() -> None:
    draft = draft_of_sql("create table t (a int);\ncreate table u (b text default 'x);\n")
    assert list(draft.document["features"]) == ["a"]
    assert said(draft) == [
        "line 2: nothing is read from here on: the quote ' is opened and not closed"
    ]


def test_what_a_column_says_beside_the_known_is_listed() -> None:
    draft = draft_of_sql("create table t (\n  a int frobnicate not null,\n  b int\n)")
    assert said(draft) == ["line 2: t: `frobnicate` of the column a is not read"]
    assert draft.document["features"]["a"] == {"type": "int", "min": 0, "max": 100}


def test_rows_are_as_many_as_unique_values_allow() -> None:
    document = draft_of_sql(
        "create table k (c char(1) primary key);"
        "create table v (c char(1) primary key references k, w tinyint unique not null);"
    ).document
    assert document["tables"]["k"]["n_samples"] == 26
    assert document["tables"]["v"]["n_samples"] == 26
    compile_plan(load_definition(document).definition, seed=0)


def test_tables_of_one_name_in_two_schemas_are_told_apart() -> None:
    document = draft_of_sql(
        "create table x.t (a int primary key); create table y.t (b int references x.t (a));"
    ).document
    assert list(document["tables"]) == ["t", "y_t"]
    assert document["tables"]["y_t"]["foreign_keys"]["b"]["references"] == "t.a"


def test_lines_are_counted_within_what_they_belong_to() -> None:
    document = draft_of_sql(
        "create table orders (id int primary key);"
        "create table lines (order_id int references orders, line int, sku varchar(8) not null,"
        " primary key (order_id, line));"
    ).document
    lines = document["tables"]["lines"]
    assert lines["primary_key"] == ["order_id", "line"]
    assert lines["foreign_keys"]["order_id"]["children"] == {"mean": 3}
    assert lines["features"]["line"] == {"type": "line_number", "per": "order_id"}
    plan = compile_plan(load_definition(document).definition, seed=0)
    assert plan.table("lines").rows == pytest.approx(3000, abs=2)


COMPOSITE = """\
create table tenants (id int primary key);
create table users (
  tenant_id int not null references tenants,
  id int not null,
  email varchar(80) not null,
  primary key (tenant_id, id)
);
create table orders (
  tenant_id int not null references tenants,
  number int not null,
  user_id int not null,
  primary key (tenant_id, number),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create table profiles (
  tenant_id int not null,
  user_id int not null,
  nick varchar(20) not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users
);
create table notes (
  id int primary key,
  tenant_id int,
  user_id int,
  text text not null,
  foreign key (tenant_id, user_id) references users (tenant_id, id),
  unique (tenant_id, user_id)
);
"""


def test_keys_of_several_columns_refer_to_them_together() -> None:
    draft = draft_of_sql(COMPOSITE)
    assert said(draft) == []
    tables = draft.document["tables"]
    pair = {"references": "users.tenant_id", "columns": {"user_id": "id"}}
    assert tables["users"]["features"]["id"] == {"type": "line_number", "per": "tenant_id"}
    assert tables["orders"]["foreign_keys"] == {"tenant_id": pair}
    assert tables["orders"]["features"]["number"]["type"] == "id"
    assert tables["profiles"]["foreign_keys"] == {"tenant_id": {**pair, "unique": True}}
    assert tables["notes"]["foreign_keys"] == {
        "tenant_id": {**pair, "missing": 0.1, "unique": True}
    }
    plan = compile_plan(load_definition(draft.document).definition, seed=0)
    rows = {table.name: table.block(0).to_pydict() for table in plan.tables}
    users = set(zip(rows["users"]["tenant_id"], rows["users"]["id"], strict=True))
    profiles = list(zip(rows["profiles"]["tenant_id"], rows["profiles"]["user_id"], strict=True))
    assert {*profiles} <= users and len({*profiles}) == len(profiles) > 100
    notes = {*zip(rows["notes"]["tenant_id"], rows["notes"]["user_id"], strict=True)}
    assert notes <= {*users, (None, None)} and (None, None) in notes


def test_every_column_of_a_key_of_several_is_in_the_review() -> None:
    draft = draft_of_sql(COMPOSITE)
    found = {(each.table, each.column): each.assumed for each in draft.columns}
    assert found["orders", "user_id"] == "of the row that tenant_id refers to"
    assert len(found) == 1 + 3 + 3 + 3 + 4


def test_lines_of_lines_are_counted_within_a_key_of_two_columns() -> None:
    document = draft_of_sql(
        "create table orders (id int primary key);"
        "create table lines (o int references orders, line int, primary key (o, line));"
        "create table parts (o int, line int, part int, primary key (o, line, part),"
        " foreign key (o, line) references lines (o, line));"
    ).document
    parts = document["tables"]["parts"]
    assert parts["primary_key"] == ["o", "line", "part"]
    assert parts["features"]["part"] == {"type": "line_number", "per": "o"}
    plan = compile_plan(load_definition(document).definition, seed=0)
    assert plan.table("parts").rows == pytest.approx(9000, abs=10)


def test_a_key_to_columns_that_do_not_tell_rows_apart_is_listed() -> None:
    script = """\
create table a (kind boolean not null, day date not null, unique (kind, day));
create table t (id int primary key);
create table b (
  kind boolean not null,
  day date not null,
  t int not null references t,
  foreign key (kind, day) references a (kind, day),
  foreign key (t, kind) references b (t, kind)
);
create table c (
  x int not null references t,
  y int not null,
  foreign key (x, y) references d (x, y),
  foreign key (y) references t (id)
);
create table d (x int not null, y int not null, w int not null unique, unique (x, y));
"""
    draft = draft_of_sql(script)
    assert said(draft) == [
        "line 1: a: UNIQUE (kind, day) is not taken: rows may have the same values",
        "line 7: b: FOREIGN KEY (kind, day) to a is not taken: its columns may have the same "
        "values there",
        "line 8: b: FOREIGN KEY (t, kind) to b is not taken: rows of the same table are referred "
        "to by one column",
        "line 11: c: FOREIGN KEY (x) to t is not taken: x refers to another table already",
        "line 14: c: FOREIGN KEY (y) to t is not taken: y refers to another table already",
    ]
    compile_plan(load_definition(draft.document).definition, seed=0)
