"""What the language can say of people, line numbers, popularity and hidden columns, said by click;
and the way from a line of the import review to the fields of its column."""

from __future__ import annotations

import re
from collections import Counter

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.http.server import Server
from tests.kinds.learning import shop_model
from tests.ui.axe import violations
from tests.ui.browser.test_several_tables import SHOP, tables_in
from tests.ui.person import Person

pytestmark = pytest.mark.slow
LINES = """\
name: shop
seed: 3
tables:
  products:
    n_samples: 20
    primary_key: sku
    features:
      sku: {type: id, format: sequence}
      popularity: {type: int, min: 0, max: 9}
  orders:
    n_samples: 50
    primary_key: number
    features: {number: {type: id, format: sequence}}
  lines:
    foreign_keys:
      order: {references: orders.number, children: {mean: 3}}
      sku: {references: products.sku}
    features:
      quantity: {type: int, min: 1, max: 5}
"""


def test_parts_of_a_person_and_a_hidden_column_are_declared_by_click(
    person: Person, page: Page
) -> None:
    person.start_blank()
    person.fill(Rows="200", Seed="4")
    person.go_to_columns()
    for name, part in (("first", "first_name"), ("mail", "email")):
        person.add_column(name, "person", Part=part)
    person.panel.get_by_label("Values", exact=True).select_option("true")
    person.line("first").get_by_label("Part", exact=True).focus()
    expect(person.panel.get_by_label("Values", exact=True)).to_have_count(0)
    person.add_column("town", "place", Part="city")
    person.add_column("base", "int", Mean="", SD="", Min="1", Max="9")
    person.panel.get_by_label("In the files").select_option("true")
    person.add_column("twice", "formula", Formula="base * 2")
    person.see_no_faults()
    assert violations(page) == []
    person.make_the_table()
    person.see_that_all_facts_hold()
    rows = person.download_csv()
    assert list(rows[0]) == ["first", "mail", "town", "twice"]
    assert all(row["first"].lower() in row["mail"] for row in rows)
    assert len({row["mail"] for row in rows}) == 200


def test_line_numbers_and_popularity_are_declared_by_click(person: Person, page: Page) -> None:
    person.start_from_yaml(LINES)
    person.go_to_columns()
    page.get_by_role("group", name="Table").get_by_role("button", name="lines").click()
    expect(person.line("quantity")).to_be_visible()
    person.add_column("line", "line_number", Counted_for_each="order")
    key = page.get_by_role("group", name="Key lines.sku").first
    popularity = key.get_by_label("Popularity of its rows")
    other = page.get_by_role("group", name="Key lines.order").first
    expect(other.get_by_label("Popularity of its rows")).to_be_hidden()
    popularity.select_option("skew")
    key.get_by_label("Exponent").fill("1,2")
    person.see_no_faults()
    popularity.select_option("by popularity")
    expect(key.get_by_label("Exponent")).to_have_count(0)
    person.see_no_faults()
    assert violations(page) == []
    person.make_the_table()
    person.see_that_all_facts_hold()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(r"^CSV \(")).click()
    made = tables_in(waiting.value.path())
    popular = {row["sku"]: int(row["popularity"]) for row in made["products"]}
    chosen = Counter(row["sku"] for row in made["lines"])
    assert all(popular[sku] > 0 for sku in chosen)
    orders = Counter(row["order"] for row in made["lines"])
    assert Counter(row["order"] for row in made["lines"] if row["line"] == "1") == dict.fromkeys(
        orders, 1
    )


def test_facts_are_declared_of_rows_that_a_model_draws(
    person: Person, page: Page, server: Server
) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    made = httpx.post(f"{server.url}/v1/synthesizers", content=shop_model(), headers=headers)
    page.goto(f"/synthesizers/{made.raise_for_status().json()['id']}")
    person.press("Declare facts")
    learned = page.get_by_label("Say something of a learned column")
    learned.select_option("open")
    expect(person.line("open").get_by_label("Column", exact=True)).to_be_focused()
    expect(learned).to_have_value("")
    person.line("open").get_by_label("Labels and weights").fill("yes: 0.25, no: 0.75")
    expect(learned).not_to_contain_text("open")
    learned.select_option("size")
    expect(person.line("size").get_by_label("Column", exact=True)).to_be_focused()
    person.line("size").get_by_label("Max", exact=True).fill("2")
    person.add_column("twice", "formula", Formula="size * 2")
    person.see_no_faults()
    assert violations(page) == []
    person.make_the_table()
    person.see_that_all_facts_hold()
    rows = person.download_csv()
    assert Counter(row["open"] for row in rows) == {"yes": 250, "no": 750}
    assert all(float(row["size"]) <= 2 for row in rows)
    assert all(float(row["twice"]) == 2 * float(row["size"]) for row in rows)


def test_a_line_of_the_review_leads_to_the_column(person: Person, page: Page) -> None:
    page.goto("/")
    person.press("Your columns")
    file = {"name": "shop.sql", "mimeType": "application/sql", "buffer": SHOP.encode()}
    page.get_by_label("Choose a file: SQL, CSV, Excel").set_input_files(file)  # type: ignore[arg-type]
    review = page.get_by_role("region", name="Columns for review")
    for cell in review.get_by_role("cell").all():
        assert cell.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert violations(page) == []
    review.get_by_role("button", name="orders.total").click()
    expect(page.get_by_label("Name of the table")).to_have_value("orders")
    expect(person.line("total").get_by_label("Column", exact=True)).to_be_focused()
    expect(person.panel.get_by_role("heading", name="total")).to_be_visible()


def test_a_column_far_below_is_drawn_and_reached(person: Person, page: Page) -> None:
    page.goto("/")
    person.press("Your columns")
    names = [f"c{number}" for number in range(80)]
    text = "\n".join(",".join(row) for row in (names, ["1"] * 80, ["2"] * 80))
    file = {"name": "wide.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("Choose a file: SQL, CSV, Excel").set_input_files(file)  # type: ignore[arg-type]
    review = page.get_by_role("region", name="Columns for review")
    review.get_by_role("button", name="c77", exact=True).click()
    field = person.line("c77").get_by_label("Column", exact=True)
    expect(field).to_be_focused()
    expect(field).to_be_in_viewport()
