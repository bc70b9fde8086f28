# ruff: noqa: E501  (a catalogue: each input is a line)
"""Bodies that are hostile as texts: deep, wide, long, repeated, cut, mutated, of another kind."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator

from tests.acceptance.hostile.inputs import Input, chance, request
from tests.acceptance.hostile.requests import PREFIXES

JSON = {"Content-Type": "application/json"}
YAML = {"Content-Type": "application/yaml"}
PLACES = ("/v1/jobs", "/v1/schemas/validate", "/v1/schemas/read", "/v1/connections", "/v1/webhooks")
MOST = 4 * 2**20 - 100
PLAIN = b'{"features": {"a": {"type": "int", "min": 0, "max": 9}}}'

JSONS: dict[str, bytes] = {
    "1.3 million lists": b"[" + b"[]," * 1_300_000 + b"[]]",
    "1.3 million objects": b"[" + b"{}," * 1_300_000 + b"{}]",
    "a million numbers": b"[" + b"1," * 1_000_000 + b"1]",
    "2 million zeros": b"[" + b"0," * 2_000_000 + b"0]",
    "300,000 keys": b"{" + b",".join(b'"%d":1' % n for n in range(300_000)) + b"}",
    "300,000 times a key": b"{" + b'"a":1,' * 600_000 + b'"a":1}',
    "600,000 texts": b"[" + b'"",' * 600_000 + b'""]',
    "600,000 numbers of 1e308": b"[" + b"1e308," * 600_000 + b"1]",
    "one text of 4 MB": b'{"name": "' + b"x" * MOST + b'"}',
    "one text of escapes": b'{"name": "' + b"\\u0041" * 690_000 + b'"}',
    "one text of surrogates": b'{"name": "' + b"\\ud83d\\ude00" * 340_000 + b'"}',
    "lone surrogates": b'{"name": "' + b"\\ud83d" * 600_000 + b'"}',
    "one text of wide letters": b'{"name": "' + "\U0001f600".encode() * 1_000_000 + b'"}',
    "a key of 4 MB": b'{"' + b"(a:" * 1_300_000 + b'": 1}',
    "a key of 4 MB below features": b'{"features": {"' + b"(a:" * 1_300_000 + b'": 1}}',
    "a number of 4 million digits": b'{"n_samples": ' + b"9" * MOST + b"}",
    "a fraction of 4 million digits": b'{"n_samples": 0.' + b"9" * (MOST - 40) + b"}",
    "an exponent of 4 million digits": b'{"n_samples": 1e' + b"9" * (MOST - 40) + b"}",
    "4 million spaces": b" " * MOST,
    "4 million opening brackets": b"[" * MOST,
    "2 million lists of 64 levels": b"[" + (b"[" * 60 + b"]" * 60 + b",") * 30_000 + b"1]",
    "60 levels of 5,000 keys": b"".join(b'{"k%d":1,"a":' % n for n in range(60)) + b"1" + b"}" * 60,
    "4 million quotes": b'"' * MOST,
    "4 million backslashes": b'"' + b"\\" * MOST,
    "4 million colons": b"{" + b":" * MOST,
    "NULs": b"\0" * MOST,
    "not UTF-8": b'{"name": "' + b"\xff" * 1_000_000 + b'"}',
    "byte order marks": b"\xef\xbb\xbf" * 1_000_000,
    "UTF-32": '{"features": {}}'.encode("utf-32") * 40_000,
}

YAMLS: dict[str, bytes] = {
    "400,000 lists": b"[" + b"[]," * 400_000 + b"[]]",
    "aliases of aliases": b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"b%d: &b%d [%s]\n" % (n, n, b",".join([b"*a"] * 10)) for n in range(10_000)),
    "100,000 anchors": b"".join(b"a%d: &a%d 1\n" % (n, n) for n in range(100_000)),
    "100,000 times an anchor": b"".join(b"a%d: &a 1\n" % n for n in range(100_000)),
    "100,000 aliases": b"a: &a 1\nb: [" + b"*a," * 400_000 + b"1]\n",
    "merges": b"a: &a {x: 1}\n" + b"<<: *a\n" * 100_000,
    "merge of itself": b"a: &a {<<: *a}\n",
    "100,000 documents": b"---\na: 1\n" * 100_000,
    "100,000 comments": b"# (a:\n" * 600_000,
    "deep blocks": b"".join(b" " * n + b"- a:\n" for n in range(2_000)),
    "dashes": b"- " * 1_000_000,
    "questions": b"? " * 1_000_000,
    "colons": b"a: " * 500_000,
    "tags": b"a: " + b"!!str " * 500_000,
    "tags of their own": b"".join(b"a%d: !t%d x\n" % (n, n) for n in range(100_000)),
    "directives": b"%YAML 1.2\n" * 300_000,
    "a tag directive": b"%TAG ! tag:" + b"a" * 1_000_000 + b"\n---\na: 1",
    "an anchor of 4 MB": b"a: &" + b"a" * MOST,
    "a folded text": b"a: >\n" + b" x\n\n" * 700_000,
    "a literal text": b"a: |9\n" + b" x\n" * 700_000,
    "a text in single quotes": b"a: '" + b"''" * 1_500_000 + b"'",
    "a text of escapes": b'a: "' + b"\\x41" * 900_000 + b'"',
    "a text that never ends": b'a: "' + b"x " * 1_500_000,
    "a plain text of many lines": b"a: x\n" + b"  y\n" * 700_000,
    "numbers": b"a: [" + b"0x1f, 1_0, .5e3, 010, " * 100_000 + b"1]",
    "a number of 4 million digits": b"n_samples: " + b"9" * (MOST - 20),
    "floats of 1,000 digits": b"a: [" + (b"0." + b"9" * 1_000 + b",") * 3_000 + b"1]",
    "moments": b"a: [" + b"2001-01-01T00:00:00Z, " * 150_000 + b"1]",
    "100,000 keys": b"".join(b"k%d: 1\n" % n for n in range(100_000)),
    "100,000 times a key": b"k: 1\n" * 100_000,
    "keys that are lists": b"? [a]\n: 1\n" * 100_000,
    "long keys": b"".join(b"? %s%d\n: 1\n" % (b"k" * 2_000, n) for n in range(1_500)),
    "tabs": b"\t" * MOST,
    "line ends of all kinds": b"a: 1\r\r\n\xc2\x85\xe2\x80\xa8" * 200_000,
    "indentation of 4 million": b" " * (MOST - 10) + b"a: 1",
    "50,000 keys of one hash": b"".join(b"%d: 1\n" % (n * (2**61 - 1)) for n in range(50_000)),
    "50,000 labels of one hash": b"features: {a: {type: category, cats: ["
    + b",".join(b"%d" % (n * (2**61 - 1)) for n in range(50_000))
    + b"]}}",
    "letters that grow when they are folded": "features: {{{0}: {{type: int}}, {0}x: {{type: x}}}}".format(
        "\ufdfa" * 50_000
    ).encode(),
    "python objects": b"a: !!python/object/apply:time.sleep [100]\n" * 20_000,
    "flow of one line": b"{" + b"a: {" * 60 + b"}" * 61,
    "commas": b"a: [" + b"," * MOST,
}


def _bomb() -> bytes:
    """A workbook of some kilobytes that becomes 100 MB."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row>" * 20_000_000)
    return made.getvalue()


def texts(seed: int, many: int) -> Iterator[Input]:
    for name, body in JSONS.items():
        place = chance(seed, "json", name).choice(PLACES)
        yield request("body", f"JSON of {name}, {place}", "POST", place, body, JSON)
    for name, body in YAMLS.items():
        place = chance(seed, "yaml", name).choice(PLACES[:3])
        yield request("body", f"YAML of {name}, {place}", "POST", place, body[:MOST], YAML)
    yield from _other_kinds()
    yield from _secrets(seed)
    for number in range(many):
        luck = chance(seed, "mutated", number)
        place, (kind, whole) = luck.choice(PLACES[:3]), luck.choice(_WHOLE)
        body = _mutated(luck, whole)
        yield request("fuzz", f"mutated {number} at {place}", "POST", place, body, kind)


def _other_kinds() -> Iterator[Input]:
    part = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.csv"\r\n\r\n1\r\n'
    bodies = {
        "20,000 parts": ("multipart/form-data; boundary=x", part * 20_000 + b"--x--"),
        "a part that never ends": ("multipart/form-data; boundary=x", part + b"-" * 3_000_000),
        "a boundary of 60 kB": (f"multipart/form-data; boundary={'x' * 50_000}", b"--x"),
        "a form of a million fields": ("application/x-www-form-urlencoded", b"a&" * 1_000_000),
        "a workbook": (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            _bomb(),
        ),
        "a CSV of 4 million commas": ("text/csv", b"," * MOST),
        "XML of entities": (
            "application/xml",
            b"<!DOCTYPE a [<!ENTITY b '" + b"x" * 99_999 + b"'>]>",
        ),
        "a pickle": ("application/x-python-pickle", b"cos\nsystem\n(S'true'\ntR."),
        "messagepack": ("application/msgpack", b"\xdf\xff\xff\xff\xff" * 10_000),
        "nothing said": ("", PLAIN),
    }
    for name, (kind, body) in bodies.items():
        for place in PLACES[:2]:
            headers = {"Content-Type": kind} if kind else {}
            yield request("kind", f"{name}, {place}", "POST", place, body, headers)
        yield request("kind", f"{name}, renaming", "PATCH", "/v1/jobs/x", body, headers)
    for coding in ("gzip", "br", "zstd", "deflate, gzip", "identity", "x" * 50_000):
        headers = {**JSON, "Content-Encoding": coding}
        yield request(
            "kind", f"coded as {coding[:12]}", "POST", PLACES[0], b"\x1f\x8b" * 99, headers
        )


def _secrets(seed: int) -> Iterator[Input]:
    """Texts that a redactor has to read, at every place whose fault names them."""
    for name, prefix in PREFIXES.items():
        whole = (prefix.replace("%22", '"').replace("%20", " ") * 20_000)[:60_000]
        definition = {"features": {"a": {"type": "int"}}}
        places = {
            "an unknown key": ("/v1/jobs", {"schema": definition, whole: 1}),
            "a format": ("/v1/jobs", {"schema": definition, "formats": [whole]}),
            "a stored definition's name": ("/v1/jobs", {"schema_name": whole}),
            "a kind": ("/v1/jobs", {"schema": definition, "kind": whole}),
            "a sink's kind": ("/v1/jobs", {"schema": definition, "sinks": [{"kind": whole}]}),
            "a sink's field": ("/v1/jobs", {"schema": definition, "sinks": [{"kind": "s3", whole: 1}]}),
            "a webhook": ("/v1/webhooks", {"url": f"https://{whole}"}),
            "a connection": ("/v1/connections", {"name": whole, "kind": "s3", "credentials": {}}),
            "a credential": ("/v1/connections", {"name": "x", "kind": "s3", "credentials": {whole: whole}}),
            "a column's name": ("/v1/schemas/validate", {"features": {whole: {"type": "int", "x": 1}}}),
            "a column's type": ("/v1/schemas/validate", {"features": {"a": {"type": whole}}}),
            "a column's key": ("/v1/schemas/compile", {"features": {"a": {"type": "int", whole: 1}}}),
            "a formula": ("/v1/schemas/compile", {"features": {"a": {"type": "formula", "expr": whole}}}),
            "a pattern": ("/v1/schemas/preview", {"features": {"a": {"type": "id", "format": "pattern", "pattern": whole}}}),
            "a label": ("/v1/schemas/validate", {"features": {"a": {"type": "category", "cats": {whole: {"x": 1}}}}}),
            "a reference": ("/v1/schemas/validate", {"tables": {"a": {"n_samples": 1, **definition, "foreign_keys": {"a": {"references": whole}}}}}),
            "a date": ("/v1/schemas/validate", {"features": {"a": {"type": "date", "start_date": whole}}}),
            "a key's name": ("/v1/keys", {"name": "x", "scope": whole}),
            "an output file": ("/v1/jobs", {**definition, "output_file": whole}),
            "a locale": ("/v1/schemas/validate", {"features": {"a": {"type": "name", "locale": whole}}}),
        }  # fmt: skip
        luck = chance(seed, "secrets", name)
        for place in luck.sample(sorted(places), 5):
            path, body = places[place]
            text = json.dumps(body).encode()
            yield request("secret", f"{name} as {place}", "POST", path, text, JSON)


_WHOLE: list[tuple[dict[str, str], bytes]] = [
    (JSON, PLAIN),
    (JSON, b'{"schema": ' + PLAIN + b', "formats": ["csv", "xlsx"], "seed": 7, "n_samples": 10}'),
    (JSON, b'{"features": {"p": {"type": "category", "cats": {"a": {"proportion": 0.5, "correlation": "positive", "strength": 0.3}, "b": null}}}, "target": {"t": {"type": "category", "cats": ["x", "y"]}}}'),
    (YAML, b"features:\n  a: &a {type: int, min: 0, max: 9}\n  b: *a\n  c: {type: formula, expr: 'a * b'}\n"),
    (YAML, b"tables:\n  a:\n    n_samples: 9\n    primary_key: id\n    features: {id: {type: id, format: sequence}}\n  b:\n    foreign_keys: {a_id: {references: a.id, children: {distribution: poisson, mean: 3}}}\n    features: {d: {type: datetime, start_date: 2020-01-01}}\n"),
    (YAML, b"n_samples: 50\nfeatures:\n  n: {type: float, buckets: [{mean: 1, std: 2, proportion: 0.5}, {mean: 9, std: 1, proportion: 0.5}]}\n  e: {type: email, unique: true, missing: 0.1}\ncorrelations: [{between: [n, n], r: 0.4}]\n"),
]  # fmt: skip
_PIECES = (
    b"999999999999999999999", b"-1", b"1e308", b"null", b"{}", b"[]", b'""', b"NaN", b"0.0000001",
    b"*a", b"&a ", b"!!binary ", b"\xf0\x9f\x92\xa9", b"\\u0000", b"#", b"|", b">", b"- ", b"? ",
    b"true", b"'", b'"', b"{{__class__}}", b"%s", b"a.b.c", b"**", b"//0", b"(", b")", b"\t", b"\r",
)  # fmt: skip


def _mutated(luck: random.Random, data: bytes) -> bytes:
    """A text of which some words are others, some are doubled and some are gone."""
    mutable = bytearray(data)
    for _ in range(luck.randint(1, 6)):
        place = luck.randrange(len(mutable) + 1)
        end = place + luck.randint(0, 12)
        way = luck.randrange(3)
        if way == 0:
            mutable[place:end] = luck.choice(_PIECES)
        elif way == 1:
            mutable[place:place] = mutable[place:end] * luck.randint(1, 50)
        else:
            mutable[place:end] = b""
    return bytes(mutable)
