"""Made rows go into real databases with every constraint on: into tables that were made from a
definition, and into those that a definition was imported from."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.engine.execution.run import run_generation
from app.engine.exporting.ddl import create_tables
from app.engine.exporting.loading import load_script
from app.engine.importing.files import draft_of_file
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition
from tests.components.mariadb import MariaDBServer
from tests.components.postgres import PostgresServer

DUMPS = Path(__file__).parents[2] / "data" / "ddl"
SHOP: dict[str, Any] = {
    "name": "shop",
    "seed": 5,
    "tables": {
        "countries": {
            "primary_key": "code",
            "rows": [{"code": "DE", "name": "Germany", "eu": True}, {"code": "CH", "name": None,
                                                                    "eu": False}],
        },
        "customers": {
            "n_samples": 150,
            "description": "who's buying",
            "primary_key": "id",
            "foreign_keys": {
                "country": {"references": "countries.code"},
                "friend": {"references": "customers.id", "missing": 0.5},
            },
            "features": {
                "id": {"type": "id", "format": "sequence", "prefix": "C", "width": 6},
                "name": {"type": "name", "max_length": 40, "description": "given, then family"},
                "note": {"type": "sentence", "missing": 0.2},
                "joined": {"type": "date", "start_date": "2020-01-01", "end_date": "2024-12-31"},
                "seen": {"type": "datetime", "start_date": "2024-06-01", "end_date": "2024-06-30"},
                "opens": {"type": "time", "start_time": "06:00", "end_time": "10:00"},
                "size": {"type": "category", "cats": {"it's \\ \"big\"": 0.5, "small, ;": 0.5}},
                "grade": {"type": "category", "cats": [1, 2, 3]},
                "active": {"type": "bool", "missing": 0.1},
            },
        },
        "orders": {
            "primary_key": "order id",
            "foreign_keys": {"customer": {"references": "customers.id", "children": {"mean": 3}}},
            "features": {
                "order id": {"type": "id"},
                "placed": {"type": "date", "after": "customers.joined"},
                "sent": {"type": "date", "after": "placed", "missing": 0.3},
                "price": {"type": "float", "min": -5, "max": 99.5, "decimals": 2, "missing": 0.1},
                "free": {"type": "float", "mean": 5, "std": 2},
                "qty": {"type": "int", "min": 1, "max": 9},
                "cap": {"type": "int", "min": 9, "max": 20},
                "total": {"type": "formula", "expr": "round(price * qty, 2)"},
            },
            "constraints": ["qty <= cap"],
        },
    },
}  # fmt: skip


def made(document: dict[str, Any], folder: Path) -> Plan:
    """The plan, and its tables as CSV files in the folder."""
    plan = compile_plan(load_definition(document).definition)
    for table in run_generation(plan, folder / "work", ["csv"], workers=1).tables:
        for file in table.files:
            copied = folder / f"{table.name}.csv"
            shutil.copy(file.path, copied)
            copied.chmod(0o644)  # servers run as another user, whatever the umask
    return plan


def rows_of(plan: Plan) -> dict[str, int]:
    return {table.name: table.rows for table in plan.tables}


def sqlite(database: Path, script: str, folder: Path) -> str:
    """Run a script in the client of SQLite."""
    done = subprocess.run(
        ["sqlite3", "-batch", str(database)], input=script, cwd=folder, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.fixture
def shared(postgres: PostgresServer, tmp_path: Path) -> Path:
    """A folder that the servers' user can read."""
    folder = postgres.folder / f"files-{tmp_path.name}"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    return folder


def test_a_definition_goes_into_postgresql(
    postgres: PostgresServer, postgres_database: str, shared: Path
) -> None:
    plan = made(SHOP, shared)
    postgres.sql(create_tables(plan, "postgresql"), postgres_database)
    postgres.sql(f"\\cd '{shared}'\n{load_script(plan, 'postgresql')}", postgres_database)
    for name, rows in rows_of(plan).items():
        assert postgres.sql(f'SELECT count(*) FROM "{name}"', postgres_database) == str(rows)
    kinds = postgres.sql(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE"
        " attrelid = 'orders'::regclass AND attnum > 0 ORDER BY attnum",
        postgres_database,
    )
    assert kinds.splitlines() == [
        "customer|character varying(20)|t",
        "order id|uuid|t",
        "placed|date|t",
        "sent|date|f",
        "price|numeric(4,2)|f",
        "free|double precision|t",
        "qty|bigint|t",
        "cap|bigint|t",
        "total|double precision|f",
    ]
    comment = (
        "SELECT obj_description('customers'::regclass), col_description('customers'::regclass,"
    )
    assert postgres.sql(f"{comment} 4)", postgres_database) == "who's buying|given, then family"
    with pytest.raises(Exception, match="violates check constraint"):
        postgres.sql("UPDATE orders SET qty = cap + 1", postgres_database)


def test_a_definition_goes_into_sqlite(tmp_path: Path) -> None:
    plan = made(SHOP, tmp_path)
    file = tmp_path / "shop.db"
    sqlite(file, create_tables(plan, "sqlite") + load_script(plan, "sqlite"), tmp_path)
    with sqlite3.connect(file) as database:
        for name, rows in rows_of(plan).items():
            assert database.execute(f'SELECT count(*) FROM "{name}"').fetchone() == (rows,)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        found = database.execute("SELECT DISTINCT active FROM customers ORDER BY active")
        assert [each for (each,) in found] == [None, 0, 1]
        assert database.execute("SELECT max(typeof(price)) FROM orders").fetchone() == ("real",)
    database.close()


def test_a_definition_goes_into_mariadb(mariadb: MariaDBServer, tmp_path: Path) -> None:
    folder = mariadb.folder / f"files-{tmp_path.name}"
    folder.mkdir()
    folder.chmod(0o755)
    plan = made(SHOP, folder)
    name = mariadb.new_database()
    mariadb.sql(create_tables(plan, "mysql"), name)
    script = load_script(plan, "mysql").replace("INFILE '", f"INFILE '{folder}/")
    mariadb.sql(script, name)
    for table, rows in rows_of(plan).items():
        assert mariadb.sql(f"SELECT count(*) FROM `{table}`", name) == str(rows)
    assert mariadb.sql("SELECT count(DISTINCT size) FROM customers", name) == "2"
    mariadb.drop_database(name)


def test_what_was_imported_from_a_dump_goes_into_its_tables(
    postgres: PostgresServer, postgres_database: str, shared: Path
) -> None:
    """The tables are made by the dump itself, with conditions that no definition has."""
    plan = made(draft_of_file(DUMPS / "shop.postgresql.sql").document, shared)
    for role in ("shop", "reader"):
        there = postgres.sql(f"SELECT count(*) FROM pg_roles WHERE rolname = '{role}'")
        if there == "0":
            postgres.sql(f"CREATE ROLE {role}")
    postgres.sql((DUMPS / "shop.postgresql.sql").read_text(), postgres_database)
    postgres.sql("TRUNCATE public.customers CASCADE", postgres_database)
    script = load_script(plan, "postgresql")
    postgres.sql(f"\\cd '{shared}'\n{script}", postgres_database)
    for name, rows in rows_of(plan).items():
        assert postgres.sql(f'SELECT count(*) FROM "{name}"', postgres_database) == str(rows)


def test_what_was_imported_from_sqlite_goes_into_its_tables(tmp_path: Path) -> None:
    script = (DUMPS / "library.sqlite.sql").read_text().replace("CREATE TABLE sqlite_", "-- ")
    plan = made(draft_of_file(DUMPS / "library.sqlite.sql").document, tmp_path)
    made_by = script.partition("CREATE TRIGGER")[0]
    sqlite(tmp_path / "a.db", made_by + load_script(plan, "sqlite"), tmp_path)
    with sqlite3.connect(tmp_path / "a.db") as database:
        for name, rows in rows_of(plan).items():
            assert database.execute(f'SELECT count(*) FROM "{name}"').fetchone() == (rows,)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()


def test_what_was_imported_from_mysql_goes_into_its_tables(
    mariadb: MariaDBServer, tmp_path: Path
) -> None:
    """The order of the dump needs its switch for foreign keys; rows come with them on."""
    folder = mariadb.folder / f"files-{tmp_path.name}"
    folder.mkdir()
    folder.chmod(0o755)
    document = draft_of_file(DUMPS / "clinic.mysql.sql").document
    plan = made(document, folder)
    name = mariadb.new_database()
    dump = (DUMPS / "clinic.mysql.sql").read_text().partition("\nDELIMITER")[0]
    lines = [line for line in dump.splitlines() if not line.startswith(("INSERT", "/*!50100"))]
    plain = "\n".join(lines).replace("utf8mb4\nDELIMITER", "utf8mb4;\n")
    mariadb.sql(f"SET foreign_key_checks = 0;\n{plain}\n;", name)
    script = load_script(plan, "mysql").replace("INFILE '", f"INFILE '{folder}/")
    own = [line for line in script.splitlines() if not line.startswith("  `full_name` =")]
    mariadb.sql("\n".join(own), name)
    for table, rows in rows_of(plan).items():
        assert mariadb.sql(f"SELECT count(*) FROM `{table}`", name) == str(rows)
    mariadb.drop_database(name)


def test_there_is_no_script_for_every_database(tmp_path: Path) -> None:
    plan = compile_plan(load_definition({"features": {"a": {"type": "bool"}}}).definition)
    with pytest.raises(ValueError, match="no script that loads files into oracle, only into"):
        load_script(plan, "oracle")
