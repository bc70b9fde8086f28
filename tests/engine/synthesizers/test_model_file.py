"""Model files come back as they were; damaged and hostile ones are refused in words."""

from __future__ import annotations

import copy
import io
import json
import tracemalloc
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import ModelError
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.model_file.archive import MEMBERS, read_archive, write_archive
from app.engine.synthesizers.model_file.files import load_model, model_bytes, model_of, save_model
from app.engine.synthesizers.registry import SYNTHESIZERS
from app.engine.synthesizers.table import encode


def table(rows: int = 300) -> pa.Table:
    rng = np.random.default_rng(4)
    city = rng.choice(["Bari", "Como", "Pisa"], rows)
    return pa.table(
        {
            "city": city,
            "region": np.char.upper(city),
            "size": rng.normal(size=rows),
            "day": pa.array(rng.integers(0, 300, rows).astype(np.int32)).cast(pa.date32()),
            "floor": pa.array(rng.integers(0, 5, rows), mask=rng.random(rows) < 0.2),
        }
    )


@pytest.fixture(scope="module", params=SYNTHESIZERS)
def model(request: pytest.FixtureRequest) -> LearnedTable:
    return learn(encode(table()), request.param, seed=2)


@pytest.fixture(scope="module")
def sequential() -> bytes:
    return model_bytes(learn(encode(table()), seed=2))


def rows(learned: LearnedTable) -> pa.Table:
    return pa.Table.from_batches([learned.block(400, 9, 0)])


def test_a_loaded_model_draws_the_same_bytes(model: LearnedTable, tmp_path: Path) -> None:
    path = tmp_path / "city.tsm"
    assert save_model(model, path) == path.stat().st_size
    again = load_model(path)
    assert rows(again).equals(rows(model))
    assert (again.settings, again.rows, again.seed) == (model.settings, 300, 2)
    assert model_bytes(again) == path.read_bytes()


def test_the_same_table_and_seed_make_the_same_file(model: LearnedTable) -> None:
    again = learn(encode(table()), model.synthesizer, seed=2)
    assert model_bytes(again) == model_bytes(model)


def test_a_file_holds_no_code_and_no_row(model: LearnedTable) -> None:
    data = model_bytes(model)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == sorted(MEMBERS)
        assert b"app.engine" not in archive.read("model.json")


REFUSALS = ("draws", "this is not a model", "the model is of a synth", "the model file is ")


def outcome(data: bytes) -> str:
    """What is said of a file, or that its model draws."""
    try:
        found = model_of(data)
    except ModelError as error:
        return str(error)
    return "draws" if rows(found).num_rows == 400 else "draws other rows"


def test_changed_bytes_are_refused(sequential: bytes) -> None:
    rng = np.random.default_rng(1)
    found = []
    for place in rng.integers(0, len(sequential), 120):
        data = bytearray(sequential)
        data[place] ^= 1 << int(rng.integers(8))
        found.append(outcome(bytes(data)))
    assert sum(each != "draws" for each in found) > 100


def test_cut_files_are_refused(sequential: bytes) -> None:
    cuts = [sequential[:end] for end in range(0, len(sequential), len(sequential) // 40)]
    assert all(outcome(data).startswith("this is not a model file") for data in cuts)


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"\x00" * 1000, b"PK\x05\x06" + b"\x00" * 18, b"%PDF-1.7", b"\x80\x04."]
)
def test_other_files_are_refused(data: bytes) -> None:
    assert outcome(data).startswith("this is not a model file")


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_bombs_are_refused_before_they_unpack(sequential: bytes) -> None:
    parts = members_of(sequential)
    bomb = zipped({**parts, "arrays.bin": bytes(20_000_000)})
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(ModelError, match=r"arrays\.bin of the model file unpacks to more than"):
        read_archive(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
    with pytest.raises(ModelError, match=r"values\.arrow of the model file unpacks to more than"):
        read_archive(zipped({**parts, "values.arrow": bytes(9_000_000)}), most_unpacked=1_000_000)
    nested = zipped({**parts, "model.json": b"[" * 200_000 + b"]" * 200_000})
    assert outcome(nested).startswith("this is not a model file")


def test_packed_values_are_refused_before_they_unpack(sequential: bytes) -> None:
    parts = members_of(sequential)
    sink, zeros = io.BytesIO(), pa.record_batch([pa.array(np.zeros(4_000_000))], names=["values"])
    sink.write(parts["values.arrow"])
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, zeros.schema, options=options) as writer:
        writer.write_batch(zeros)
    before = pa.total_allocated_bytes()
    with pytest.raises(ModelError, match="packed in another way"):
        read_archive(zipped({**parts, "values.arrow": sink.getvalue()}))
    assert pa.total_allocated_bytes() <= before


def test_members_packed_in_other_ways_are_refused_where_broken(sequential: bytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        for name, part in members_of(sequential).items():
            archive.writestr(name, part)
    data = bytearray(buffer.getvalue())
    assert outcome(bytes(data)) == "draws"
    start = data.find(b"model.json") + len("model.json") + 9  # behind the properties of LZMA
    data[start : start + 11] = bytes(byte ^ 255 for byte in data[start : start + 11])
    assert outcome(bytes(data)).startswith("this is not a model file")


def test_texts_that_are_no_unicode_are_refused(sequential: bytes) -> None:
    parts = members_of(sequential)
    document = json.loads(parts["model.json"])
    written = {"storage": "text", "suffix": "\ud800"}
    document["heading"]["cells"] = [
        {"name": name, "kind": "number", "format": written} for name in ("size", "floor")
    ]
    found = outcome(zipped({**parts, "model.json": json.dumps(document).encode()}))
    assert found.startswith("the model file is damaged")


@pytest.mark.parametrize("extra", ["../evil", "/etc/passwd", "model.json", "a.py"])
def test_other_members_are_refused(sequential: bytes, extra: str) -> None:
    buffer = io.BytesIO(sequential)
    with zipfile.ZipFile(buffer, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, of a name that stands twice
        archive.writestr(extra, b"{}")
    assert outcome(buffer.getvalue()).startswith("this is not a model file: other members")


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document that holds a scalar."""
    if isinstance(document, dict | list):
        pairs = document.items() if isinstance(document, dict) else enumerate(document)
        for key, value in pairs:
            yield from places(value, (*path, key))
    else:
        yield path


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    document = copy.deepcopy(document)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


@pytest.mark.parametrize("value", [-1, 10**12, "x" * 50, None, {}, 1.5])
def test_documents_with_another_value_anywhere_are_refused_or_draw(
    sequential: bytes, value: Any
) -> None:
    parts = members_of(sequential)
    document = json.loads(parts["model.json"])
    found = set()
    for path in places(document):
        text = json.dumps(changed(document, path, value)).encode()
        found.add(outcome(zipped({**parts, "model.json": text})))
    assert any(each.startswith("the model file is damaged") for each in found)
    assert all(each.startswith(REFUSALS) for each in found)


@pytest.mark.parametrize("value", [-1, 0, 1, 7, 200, 2**31 - 1])
def test_arrays_with_other_numbers_are_refused_or_draw(sequential: bytes, value: int) -> None:
    found = set()
    for place, array in enumerate(read_archive(sequential).arrays):
        for spot in {0, array.size // 2, array.size - 1} if array.size else ():
            contents = read_archive(sequential)
            numbers = array.copy()
            numbers.reshape(-1)[spot] = np.array(value).astype(array.dtype)
            contents.arrays[place] = numbers
            found.add(outcome(write_archive(contents)))
    assert any(each.startswith("the model file is damaged") for each in found)
    assert all(each.startswith(REFUSALS) for each in found)


def test_another_version_is_refused_by_its_number(sequential: bytes) -> None:
    parts = members_of(sequential)
    document = json.loads(parts["model.json"])
    document["heading"]["version"] = 1
    earlier = zipped({**parts, "model.json": json.dumps(document).encode()})
    assert outcome(earlier) == "the model file is not of version 3, which is read here"
