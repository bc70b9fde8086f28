"""What is written reads back as it was, in this language and in YAML 1.1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.engine.schema.yaml.core import read_yaml
from app.engine.schema.yaml.write import write_yaml

EXAMPLES = Path(__file__).parents[4] / "examples"
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=12
) | st.sampled_from(["Yes", "NO", "12:30", "010", "0o17", "1e5", "null", "~", "", "- a", "a: b"])
scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | texts
values = st.recursive(
    scalars | st.floats(-1e300, 1e300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(texts, values, max_size=4))
def test_any_document_reads_back_as_it_was(document: dict[str, Any]) -> None:
    assert read_yaml(write_yaml(document)).data == document


@given(st.dictionaries(st.sampled_from(["a", "b"]), texts))
def test_texts_stay_texts_for_other_readers(document: dict[str, str]) -> None:
    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012
            first: [pair for pair in pairs if "timestamp" not in pair[0]]
            for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    assert yaml.load(write_yaml(document), Loader) == document


@pytest.mark.parametrize("name", ["churn_patent", "house_prices", "shop"])
def test_examples_read_back_and_columns_stand_in_lines(name: str) -> None:
    document = read_yaml((EXAMPLES / f"{name}.yaml").read_bytes()).data
    text = write_yaml(document)
    assert read_yaml(text).data == document
    assert max(map(len, text.splitlines())) < 130
    assert "{type: id, format: bban}" in text or name != "churn_patent"
