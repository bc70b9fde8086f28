from __future__ import annotations

import re
import uuid

import pytest

from app.engine.errors import DefinitionError
from app.engine.generators.base import plan_column
from app.engine.schema.models import IdColumn
from tests.engine.generators.columns import draw_id, scope_of

ROWS = 150_000  # three blocks


def _iban_remainder(text: str) -> int:
    digits = "".join(str(int(letter, 36)) for letter in text[4:] + text[:4])
    return int(digits) % 97


@pytest.mark.parametrize(
    ("keys", "form"),
    [
        ({"format": "uuid"}, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ({"format": "bban"}, r"[A-Z]{4}\d{14}"),
        ({"format": "bban", "locale": "it_IT"}, r"[A-Z]\d{22}"),
        ({"format": "bban", "locale": "fa_IR"}, r"0\d{21}"),
        ({"format": "iban"}, r"GB\d\d[A-Z]{4}\d{14}"),
        ({"format": "iban", "locale": "de_DE"}, r"DE\d{20}"),
        ({"format": "iban", "locale": "uk_UA"}, r"UA\d{8}[A-Z]{19}"),
        ({"format": "ean13"}, r"\d{13}"),
        ({"format": "sequence", "prefix": "C-", "width": 7}, r"C-\d{7}"),
        ({"format": "pattern", "pattern": "CUST-####-??"}, r"CUST-\d{4}-[A-Z]{2}"),
        ({"format": "pattern", "pattern": "é?#é?#?#é"}, r"é[A-Z]\dé[A-Z]\d[A-Z]\dé"),
        ({"format": "name"}, r".+-\d+"),
        ({"format": "email"}, r"\S+\.\d+@\S+"),
    ],
    ids=str,
)
def test_ids_have_their_form_and_no_two_are_equal(keys: dict[str, str], form: str) -> None:
    values = draw_id(ROWS, **keys)
    assert len(set(values)) == ROWS
    assert all(re.fullmatch(form, value) for value in values)


def test_uuids_are_of_version_4() -> None:
    values = [uuid.UUID(text) for text in draw_id(2_000, "uuid")]
    assert {value.version for value in values} == {4}
    assert {value.variant for value in values} == {uuid.RFC_4122}


@pytest.mark.parametrize("locale", ["en_GB", "de_DE", "it_IT", "fa_IR", "uk_UA", "fr_FR", "nl_NL"])
def test_ibans_have_valid_check_digits(locale: str) -> None:
    assert {_iban_remainder(value) for value in draw_id(3_000, "iban", locale=locale)} == {1}


def test_ean13_codes_have_valid_check_digits() -> None:
    weighted = [
        sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(value))
        for value in draw_id(5_000, "ean13")
    ]
    assert {total % 10 for total in weighted} == {0}


def test_a_sequence_counts_in_row_order_past_its_width() -> None:
    values = draw_id(120, "sequence", start=9_950, prefix="#", width=4)
    assert values[:2] == ["#9950", "#9951"]
    assert values[-1] == "#10069"


def test_a_pattern_as_large_as_the_table_is_used_up() -> None:
    values = draw_id(1_000, "pattern", pattern="###")
    assert sorted(values) == [f"{number:03}" for number in range(1_000)]
    assert values != sorted(values)


@pytest.mark.parametrize("pattern", ["###", "A#?", "X"])
def test_a_pattern_with_less_room_than_rows_is_refused(pattern: str) -> None:
    room = 10 ** pattern.count("#") * 26 ** pattern.count("?")
    column = IdColumn(type="id", format="pattern", pattern=pattern)
    with pytest.raises(DefinitionError) as caught:
        plan_column(column, scope_of(room + 1))
    fault = caught.value.faults[0]
    assert f"only {room} different values" in fault.message
    assert fault.path == "schema.features.c.pattern"


def test_a_pattern_must_be_given() -> None:
    with pytest.raises(DefinitionError, match="wants a pattern"):
        plan_column(IdColumn(type="id", format="pattern"), scope_of(1))


def test_an_unknown_format_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(DefinitionError, match="license_plate"):
        plan_column(IdColumn(type="id", format="licence_plate"), scope_of(1))


def test_national_check_digits_that_are_not_computed_are_told() -> None:
    scope = scope_of(10)
    plan_column(IdColumn(type="id", format="bban", locale="no_NO"), scope)
    assert "check digits" in scope.warnings[0].message


def test_no_rows_are_fine() -> None:
    assert draw_id(0, "bban") == []
