"""Parts of persons and places fit each other in every row."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.engine.errors import DefinitionError
from app.engine.schema.providers import JOINT_PARTS, place_parts
from tests.engine.evaluation.measuring import broken, measured, plan_of_document, with_value
from tests.engine.planning import drawn

PEOPLE = ("name", "first_name", "last_name", "sex", "email", "user_name")


def document(kind: str, parts: Any, rows: int = 600, **more: Any) -> dict[str, Any]:
    features = {part: {"type": kind, "part": part, **more} for part in parts}
    return {"n_samples": rows, "features": features}


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "ru_RU", "ja_JP", "pl_PL", "hu_HU"])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_parts_of_a_person_fit(locale: str, missing: float, tmp_path: Path) -> None:
    wanted = document("person", PEOPLE, locale=locale, missing=missing)
    results = measured(wanted, tmp_path)
    assert broken(results) == set()
    assert {"name is first_name and last_name", "email is of first_name and last_name"} <= set(
        results
    )


def test_names_of_german_persons() -> None:
    table = drawn(plan_of_document(document("person", PEOPLE, locale="de_DE"))).to_pylist()
    assert Counter(row["sex"] for row in table) == {"female": 300, "male": 300}
    for row in table:
        assert row["name"] == f"{row['first_name']} {row['last_name']}"
        assert row["email"].count("@") == 1
        assert row["email"].isascii()


def test_a_part_alone_is_that_of_the_whole_person() -> None:
    whole = drawn(plan_of_document(document("person", PEOPLE)))
    alone = drawn(plan_of_document(document("person", ["email"])))
    assert alone["email"].equals(whole["email"])


def test_several_persons_of_a_row_differ() -> None:
    wanted = document("person", ["name"])
    wanted["features"]["seller"] = {"type": "person", "part": "name", "of": "seller"}
    table = drawn(plan_of_document(wanted))
    assert table["name"].to_pylist() != table["seller"].to_pylist()


@pytest.mark.parametrize("part", ["email", "user_name"])
def test_parts_with_a_number_are_unique(part: str, tmp_path: Path) -> None:
    wanted = document("person", ["first_name", "last_name"], 70_000)
    wanted["features"][part] = {"type": "person", "part": part, "unique": True}
    table = drawn(plan_of_document(wanted))
    assert len(set(table[part].to_pylist())) == 70_000
    assert broken(measured(wanted, tmp_path)) == set()


@pytest.mark.parametrize(
    ("locale", "parts"),
    [
        ("it_IT", ["city", "postcode", "region_code", "country_code"]),
        ("en_US", ["city", "postcode", "region", "region_code"]),
        ("en_CA", ["postcode", "region"]),
        ("fr_FR", ["postcode", "region", "region_code"]),
        ("de_DE", ["city", "latitude", "longitude", "time_zone", "country_code"]),
        ("it_IT", ["city", "time_zone"]),
    ],
)
def test_parts_of_a_place_fit(locale: str, parts: list[str], tmp_path: Path) -> None:
    wanted = document("place", parts, locale=locale)
    assert broken(measured(wanted, tmp_path)) == set()
    other = drawn(plan_of_document(wanted))[parts[0]][5].as_py()

    def spoilt(table: Any) -> Any:
        for row in range(200):
            table = with_value(table, parts[1], row, None)
        return table

    assert other is not None
    assert any("nulls" in fact for fact in broken(measured(wanted, tmp_path, spoilt)))


def test_parts_that_do_not_fit_are_seen(tmp_path: Path) -> None:
    wanted = document("place", ["city", "postcode"], locale="it_IT")
    found = broken(
        measured(wanted, tmp_path, lambda table: with_value(table, "postcode", 4, "00000"))
    )
    assert found == {"city, postcode fit each other"}
    wanted = document("place", ["region_code", "postcode"], locale="en_US")
    found = broken(
        measured(wanted, tmp_path, lambda table: with_value(table, "postcode", 4, "00000"))
    )
    assert found == {"region_code, postcode fit each other"}
    wanted = document("person", PEOPLE)
    found = broken(
        measured(wanted, tmp_path, lambda table: with_value(table, "first_name", 4, "Xyzzy"))
    )
    assert found == {
        "first_name fits sex", "name is first_name and last_name",
        "email is of first_name and last_name",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"type": "person"}, "which part of a person"),
        ({"type": "person", "part": "city"}, "a person has no part `city`"),
        ({"type": "person", "part": "name", "unique": True}, "is not unique"),
        ({"type": "person", "part": "name", "locale": "xx_XX"}, "no locale"),
        ({"type": "person", "part": "name", "args": {}}, "unknown key `args`"),
        (
            {"type": "place", "part": "postcode", "locale": "de_DE"},
            "no table of de_DE has `?postcode",
        ),
    ],
)
def test_faults_of_parts(column: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        plan_of_document({"n_samples": 5, "features": {"x": column}})


def test_parts_of_one_person_have_one_locale() -> None:
    features = {
        "a": {"type": "person", "part": "first_name", "locale": "de_DE"},
        "b": {"type": "person", "part": "last_name", "locale": "fr_FR"},
    }
    with pytest.raises(DefinitionError, match="have the locale de_DE"):
        plan_of_document({"n_samples": 5, "features": features})


@pytest.mark.parametrize("locale", ["en_GB", "zh_CN", "ar_SA", "el_GR", "pt_BR", "fr_CH", "th_TH"])
def test_a_locale_has_persons_and_its_places(locale: str) -> None:
    parts = [("person", JOINT_PARTS["person"])]
    parts += [("place", each) for each in place_parts(locale)]
    for kind, each in parts:
        table = drawn(plan_of_document(document(kind, each, 20, locale=locale)))
        assert not any(column.null_count for column in table.columns)
