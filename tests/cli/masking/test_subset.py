"""The command that takes some rows of several tables."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app

ORPHAN = "C999"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    write(tmp_path / "shop" / "customers.csv", ["customer_id", "zip"],
          [[f"C{n:03d}", f"0{n:04d}"] for n in range(50)])  # fmt: skip
    orders = [[f"{5000 + n}", ORPHAN if n % 40 == 7 else f"C{n % 50:03d}", f"P{n % 9}", ""]
              for n in range(200)]  # fmt: skip
    write(tmp_path / "shop" / "orders.csv", ["order_id", "customer_id", "product_id", "n"], orders)
    write(tmp_path / "shop" / "products.csv", ["product_id", "title"],
          [[f"P{n}", f'a "{n}"; b'] for n in range(12)])  # fmt: skip
    return tmp_path


def write(path: Path, names: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])


def read(path: Path) -> list[tuple[str, ...]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [tuple(row) for row in csv.reader(file)]


def run(folder: Path, *words: str, source: str = "shop", out: str = "out") -> Result:
    return CliRunner().invoke(
        app, ["subset", str(folder / source), "-o", str(folder / out), *words]
    )


def test_rows_are_those_of_the_source_and_belong_together(folder: Path) -> None:
    result = run(folder, "--root", "customers", "--rows", "6", "--seed", "3", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["references"] == [
        "orders.customer_id = customers.customer_id", "orders.product_id = products.product_id",
    ]  # fmt: skip
    before, after = (
        {name: read(folder / place / f"{name}.csv") for name in ("customers", "orders", "products")}
        for place in ("shop", "out")
    )
    customers, orders, products = after.values()
    assert len(customers) == 7
    kept = {row[0] for row in customers}
    assert orders == [row for place, row in enumerate(before["orders"])
                      if not place or row[1] in kept]  # fmt: skip
    bought = {row[2] for row in orders}
    assert products == [row for row in before["products"] if row[0] in bought]
    assert set(customers) <= set(before["customers"])
    assert [(each["table"], each["rows"], each["of"]) for each in said["tables"]] == [
        ("customers", 6, 50), ("orders", len(orders) - 1, 200), ("products", len(products) - 1, 12),
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_bytes(folder: Path) -> None:
    texts = []
    for out, seed in (("one", "4"), ("two", "4"), ("three", "5")):
        result = run(folder, "--root", "customers", "--rows", "9", "--seed", seed, out=out)
        assert result.exit_code == 0, result.output
        texts.append([each.read_bytes() for each in sorted((folder / out).iterdir())])
    assert texts[0] == texts[1] != texts[2]


def test_orphans_stay_orphans(folder: Path) -> None:
    result = run(folder, "--root", "orders", "--rows", "200", "--seed", "1")
    assert result.exit_code == 0, result.output
    assert read(folder / "out" / "orders.csv") == read(folder / "shop" / "orders.csv")
    assert ORPHAN not in {row[0] for row in read(folder / "out" / "customers.csv")}
    assert f"{folder}/out/products.csv: 9 of 12 rows" in result.output


def test_keys_of_a_database_are_followed(folder: Path) -> None:
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute("create table people (a integer, b text, primary key (a, b))")
        database.execute(
            "create table visits (pa integer, pb text, "
            "foreign key (pa, pb) references people (a, b))"
        )
        people = [(n, letter) for n in range(20) for letter in "xy"]
        database.executemany("insert into people values (?, ?)", people)
        database.executemany("insert into visits values (?, ?)", people[::3])
    words = ("--all-tables", "--root", "visits", "--rows", "4", "--seed", "2")
    url = f"sqlite:///{folder}/shop.db"
    result = CliRunner().invoke(app, ["subset", url, "-o", str(folder / "out"), *words])
    assert result.exit_code == 0, result.output
    assert "followed visits.pa = people.a, visits.pb = people.b" in result.output
    visits, met = (read(folder / "out" / f"{name}.csv")[1:] for name in ("visits", "people"))
    assert len(visits) == 4
    assert sorted(visits) == sorted(met)


def test_the_source_is_not_written_over(folder: Path) -> None:
    result = run(folder, "--root", "customers", "--rows", "2", out="shop")
    assert result.exit_code == 1
    assert "would take the place of what is read" in result.output
    assert len(read(folder / "shop" / "customers.csv")) == 51


def test_an_unknown_root_is_refused(folder: Path) -> None:
    result = run(folder, "--root", "clients", "--rows", "2")
    assert result.exit_code == 2
    assert "one of customers, orders, products" in result.output
    assert not (folder / "out").exists()
