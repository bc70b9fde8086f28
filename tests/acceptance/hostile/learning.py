"""Uploads of tables, and of model files, that are broken or made to do harm."""

from __future__ import annotations

import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from tests.acceptance.hostile.inputs import PATIENCE, Answer, Input, Target, chance
from tests.engine.sources.test_hostile_sources import REFUSED, SECRET, broken, whole_files, zipped
from tests.kinds.learning import shop_model

RAW = {"Content-Type": "application/octet-stream"}
MODEL = {"Content-Type": "application/vnd.tablesmith.model"}
# Reasons that hold for the smaller limits of other tests alone.
SMALL = frozenset(
    {"a long cell", "too many cells", "too large a file", "too many tables",
     "JSON of too many keys", "a long line of JSON", "Parquet of too many cells", "a gzip bomb",
     "a zip bomb"}
)  # fmt: skip
BOMB = 300 << 20
# How often a service that is busy is asked again: on a slow machine its time runs out.
BUSY = 10
Members = Mapping[str, bytes]


def uploads(seed: int, many: int) -> Iterator[Input]:
    """Tables that must be refused in words, and `many` broken ones that may be read."""
    tables = {name: (file, data) for name, (file, data, _) in REFUSED.items() if name not in SMALL}
    for name, (file, data) in (tables | _more()).items():
        yield Input("upload", name, lambda target, f=file, d=data: _upload(target, f, d))
    whole = whole_files()
    for number in range(many):
        file = chance(seed, "upload", number).choice(sorted(whole))
        data = broken(whole[file], seed * 1000 + number)
        yield Input(
            "upload", f"broken {number}: {file}",
            lambda target, f=file, d=data: _upload(target, f, d, refused=False),
        )  # fmt: skip


def _more() -> dict[str, tuple[str, bytes]]:
    """What only a service's own limits refuse."""
    csv = b"a,b\n" + b"1,2\n" * 50
    return {
        "10,000 columns": ("a.csv", b",".join(b"c%d" % n for n in range(10_000)) + b"\n1\n"),
        "a cell of 2 MB": ("a.csv", b"a,b\n1," + b"x" * (2 << 20) + b"\n"),
        "UTF-16 cut in a letter": ("a.csv", csv.decode().encode("utf-16")[:-1]),
        "300 tables": ("a.zip", zipped(*((f"{n}.csv", b"a\n1\n") for n in range(300)))),
        "a bomb of columns": ("a.csv.gz", gzip.compress(b"a," * (BOMB // 2), 1)),
        "a bomb of 1.5 GB": ("b.csv.gz", _long()),
        "a bomb of one line": ("a.jsonl.gz", gzip.compress(b'{"a": "' + b"x" * BOMB, 1)),
        "a path that leads out": ("a.zip", zipped(("../../a.exe", b"1"))),
        "a name of NULs": ("a.zip", zipped(("a\0.exe", b"1"))),
        "a tower of zips": ("a.zip", zipped(("b.zip", zipped(("c.zip", zipped(("d.zip", b""))))))),
        "only lines": ("a.csv", b"\n" * 1_000_000),
        "only quotes": ("a.csv", b'"' * 1_000_001),
        "only commas of other lengths": (
            "a.csv",
            b"".join(b"," * (n % 9) + b"\n" for n in range(999)),
        ),
        "JSON of lists": ("a.jsonl", b"[[[]]]\n" * 1_000),
        "Parquet within Parquet's marks": ("a.parquet", b"PAR1" + b"\xff" * 5_000 + b"PAR1"),
        "Arrow of huge lengths": ("a.arrow", b"ARROW1\0\0" + b"\xff\xff\xff\x7f" * 2_000),
        "a workbook of entities": ("a.xlsx", zipped(("xl/workbook.xml", _entities()))),
    }


def _long() -> bytes:
    """A megabyte that becomes more than may come out of one."""
    packed = gzip.compress(b"1,2\n" * (1 << 22), 1)
    return packed * 100


def _entities() -> bytes:
    levels = "".join(
        f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12)
    )  # fmt: skip
    return f"<!DOCTYPE a [<!ENTITY e0 'x'>{levels}]><workbook>&e11;</workbook>".encode()


def _upload(target: Target, file: str, data: bytes, *, refused: bool = True) -> list[Answer]:
    """Upload, wait for what comes of it, and delete it; raises where that is not in words."""
    sent = target.ask("POST", f"/v1/sources?name={file}", data, RAW)
    if not sent.location:
        assert sent.status is not None and 400 <= sent.status < 500, sent
        assert b'"detail"' in sent.beginning
        return [sent]
    end = time.monotonic() + PATIENCE
    found = target.ask("GET", sent.location)
    while b'"status":"reading"' in found.beginning and time.monotonic() < end:
        time.sleep(0.05)
        found = target.ask("GET", sent.location)
    if refused:
        assert b'"status":"failed"' in found.beginning, found.beginning[:300]
    if b'"status":"failed"' in found.beginning:
        assert SECRET.encode() not in found.beginning
        error = json.loads(found.beginning)["error"]
        assert error and len(error) < 1_000, error
    return [sent, found, target.ask("DELETE", sent.location)]


def models(seed: int, many: int) -> Iterator[Input]:
    """Model files that must be refused in words, and `many` changed ones that may be taken."""
    for name, make in _models().items():
        yield Input("model", name, lambda target, make=make: _take_in(target, make()))
    for number in range(many):
        yield Input(
            "model", f"changed {number}",
            lambda target, number=number: _take_in(
                target, _changed(seed, number), refused=False
            ),
        )  # fmt: skip


@cache
def _parts() -> Members:
    with zipfile.ZipFile(io.BytesIO(shop_model())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: Members, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def _models() -> dict[str, Callable[[], bytes]]:
    with_member: dict[str, Callable[[], bytes]] = {}
    for member in ("model.json", "arrays.bin", "values.arrow", "types.arrow"):

        def without(member: str = member) -> bytes:
            return _packed({name: part for name, part in _parts().items() if name != member})

        def emptied(member: str = member) -> bytes:
            return _packed({**_parts(), member: b""})

        def noisy(member: str = member) -> bytes:
            return _packed({**_parts(), member: chance(0, member).randbytes(4_000)})

        def bombed(member: str = member) -> bytes:
            return _packed({**_parts(), member: bytes(BOMB)})

        with_member |= {
            f"without {member}": without, f"an empty {member}": emptied,
            f"a noisy {member}": noisy, f"a bomb as {member}": bombed,
        }  # fmt: skip
    return {
        **with_member,
        "no zip": lambda: b"PK\3\4" + b"x" * 500,
        "half of one": lambda: shop_model()[: len(shop_model()) // 2],
        "a pickle": lambda: b"cos\nsystem\n(S'true'\ntR.",
        "a zip of nothing": lambda: _packed({}),
        "one more member": lambda: _packed({**_parts(), "run.py": b"import os"}),
        "a path that leads out": lambda: _packed({**_parts(), "../model.json": b"{}"}),
        "deep JSON": lambda: _packed({**_parts(), "model.json": b"[" * 100_000}),
        "JSON of NaN": lambda: _packed({**_parts(), "model.json": b'{"heading": NaN}'}),
        "JSON of a million keys": lambda: _packed(
            {**_parts(), "model.json": b"{" + b'"a":1,' * 1_000_000 + b'"b":1}'}
        ),
        "lzma": lambda: _packed(_parts(), zipfile.ZIP_LZMA)[:-300],
    }


def _changed(seed: int, number: int) -> bytes:
    """A model one value of whose document is another, or some of whose bytes are."""
    luck = chance(seed, "model", number)
    if number % 2:
        return broken(shop_model(), seed * 1000 + number)
    document = json.loads(_parts()["model.json"])
    places = list(_places(document))
    node, key = luck.choice(places)
    node[key] = luck.choice(
        [None, -1, 2**62, 1e308, "", "x" * 10_000, [], {}, True, [[]] * 1_000, "\ud800", 0]
    )
    return _packed({**_parts(), "model.json": json.dumps(document).encode()})


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Everywhere that a value stands in a document."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(pairs):
        yield node, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


def _take_in(target: Target, data: bytes, *, refused: bool = True) -> list[Answer]:
    """Post a model file; one that is taken in is deleted again."""
    sent = target.ask("POST", "/v1/synthesizers?name=x", data, MODEL)
    for _ in range(BUSY):
        if sent.status != 503:
            break
        time.sleep(1.0)
        sent = target.ask("POST", "/v1/synthesizers?name=x", data, MODEL)
    if refused:
        assert sent.status == 422 and b"unreadable-model" in sent.beginning, sent
    assert sent.status in {201, 413, 422, 503}, sent
    if sent.status == 201:
        return [sent, target.ask("DELETE", sent.location)]
    assert b'"detail"' in sent.beginning
    return [sent]
