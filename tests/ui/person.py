"""What a person does on the pages, in the words of the pages."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

# A job needs processes of its own, and a model is trained on its rows; a machine may do much else.
A_JOB = 180_000


def see_done(page: Page) -> None:
    """Wait until the job of the page is done."""
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=A_JOB)


@dataclass
class Person:
    page: Page
    folder: Path

    def start_blank(self) -> None:
        self.page.goto("/")
        self.press("Blank")
        expect(self.page.get_by_text("A blank table")).to_be_visible()

    def start_from_yaml(self, text: str) -> None:
        self.page.goto("/")
        self.press("YAML")
        file = {"name": "mine.yaml", "mimeType": "application/yaml", "buffer": text.encode()}
        self.page.get_by_label("Choose a YAML or JSON file").set_input_files(file)  # type: ignore[arg-type]
        expect(self.page.get_by_text("Loaded: mine.yaml")).to_be_visible()

    def start_from_example(self, name: str) -> None:
        self.page.goto("/")
        self.press("Example")
        self.page.get_by_label("Example", exact=True).select_option(name)
        expect(self.page.get_by_text("Loaded:")).to_be_visible()

    def fill(self, **fields: str) -> None:
        """Fields of the page by their names, `_` for a blank."""
        for name, text in fields.items():
            self.page.get_by_label(name.replace("_", " "), exact=True).fill(text)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def go_to_columns(self) -> None:
        self.press("Define the columns")
        expect(self.page.get_by_role("group", name="View")).to_be_visible()

    def line(self, name: str) -> Locator:
        return self.page.get_by_role("group", name=f"Column {name}", exact=True)

    def add_column(self, name: str, kind: str, **fields: str) -> None:
        """A column by hand: its name, its type, its fields in the grid."""
        before = self.page.locator(".line:not(.line--head)").count()
        self.press("Add a column")
        expect(self.page.locator(".line:not(.line--head)")).to_have_count(before + 1)
        new = self.page.locator(".line--chosen")
        new.get_by_label("Column", exact=True).fill(name)
        line = self.line(name)
        line.get_by_label("Type", exact=True).select_option(kind)
        for key, text in fields.items():
            self.set(line.get_by_label(key.replace("_", " "), exact=True), text)

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("complementary", name="Chosen column")

    def set(self, field: Locator, text: str) -> None:
        """Choose or type, as the field wants it."""
        expect(field).to_be_enabled()
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)

    def see_no_faults(self) -> None:
        expect(self.page.get_by_text("No faults")).to_be_visible()

    def make_the_table(self) -> None:
        """Run it, and wait until it is done."""
        self.press("Make the table")
        self.press("Make it")
        expect(self.page).to_have_url(re.compile(r"/jobs/\w+$"))
        see_done(self.page)

    def see_that_all_facts_hold(self) -> None:
        expect(self.page.get_by_text(re.compile(r"^All \d+ hold\.$"))).to_be_visible()

    def download_csv(self) -> list[dict[str, Any]]:
        with self.page.expect_download() as waiting:
            self.page.get_by_role("link", name=re.compile(r"^CSV \(")).click()
        file = self.folder / waiting.value.suggested_filename
        waiting.value.save_as(file)
        with file.open(newline="", encoding="utf-8") as lines:
            return list(csv.DictReader(lines))
