"""Work that a click takes away can be had back, and the focus stays where a person works."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.ui.person import Person


@pytest.mark.slow
def test_what_another_start_took_the_place_of_comes_back(person: Person, page: Page) -> None:
    person.start_from_example("plan_choice")
    person.fill(Name="mine")
    person.press("Nothing")
    person.press("A label")
    expect(page.get_by_text("Its labels are edited among the columns.")).to_be_visible()
    person.press("Blank")
    expect(page.get_by_text(re.compile(r"^mine with \d+ columns is put aside"))).to_be_visible()
    page.reload()
    person.press("Bring it back")
    expect(page.get_by_label("Name", exact=True)).to_have_value("mine")
    person.go_to_columns()
    person.see_no_faults()


def tool(line: Locator, name: str) -> Locator:
    return line.get_by_role("button", name=name)


@pytest.mark.slow
def test_lines_keep_the_focus_and_come_back(person: Person, page: Page) -> None:
    person.start_from_example("churn_patent")
    person.go_to_columns()
    person.see_no_faults()
    names = page.get_by_label("Column", exact=True)
    tool(person.line("Name"), "Move up").press("Enter")
    expect(names.nth(1)).to_have_value("Name")
    expect(tool(person.line("Name"), "Move up")).to_be_focused()
    tool(person.line("Name"), "Remove").press("Enter")
    expect(tool(person.line("Subscription Start Date"), "Remove")).to_be_focused()
    person.press("Put it back")
    expect(names.nth(1)).to_have_value("Name")
    tool(person.line("Churned"), "Remove").press("Enter")
    expect(tool(person.line("Subscription Type"), "Remove")).to_be_focused()
    person.press("Put it back")
    expect(person.line("Churned")).to_contain_class("line--target")
    person.see_no_faults()


@pytest.mark.slow
def test_what_another_type_left_out_is_there_when_it_comes_back(person: Person, page: Page) -> None:
    person.start_from_example("churn_patent")
    person.go_to_columns()
    person.see_no_faults()
    line = person.line("Subscription Type")
    kind, labels = line.get_by_label("Type", exact=True), line.get_by_label("Labels and weights")
    kind.press("ArrowDown")
    expect(labels).to_have_count(0)
    expect(kind).to_be_focused()
    kind.press("ArrowUp")
    expect(labels).to_have_value("Gold: 0.5, Silver: 0.3, Bronze: 0.2")
    expect(line.get_by_text("3 labels")).to_be_visible()
    person.panel.get_by_role("button", name="Add a label").click()
    expect(person.panel.get_by_label("Label 4", exact=True)).to_be_focused()
    person.line("Last 30 Days Spend Trend").get_by_label("Min", exact=True).focus()
    shape = person.panel.get_by_label("Distribution")
    shape.press("ArrowDown")
    expect(shape).to_have_value("lognormal")
    expect(shape).to_be_focused()
    shape.press("ArrowUp")
    expect(person.panel.get_by_role("group", name="Bucket 2").get_by_label("Mean")).to_have_value(
        "-10"
    )


@pytest.mark.slow
def test_a_choice_that_is_changed_at_once_is_not_lost(person: Person, page: Page) -> None:
    """The second key is pressed before the page has what the first one changes."""
    person.start_from_example("churn_patent")
    person.go_to_columns()
    person.see_no_faults()
    person.line("Last 30 Days Spend Trend").get_by_label("Min", exact=True).focus()
    shape = person.panel.get_by_label("Distribution")
    shape.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    bucket = person.panel.get_by_role("group", name="Bucket 2")
    page.keyboard.press("ArrowDown")
    expect(bucket).to_have_count(0)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(bucket.get_by_label("Mean")).to_have_value("-10")
    expect(shape).to_have_value("buckets")
    expect(shape).to_be_focused()
    line = person.line("SubscriptionId")
    form = line.get_by_label("Format")
    form.select_option("pattern")
    form.select_option("sequence")
    expect(line.get_by_label("Prefix")).to_be_visible()
    expect(line.get_by_label("Pattern")).to_have_count(0)
    expect(form).to_have_value("sequence")


@pytest.mark.slow
def test_a_table_is_made_once_and_its_new_name_is_said(person: Person, page: Page) -> None:
    person.start_from_example("patients")
    person.go_to_columns()
    person.see_no_faults()
    person.press("Make the table")
    page.get_by_role("button", name="Make it").dblclick()
    expect(page).to_have_url(re.compile(r"/jobs/\w+$"))
    made = page.request.get("/v1/jobs").json()["items"]
    assert [job["name"] for job in made].count("patients") == 1
    page.get_by_role("button", name="Rename").press("Enter")
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    name.fill("<b>x</b> 😀")
    name.press("Enter")
    expect(page).to_have_title("<b>x</b> 😀 – Tablesmith")
    expect(page.get_by_role("heading", level=1)).to_have_text("<b>x</b> 😀")
    expect(page.get_by_role("button", name="Rename")).to_be_focused()


@pytest.mark.slow
def test_a_draft_that_the_service_has_forgotten_comes_from_the_tab(
    person: Person, page: Page
) -> None:
    person.start_from_example("patients")
    person.go_to_columns()
    person.see_no_faults()
    person.line("Height").get_by_label("Mean").fill("180")
    stored = "sessionStorage.getItem('tablesmith-draft').includes('\"mean\": 180')"
    page.wait_for_function(stored)
    page.context.clear_cookies()
    page.reload()
    expect(person.line("Height").get_by_label("Mean")).to_have_value("180")
    person.see_no_faults()


class SlowWayBack:
    """What a server says to a page, held back while `is_slow`: a person goes on meanwhile."""

    def __init__(self, page: Page) -> None:
        self.is_slow = False
        self._late: list[tuple[WebSocketRoute, str | bytes]] = []
        page.route_web_socket(re.compile("socket.io"), self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(
            lambda said: self._late.append((route, said)) if self.is_slow else route.send(said)
        )

    def catch_up(self) -> None:
        for route, said in self._late:  # grows by what still arrives
            route.send(said)
        self.is_slow = False


@pytest.mark.slow
def test_what_is_typed_before_a_redrawn_field_arrives_is_not_lost(
    person: Person, page: Page
) -> None:
    """A slow way back from the server: a person is several fields further by then."""
    back = SlowWayBack(page)
    person.start_blank()
    person.go_to_columns()
    person.press("Add a column")
    line = page.locator(".line--chosen")
    line.get_by_label("Column", exact=True).fill("age")
    line = person.line("age")
    expect(person.panel.get_by_role("heading", name="age")).to_be_visible()
    back.is_slow = True
    line.get_by_label("Type", exact=True).select_option("int")
    line.get_by_label("Mean", exact=True).fill("41")
    line.get_by_label("Max", exact=True).fill("90")
    person.panel.get_by_label("In the files").select_option("true")
    back.catch_up()
    expect(line.get_by_label("Max", exact=True)).to_have_value("90")
    expect(line.get_by_label("Mean", exact=True)).to_have_value("41")
    expect(person.panel.get_by_label("Maximum")).to_have_value("90")
    expect(person.panel.get_by_label("In the files")).to_have_value("true")


@pytest.mark.slow
def test_effects_chosen_before_the_labels_typed_arrive_are_not_lost(
    person: Person, page: Page
) -> None:
    back = SlowWayBack(page)
    person.start_from_example("churn_patent")
    person.go_to_columns()
    person.see_no_faults()
    line = person.line("Subscription Type")
    labels = line.get_by_label("Labels and weights")
    labels.focus()
    way = person.panel.get_by_label("Correlation of label 1")
    expect(way).to_have_value("positive")
    back.is_slow = True
    labels.fill("Iron: 0.6, Wood: 0.4")
    way.select_option("negative")
    back.catch_up()
    expect(person.panel.get_by_label("Label 1", exact=True)).to_have_value("Iron")
    expect(way).to_have_value("negative")
    expect(person.panel.get_by_label("Weight of label 1")).to_have_value("0.6")


class BrokenWay:
    """The way to the server, which loses what is under way when it breaks."""

    def __init__(self, page: Page) -> None:
        self.loses = False
        self._open: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("socket.io"), self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        self._open.append(route)
        route.on_message(lambda said: None if self.loses else server.send(said))

    def breaks(self) -> None:
        self.loses = False
        while self._open:
            self._open.pop().close(code=1011)


@pytest.mark.slow
def test_what_was_under_way_when_the_connection_broke_arrives_after_it(
    person: Person, page: Page
) -> None:
    way = BrokenWay(page)
    person.start_from_example("churn")
    person.go_to_columns()
    person.see_no_faults()
    person.line("Monthly Fee").get_by_label("Min", exact=True).focus()
    mean = person.panel.get_by_label("mean", exact=True)
    expect(mean).to_have_value("3.4")
    way.loses = True
    mean.fill("3.1")
    person.panel.get_by_label("Beyond min and max").select_option("truncate")
    way.breaks()
    stored = "sessionStorage.getItem('tablesmith-draft')"
    page.wait_for_function(f"{stored}.includes('\"mean\": 3.1')")
    page.wait_for_function(f"{stored}.includes('truncate')")
    expect(mean).to_have_value("3.1")
