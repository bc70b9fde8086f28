"""YAML by the 1.2 core schema, within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from app.engine.errors import DefinitionError
from app.engine.schema.yaml import core as yaml_core
from app.engine.schema.yaml.core import read_yaml


@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "libyaml" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML without libyaml")
    chosen = yaml.CLoader if request.param == "libyaml" else yaml.Loader
    monkeypatch.setattr(yaml_core, "_LOADER", chosen)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("Yes", "Yes"), ("NO", "NO"), ("on", "on"), ("12:30", "12:30"), ("1:30:00", "1:30:00")),
        *(("010", 10), ("0o10", 8), ("0x1F", 31), ("+7", 7), ("-7", -7), ("1_000", "1_000")),
        *(("true", True), ("FALSE", False), ("~", None), ("null", None), ("", None)),
        *(("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("1.5e-3", 0.0015), ("e3", "e3")),
        *(("2020-01-01", "2020-01-01"), ("'1'", "1"), ('"true"', "true"), ("=", "=")),
        *(("!!str 1", "1"), ("!!float 1", 1.0), ("!!int '3'", 3), ("! 1", "1")),
    ],
)
def test_scalars(text: str, value: Any) -> None:
    [read] = read_yaml(f"- {text}").data
    assert read == value
    assert type(read) is type(value)


def test_keys_are_the_text_as_written() -> None:
    text = "1: a\n010: b\n2.50: c\n~: d\nyes: e\ntrue: f\n"
    assert list(read_yaml(text).data) == ["1", "010", "2.50", "~", "yes", "true"]


def test_lines_of_every_path() -> None:
    source = read_yaml("a:\n  b:\n  - x\n  -\n    c: 1\nd: {e: 2}\n")
    paths = [("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 1, "c"), ("d", "e"), ("a", "b", 9)]
    assert [source.line(path) for path in paths] == [1, 2, 3, 5, 6, 2]


def test_aliases_are_copied() -> None:
    data = read_yaml("a: &x {n: [1]}\nb: *x\n").data
    assert data["a"] == data["b"] == {"n": [1]}
    assert data["a"] is not data["b"]


def test_repeated_keys_keep_the_first_value_and_are_faults() -> None:
    source = read_yaml("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert source.data == {"a": 1, "b": {"c": 1}}
    assert [(fault.path, fault.line) for fault in source.faults] == [("b.c", 2), ("a", 3)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: .nan", "not a finite number"),
        ("a: -.inf", "not a finite number"),
        ("a: 1e999", "too large"),
        ("a: " + "9" * 5000, "too large"),
        ("a: 99999999999999999999", "64-bit"),
        ("a: !foo x", "core schema"),
        ("a: !!timestamp 2020-01-01", "core schema"),
        ("a: !!set {x}", "core schema"),
        ("a: !!int x", "is no int"),
        ('a: "\\0"', "NUL"),
    ],
)
def test_faulty_values_are_noted_at_their_place(text: str, says: str) -> None:
    [fault] = read_yaml(text).faults
    assert (fault.path, fault.line) == ("a", 1)
    assert says in fault.message


def bomb() -> str:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 10)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: "[" * 1_000_000, "64 levels"),
        (lambda: "[" * 20_000 + "]" * 20_000, "64 levels"),
        (lambda: '{"a":' * 20_000, "64 levels"),
        (lambda: "- " * 20_000, "64 levels"),
        (lambda: "{" * 100, "a key must be a text"),
        (bomb, "aliases expanded"),
        (lambda: "a: &a [*a]", "contains itself"),
        (lambda: "a: *b", "b"),
        (lambda: "x" * 5_000_000, "larger than"),
        (lambda: "--- a\n--- b", "second document"),
        (lambda: "", "empty"),
        (lambda: "# nothing\n", "empty"),
        (lambda: "? [a]\n: b", "a key must be a text"),
        (lambda: "a: b: c", "not valid YAML"),
        (lambda: "a:\n\t- b", "not valid YAML"),
        (lambda: "a: \0", "NUL"),
        (lambda: "a: \x07", r"U\+0007"),
        (lambda: "a: \ud800", "lone surrogate"),
        (lambda: b"a: \xff", "not valid UTF-8"),
        (lambda: "a: b".encode("utf-16"), "UTF-16"),
        (lambda: "a: b".encode("utf-16-le"), "UTF-16"),
    ],
)
def test_texts_that_cannot_be_read(make: Callable[[], str | bytes], says: str) -> None:
    with pytest.raises(DefinitionError, match=says):
        read_yaml(make())


def test_a_byte_order_mark_is_no_content() -> None:
    assert read_yaml("a: 1".encode("utf-8-sig")).data == {"a": 1}


def test_json_that_yaml_does_not_know() -> None:
    text = '{\n\t"a": "\\ud83d\\ude00", "b": [1, 2.5, null, true]\n}'
    assert read_yaml(text).data == {"a": "😀", "b": [1, 2.5, None, True]}


def test_json_repeated_keys_are_faults() -> None:
    [fault] = read_yaml('{\n\t"a": 1, "a": 2}').faults
    assert "`a` stands twice" in fault.message
