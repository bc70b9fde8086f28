"""Numbers that are written with all their decimals."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.engine.errors import DefinitionError
from app.engine.execution.destination import write_tables
from app.engine.formats.shared.fixed_decimals import fixed_text
from app.engine.schema.dump import dump_definition
from app.engine.schema.load import load_definition
from tests.engine.evaluation.measuring import plan_of_document

PRICE = {"type": "float", "min": -9, "max": 90, "decimals": 2, "fixed_decimals": True}
DOCUMENT: dict[str, Any] = {
    "n_samples": 300,
    "features": {
        "price": {**PRICE, "missing": 0.1},
        "free": {"type": "float", "min": 0, "max": 9, "decimals": 1},
        "tax": {"type": "formula", "expr": "price * 0.1", "decimals": 3, "fixed_decimals": True},
        "whole": {"type": "float", "mean": 3, "std": 9, "decimals": 0, "fixed_decimals": True},
    },
}


def written(form: str, folder: Path) -> Path:
    path = folder / f"t.{form}"
    write_tables(plan_of_document(DOCUMENT), path)
    return path


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_delimited_text_has_all_decimals(form: str, delimiter: str, tmp_path: Path) -> None:
    lines = written(form, tmp_path).read_text("utf-8").splitlines()[1:]
    cells = [line.split(delimiter) for line in lines]
    assert {len(row[0].partition(".")[2]) for row in cells if row[0]} == {2}
    assert {len(row[2].partition(".")[2]) for row in cells if row[2]} == {3}
    assert not any("." in row[3] for row in cells)
    assert {len(row[1].partition(".")[2]) for row in cells} == {0, 1}
    assert sum(not row[0] for row in cells) == 30


def test_json_lines_have_all_decimals(tmp_path: Path) -> None:
    lines = written("jsonl", tmp_path).read_text("utf-8").splitlines()
    raw = [json.loads(line, parse_float=str)["price"] for line in lines]
    assert {len(text.partition(".")[2]) for text in raw if text is not None} == {2}


def test_sheets_show_all_decimals(tmp_path: Path) -> None:
    path = written("xlsx", tmp_path)
    styles = zipfile.ZipFile(path).read("xl/styles.xml").decode()
    assert all(f'formatCode="{code}"' in styles for code in ("0", "0.00", "0.000"))
    assert 'numFmts count="6"' in styles
    assert 'cellXfs count="7"' in styles
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    table = pq.read_table(written("parquet", tmp_path))
    for place, name in enumerate(table.schema.names):
        values = ["" if value is None else value for value in table.column(name).to_pylist()]
        assert [row[place] for row in rows[1:]] == values


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    values=st.lists(st.none() | st.floats() | st.integers(-(10**6), 10**6).map(lambda n: n / 100)),
    decimals=st.integers(0, 15),
)
def test_texts_are_those_of_python(values: list[float | None], decimals: int) -> None:
    found = fixed_text(pa.array(values, pa.float64()), decimals).to_pylist()
    finite = [
        value if value is not None and abs(value) < float("inf") else None for value in values
    ]
    texts = [None if value is None else f"{value + 0.0:.{decimals}f}" for value in finite]
    assert found == texts


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"type": "float", "min": 0, "max": 1, "fixed_decimals": True}, "how many `decimals`"),
        ({"type": "formula", "expr": "1.5", "fixed_decimals": True}, "how many `decimals`"),
        ({"type": "int", "min": 0, "max": 1, "fixed_decimals": True}, "how many `decimals`"),
        ({**PRICE, "fixed_decimals": "two"}, "true or false"),
        ({"type": "date", "fixed_decimals": True}, "unknown key"),
    ],
)
def test_faults(own: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError, match=said) as raised:
        load_definition({"features": {"c": own}})
    assert raised.value.faults[0].path == "features.c.fixed_decimals"


def test_a_definition_keeps_it() -> None:
    dumped = dump_definition(load_definition(DOCUMENT).definition)
    assert load_definition(dumped).definition.tables.keys()
    assert json.dumps(dumped).count('"fixed_decimals": true') == 3
