"""Tables with more columns than are drawn at a stretch, or shown without being asked for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from app.ui.pages.design.column_grid import FEW, MANY
from tests.ui.person import Person

pytestmark = pytest.mark.slow
COLUMNS = MANY + 2 * FEW
NAMES = [f"c{number}" for number in range(COLUMNS)]
WIDE = "\n".join(
    [
        "name: wide",
        "n_samples: 100",
        "features:",
        *(f"  {name}: {{type: int, min: 0, max: 9}}" for name in NAMES),
        "target: {hit: {type: bool, proportion: 0.5}}",
    ]
)


def lines(person: Person) -> Locator:
    return person.page.locator(".line:not(.line--head)")


def shown(person: Person) -> list[str]:
    names = lines(person).get_by_label("Column", exact=True)
    return [name.input_value() for name in names.all()]


def test_the_first_columns_are_shown_in_their_order_and_the_target_last(person: Person) -> None:
    person.start_from_yaml(WIDE)
    person.go_to_columns()
    expect(lines(person)).to_have_count(MANY)
    assert shown(person) == [*NAMES[: MANY - 1], "hit"]
    person.see_no_faults()
    person.page.get_by_role("button", name="Show 11 more of 11 columns").click()
    expect(lines(person)).to_have_count(COLUMNS + 1)
    assert shown(person) == [*NAMES, "hit"]
    expect(person.line(f"c{MANY - 1}").get_by_label("Column", exact=True)).to_be_focused()


def test_a_wide_table_is_changed_as_any_other(person: Person) -> None:
    person.start_from_yaml(WIDE)
    person.go_to_columns()
    expect(lines(person)).to_have_count(MANY)
    person.line("c1").get_by_role("button", name="Remove").click()
    expect(lines(person)).to_have_count(MANY - 1)
    person.press("Put it back")
    expect(lines(person)).to_have_count(MANY)
    assert shown(person) == [*NAMES[: MANY - 1], "hit"]
    person.add_column("extra", "bool")
    person.see_no_faults()
