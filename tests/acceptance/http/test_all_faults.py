"""Everything that is wrong with a request comes in one answer: its keys, its definition, its files
and where they are to go."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

GOOD = {"name": "t", "n_samples": 5, "features": {"a": {"type": "int", "min": 0, "max": 9}}}
FAULTY = {**GOOD, "features": {"a": {"type": "int", "min": 9, "max": 0}}}
SINKS = [{"kind": "nowhere"}, {"kind": "local", "folder": "x"}]


def paths(client: httpx.Client, body: dict[str, Any]) -> list[str]:
    answer = client.post("/v1/jobs", json=body)
    assert answer.status_code == 422, answer.text
    return [fault["path"] for fault in answer.json()["errors"]]


def test_keys_definition_formats_and_sinks_are_told_together(client: httpx.Client) -> None:
    body = {
        "schema": FAULTY,
        "n_samples": -3,
        "formatz": [],
        "formats": ["cvs"],
        "sinks": SINKS,
        "options": {"csv": {"delimiter": "x"}},
    }
    assert set(paths(client, body)) == {
        "n_samples",
        "formatz",
        "options.csv.delimiter",
        "features.a.min",
        "formats[0]",
        "sinks[0]",
        "sinks[1]",
    }


def test_a_definition_that_cannot_be_read_hides_nothing(client: httpx.Client) -> None:
    body = {"schema_yaml": "features: {a: [", "formats": ["cvs"], "sinks": SINKS[:1]}
    found = paths(client, body)
    assert {"formats[0]", "sinks[0]"} < set(found)
    body = {"schema_name": "nobody-stored-this", "formats": ["cvs"]}
    assert paths(client, body) == ["schema_name", "formats[0]"]


def test_lines_of_a_definition_in_yaml_are_told_with_the_rest(client: httpx.Client) -> None:
    text = "n_samples: 3\nfeatures:\n  a: {type: int, min: 9, max: 0}\n"
    answer = client.post("/v1/jobs", json={"schema_yaml": text, "seed": "x"})
    found = {fault["path"]: fault["line"] for fault in answer.json()["errors"]}
    assert found == {"seed": None, "features.a.min": 3}


def test_a_sink_that_is_switched_off_names_its_setting(client: httpx.Client) -> None:
    body = {"schema": GOOD, "sinks": [{"kind": "local", "folder": "x"}]}
    (fault,) = client.post("/v1/jobs", json=body).json()["errors"]
    assert "switched off" in fault["message"]
    assert "TABLESMITH_LOCAL_SINK_ROOT" in fault["hint"]


@pytest.mark.parametrize("again", [{"seed": 2}, {"n_samples": 7}])
def test_a_definition_without_a_name_has_a_file_of_its_own(
    client: httpx.Client, again: dict[str, Any]
) -> None:
    def made(document: dict[str, Any]) -> str:
        return str(client.post("/v1/jobs", json=document).json()["name"])

    unnamed = {key: value for key, value in GOOD.items() if key != "name"}
    other = {**unnamed, "features": {"b": {"type": "int", "min": 0, "max": 9}}}
    name = made(unnamed)
    assert name.startswith("table_")
    assert made({**unnamed, **again}) == name
    assert made(other) not in {name, "data"}
