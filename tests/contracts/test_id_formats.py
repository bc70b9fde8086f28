"""What every form of identifiers promises; new ones are held to it by being named."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.engine import compile_plan, load_definition
from app.engine.generators.identifiers import FORMATS
from app.engine.schema.json_schema.document import definition_json_schema
from app.engine.schema.providers import ID_FORMATS
from app.ui.pages.design import values

ROWS = 3000
# What a form cannot do without.
NEEDED: dict[str, dict[str, Any]] = {"pattern": {"pattern": "C-####"}}


def test_what_is_read_is_what_is_drawn() -> None:
    assert set(ID_FORMATS) == set(FORMATS)


@pytest.mark.parametrize("name", ID_FORMATS)
class TestEveryForm:
    def test_is_read_and_drawn_without_an_equal_and_without_a_null(self, name: str) -> None:
        column = {"type": "id", "format": name, **NEEDED.get(name, {})}
        document = {"n_samples": ROWS, "seed": 1, "features": {"key": column}}
        plan = compile_plan(load_definition(document).definition)
        drawn = plan.tables[0].block(0).column("key")
        assert drawn.null_count == 0
        assert len(set(drawn.to_pylist())) == ROWS

    def test_is_described_and_offered(self, name: str) -> None:
        described = str(definition_json_schema()["$defs"])
        assert re.search(rf"'examples': \[[^\]]*'{name}'", described)
        assert name in values.FORMATS.values()
