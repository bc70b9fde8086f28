"""From a real table to new rows in a database, every click in a real browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.http.server import Server, running_server
from tests.components.postgres import PostgresServer
from tests.ui.axe import violations
from tests.ui.person import see_done

pytestmark = pytest.mark.slow
TELCO = Path(__file__).parents[2] / "data" / "sources" / "telco.csv"
ROWS = 10_000


@pytest.fixture(scope="module")
def learning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may reach a database on this machine."""
    folder = tmp_path_factory.mktemp("learning")
    with (
        pytest.MonkeyPatch.context() as patch,
        running_server(folder, outbound_allow="127.0.0.1") as server,
    ):
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        yield server


def connect(server: Server, postgres: PostgresServer, database: str) -> None:
    """Store a connection to a database."""
    target = {"host": postgres.host, "port": postgres.port, "database": database}
    credentials = {"user": postgres.user, "password": postgres.password}
    body = {
        "name": "warehouse", "kind": "postgresql", "credentials": credentials, "target": target
    }  # fmt: skip
    httpx.post(f"{server.url}/v1/connections", json=body).raise_for_status()


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=f"Column {name}", exact=True)


def upload(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/sources")
    page.get_by_label("Choose files").set_input_files(TELCO)
    line = page.get_by_role("list", name="Sources").get_by_role("listitem")
    expect(line.filter(has_text="telco.csv").get_by_text("Ready", exact=True)).to_be_visible()
    assert violations(page) == []
    line.get_by_role("link", name="telco.csv").click()
    expect(page.get_by_role("heading", name="telco.csv", level=1)).to_be_visible()


def look_at_the_profile(page: Page) -> None:
    contract = column(page, "Contract")
    expect(contract).to_contain_text("3 values: Month-to-month")
    expect(contract.get_by_role("img")).to_be_visible()
    expect(column(page, "customerID").get_by_label("Treatment")).to_have_value("new")
    page.get_by_role("button", name="Show them").click()
    expect(page.get_by_role("region", name="First rows of telco")).to_contain_text("customerID")
    assert violations(page) == []


def choose_what_is_learned(page: Page) -> None:
    column(page, "gender").get_by_label("Treatment").select_option("drop")
    payment = column(page, "PaymentMethod")
    payment.get_by_label("Treatment").select_option("fake")
    payment.get_by_label("Made by").fill("company")
    page.get_by_label("Target", exact=True).select_option("Churn")
    expect(page.get_by_text("No faults", exact=True)).to_be_visible()
    expect(page.get_by_text("columns from 800 rows")).to_be_visible()


def train(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page).to_have_url(re.compile(r"/jobs/\w+$"))
    see_done(page)
    expect(page.get_by_text("columns learned")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="The synthesizer").click()
    expect(page.get_by_role("heading", name="Order of columns")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="New rows").click()


def draw_rows(page: Page) -> None:
    go_on = page.get_by_role("button", name="Next")
    go_on.click()
    page.get_by_label("Rows", exact=True).fill(str(ROWS))
    page.get_by_label("Seed", exact=True).fill("7")
    go_on.click()
    page.get_by_label("Deliver to").select_option("postgresql")
    page.get_by_label("Connection", exact=True).select_option("warehouse")
    assert violations(page) == []
    go_on.click()
    page.get_by_label("Name", exact=True).fill("customers")
    page.get_by_role("button", name="Draw the rows").click()
    expect(page).to_have_url(re.compile(r"/jobs/\w+$"))
    see_done(page)
    expect(page.get_by_role("log")).to_contain_text("delivered")
    expect(page.get_by_text("10,000", exact=True).first).to_be_visible()
    assert violations(page) == []


def test_from_a_real_table_to_new_rows_in_a_database(
    page: Page, learning: Server, postgres: PostgresServer, postgres_database: str
) -> None:
    connect(learning, postgres, postgres_database)
    upload(page, learning)
    look_at_the_profile(page)
    choose_what_is_learned(page)
    train(page)
    draw_rows(page)
    check_rows(postgres, postgres_database)
    page.get_by_role("link", name="Its synthesizer").click()
    page.get_by_role("link", name="Its source").click()
    expect(column(page, "gender").get_by_label("Treatment")).to_have_value("drop")
    expect(page.get_by_role("list", name="Synthesizers")).to_contain_text("telco")
    read_them_back(page, learning)


def read_them_back(page: Page, server: Server) -> None:
    """The rows in the database are a source in their turn, which can be read again."""
    page.goto(f"{server.url}/sources")
    page.get_by_label("Tables", exact=True).fill("customers")
    page.get_by_label("Name", exact=True).fill("drawn")
    page.get_by_role("button", name="Read it").click()
    line = page.get_by_role("list", name="Sources").get_by_role("listitem")
    drawn = line.filter(has_text="drawn")
    expect(drawn.get_by_text("Ready", exact=True)).to_be_visible()
    drawn.get_by_role("link").click()
    expect(page.get_by_text("10,000 rows, 20 columns")).to_be_visible()
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_text("10,000 rows, 20 columns")).to_be_visible()


def check_rows(postgres: PostgresServer, database: str) -> None:
    """What was asked for is in the database, and nothing of what was dropped or faked."""
    (table,) = postgres.sql(TABLES, database).splitlines()
    names = postgres.sql(COLUMNS.format(table), database).splitlines()
    assert "gender" not in names and {"Contract", "Churn", "PaymentMethod"} <= set(names)
    assert postgres.sql(f'SELECT count(*) FROM "{table}"', database) == str(ROWS)
    with TELCO.open(newline="", encoding="utf-8") as lines:
        real = list(csv.DictReader(lines))
    for name in ("PaymentMethod", "customerID"):
        drawn = postgres.sql(f'SELECT DISTINCT "{name}" FROM "{table}"', database).splitlines()
        assert not set(drawn) & {row[name] for row in real}
    drawn = postgres.sql(f'SELECT DISTINCT "Contract" FROM "{table}"', database).splitlines()
    assert set(drawn) == {row["Contract"] for row in real}


TABLES = """SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_name NOT LIKE '%tablesmith%'"""
COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = '{}'"
