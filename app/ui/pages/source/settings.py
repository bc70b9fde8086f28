"""What a definition says besides its columns: target, synthesizer, protection, rows, seed."""

from __future__ import annotations

from app.engine.synthesizers.registry import SYNTHESIZERS
from app.ui.pages.source.state import SynthesisState
from app.ui.parts.field import Field, FieldKind
from app.ui.parts.tags import box, card, paragraph, tag

NOT_ASKED = {"": "as usual"}
SIZES = NOT_ASKED | {each: each for each in ("small", "medium", "large")}
NO_TARGET = {"": "nothing"}
HOLDOUT = "Rows that are not learned, for judging the model by them; none of a small table."
PROTECTION = "A label or extreme that fewer rows have never comes out."
PROTECTED = {"yes": "protected", "no": "not protected"}
UNPROTECTED = "Unprotected, a label or extreme of a single row may come out; the model says so."


class LearningSettings:
    """Drawn again for another table or document; what stands in its fields is the document's."""

    def __init__(self, state: SynthesisState) -> None:
        self._state = state
        with card("What is learned, and how"):
            self._box = box("stack")
        self.draw()
        state.controller.on_replaced.append(self.draw)

    def draw(self) -> None:
        self._box.clear()
        with self._box:
            with box("fields fields--half"):
                self._target()
                self._synthesizer()
                self._protection()
                self._table_fields()
                self._holdout()
                self._seed()
            with tag("details"):
                tag("summary", "More of the synthesizer")
                self._more()
        self._state.board.again()

    def _target(self) -> None:
        draft, tables = self._state.draft, self._state.look.tables
        several = len(tables) > 1
        options = NO_TARGET | {
            name: name
            for table in tables
            for column in table.columns
            if (name := f"{table.name}.{column.name}" if several else column.name)
        }

        def put_target(text: str) -> None:
            draft.target = text

        hint = "What models will be trained on the rows to predict."
        made = Field("Target", draft.target, kind="choice", options=options, hint=hint)
        self._state.bind(made, put_target, ("target",))

    def _synthesizer(self) -> None:
        labels = {name: each.label for name, each in SYNTHESIZERS.items()}
        draft = self._state.draft
        chosen = draft.part("synthesizer", "name") or next(iter(labels))
        hint = SYNTHESIZERS[chosen].summary if chosen in SYNTHESIZERS else ""
        made = Field("Synthesizer", chosen, kind="choice", options=labels, hint=hint)

        def choose(name: str) -> None:
            draft.set_part("synthesizer", "name", name)
            made.show(name, hint=SYNTHESIZERS[name].summary if name in SYNTHESIZERS else "")

        self._state.bind(made, choose, ("synthesizer", "name"))

    def _protection(self) -> None:
        draft = self._state.draft

        def choose(text: str) -> None:
            draft.protects_values = text != "no"
            fewest.show(draft.part("privacy", "k"))

        made = Field(
            "Rare values and extremes", "yes" if draft.protects_values else "no", kind="choice",
            options=PROTECTED, hint=UNPROTECTED,
        )  # fmt: skip
        self._state.bind(made, choose, ("privacy", "value_protection"))
        label = "Fewest rows behind a value"
        fewest = self._part("privacy", "k", label, "number", hint=PROTECTION)

    def _table_fields(self) -> None:
        """Rows of the table that is looked at."""
        treated, table = self._state.treated, self._state.table
        rows = Field("Rows", treated.get("rows"), kind="number", placeholder=f"{table.rows}")
        self._state.bind(rows, treated.set_rows, (*treated.path, "rows"))

    def _holdout(self) -> None:
        draft = self._state.draft

        def choose(text: str) -> None:
            draft.set("holdout", text)

        made = Field(
            "Share set aside", draft.get("holdout"), kind="number", placeholder="0.1", hint=HOLDOUT
        )
        self._state.bind(made, choose, ("holdout",))

    def _seed(self) -> None:
        draft = self._state.draft

        def choose(text: str) -> None:
            draft.set("seed", text)

        made = Field("Seed", draft.get("seed"), kind="number", placeholder="drawn")
        self._state.bind(made, choose, ("seed",))

    def _more(self) -> None:
        paragraph(
            "How much a model may learn. What a synthesizer does not use is said below.",
            "quiet small",
        )
        with box("fields fields--half"):
            self._part("synthesizer", "model_size", "Size of the model", "choice", options=SIZES)
            self._part("synthesizer", "max_rounds", "Most rounds", "number")
            self._part(
                "synthesizer", "validation_fraction", "Share that says when to stop", "number"
            )
            self._part("synthesizer", "early_stop_delta", "Least gain", "number")

    def _part(
        self, key: str, name: str, label: str, kind: FieldKind = "text", **more: object
    ) -> Field:
        draft = self._state.draft
        made = Field(label, draft.part(key, name), kind=kind, **more)  # type: ignore[arg-type]
        return self._state.bind(made, lambda text: draft.set_part(key, name, text), (key, name))
