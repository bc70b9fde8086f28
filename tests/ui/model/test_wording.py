"""The words of the pages, and what two definitions say differently."""

from __future__ import annotations

import pytest

from app.ui.client import Fault
from app.ui.model.comparing.changes import Change, changes
from app.ui.model.paths import read_path
from app.ui.parts.faults import place_text

LEFT = {"n_samples": 100, "features": {"a": {"type": "int", "mean": 16}, "b": {"type": "name"}}}
RIGHT = {"n_samples": 100, "features": {"a": {"type": "int", "mean": 20}}, "rules": [{"if": "x"}]}


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("a mapping is wanted, not nothing", "mapping"),
        ("moments are moved by durations", "moments"),
        ("largest deviation of a segment from its probability, in sigmas", "sigmas"),
        ("bounds: truncate draws from the distribution between the bounds instead", "bounds:"),
    ],
)
def test_words_of_the_language_are_those_of_the_pages(message: str, word: str) -> None:
    assert word in message and word not in Fault("features.a", message).text


def test_a_place_is_named_as_its_field() -> None:
    assert place_text(read_path("schema.features.Tenure.std")) == "Tenure, SD"
    assert place_text(read_path("n_samples")) == "Rows"
    assert place_text(read_path("features.mean")) == "mean"


def test_changes_name_the_place_and_both_sides() -> None:
    assert changes(LEFT, RIGHT) == [
        Change(("features", "a", "mean"), "16", "20"),
        Change(("features", "b"), "{type: name}", ""),
        Change(("rules",), "", "{if: x}"),
    ]
    assert changes(LEFT, LEFT) == []
