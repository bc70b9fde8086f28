"""The file of several tables: what comes back, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError, ModelError
from app.engine.plan.several.planning import tables_plan
from app.engine.synthesizers.model_file.files import load_model, model_bytes
from app.engine.synthesizers.several import files
from app.engine.synthesizers.several.files import (
    DOCUMENT,
    holds_several,
    load_tables,
    save_tables,
    tables_bytes,
    tables_of,
)
from tests.engine.several_tables import drawn, learned_shop

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def data() -> bytes:
    return tables_bytes(learned_shop())


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in content.items():
            archive.writestr(name, each)
    return buffer.getvalue()


def with_document(data: bytes, change: Change) -> bytes:
    content = members(data)
    document = json.loads(content[DOCUMENT])
    change(document)
    return packed({**content, DOCUMENT: json.dumps(document).encode()})


ZEROS = pa.array(np.zeros(4_000_000, np.int8))


def stream(rows: pa.RecordBatch, **options: Any) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_batch(rows)
    return sink.getvalue()


def with_carriers(data: bytes, rows: bytes) -> bytes:
    """The file with another lookup table."""
    content = members(data)
    (name,) = (name for name in content if name.endswith(".arrow"))
    return packed({**content, name: rows})


def table(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in document["tables"] if each["name"] == name)


def test_what_is_read_draws_the_same_rows_and_has_the_same_bytes(
    data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "shop.tsm"
    assert save_tables(learned_shop(), path) == len(data)
    found = load_tables(path)
    plans = [tables_plan(each, "shop", rows=50, seed=2) for each in (found, learned_shop())]
    assert drawn(plans[0]) == drawn(plans[1])
    assert tables_bytes(found) == data and holds_several(path)


def test_files_of_one_table_and_of_several_are_told_apart(data: bytes, tmp_path: Path) -> None:
    several, one, neither = (tmp_path / name for name in ("several", "one", "neither"))
    several.write_bytes(data)
    customers = learned_shop().by_name["customers"].learned
    assert customers is not None
    one.write_bytes(model_bytes(customers))
    neither.write_bytes(b"no archive")
    assert [holds_several(each) for each in (several, one, neither)] == [True, False, False]
    with pytest.raises(ModelError, match="of several tables, and one of one table is wanted"):
        load_model(several)
    for path in (one, neither):
        with pytest.raises(ModelError, match="not a model file"):
            load_tables(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(format="other"), "not a model file of several tables"),
        (lambda d: d.update(version=99), "version"),
        (lambda d: d.update(seed=-1), "not valid"),
        (lambda d: d.update(more=1), "not valid"),
        (lambda d: d.update(root="orders"), "no root"),
        (lambda d: d["order"].pop(), "order is of other tables"),
        (lambda d: table(d, "orders").update(parent=None), "columns are not those"),
        (lambda d: table(d, "orders")["parent"].update(parent="items"), "stands behind"),
        (lambda d: table(d, "orders")["parent"].update(parent="carriers"), "stands behind"),
        (lambda d: table(d, "orders")["parent"].update(count="segment"), "counts no rows"),
        (
            lambda d: table(d, "orders")["parent"].update(position="channel"),
            "no numbers|as another",
        ),
        (lambda d: table(d, "orders")["parent"].update(apart=1e300), "not valid"),
        (lambda d: table(d, "orders")["parent"].update(apart=1e6), "more rows without a parent"),
        (lambda d: table(d, "carriers").update(rows=9), "another number of rows"),
        (
            lambda d: table(d, "orders")["parent"]["given"].update({"channel": "income"}),
            "as another type|columns are not those",
        ),
        (lambda d: table(d, "items")["references"][0].update(group="amount"), "not those"),
        (lambda d: table(d, "items")["references"][0]["by"].clear(), None),
        (lambda d: table(d, "customers").update(key="income"), "not made"),
        (lambda d: table(d, "customers")["made"].update(id={"type": "nothing"}), "at fault"),
        (lambda d: table(d, "customers")["made"]["id"].update(hidden=True), "hidden"),
        (lambda d: table(d, "customers")["order"].append("income"), "columns are not those"),
    ],
)
def test_a_changed_document_is_refused(data: bytes, change: Change, words: str | None) -> None:
    hostile = with_document(data, change)
    if words is None:
        assert drawn(tables_plan(tables_of(hostile), "shop", rows=20, seed=1))
        return
    with pytest.raises(ModelError, match=words):
        tables_of(hostile)


def test_more_rows_than_a_source_explains_are_not_planned(data: bytes) -> None:
    def change(document: dict[str, Any]) -> None:
        table(document, "orders")["parent"].update(apart=1e6)
        table(document, "orders").update(rows=10**6)

    hostile = tables_of(with_document(data, change))
    with pytest.raises(
        DefinitionError, match=r"would have [\d,]+ rows, and 1,000,000 are the most"
    ):
        tables_plan(hostile, "shop", rows=10, seed=1)
    endless = tables_of(with_document(data, lambda d: table(d, "customers").update(rows=10**400)))
    with pytest.raises(DefinitionError, match="are the most"):
        tables_plan(endless, "shop", seed=1)


def test_other_members_are_refused(data: bytes) -> None:
    content = members(data)
    for hostile in (
        {**content, "more.bin": b""},
        {name: each for name, each in content.items() if name != "0.tsm"},
        {name: each for name, each in content.items() if name != DOCUMENT},
        {**content, "0.tsm": b"no model"},
        {**content, DOCUMENT: b"[]"},
        {**content, DOCUMENT: b"\xff"},
    ):
        with pytest.raises(ModelError):
            tables_of(packed(hostile))


def test_more_than_the_bounds_is_not_unpacked(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_DOCUMENT", 100)
    with pytest.raises(ModelError, match="unpacks to more than 100 bytes"):
        tables_of(data)
    monkeypatch.undo()
    packed_models = sum(map(len, members(data).values()))
    monkeypatch.setattr(files, "MOST_UNPACKED", packed_models)
    with pytest.raises(ModelError, match=f"the models unpack to more than {packed_models:,} bytes"):
        tables_of(data)


@pytest.mark.parametrize("packing", ["zstd", "lz4"])
def test_packed_rows_of_a_lookup_table_are_refused(data: bytes, packing: str) -> None:
    rows = pa.record_batch({"code": ZEROS, "label": ZEROS})
    bomb = stream(rows, compression=packing)
    assert len(bomb) < 200_000
    with pytest.raises(ModelError, match="packed in another way"):
        tables_of(with_carriers(data, bomb))


def test_packed_labels_of_a_lookup_table_are_refused(data: bytes) -> None:
    labels = pa.DictionaryArray.from_arrays([0, 1], pa.array(["Yellow", "Brown" * 1_000]))
    plain = pa.record_batch({"code": ["dhl", "ups"], "label": labels})
    assert tables_of(with_carriers(data, stream(plain))).by_name["carriers"].original == plain
    with pytest.raises(ModelError, match="packed in another way"):
        tables_of(with_carriers(data, stream(plain, compression="zstd")))


def test_rows_without_bytes_are_refused(data: bytes) -> None:
    nothing = pa.nulls(100_000_000)
    with pytest.raises(ModelError, match="more rows than its bytes can hold"):
        tables_of(with_carriers(data, stream(pa.record_batch({"code": nothing, "label": nothing}))))


@pytest.mark.parametrize("step", range(8))
def test_damaged_bytes_are_refused_or_read_as_they_were(data: bytes, step: int) -> None:
    damaged = bytearray(data)
    for place in range(step * 997, len(damaged), len(damaged) // 5):
        damaged[place] ^= 0x5A
    with pytest.raises(ModelError):
        tables_of(bytes(damaged))
