# ruff: noqa: E501  (a catalogue: each input is a line)
"""Definitions that are small as texts and large in what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.acceptance.hostile.inputs import Answer, Input, Target, chance, wait_for_job

Document = dict[str, Any]
WAYS = ("validate", "compile", "preview?rows=1000", "read", "")
# So long may a job of this kind be at work before its attacker loses interest.
JOB_SECONDS = 4.0


def _column(**spec: Any) -> Document:
    return {"n_samples": 1000, "features": {"a": spec}}


def _columns(count: int, **spec: Any) -> Document:
    return {"n_samples": 1000, "features": {f"c{n}": spec for n in range(count)}}


def _chain(count: int, expression: str) -> Document:
    features: Document = {"c0": {"type": "float", "mean": 0, "std": 1}}
    for n in range(1, count):
        features[f"c{n}"] = {"type": "formula", "expr": expression.format(f"c{n - 1}")}
    return {"n_samples": 1000, "features": features}


def _correlated(count: int) -> Document:
    names = [f"c{n}" for n in range(count)]
    return {
        "n_samples": 1000,
        "features": {name: {"type": "float", "mean": 0, "std": 1} for name in names},
        "correlations": [
            {"between": [a, b], "r": 0.01} for i, a in enumerate(names) for b in names[:i]
        ],
    }


def _tables(count: int, keys: int) -> Document:
    tables: Document = {}
    for n in range(count):
        parents = range(max(0, n - keys), n)
        tables[f"t{n}"] = {
            "primary_key": "id",
            "features": {"id": {"type": "id", "format": "sequence"}},
            **(
                {"foreign_keys": {f"k{p}": {"references": f"t{p}.id"} for p in parents}}
                if n
                else {}
            ),
            "n_samples": 100,
        }
    return {"tables": tables}


def _target(inputs: int, labels: int = 2, **dial: Any) -> Document:
    effect = {"correlation": "positive", "strength": 0.01}
    cats = {f"l{n}": {"proportion": 1 / 20, **effect} for n in range(20)}
    return {
        "n_samples": 1000,
        "features": {f"c{n}": {"type": "category", "cats": cats} for n in range(inputs)},
        "target": {"t": {"type": "category", "cats": [f"y{n}" for n in range(labels)], **dial}},
    }


DOCUMENTS: dict[str, Callable[[], Document]] = {
    "id with a prefix of a million": lambda: _column(type="id", format="sequence", prefix="x" * 1_000_000),
    "id with a prefix of 20,000": lambda: _column(type="id", format="sequence", prefix="x" * 20_000),
    "id with a prefix of 100,000": lambda: _column(type="id", format="sequence", prefix="x" * 100_000),
    "id with a prefix of 300,000": lambda: _column(type="id", format="sequence", prefix="x" * 300_000),
    "labels of 100,000": lambda: _column(type="category", cats=["x" * 100_000, "y" * 100_000]),
    "date format of 30,000": lambda: _column(type="date", format="%A" * 15_000),
    "id of a width of a million": lambda: _column(type="id", format="sequence", width=1_000_000),
    "id of a width of 10^18": lambda: _column(type="id", format="sequence", width=10**18),
    "id that starts at 10^4000": lambda: _column(type="id", format="sequence", start=int("9" * 4000)),
    "pattern of a million marks": lambda: _column(type="id", format="pattern", pattern="#" * 1_000_000),
    "pattern of a million letters": lambda: _column(type="id", format="pattern", pattern="?" * 1_000_000),
    "pattern without any mark": lambda: _column(type="id", format="pattern", pattern="x"),
    "bothify of a million": lambda: _column(type="bothify", args={"text": "#?" * 500_000}),
    "bothify of a number": lambda: _column(type="bothify", args={"text": 10**9}),
    "lexify of a million": lambda: _column(type="lexify", args={"text": "?" * 1_000_000}),
    "text of 10^9 characters": lambda: _column(type="text", args={"max_nb_chars": 10**9}),
    "words of 10^7": lambda: _column(type="words", args={"nb": 10**7}),
    "paragraphs of 10^7": lambda: _column(type="paragraphs", args={"nb": 10**7}),
    "sentence of 10^7 words": lambda: _column(type="sentence", args={"nb_words": 10**7}),
    "password of 10^8": lambda: _column(type="password", args={"length": 10**8}),
    "binary of 10^9": lambda: _column(type="binary", args={"length": 10**9}),
    "image": lambda: _column(type="image", args={"size": [30_000, 30_000]}),
    "zip": lambda: _column(type="zip", args={"uncompressed_size": 10**9, "num_files": 1000}),
    "tar": lambda: _column(type="tar", args={"uncompressed_size": 10**9, "num_files": 1000}),
    "json of 10^7 rows": lambda: _column(type="json", args={"num_rows": 10**7}),
    "csv of 10^7 rows": lambda: _column(type="csv", args={"num_rows": 10**7}),
    "xml of 10^6 elements": lambda: _column(type="xml", args={"nb_elements": 10**6}),
    "random digits of 10^9": lambda: _column(type="random_number", args={"digits": 10**9}),
    "random choices of 10^9": lambda: _column(type="random_choices", args={"elements": ["a"], "length": 10**9}),
    "random letters of 10^9": lambda: _column(type="random_letters", args={"length": 10**9}),
    "pystr of 10^9": lambda: _column(type="pystr", args={"min_chars": 10**8, "max_chars": 10**9}),
    "pydecimal of 10^6 digits": lambda: _column(type="pydecimal", args={"left_digits": 10**6}),
    "pylist of 10^8": lambda: _column(type="pylist", args={"nb_elements": 10**8}),
    "pystruct": lambda: _column(type="pystruct", args={"count": 10**7}),
    "template that looks inside": lambda: _column(type="parse", args={"text": "{{__class__}}"}),
    "template that calls itself": lambda: _column(type="parse", args={"text": "{{parse:" * 5_000}),
    "template of 100,000 names": lambda: _column(type="parse", args={"text": "{{name}}" * 100_000}),
    "pystr_format of itself": lambda: _column(type="pystr_format", args={"string_format": "{{pystr_format}}"}),
    "regex that explodes": lambda: _column(type="regexify", args={"text": "(a+)+" * 1_000}),
    "profile of all": lambda: _columns(300, type="profile"),
    "provider of the inside": lambda: _column(type="seed_instance", args={"seed": 1}),
    "provider that adds": lambda: _column(type="add_provider", args={"provider": "x"}),
    "provider with 100,000 arguments": lambda: _column(type="name", args={f"a{n}": n for n in range(100_000)}),
    "locale of 60,000 letters": lambda: _column(type="name", locale="x_" * 30_000),
    "5,000 locales": lambda: _column(type="name", locale=["en_US", "de_DE"] * 2_500),
    "100,000 labels": lambda: _column(type="category", cats=[f"l{n}" for n in range(100_000)]),
    "100,000 labels of their own shares": lambda: _column(type="category", cats={f"l{n}": {"proportion": 1e-5} for n in range(60_000)}),
    "labels of a megabyte": lambda: _column(type="category", cats=["x" * 1_000_000, "y" * 1_000_000]),
    "100,000 buckets": lambda: _column(type="float", buckets=[{"mean": n, "std": 1} for n in range(100_000)]),
    "100,000 quantiles": lambda: _column(type="float", distribution={"empirical": {"quantiles": list(range(100_000))}}),
    "100,000 values": lambda: _column(type="float", distribution={"empirical": {"values": list(range(100_000))}}),
    "poisson of 10^300": lambda: _column(type="int", distribution={"poisson": {"mean": 1e300}}),
    "binomial of 10^18": lambda: _column(type="int", distribution={"binomial": {"n": 10**18, "p": 0.5}}),
    "zipf that never ends": lambda: _column(type="int", distribution={"zipf": {"a": 1.0000001}}),
    "zipf of 10^18": lambda: _column(type="int", distribution={"zipf": {"a": 1.01}}, max=10**18),
    "student_t of nothing": lambda: _column(type="float", distribution={"student_t": {"df": 1e-300}}),
    "pareto of nothing": lambda: _column(type="float", distribution={"pareto": {"b": 1e-300}}),
    "gamma of nothing": lambda: _column(type="float", distribution={"gamma": {"a": 1e-300}}),
    "beta of nothing": lambda: _column(type="float", distribution={"beta": {"a": 1e-300, "b": 1e-300}}),
    "normal of 10^308": lambda: _column(type="float", mean=1e308, std=1e308),
    "decimals of 10^9": lambda: _column(type="float", mean=0, std=1, decimals=10**9),
    "decimals of -10^9": lambda: _column(type="float", mean=0, std=1, decimals=-(10**9)),
    "unique of two": lambda: _column(type="int", min=0, max=1, unique=True),
    "unique of 10^12": lambda: {**_column(type="int", min=0, max=10**12, unique=True), "n_samples": 100_000_000},
    "date of the year 0": lambda: _column(type="date", start_date="0000-01-01"),
    "date of the year 10^6": lambda: _column(type="date", end_date="1000000-01-01"),
    "date format of a megabyte": lambda: _column(type="date", format="%Y" * 200_000),
    "date format of one million": lambda: _column(type="date", format="%1000000d"),
    "formula of 100,000 sums": lambda: _column(type="formula", expr="1" + "+1" * 100_000),
    "formula of 50,000 brackets": lambda: _column(type="formula", expr="(" * 50_000 + "1" + ")" * 50_000),
    "formula of a power": lambda: _column(type="formula", expr="9**9**9**9"),
    "formula that overflows": lambda: {"n_samples": 10, "features": {"x": {"type": "int", "min": 2**62, "max": 2**62 + 9}, "a": {"type": "formula", "expr": "x * x * x * x * x"}}},
    "formula that overflows as float": lambda: {"n_samples": 10, "features": {"x": {"type": "float", "mean": 1e300, "std": 1}, "a": {"type": "formula", "expr": "x * x * x"}}},
    "formula of a shift": lambda: _column(type="formula", expr="1 << 1000000000"),
    "formula of text times 10^9": lambda: _column(type="formula", expr="'x' * 1000000000"),
    "formula that divides by 0": lambda: _column(type="formula", expr="1 / 0"),
    "formula of a number of 100,000 digits": lambda: _column(type="formula", expr="9" * 100_000),
    "formula of minus signs": lambda: _column(type="formula", expr="-" * 100_000 + "1"),
    "formula of nots": lambda: _column(type="formula", expr="not " * 50_000 + "true"),
    "formula of ifs": lambda: _column(type="formula", expr="1 if 1 else " * 20_000 + "1"),
    "formula of a comparison": lambda: _column(type="formula", expr="1" + "<1" * 50_000),
    "formula of backticks": lambda: _column(type="formula", expr="`" * 100_001),
    "formula of quotes": lambda: _column(type="formula", expr="'" * 100_001),
    "formula of joined texts": lambda: {"n_samples": 1000, "features": {"x": {"type": "text"}, "a": {"type": "formula", "expr": "x + " * 5_000 + "x"}}},
    "1,000 formulas, one upon the other": lambda: _chain(1_000, "{0} + 1"),
    "60 formulas, each twice as long": lambda: _chain(60, "{0} + {0}"),
    "squares of squares": lambda: _chain(60, "{0} * {0}"),
    "formula of itself": lambda: _column(type="formula", expr="a + 1"),
    "5,000 columns": lambda: _columns(5_000, type="int", min=0, max=9),
    "50,000 columns": lambda: _columns(50_000, type="int"),
    "2,000 columns of texts": lambda: _columns(2_000, type="text"),
    "200 correlated columns": lambda: _correlated(200),
    "500 correlated columns": lambda: _correlated(300),
    "200 tables": lambda: _tables(200, 1),
    "100 tables of 20 keys": lambda: _tables(100, 20),
    "2,000 tables": lambda: _tables(2_000, 1),
    "link table of 30 parents": lambda: _tables(31, 30),
    "self reference": lambda: {"tables": {"a": {"n_samples": 1000, "primary_key": "id", "features": {"id": {"type": "id", "format": "sequence"}}, "foreign_keys": {"b": {"references": "a.id"}}}}},
    "a million children a parent": lambda: {"tables": {"a": {"n_samples": 1000, "primary_key": "id", "features": {"id": {"type": "id", "format": "sequence"}}}, "b": {"features": {"x": {"type": "int"}}, "foreign_keys": {"a": {"references": "a.id", "children": 1_000_000}}}}},
    "100,000 rows given": lambda: {"tables": {"a": {"rows": [{"x": n} for n in range(100_000)]}}},
    "200 inputs of a target": lambda: _target(200),
    "60 inputs of a dial": lambda: _target(60, auc=0.8),
    "300 labels of a target": lambda: _target(20, 300),
    "5,000 labels of a target": lambda: _target(2, 5_000),
    "a dial that cannot be": lambda: _target(10, auc=0.999999999),
    "5,000 rules": lambda: {**_target(3), "rules": [{"if": f"c0 == 'l{n % 20}' and c1 != 'l{n % 19}'", "then": {"y0": 0.1}} for n in range(5_000)]},
    "a rule of 5,000 conditions": lambda: {**_target(3), "rules": [{"if": " or ".join(["c0 == 'l1'"] * 5_000), "then": {"y0": 0.1}}]},
    "1,000 constraints": lambda: {**_columns(10, type="int", min=0, max=9), "constraints": [f"c{n % 10} <= c{(n + 1) % 10}" for n in range(1_000)]},
    "constraints that cannot be": lambda: {**_columns(2, type="int", min=0, max=9), "constraints": ["c0 < c1", "c1 < c0"]},
    "100,000 faults": lambda: {"features": {f"c{n}": {"type": "x"} for n in range(100_000)}},
    "100,000 faults of one column": lambda: _column(type="int", **{f"k{n}": 1 for n in range(100_000)}),
    "100,000 faults of long names": lambda: {"features": {"(a:" * 40 + str(n): {"type": "x"} for n in range(20_000)}},
    "10^15 rows": lambda: {**_column(type="int"), "n_samples": 10**15},
    "10^400 rows": lambda: {**_column(type="int"), "n_samples": int("9" * 400)},
    "seed of 10^4000": lambda: {**_column(type="int"), "seed": int("9" * 4000)},
    "missing of 1e-320": lambda: _column(type="int", min=0, max=9, missing=1e-320),
    "names like the inside": lambda: {"features": {"__class__": {"type": "int"}, "self": {"type": "int"}, "{0}": {"type": "int"}}},
    "names with marks of direction": lambda: {"features": {"\u202e" * 5_000: {"type": "int"}, "\u200b": {"type": "int"}}},
    "names of combining marks": lambda: {"features": {"a" + "\u0301" * 100_000: {"type": "int"}}},
    "names that grow when they are normalised": lambda: {"features": {"\ufdfa" * 5_000 + str(n): {"type": "int"} for n in range(50)}},
    "labels of one hash": lambda: _column(type="category", cats=[n * (2**61 - 1) for n in range(4)] * 5_000),
    "2,000 columns of one beginning": lambda: {"features": {"a" * 1_000 + str(n): {"type": "int", "mni": 1} for n in range(2_000)}},
    "formula of a name that is almost right": lambda: {"features": {**{"c" * 500 + str(n): {"type": "int"} for n in range(1_000)}, "a": {"type": "formula", "expr": " + ".join("c" * 500 + f"x{n}" for n in range(200))}}},
    "names that fold to one": lambda: {"features": {"a b": {"type": "int"}, "a-b": {"type": "int"}, "x": {"type": "formula", "expr": "a_b"}}},
    "output file of 60,000 letters": lambda: {**_column(type="int"), "output_file": "a/" * 30_000 + "x.csv"},
    "name of a megabyte": lambda: {**_column(type="int"), "name": "n" * 1_000_000},
}  # fmt: skip


def definitions(seed: int, many: int) -> Iterator[Input]:
    """Every one as it hurts most, a preview; then each in ways that chance has chosen."""
    for name in DOCUMENTS:
        yield _input(name, "preview?rows=1000")
    pairs = [(name, way) for name in DOCUMENTS for way in WAYS if way != "preview?rows=1000"]
    for name, way in chance(seed, "definitions").sample(pairs, min(many, len(pairs))):
        yield _input(name, way)


def _input(name: str, way: str) -> Input:
    import json

    def act(target: Target) -> list[Answer]:
        body = json.dumps(DOCUMENTS[name]()).encode()
        headers = {"Content-Type": "application/json"}
        if way:
            return [target.ask("POST", f"/v1/schemas/{way}", body, headers)]
        answer = target.ask("POST", "/v1/jobs", body, headers)
        if not answer.location:
            return [answer]
        return [answer, wait_for_job(target, answer.location, JOB_SECONDS)]

    kind = "preview" if way.startswith("preview") else way or "job"
    return Input(kind, name, act)
