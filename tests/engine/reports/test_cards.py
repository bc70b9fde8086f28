"""Data cards and Croissant descriptions say what files hold, the same bytes for the same files."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from app.engine.execution.destination import write_tables
from app.engine.formats import FORMATS, FormatOptions
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.reports.made.card import READERS, code, escaped
from app.engine.reports.made.cards import describe_files
from app.engine.reports.made.croissant import CONTEXT, DATA_TYPES
from app.engine.reports.made.schema import described_tables, type_of
from app.engine.schema.load import load_definition

HOSTILE = "a|b `c` <script>[x](y)"
SHOP: dict[str, Any] = {
    "name": "shop",
    "seed": 3,
    "tables": {
        "countries": {"primary_key": "code", "rows": [{"code": "DE"}, {"code": "NL"}]},
        "customers": {
            "description": "Who buys.",
            "n_samples": 60,
            "primary_key": "id",
            "foreign_keys": {"country": {"references": "countries.code"}},
            "features": {
                "id": {"type": "id", "format": "sequence"},
                HOSTILE: {"type": "int", "min": 0, "max": 9, "description": "one\n| two"},
                "joined": {"type": "date", "start": "2024-01-01", "end": "2024-12-31"},
            },
        },
    },
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load_definition(SHOP).definition)


@pytest.fixture(scope="module")
def folder(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(plan, tmp_path_factory.mktemp("shop"))


def written(plan: Plan, folder: Path) -> Path:
    made = write_tables(plan, folder, ["csv", "parquet"])
    describe_files(plan, made, licence="https://spdx.org/licenses/CC0-1.0.html")
    return folder


def test_the_same_files_have_the_same_cards(plan: Plan, folder: Path, tmp_path: Path) -> None:
    again = written(plan, tmp_path / "again")
    for name in ("data-card.md", "croissant.json"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_a_card_says_what_the_files_hold(folder: Path) -> None:
    card = (folder / "data-card.md").read_text(encoding="utf-8")
    assert card.startswith('---\npretty_name: "shop"\nlicense: "https://spdx.org/')
    for heading in ("How it was made", "What it holds", "Licence", "Files", "How to load it"):
        assert f"\n## {heading}\n" in card
    assert "| seed | 3 |" in card and "differential privacy, ε | none" in card
    assert "tablesmith " in card and "No row of a table was read" in card
    assert re.search(r"(\d+) of \1 declared facts hold in the files", card)
    assert "Who buys." in card and "60 rows." in card
    assert "Key of a row: `id`." in card
    assert "`country` refers to `code` of `countries`." in card
    digest = hashlib.sha256((folder / "customers.csv").read_bytes()).hexdigest()
    size = (folder / "customers.csv").stat().st_size
    assert f"| `customers.csv` | csv | {size:,} | {digest} |" in card


def test_hostile_names_are_text_in_a_card(folder: Path) -> None:
    card = (folder / "data-card.md").read_text(encoding="utf-8")
    assert "<script>" not in card.replace("\\<script\\>", "")
    row = next(line for line in card.splitlines() if line.startswith(f"| {escaped(HOSTILE)} |"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 5 and "one \\| two" in row
    assert escaped("- a\x1b\u202eb") == "\\- a b"
    assert (code("x y"), code("a`b")) == ("`x y`", "a\\`b")


def test_the_code_of_a_card_loads_its_files(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(folder)
    card = (folder / "data-card.md").read_text(encoding="utf-8")
    lines = card.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(lines, names)
    frame: pd.DataFrame = names["frame"]
    assert frame.shape == (60, 4) and HOSTILE in frame.columns


def test_the_code_of_a_card_knows_the_delimiter(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = FormatOptions.of({"csv": {"delimiter": ";"}})
    made = write_tables(plan, tmp_path, ["csv", "tsv"], options=options)
    describe_files(plan, made, options=options)
    monkeypatch.chdir(tmp_path)
    card = (tmp_path / "data-card.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(card.partition("```python\n")[2].partition("```")[0], names)
    assert names["frame"].shape == (60, 4)


def test_cards_replace_files_of_their_names_whole(plan: Plan, tmp_path: Path) -> None:
    card = tmp_path / "data-card.md"
    card.write_text("notes of somebody", encoding="utf-8")
    with card.open(encoding="utf-8") as before:
        written(plan, tmp_path)
        assert before.read() == "notes of somebody"
    assert card.read_text(encoding="utf-8").startswith("---")
    assert not list(tmp_path.glob("*.tmp"))


def test_every_format_can_be_loaded() -> None:
    assert set(READERS) == set(FORMATS)


def test_a_description_names_files_and_fields(folder: Path) -> None:
    found = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    assert found["@context"]["@vocab"] == "https://schema.org/" == CONTEXT["sc"]
    assert found["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert (found["@type"], found["name"]) == ("sc:Dataset", "shop")
    assert found["license"] == "https://spdx.org/licenses/CC0-1.0.html"
    for file in found["distribution"]:
        data = (folder / file["contentUrl"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        assert file["contentSize"] == f"{len(data)} B"
    assert {file["encodingFormat"] for file in found["distribution"]} == {
        FORMATS[name].media_type for name in ("csv", "parquet")
    }


def test_fields_have_types_sources_and_unique_ids(folder: Path) -> None:
    found = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    customers = next(each for each in found["recordSet"] if each["name"] == "customers")
    assert customers["description"] == "Who buys."
    assert customers["key"] == [{"@id": "customers/id"}]
    fields = {each["name"]: each for each in customers["field"]}
    assert fields["joined"]["dataType"] == "sc:Date"
    assert fields[HOSTILE]["dataType"] == "sc:Integer"
    assert fields["country"]["description"] == "Refers to code of countries."
    assert fields["id"]["source"] == {
        "fileObject": {"@id": "customers.csv"},
        "extract": {"column": "id"},
    }
    every = [
        each["@id"]
        for record_set in found["recordSet"]
        for each in (record_set, *record_set["field"])
    ]
    assert len(set(every)) == len(every)
    assert all(re.fullmatch(r"[\w./-]+", each, re.ASCII) for each in every)


def test_columns_are_described_with_kind_and_type(plan: Plan) -> None:
    countries, customers = described_tables(plan)
    assert [each["kind"] for each in countries["columns"]] == ["given"]
    kinds = {each["name"]: (each["kind"], each["type"]) for each in customers["columns"]}
    assert kinds["country"] == ("key", "text") and kinds["joined"] == ("date", "date")
    assert customers["foreign_keys"] == [{"table": "countries", "columns": {"country": "code"}}]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (pa.int8(), "integer"), (pa.float64(), "number"), (pa.decimal128(8, 2), "number"),
        (pa.bool_(), "boolean"), (pa.date32(), "date"), (pa.timestamp("s"), "datetime"),
        (pa.time32("s"), "time"), (pa.dictionary(pa.int32(), pa.string()), "text"),
    ],
)  # fmt: skip
def test_every_type_has_a_word_and_a_data_type(kind: pa.DataType, word: str) -> None:
    assert type_of(kind) == word and DATA_TYPES[word].startswith("sc:")
