"""What a page shows of a profile, with values of the source and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.engine.profiling.sources import profile_source
from app.ui.model.source_looks import SourceLook, source_look

TELCO = Path(__file__).parents[2] / "data" / "sources" / "telco.csv"
STOCKS = TELCO.with_name("stocks.csv")
OF_VALUES = {"top": [], "spikes": [], "figures": None}


def look(path: Path, *, values: bool = True) -> SourceLook:
    profile: dict[str, Any] = profile_source(path).model_dump(mode="json")
    if not values:
        for table in profile["tables"]:
            table["columns"] = [{**each, **OF_VALUES} for each in table["columns"]]
    return source_look({"profile": profile, "warnings": [], "values": values})


@pytest.fixture(scope="module")
def telco() -> SourceLook:
    return look(TELCO)


def test_a_column_is_told_in_words_and_bars(telco: SourceLook) -> None:
    columns = {each.name: each for each in telco.table("telco").columns}
    assert columns["Contract"].said.startswith("3 values: Month-to-month ")
    assert len(columns["Contract"].bars) == 3
    assert columns["tenure"].said.endswith("values from 0 to 72")
    assert sum(share for _, share in columns["tenure"].bars) == pytest.approx(1.0)
    assert columns["tenure"].kinds == ("integer", "number", "category", "text", "id")
    assert columns["customerID"].bars == ()


def test_without_values_nothing_of_them_is_told() -> None:
    (table,) = look(TELCO, values=False).tables
    assert all(each.bars == () for each in table.columns)
    assert {each.said for each in table.columns if each.name == "Contract"} == {"3 values"}


def test_moments_are_told_as_days() -> None:
    columns = {each.name: each for each in look(STOCKS).tables[0].columns}
    dates = next(each for each in columns.values() if each.kind == "date")
    assert " from 20" in dates.said or " from 19" in dates.said
    assert all(" to " in name and "-" in name for name, _ in dates.bars)


def test_what_holds_between_columns_is_a_sentence_each(telco: SourceLook) -> None:
    assert all(isinstance(each, str) and each for each in telco.table("telco").found)
    assert ("customerID",) in telco.table("telco").primary_keys
    assert telco.table("no such table") is telco.tables[0]
