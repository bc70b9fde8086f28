"""What the parts of the schema page share: the draft, the chosen column, fields bound to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.ui.editor_controller import EditorController
from app.ui.model.cats import LabelsAsTyped
from app.ui.model.columns import Column
from app.ui.model.histograms import Histogram
from app.ui.model.paths import Path
from app.ui.model.tables import Table
from app.ui.parts.faults import FaultBoard
from app.ui.parts.field import Field, FieldKind


@dataclass
class EditorState:
    """The same value may stand in two fields, in the grid and in the panel: a change of one is
    shown in the other. `on_chosen` is called for another column, `on_shape` of a column that needs
    other fields than before."""

    controller: EditorController
    board: FaultBoard = field(default_factory=FaultBoard)
    table_name: str = ""
    chosen: str = ""
    on_chosen: list[Callable[[], None]] = field(default_factory=list)
    on_shape: list[Callable[[str], None]] = field(default_factory=list)
    on_changed: list[Callable[[], None]] = field(default_factory=list)
    _bound: dict[Field, Callable[[], str]] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        return self.controller.draft.table(self.table_name)

    @property
    def column(self) -> Column | None:
        return self.table.column(self.chosen)

    @property
    def faults(self) -> int:
        """How many faults there are to mend: of the draft, and of what it could not take."""
        controller = self.controller
        return len(controller.yaml_faults or controller.findings.faults) + self.board.rejected

    @property
    def looks(self) -> Mapping[str, Histogram]:
        """What the preview has of each column of the table."""
        found = self.controller.findings.looks
        return found.get(self.table_name) or next(iter(found.values()), {})

    def begin(self) -> str:
        """Take the table and the column that the draft has at hand; the name of that column, empty
        where there is none."""
        table, name = self.controller.draft.at_hand
        self.controller.draft.at_hand = ("", "")
        if self.controller.draft.table(table).column(name) is None:
            return ""
        self.table_name, self.chosen = self.controller.draft.table(table).name, name
        return name

    def choose(self, name: str) -> None:
        if name != self.chosen:
            self.chosen = name
            _tell(self.on_chosen)

    def reshaped(self, name: str) -> None:
        """A column got another type or distribution."""
        for listener in self.on_shape:
            listener(name)
        self.board.again()
        self.changed()

    def changed(self, origin: Field | None = None) -> None:
        """The definition is another one; `origin` is the field that made it so."""
        self.show_again(origin)
        self.controller.changed()

    def show_again(self, origin: Field | None = None) -> None:
        """Every field with the value of the table at hand."""
        self._bound = {each: get for each, get in self._bound.items() if not each.is_deleted}
        for each, get in self._bound.items():
            if each is not origin:
                each.show(get())
        _tell(self.on_changed)

    def bind(
        self,
        made: Field,
        get: Callable[[], str],
        put: Callable[[str], None],
        place: Callable[[], Path],
    ) -> Field:
        """Let a field show and change a value, and show its faults."""

        def change(text: str) -> None:
            if made.asks(text):
                self.controller.tell_again()
            elif text != get():
                put(text)
                self.changed(made)

        made.on_value_change(lambda event: change(event.value))
        self._bound[made] = get
        return self.board.register(made, place)

    def column_field(
        self,
        name: Callable[[], str],
        label: str,
        key: str,
        *,
        kind: FieldKind = "text",
        **more: object,
    ) -> Field:
        """A field of a column, which is looked up by its name at every use."""
        typed = LabelsAsTyped()

        def column() -> Column:
            found = self.table.column(name()) or Column("", {}, ())
            found.typed = typed
            return found

        made = Field(label, column().get(key), kind=kind, **more)  # type: ignore[arg-type]
        return self.bind(
            made,
            lambda: column().get(key),
            lambda text: column().set(key, text),
            lambda: column().place(key),
        )


def _tell(listeners: list[Callable[[], None]]) -> None:
    for listener in listeners:
        listener()
