"""What a new table starts from: nothing, an example, a definition, or columns that are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from nicegui import ui

from app.ui.client import Answer, Problem
from app.ui.editor_controller import EditorController
from app.ui.model.draft import BLANK, Draft
from app.ui.model.examples import TITLES, example
from app.ui.pages.setup.import_review import MOST_LINES, TELL_COLUMN, left_out_lines, review_table
from app.ui.parts.choices import BytesFile, TextFile, tile
from app.ui.parts.drawing import html
from app.ui.parts.faults import note, problem_notes, sentence
from app.ui.parts.field import Field
from app.ui.parts.tags import box, button, card, paragraph, tag
from app.ui.request_context import api, root

WAYS = (
    ("Blank", "Every column by hand", "plus"),
    ("Example", "A whole definition to change", "spark"),
    ("YAML", "A definition you have", "file"),
    ("Your columns", "SQL tables, CSV or Excel", "table"),
)

MOST_NOTES = 8
MOST_LEFT_OUT = 200
# Files that are read, by the ending of their names.
MEDIA_TYPES = {
    ".sql": "application/sql",
    ".ddl": "application/sql",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}


class StartPanel:
    """Four tiles; what the chosen one asks for stands below them."""

    def __init__(self, controller: EditorController) -> None:
        self._controller = controller
        with card("Start from"):
            with box("tiles"):
                self._tiles = [
                    tile(title, said, symbol, partial(self._choose, number))
                    for number, (title, said, symbol) in enumerate(WAYS)
                ]
            self._asked = box("stack")
            self._said = box("notes", role="status")
            self._aside = box("notes")
        self._show_aside()
        controller.on_replaced.append(self._show_aside)

    def _show_aside(self) -> None:
        """What another start took the place of is one click away."""
        self._aside.clear()
        aside = Draft(self._controller.draft.aside)
        if self._controller.draft.aside is None:
            return
        number = sum(len(table.columns()) for table in aside.tables())
        name = aside.get("name") or "A table"
        with self._aside, note(f"{name} with {number} column{'s' * (number != 1)} is put aside."):
            button("Bring it back", self._bring_back, symbol="again").classes("button--small")

    def _bring_back(self) -> None:
        self._controller.bring_back()
        self._say("It is back.")

    def _choose(self, number: int) -> None:
        for place, each in enumerate(self._tiles):
            each.props(f"aria-pressed={'true' if place == number else 'false'}")
        self._asked.clear()
        self._said.clear()
        ask: tuple[Callable[[], None], ...] = (
            self._blank,
            self._examples,
            self._yaml,
            self._columns,
        )
        with self._asked:
            ask[number]()

    def _blank(self) -> None:
        self._controller.replaced(BLANK)
        self._say("A blank table with 1000 rows.")

    def _examples(self) -> None:
        async def load(name: str) -> None:
            if name:
                await self._read(example(name), TITLES[name])

        Field("Example", "", load, kind="choice", options={"": "Choose one…", **TITLES})

    def _yaml(self) -> None:
        async def read(name: str, text: str) -> None:
            await self._read(text, name)

        with box("row"):
            TextFile("Choose a YAML or JSON file", ".yaml,.yml,.json", read)
            paragraph("It is read here and goes nowhere else.", "quiet small")

    def _columns(self) -> None:
        given = Field(
            "CSV (header and, better, some rows) or SQL (CREATE TABLE)",
            kind="area",
            rows=6,
            placeholder="customer_id,plan,tenure\n1,Gold,12\n2,Silver,3",
        )
        with box("row"):
            button("Use these columns", lambda: self._infer(given.value), symbol="check")
            BytesFile("Choose a file: SQL, CSV, Excel", ",".join(MEDIA_TYPES), self._take_file)
            paragraph("Only types, distributions and labels are taken over.", "quiet small")

    async def _infer(self, text: str) -> None:
        """What was pasted in the place of the draft."""
        await self._import(text.encode(), "text/plain")

    async def _take_file(self, name: str, content: bytes) -> None:
        """The tables of a file in the place of the draft."""
        stem, _, ending = name.rpartition(".")
        media_type = MEDIA_TYPES.get(f".{ending.lower()}")
        if media_type is None:
            known = ", ".join(MEDIA_TYPES)
            self._say(f"A file that ends in .{ending} is not read here; those are: {known}.", "bad")
            return
        await self._import(content, media_type, stem)

    async def _import(self, content: bytes, media_type: str, name: str = "") -> None:
        try:
            answer = await api().imported(content, media_type)
        except Problem as problem:
            why = problem.faults[0].message if problem.faults else str(problem)
            self._say(f"{sentence(why)}.", "bad")
            return
        document = answer["document"]
        self._controller.replaced({**document, **({"name": name[:100]} if name else {})})
        self._say(_taken_over(len(answer["columns"]), len(document.get("tables", ()))))
        self._show_review(answer)

    def _show_review(self, answer: Answer) -> None:
        """What was read and assumed of each column, and what is left out."""
        missing = left_out_lines(answer["left_out"])
        with self._said:
            for each in missing[:MOST_NOTES]:
                note(f"{each}.", "warn")
            if len(missing) > MOST_NOTES:
                with box("", "details"):
                    tag("summary", f"And {len(missing) - MOST_NOTES} more that is left out")
                    for each in missing[MOST_NOTES:MOST_LEFT_OUT]:
                        paragraph(f"{each}.", "small")
            scroll = html(review_table(answer["columns"]), "scroll", tabindex=0, role="region")
            scroll.props.update({"aria-label": "Columns for review"})
            paragraph("A click on a column leads to its fields.", "quiet small")
        shown = answer["columns"][:MOST_LINES]
        scroll.on("click", lambda event: self._edit(shown, event.args), js_handler=TELL_COLUMN)

    def _edit(self, columns: Sequence[Mapping[str, str]], number: object) -> None:
        """Go to the fields of a column of the review."""
        if isinstance(number, int) and 0 <= number < len(columns):
            chosen = columns[number]
            self._controller.draft.at_hand = chosen["table"], chosen["column"]
            ui.navigate.to(f"{root()}/design")

    async def _read(self, text: str, name: str) -> None:
        try:
            document = (await self._controller.api.both_spellings(text))["document"]
        except Problem as problem:
            self._said.clear()
            with self._said:
                problem_notes(problem)
            return
        self._controller.replaced(document)
        self._say(f"Loaded: {name}.")

    def _say(self, text: str, kind: str = "good") -> None:
        self._said.clear()
        with self._said:
            note(text, kind)


def _taken_over(columns: int, tables: int) -> str:
    said = f"{columns} columns" if columns != 1 else "One column"
    of = f" of {tables} tables" if tables else ""
    return f"{said}{of} taken over. Look at {'them' if columns != 1 else 'it'} on the next page."
