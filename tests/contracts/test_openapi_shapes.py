"""What code generators need of the OpenAPI description: names, and shapes without a gap."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from app.main import create_app
from app.service.service import Service
from app.settings import Settings
from app.sinks.registry import KINDS
from tests.api.fakes import FakeService

COMPONENTS = "#/components/schemas/"
METHODS = {"get", "head", "post", "put", "patch", "delete"}
UNIONS = ("anyOf", "oneOf")
DOWNLOADS = ("/v1/jobs/{id}/result", "/v1/jobs/{id}/manifest")


def describe(folder: Path, *, keys: bool = False) -> dict[str, Any]:
    settings = Settings(data_dir=folder, log_level="error", pages=False, api_keys=keys)
    return create_app(settings, service=cast(Service, FakeService(folder))).openapi()


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    return describe(tmp_path)


def schemas(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping in the description that may be a schema, with its place; examples are none."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            if key not in {"example", "examples", "default"}:
                yield from schemas(value, f"{path}/{key}")
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from schemas(value, f"{path}/{place}")


def types(schema: dict[str, Any]) -> set[str]:
    found = schema.get("type", [])
    return {found} if isinstance(found, str) else set(found) if isinstance(found, list) else set()


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (item[method] for method in METHODS & set(item))


def test_every_list_says_what_is_in_it(document: dict[str, Any]) -> None:
    lists = [(path, schema) for path, schema in schemas(document) if "array" in types(schema)]
    assert len(lists) > 20
    assert [path for path, schema in lists if "items" not in schema] == []


def test_mappings_and_words_in_a_union_have_names(document: dict[str, Any]) -> None:
    """A generator calls what has none `ColumnType3`."""
    variants = [
        (f"{path}/{union}", variant)
        for path, schema in schemas(document)
        for union in UNIONS
        for variant in schema.get(union, [])
    ]
    assert len(variants) > 100
    unnamed = [path for path, each in variants if "enum" in each or "object" in types(each)]
    assert unnamed == []


def test_lists_of_mappings_have_names(document: dict[str, Any]) -> None:
    places = [(path, schema.get("items")) for path, schema in schemas(document)]
    unnamed = [
        path
        for path, items in places
        if isinstance(items, dict) and {"object"} & types(items) and not path.endswith("properties")
    ]
    assert unnamed == []


def test_variants_are_told_apart_by_a_field(document: dict[str, Any]) -> None:
    components = document["components"]["schemas"]
    unions = [schema for _, schema in schemas(document) if "oneOf" in schema]
    assert len(unions) >= 2
    for union in unions:
        told = union["discriminator"]
        variants = {variant["$ref"] for variant in union["oneOf"]}
        assert set(told["mapping"].values()) == variants
        for value, target in told["mapping"].items():
            field = components[target.removeprefix(COMPONENTS)]["properties"][told["propertyName"]]
            assert value in field.get("enum", [field.get("const")])


def test_every_kind_of_sink_has_a_target_that_names_no_default(document: dict[str, Any]) -> None:
    """Clients send the defaults that they are told of, and a connection may have settled them."""
    components = document["components"]["schemas"]
    mapping = components["SinkTarget"]["discriminator"]["mapping"]
    assert set(mapping) == set(KINDS)
    for target in mapping.values():
        schema = components[target.removeprefix(COMPONENTS)]
        assert schema["required"] == ["kind"]
        assert [name for name, key in schema["properties"].items() if "default" in key] == []


def test_names_of_operations_make_functions(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(document)]
    assert len(names) > 40
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []


def test_names_of_components_make_classes(document: dict[str, Any]) -> None:
    names = document["components"]["schemas"]
    assert [name for name in names if not re.fullmatch(r"([A-Z][a-z0-9]*)+", name)] == []


@pytest.mark.parametrize("path", DOWNLOADS)
def test_downloads_are_bytes(path: str, document: dict[str, Any]) -> None:
    for status in ("200", "206"):
        content = document["paths"][path]["get"]["responses"][status]["content"]
        assert next(iter(content)) == "application/octet-stream"
        for media_type in content.values():
            assert media_type["schema"] == {"type": "string", "format": "binary"}


@pytest.mark.parametrize("keys", [False, True])
def test_how_to_sign_in_is_always_described(keys: bool, tmp_path: Path) -> None:
    document = describe(tmp_path, keys=keys)
    scheme = document["components"]["securitySchemes"]["ApiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    wanted = [operation for operation in operations(document) if "security" in operation]
    assert bool(wanted) == keys
