"""Databases learned from a real PostgreSQL and drawn into another one with all constraints.

    python -m tests.benchmarks.databases FOLDER [--databases chinook,northwind] [--seeds 1,2,3]

FOLDER holds a folder `multi_NAME` of CSV and Parquet files for each database; none of them is part
of this project. Everything goes through the command line: profile, train, synthesize. Prints
Markdown tables for docs/evidence-learned.md.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from app.engine.schema.yaml.write import write_yaml
from tests.benchmarks.families import Family, cardinality, two_sample
from tests.components.postgres import PostgresServer, start_postgres

SCHEMAS = Path(__file__).parent / "schemas"
# What a person has to say of each: lookup tables, and keys whose orphans come out as missing.
LOOKUPS = {
    "chinook": ("Employee", "Genre", "MediaType", "Playlist"),
    "northwind": ("Categories", "Employees", "Regions", "Shippers"),
    "nycflights13": ("airlines", "airports", "weather"),
}
ORPHANS = ("flights.tailnum", "flights.dest", "flights.time_hour")
CONSTRAINTS = (
    "SELECT conrelid::regclass, contype, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
    " WHERE contype IN ('p', 'f', 'u') AND connamespace = 'public'::regnamespace ORDER BY 1, 2, 3"
)


@dataclass(frozen=True)
class Constraint:
    """A key of a table: primary (p), unique (u) or foreign (f), with what PostgreSQL says of it."""

    table: str
    kind: str
    text: str
    is_valid: bool

    @property
    def said(self) -> str:
        """It without whether rows that were there are checked."""
        return f"{self.table}: {self.text.removesuffix(' NOT VALID')}"

    @property
    def columns(self) -> list[str]:
        return _names(re.findall(r"\(([^)]*)\)", self.text)[0])

    @property
    def parent(self) -> str:
        found = re.search(r'REFERENCES ("[^"]+"|\w+)', self.text)
        assert found is not None
        return found[1].strip('"')

    @property
    def parent_columns(self) -> list[str]:
        return _names(re.findall(r"\(([^)]*)\)", self.text)[1])


def main() -> None:
    arguments = _arguments()
    with start_postgres() as server, tempfile.TemporaryDirectory() as folder:
        for name in arguments.databases.split(","):
            real = server.new_database()
            load(server, real, name, arguments.folder)
            for seed in map(int, arguments.seeds.split(",")):
                for line in measured(server, real, name, seed, Path(folder)):
                    print(line, flush=True)


def load(server: PostgresServer, database: str, name: str, folder: Path) -> None:
    """The tables of a database as they were published, with all keys."""
    script = (SCHEMAS / f"{name}.sql").read_text(encoding="utf-8")
    server.sql(script, database)
    for table in re.findall(r'CREATE TABLE "?(\w+)"?', script):
        file = folder / f"multi_{name}" / f"{table}.csv"
        if file.exists():
            frame = pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""])
        else:
            frame = pd.read_parquet(file.with_suffix(".parquet"))
        for column in _whole(server, database, table):
            frame[column] = pd.to_numeric(frame[column]).astype("Int64")
        text = frame.to_csv(index=False, header=False)
        server.sql(f'COPY "{table}" FROM STDIN (FORMAT csv);\n{text}\\.\n', database)
    after = SCHEMAS / f"{name}_after.sql"
    if after.exists():
        server.sql(after.read_text(encoding="utf-8"), database)


def measured(
    server: PostgresServer, real: str, name: str, seed: int, folder: Path
) -> Iterator[str]:
    """Lines for one database and seed."""
    definition, model = folder / f"{name}.yaml", folder / f"{name}.tsm"
    url = server.url(real, "postgresql")
    _run("profile", url, "--all-tables", "-o", str(definition))
    document = said_of(name, definition)
    definition.write_text(write_yaml(document), encoding="utf-8")
    train = ("train", url, "--all-tables", "-o", str(model), "--definition", str(definition))
    started = time.perf_counter()
    warned = warned_of(_run(*train, "--seed", str(seed), "--workers", "1"))
    if warned:
        yield f"\ndropped, for little of them is left by value protection: {', '.join(warned)}"
        for each in warned:
            table, column = each.split(".")
            columns = document["tables"].setdefault(table, {}).setdefault("columns", {})
            columns[column] = {"treatment": "drop"}
        definition.write_text(write_yaml(document), encoding="utf-8")
        started = time.perf_counter()
        _run(*train, "--seed", str(seed), "--workers", "1")
    trained, made = time.perf_counter() - started, []
    for workers in ("1", "2"):
        made.append(server.new_database())
        out = server.url(made[-1], "postgresql")
        started = time.perf_counter()
        _run("synthesize", str(model), "-o", out, "--seed", str(seed), "--workers", workers)
        drawn = time.perf_counter() - started
    rows = [tables_of(server, each) for each in (real, *made)]
    same = all(rows[1][table].equals(rows[2][table]) for table in rows[1])
    yield f"\n{name}, seed {seed}: trained in {trained:.0f} s, drawn by two in {drawn:.0f} s;"
    yield f"the same rows for 1 and 2 workers: {'yes' if same else 'NO'}\n"
    yield from keys(server, real, made[0], rows[0], rows[1])
    yield from likeness(name, document, server, real, rows[0], rows[1])
    for each in made:
        server.drop_database(each)


def warned_of(said: str) -> list[str]:
    """Columns of which the warnings of a training say that nothing or little is left."""
    words = r"warning: (\w+): column '(\w+)': (?:labels that|no value stands|too few numbers)"
    return [f"{table}.{column}" for table, column in re.findall(words, said)]


def said_of(name: str, definition: Path) -> dict[str, Any]:
    """The suggested definition with what a person has to say."""
    document: dict[str, Any] = yaml.safe_load(definition.read_bytes())
    for table in LOOKUPS[name]:
        own = document["tables"].get(table) or {}
        kept = {key: own[key] for key in ("primary_key",) if key in own}
        document["tables"][table] = {"original": True, **kept}
    for key in document["foreign_keys"]:
        named = [key["from"]] if isinstance(key["from"], str) else key["from"]
        if {*named} & {*ORPHANS}:
            key["orphans"] = "missing"
    return document


def keys(server: PostgresServer, real: str, made: str, tables: Any, drawn: Any) -> Iterator[str]:
    """Constraints that are there, duplicates of keys, orphans and missing keys."""
    wanted, there = constraints(server, real), constraints(server, made)
    found = {each.said for each in there}
    lost = [each.said for each in wanted if each.said not in found]
    valid = sum(each.is_valid for each in there)
    yield f"constraints: {len(wanted)} declared, {len(there)} there, {valid} valid; lost: {lost}"
    repeated = sum(_repeated(drawn[each.table], each.columns) for each in wanted
                   if each.kind != "f" and each.table in drawn)  # fmt: skip
    yield f"rows that repeat a key: {repeated}"
    for each in wanted:
        if each.kind == "f" and each.table in drawn:
            orphans, without = _orphans(drawn, each)
            before, missing = _orphans(tables, each)
            asked = (before + missing) / max(len(tables[each.table]), 1)
            share = without / max(len(drawn[each.table]), 1)
            if orphans or asked or share:
                named = f"{each.table}.{'+'.join(each.columns)}"
                yield f"{named}: orphans {orphans}, missing {share:.4%}, asked {asked:.4%}"
    sizes = ", ".join(f"{n} {len(drawn[n]):,} ({len(tables[n]):,})" for n in drawn)
    yield f"rows: {sizes}"


def likeness(
    name: str, document: dict[str, Any], server: PostgresServer, real: str, tables: Any, drawn: Any
) -> Iterator[str]:
    """Cardinality and two-sample tests, beside real against real."""
    foreign = [each for each in constraints(server, real) if each.kind == "f"]
    for each in foreign:
        if each.parent in drawn and each.table in drawn and each.parent not in LOOKUPS[name]:
            ends = (each.table, each.columns, each.parent, each.parent_columns)
            made, floor = cardinality(tables, drawn, *ends)
            yield f"cardinality {each.table} of {each.parent}: TV {made:.3f}, floor {floor:.3f}"
    family = Family(document, tables, drawn, set(LOOKUPS[name]), constraints(server, real))
    for table in drawn:
        if len(tables[table]) >= 500 and table not in LOOKUPS[name]:
            for parent, made, floor, left in two_sample(family, table):
                yield f"C2ST {table} {parent or 'alone'}: {made:.3f}, floor {floor:.3f}; {left}"


def constraints(server: PostgresServer, database: str) -> list[Constraint]:
    found = [line.split("|") for line in server.sql(CONSTRAINTS, database).splitlines() if line]
    return [Constraint(t.strip('"'), kind, text, valid == "t") for t, kind, text, valid in found]


def tables_of(server: PostgresServer, database: str) -> dict[str, pd.DataFrame]:
    """The rows of all tables that have some, in their order, as PostgreSQL writes them."""
    import io

    names = server.sql("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace ="
                       " 'public'::regnamespace ORDER BY 1", database).splitlines()  # fmt: skip
    found = {}
    for name in names:
        text = server.sql(f'COPY "{name}" TO STDOUT (FORMAT csv, HEADER)', database)
        frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, na_values=[""])
        if len(frame):
            found[name] = frame
    return found


def _whole(server: PostgresServer, database: str, table: str) -> list[str]:
    text = (
        "SELECT column_name FROM information_schema.columns WHERE data_type IN"
        f" ('integer', 'smallint') AND table_name = '{table}'"
    )
    return server.sql(text, database).splitlines()


def _repeated(rows: pd.DataFrame, columns: list[str]) -> int:
    return int(rows[columns].dropna().duplicated().sum())


def _orphans(tables: dict[str, pd.DataFrame], key: Constraint) -> tuple[int, int]:
    """Rows whose key refers to none, and rows without one."""
    own = tables[key.table][key.columns]
    known = own.dropna()
    there = pd.MultiIndex.from_frame(tables[key.parent][key.parent_columns])
    return int((~pd.MultiIndex.from_frame(known).isin(there)).sum()), len(own) - len(known)


def _names(text: str) -> list[str]:
    return [each.strip().strip('"') for each in text.split(",")]


def _run(*command: str) -> str:
    """What a command says on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "tablesmith", *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stdout}{done.stderr}")
    return done.stderr


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--databases", default=",".join(LOOKUPS))
    parser.add_argument("--seeds", default="1,2,3")
    return parser.parse_args()


if __name__ == "__main__":
    main()
