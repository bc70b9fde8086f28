"""Several tables by clicks alone: a shop from the SQL of its database, and one from nothing."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.ui.axe import violations
from tests.ui.keystrokes import FIVE_MINUTES, Keystrokes
from tests.ui.person import Person

SHOP = """\
CREATE TABLE customers (
  id integer PRIMARY KEY,
  email varchar(120) NOT NULL UNIQUE,
  segment text NOT NULL CHECK (segment IN ('private', 'business'))
);
CREATE TABLE orders (
  id bigserial PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers (id),
  total numeric(8, 2) NOT NULL CHECK (total BETWEEN 1 AND 500)
);
CREATE VIEW totals AS SELECT 1;
"""


def tables_in(path: Path) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(path) as made:
        names = [name for name in made.namelist() if name.endswith(".csv")]
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(made.read(name).decode())))
            for name in names
        }


@pytest.mark.slow
def test_a_shop_from_its_sql(person: Person, page: Page) -> None:
    keystrokes = Keystrokes(page)
    page.goto("/")
    person.press("Your columns")
    file = {"name": "shop.sql", "mimeType": "application/sql", "buffer": SHOP.encode()}
    page.get_by_label("Choose a file: SQL, CSV, Excel").set_input_files(file)  # type: ignore[arg-type]
    expect(page.get_by_text("6 columns of 2 tables taken over.")).to_be_visible()
    review = page.get_by_role("region", name="Columns for review")
    expect(review).to_contain_text("orders.total")
    expect(review).to_contain_text("checked from 1 to 500 (line 9)")
    expect(page.get_by_text("Left out, line 11: CREATE VIEW: not taken.")).to_be_visible()
    assert violations(page) == []
    person.go_to_columns()
    tables = page.get_by_role("group", name="Table")
    expect(tables.get_by_role("button", name="customers")).to_have_attribute("aria-pressed", "true")
    expect(person.line("segment")).to_be_visible()
    tables.get_by_role("button", name="orders").click()
    expect(person.line("total")).to_be_visible()
    key = page.get_by_role("group", name="Key orders.customer_id").first
    expect(key.get_by_label("Refers to")).to_have_value("customers.id")
    key.get_by_label("Rows for each").fill("2")
    person.see_no_faults()
    assert violations(page) == []
    person.make_the_table()
    person.see_that_all_facts_hold()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(r"^CSV \(")).click()
    made = tables_in(waiting.value.path())
    assert keystrokes.steps and keystrokes.seconds < FIVE_MINUTES
    ids = {row["id"] for row in made["customers"]}
    assert len(ids) == 1000
    # Each customer has two on average, drawn from the Poisson distribution.
    assert len(made["orders"]) == pytest.approx(2000, rel=0.01)
    assert {row["customer_id"] for row in made["orders"]} <= ids


@pytest.mark.slow
def test_two_tables_by_hand(person: Person, page: Page) -> None:
    person.start_blank()
    person.fill(Name="patients", Rows="50")
    person.go_to_columns()
    person.add_column("patient", "id", Format="sequence")
    person.press("Add a table")
    expect(page.get_by_label("Name of the table")).to_have_value("table_2")
    page.get_by_label("Name of the table").fill("visits")
    diagram = page.get_by_role("region", name="Tables and keys")
    diagram.get_by_label("Add a key to visits").select_option("patients.patient")
    key = diagram.get_by_role("group", name="Key visits.patients_patient")
    key.get_by_label("Key column").fill("who")
    key = diagram.get_by_role("group", name="Key visits.who")
    key.get_by_label("Rows for each").fill("3")
    expect(page.get_by_role("img", name="visits refers to patients by who")).to_be_visible()
    person.see_no_faults()
    rows = page.get_by_role("region", name="First rows")
    expect(rows.get_by_role("columnheader").first).to_have_text("who")
    assert violations(page) == []


@pytest.mark.slow
def test_the_tab_at_hand_shows_its_own_table(person: Person, page: Page) -> None:
    """The one with the target is at hand first, wherever it stands."""
    person.start_from_example("shop")
    person.go_to_columns()
    tables = page.get_by_role("group", name="Table")
    pressed = tables.locator("[aria-pressed=true]")
    expect(pressed).to_have_text("orders")
    expect(page.get_by_label("Name of the table")).to_have_value("orders")
    expect(page.get_by_role("group", name="Key orders.customer_id").first).to_be_visible()


@pytest.mark.slow
def test_a_workbook_is_read_and_other_files_are_refused_in_words(
    person: Person, page: Page, tmp_path: Path
) -> None:
    import xlsxwriter

    path = tmp_path / "plans.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([["plan", "fee"], *[["Gold", 3], ["Basic", 1]] * 10]):
            sheet.write_row(number, 0, row)
    page.goto("/")
    person.press("Your columns")
    chooser = page.get_by_label("Choose a file: SQL, CSV, Excel")
    chooser.set_input_files(path)
    expect(page.get_by_text("2 columns taken over.")).to_be_visible()
    expect(page.get_by_role("region", name="Columns for review")).to_contain_text("20 rows")
    picture = {"name": "a.png", "mimeType": "image/png", "buffer": b"x"}
    chooser.set_input_files(picture)  # type: ignore[arg-type]
    expect(page.get_by_text("A file that ends in .png is not read here")).to_be_visible()
