"""Every provider of Faker as a column: types, repeatability, uniqueness, refusals."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError, GenerationError
from app.engine.generators.base import Block, plan_column
from app.engine.generators.faker.calls import FakerCalls, as_text, faker_of
from app.engine.generators.faker.frozen_clock_and_random import NOW, frozen_clock_and_random
from app.engine.generators.faker.providers import ProviderGenerator
from app.engine.schema.models import ProviderColumn
from app.engine.schema.providers import providers
from tests.engine.generators.columns import draw_provider, scope_of

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


@pytest.mark.parametrize("method", ["date_this_year", "past_date", "date_time_this_month"])
def test_the_present_of_every_provider_is_fixed(method: str) -> None:
    # The day itself is 1 January: this year and this month hold that day alone.
    days = {str(value)[:10] for value in draw_provider(200, method).to_pylist()}
    earliest = "2025-12-02" if method == "past_date" else "2026-01-01"
    assert min(days) >= earliest
    assert max(days) <= str(NOW)[:10]


def _fail_inside() -> None:
    import faker.providers.date_time as module

    with frozen_clock_and_random(faker_of("en_US").random):
        raise ZeroDivisionError if module.datetime.now() == NOW else AssertionError


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
        ({"type": "random_int", "unique": True}, "unique", "cannot be made unique"),
    ],
    ids=str,
)
def test_faults_say_where_and_what_would_be_right(
    keys: dict[str, Any], place: str, message: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        plan_column(ProviderColumn(**keys), scope_of(5))
    assert caught.value.faults[0].path == f"schema.features.c.{place}"
    assert message in str(caught.value)


def test_a_value_that_does_not_fit_the_planned_type_is_an_error_of_generation() -> None:
    scope = scope_of(5)
    values = FakerCalls("en_US", "name", {}, pa.int64())
    with pytest.raises(GenerationError, match="'name'"):
        ProviderGenerator(values, pa.int64()).draw(Block(0, scope.layout, scope.stream))


@pytest.mark.parametrize("method", ["email", "name", "domain_name", "license_plate", "first_name"])
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
    scope = scope_of(2_000, "country")
    plan_column(ProviderColumn(type="country", unique=True), scope)
    assert "different values for 2000 rows" in scope.warnings[0].message


def test_what_has_no_text_of_its_own_is_no_data() -> None:
    """The text of such an object is the address of its memory."""
    with pytest.raises(ValueError, match="a value of type object is no data"):
        as_text(object())
    with pytest.raises(ValueError, match="is no data"):
        as_text([1, {"a": object()}])
