"""The command that puts pseudonyms into the columns of real tables."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from app.cli import app

CUSTOMERS = [
    {"customer_id": f"C{n:05d}", "email": f"user{n}@mail{n % 3}.com", "city": "Oslo",
     "born": f"19{50 + n % 40}-01-02"}
    for n in range(40)
]  # fmt: skip
ORDERS = [
    {"order_id": f"{1000 + n}", "customer_id": f"C{n % 40:05d}", "note": "" if n % 2 else "x y"}
    for n in range(80)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    write(tmp_path / "shop" / "customers.csv", CUSTOMERS)
    write(tmp_path / "shop" / "orders.csv", ORDERS, delimiter=";")
    return tmp_path


def write(path: Path, rows: list[dict[str, str]], delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def run(folder: Path, *words: str, source: str = "shop", out: str = "out") -> Result:
    paths = [str(folder / source), "-o", str(folder / out), "--key", str(folder / "key")]
    return CliRunner().invoke(app, ["pseudonymize", *paths, *words])


def test_keys_still_refer_and_other_columns_stay(folder: Path) -> None:
    named = ("--column", "customers.customer_id", "--column", "email")
    result = run(folder, *named, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["columns"] == [
        "customers.customer_id", "customers.email", "orders.customer_id",
    ]  # fmt: skip
    customers = read(folder / "out" / "customers.csv")
    orders = read(folder / "out" / "orders.csv", ";")
    names = {before["customer_id"]: after["customer_id"]
             for before, after in zip(CUSTOMERS, customers, strict=True)}  # fmt: skip
    assert len(set(names.values())) == 40
    assert not set(names) & set(names.values())
    assert [each["customer_id"] for each in orders] == [
        names[each["customer_id"]] for each in ORDERS
    ]
    assert [{**each, "customer_id": ""} for each in orders] == [
        {**each, "customer_id": ""} for each in ORDERS
    ]
    assert not {each["email"] for each in CUSTOMERS} & {each["email"] for each in customers}
    assert len({each["email"].partition("@")[2] for each in customers}) == 3


def test_the_same_key_gives_the_same_file_and_another_one_another(folder: Path) -> None:
    for out in ("one", "two"):
        assert run(folder, "--column", "email", out=out).exit_code == 0
    (folder / "key").unlink()
    assert run(folder, "--column", "email", out="three").exit_code == 0
    one, two, three = (
        (folder / out / "customers.csv").read_bytes() for out in ("one", "two", "three")
    )
    assert one == two != three
    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600


def test_columns_that_look_personal_are_found_and_dates_named(folder: Path) -> None:
    result = run(folder, source="shop/customers.csv", out="out.csv")
    assert result.exit_code == 0, result.output
    assert "pseudonyms in customers.email" in result.output
    assert "customers.born looks like birth_date and stays as it is" in result.output
    after = read(folder / "out.csv")
    assert [each["born"] for each in after] == [each["born"] for each in CUSTOMERS]


def test_typed_columns_keep_their_types_and_nulls(folder: Path) -> None:
    table = pa.table({"account": pa.array([10_001, None, 10_003, 10_001], pa.int64())})
    pq.write_table(table, folder / "typed.parquet")
    result = run(folder, "--column", "account", source="typed.parquet", out="out.parquet")
    assert result.exit_code == 0, result.output
    made = pq.read_table(folder / "out.parquet")["account"]
    first, null, other, again = made.to_pylist()
    assert made.type == pa.int64()
    assert (null, again) == (None, first)
    assert first != other
    assert len(str(first)) == len(str(other)) == 5
    assert "3 different values" not in result.output
    assert "2 different values are of shapes" in result.output


def test_numbers_that_have_no_room_are_refused_without_a_value(folder: Path) -> None:
    narrow = pa.array([100, 101, 102, 103, 110, 120], pa.int8())
    pq.write_table(pa.table({"code": narrow}), folder / "narrow.parquet")
    result = run(folder, "--column", "code", source="narrow.parquet", out="out.parquet")
    assert result.exit_code == 1
    assert "int8 has no room" in result.output
    assert not (folder / "out.parquet").exists()


def test_whole_numbers_are_the_same_whether_integers_or_floats(folder: Path) -> None:
    """As pandas makes floats of integers with gaps, keys of both are to meet."""
    (folder / "pair").mkdir()
    numbers = [200_000_000_000_000 + each for each in range(60)]
    parents = pa.table({"account": pa.array(numbers, pa.int64())})
    children = pa.table({"account": pa.array([*map(float, numbers), None], pa.float64())})
    pq.write_table(parents, folder / "pair" / "accounts.parquet")
    pq.write_table(children, folder / "pair" / "bookings.parquet")
    named = [
        word for table in ("accounts", "bookings") for word in ("--column", f"{table}.account")
    ]
    result = run(folder, *named, "--format", "parquet", source="pair")
    assert result.exit_code == 0, result.output
    made, other = (pq.read_table(folder / "out" / f"{name}.parquet")["account"].to_pylist()
                   for name in ("accounts", "bookings"))  # fmt: skip
    assert [*map(float, made), None] == other
    assert made != numbers


@pytest.mark.parametrize(
    ("source", "out"),
    [
        ("shop/customers.csv", "shop/customers.csv"),
        ("shop/customers.csv", "shop"),
        ("shop", "shop"),
        ("shop", "shop/orders.csv"),
        ("link.csv", "shop/customers.csv"),
    ],
)
def test_the_tables_that_are_read_are_not_written_over(folder: Path, source: str, out: str) -> None:
    (folder / "link.csv").symlink_to(folder / "shop" / "customers.csv")
    before = {each: each.read_bytes() for each in (folder / "shop").iterdir()}
    result = run(folder, "--column", "email", source=source, out=out)
    assert result.exit_code == 1
    assert "would take the place of what is read" in result.output
    assert {each: each.read_bytes() for each in (folder / "shop").iterdir()} == before
    assert not (folder / "key").exists()


def test_what_is_left_out_of_the_files_is_said(folder: Path) -> None:
    table = pa.table({"code": [f"K{n:07d}" for n in range(9)], "photo": [b"x"] * 9})
    pq.write_table(table, folder / "some.parquet")
    result = run(folder, "--column", "code", source="some.parquet", out="out.parquet")
    assert "binary columns are left out: 'photo'" in result.output
    assert pq.read_schema(folder / "out.parquet").names == ["code"]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("nothing", "there is no such column"),
        ("customer_id", "write customers.customer_id or orders.customer_id"),
        ("born", "has no pseudonym"),
    ],
)
def test_what_has_no_pseudonym_is_refused(folder: Path, column: str, said: str) -> None:
    result = run(folder, "--column", column)
    assert result.exit_code == 2
    assert said in result.output
    assert not (folder / "out").exists()


def test_what_is_no_key_is_refused(folder: Path) -> None:
    (folder / "key").write_text("short")
    result = run(folder, "--column", "email")
    assert result.exit_code == 2
    assert "is no key" in result.output
