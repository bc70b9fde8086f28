"""Every provider of Faker as a column: types, repeatability, uniqueness, refusals."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import pickle
import re
import uuid
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError, GenerationError
from app.engine.generators.base import Block, ReferenceDay, plan_column
from app.engine.generators.faker.calls import FakerCalls, as_text, faker_of
from app.engine.generators.faker.frozen_clock_and_random import frozen_clock_and_random
from app.engine.generators.faker.providers import ProviderGenerator
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import kept_document
from app.engine.schema.load import load_definition
from app.engine.schema.models import IdColumn, ProviderColumn
from app.engine.schema.providers import providers
from tests.engine.generators.columns import draw_provider, scope_of
from tests.engine.planning import column_of, drawn, plan_of_text

REFUSED = {
    "enum": "missing a required argument",
    "image": "Pillow",
    "xml": "xmltodict",
    "zip": "time of day",
}
ARGS: dict[str, dict[str, Any]] = {
    "binary": {"length": 64},
    "tar": {"uncompressed_size": 4096, "num_files": 1},
    **{name: {"num_rows": 1} for name in ("json", "json_bytes", "csv", "dsv", "psv", "tsv")},
}


@pytest.mark.parametrize("method", sorted(set(providers("en_US")) - set(REFUSED)))
def test_every_provider_gives_the_same_values_again(method: str) -> None:
    scope = scope_of(50, method)
    column = ProviderColumn(type=method, args=ARGS.get(method, {}))
    generator = pickle.loads(pickle.dumps(plan_column(column, scope)))
    block = Block(0, scope.layout, scope.stream)
    values = generator.draw(block)
    values.validate(full=True)
    assert " at 0x" not in str(values.to_pylist())
    assert len(values) == 50
    assert values.type == generator.type
    assert repr(generator.draw(block).to_pylist()) == repr(values.to_pylist())


@pytest.mark.parametrize("method", sorted(REFUSED))
def test_what_cannot_be_drawn_is_refused_when_planned(method: str) -> None:
    with pytest.raises(DefinitionError, match=REFUSED[method]):
        plan_column(ProviderColumn(type=method), scope_of(5, method))


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("name", pa.string()),
        ("boolean", pa.bool_()),
        ("random_int", pa.int64()),
        ("pyfloat", pa.float64()),
        ("latitude", pa.float64()),
        ("date_of_birth", pa.date32()),
        ("date_time_this_year", pa.timestamp("us")),
        ("time_object", pa.time64("us")),
        ("null_boolean", pa.bool_()),
        ("words", pa.string()),
        ("currency", pa.string()),
        ("uuid4", pa.string()),
    ],
)
def test_values_keep_their_plain_type(method: str, kind: pa.DataType) -> None:
    assert draw_provider(50, method).type == kind


def test_lists_tuples_sets_and_mappings_become_json_and_bytes_base64() -> None:
    assert as_text(["a", 1, (True, None)]) == '["a", 1, [true, null]]'
    assert as_text({"b": {2, 1}}) == '{"b": [1, 2]}'
    assert as_text(b"\x00\xff") == "AP8="
    assert all(len(json.loads(text)) == 3 for text in draw_provider(5, "words").to_pylist())


def test_blocks_differ_and_do_not_depend_on_the_order_they_are_drawn_in() -> None:
    scope = scope_of(70_000, "name")
    generator = plan_column(ProviderColumn(type="name"), scope)
    blocks = [Block(number, scope.layout, scope.stream) for number in (0, 1)]
    first, second = (generator.draw(block) for block in blocks)
    assert not first[:100].equals(second[:100])
    assert generator.draw(blocks[1]).equals(second)


@pytest.mark.parametrize("method", ["license_plate", "profile"])
def test_called_providers_do_not_remember_an_earlier_block(method: str) -> None:
    scope = scope_of(30, method)
    generator = plan_column(ProviderColumn(type=method), scope)
    block = Block(0, scope.layout, scope.stream)
    values = generator.draw(block)
    generator.draw(Block(0, scope.layout, scope.stream.child("other")))
    assert generator.draw(block).equals(values)


@pytest.mark.parametrize(
    ("method", "earliest"),
    [
        ("date_this_year", "2024-01-01"),
        ("past_date", "2024-10-01"),
        ("date_time_this_month", "2024-11-01"),
    ],
)
def test_providers_take_the_declared_day_for_today(method: str, earliest: str) -> None:
    text = f"n_samples: 400\ntoday: 2024-11-20\nfeatures: {{x: {{type: {method}}}}}"
    days = {str(value)[:10] for value in drawn(plan_of_text(text))["x"].to_pylist()}
    assert len(days) > 10
    assert earliest <= min(days)
    assert max(days) <= "2024-11-20"


def test_a_plan_knows_the_day_that_it_depends_on() -> None:
    texts = ["features: {x: {type: past_date}}", "features: {x: {type: name}}"]
    clocked, other = (
        compile_plan(load_definition(text).definition, today=dt.date(2023, 5, 6), seed=1)
        for text in texts
    )
    assert (clocked.today, other.today) == (dt.date(2023, 5, 6), None)
    again = load_definition(
        kept_document({"features": {"x": {"type": "past_date"}}}, clocked.today)
    )
    plan = compile_plan(again.definition, today=dt.date(2030, 1, 1), seed=1)
    assert drawn(plan).equals(drawn(clocked))


@pytest.mark.parametrize("written", ["tomorrow", "2024-02-30", "2024-01-01T10:00", "[2024]"])
def test_a_day_that_is_none_is_a_fault(written: str) -> None:
    with pytest.raises(DefinitionError, match="today"):
        load_definition(f"today: {written}\nfeatures: {{x: {{type: name}}}}")


def _fail_inside() -> None:
    import faker.providers.date_time as module

    day = ReferenceDay(dt.date(2024, 5, 6))
    with frozen_clock_and_random(faker_of("en_US").random, day):
        stands = module.datetime.now() == dt.datetime(2024, 5, 6)
        raise ZeroDivisionError if stands else AssertionError


def test_the_surroundings_are_put_back_after_a_failure() -> None:
    import faker.providers.date_time as module

    before = dict(vars(module))
    with pytest.raises(ZeroDivisionError):
        _fail_inside()
    assert dict(vars(module)) == before


def test_arguments_reach_the_provider() -> None:
    values = draw_provider(500, "random_int", args={"min": 3, "max": 5}).to_pylist()
    assert set(values) == {3, 4, 5}
    called = draw_provider(20, "date_between", args={"start_date": "-1d", "end_date": "today"})
    assert {str(day) for day in called.to_pylist()} <= {"2025-12-31", "2026-01-01"}


@pytest.mark.parametrize(
    ("keys", "place", "message"),
    [
        ({"type": "frist_name"}, "type", "first_name"),
        ({"type": "seed_instance"}, "type", "no type or provider"),
        ({"type": "name", "locale": "de_DD"}, "locale", "de_DE"),
        ({"type": "name", "args": {"sex": 1}}, "args", "takes no arguments"),
        ({"type": "random_int", "args": {"mim": 1}}, "args", "it takes min, max, step"),
        ({"type": "random_int", "args": {"min": 9, "max": 1}}, "args", "cannot be drawn"),
        ({"type": "random_digit", "unique": True, "args": {}}, "unique", "has 10 different values"),
    ],
    ids=str,
)
def test_faults_say_where_and_what_would_be_right(
    keys: dict[str, Any], place: str, message: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        plan_column(ProviderColumn(**keys), scope_of(50))
    assert caught.value.faults[0].path == f"schema.features.c.{place}"
    assert message in str(caught.value)


def test_a_value_that_does_not_fit_the_planned_type_is_an_error_of_generation() -> None:
    scope = scope_of(5)
    values = FakerCalls("en_US", "name", {}, pa.int64(), dt.date(2024, 1, 1))
    with pytest.raises(GenerationError, match="'name'"):
        ProviderGenerator(values, pa.int64()).draw(Block(0, scope.layout, scope.stream))


@pytest.mark.parametrize(
    "method", ["email", "name", "domain_name", "license_plate", "phone_number"]
)
def test_unique_values_are_unique_over_all_blocks(method: str) -> None:
    values = draw_provider(70_000 if method != "license_plate" else 3_000, method, unique=True)
    assert len(values.unique()) == len(values)
    if method == "email":
        assert all(text.count("@") == 1 for text in values.to_pylist())


def test_a_table_with_room_is_drawn_without_replacement_and_unchanged() -> None:
    values = draw_provider(200, "country", unique=True).to_pylist()
    countries = set(faker_of("en_US").provider("faker.providers.address").countries)
    assert len(set(values)) == 200
    assert set(values) <= countries


def test_a_table_without_room_gets_numbers_and_a_warning() -> None:
    scope = scope_of(2_000, "first_name")
    plan_column(ProviderColumn(type="first_name", unique=True), scope)
    assert "different values for 2,000 rows" in scope.warnings[0].message


@pytest.mark.parametrize("method", ["country", "random_digit", "boolean"])
def test_a_form_without_room_is_refused_with_the_number_that_can_be_had(method: str) -> None:
    scope = scope_of(70_000, method)
    with pytest.raises(DefinitionError) as caught:
        plan_column(ProviderColumn(type=method, unique=True, locale="de_DE"), scope)
    fault = caught.value.faults[0]
    assert "different values for 70,000 rows" in fault.message
    assert "at most" in str(fault.hint)


@pytest.mark.parametrize(
    ("method", "valid"),
    [
        ("ipv4", ipaddress.IPv4Address),
        ("ipv6", ipaddress.IPv6Address),
        ("mac_address", re.compile("([0-9a-f]{2}:){5}[0-9a-f]{2}").fullmatch),
        ("ssn", re.compile("[0-9]{3}-[0-9]{2}-[0-9]{4}").fullmatch),
        ("uuid4", uuid.UUID),
        ("md5", re.compile("[0-9a-f]{32}").fullmatch),
        ("iso8601", dt.datetime.fromisoformat),
        ("url", re.compile(r"https?://[a-z0-9.-]+/").fullmatch),
        ("credit_card_number", lambda text: luhn(text) == 0),
    ],
)
@pytest.mark.parametrize("key", ["type", "format"])
def test_unique_values_keep_their_form(
    method: str, valid: Callable[[str], object], key: str
) -> None:
    column = (
        ProviderColumn(type=method, unique=True)
        if key == "type"
        else IdColumn(type="id", format=method)
    )
    values = column_of(3_000, column).to_pylist()
    assert len(set(values)) == 3_000
    assert all(valid(value) is not False and valid(value) is not None for value in values)


def luhn(text: str) -> int:
    """What ISO/IEC 7812 wants to be 0."""
    digits = [int(digit) for digit in reversed(text)]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10


def test_what_has_no_text_of_its_own_is_no_data() -> None:
    """The text of such an object is the address of its memory."""
    with pytest.raises(ValueError, match="a value of type object is no data"):
        as_text(object())
    with pytest.raises(ValueError, match="is no data"):
        as_text([1, {"a": object()}])
