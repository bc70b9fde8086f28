"""What a new table starts from: nothing, an example, a definition, or columns that are there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.ui.api import Problem
from app.ui.model.draft import BLANK, Draft
from app.ui.model.examples import TITLES, example
from app.ui.parts.choices import TextFile, tile
from app.ui.parts.faults import note, problem_notes, sentence
from app.ui.parts.field import Field
from app.ui.parts.tags import box, button, card, paragraph
from app.ui.studio import Studio
from app.ui.visit import api

WAYS = (
    ("Blank", "Every column by hand", "plus"),
    ("Example", "A whole definition to change", "spark"),
    ("YAML", "A definition you have", "file"),
    ("Your columns", "A CSV header or SQL table", "table"),
)


class StartPanel:
    """Four tiles; what the chosen one asks for stands below them."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
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
        studio.on_replaced.append(self._show_aside)

    def _show_aside(self) -> None:
        """What another start took the place of is one click away."""
        self._aside.clear()
        aside = Draft(self._studio.draft.aside)
        if self._studio.draft.aside is None:
            return
        number = sum(len(table.columns()) for table in aside.tables())
        name = aside.get("name") or "A table"
        with self._aside, note(f"{name} with {number} column{'s' * (number != 1)} is put aside."):
            button("Bring it back", self._bring_back, symbol="again").classes("button--small")

    def _bring_back(self) -> None:
        self._studio.bring_back()
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
        self._studio.replaced(BLANK)
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
            TextFile(
                "Choose a CSV or SQL file",
                ".csv,.tsv,.txt,.sql",
                lambda name, text: self._infer(text, name),
                cut=True,
            )
            paragraph("Only types, ranges and labels are taken over.", "quiet small")

    async def _infer(self, text: str, name: str = "") -> None:
        """The columns of a file or text in the place of the draft."""
        try:
            document = await api().draft_of_columns(text)
        except Problem as problem:
            why = problem.faults[0].message if problem.faults else str(problem)
            self._say(f"{sentence(why)}.", "bad")
            return
        stem = name.rpartition(".")[0]
        self._studio.replaced({**document, **({"name": stem} if stem else {})})
        number = len(document["features"])
        said = f"{number} columns" if number != 1 else "One column"
        self._say(f"{said} taken over. Look at {'them' if number != 1 else 'it'} on the next page.")

    async def _read(self, text: str, name: str) -> None:
        try:
            document = (await self._studio.api.both_spellings(text))["document"]
        except Problem as problem:
            self._said.clear()
            with self._said:
                problem_notes(problem)
            return
        self._studio.replaced(document)
        self._say(f"Loaded: {name}.")

    def _say(self, text: str, kind: str = "good") -> None:
        self._said.clear()
        with self._said:
            note(text, kind)
