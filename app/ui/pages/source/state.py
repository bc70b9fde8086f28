"""What the parts of a source's page share: the source, the definition under work, its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from app.ui.editor_controller import EditorController
from app.ui.model.paths import Path
from app.ui.model.source_looks import SourceLook, TableLook
from app.ui.model.synthesis import SynthesisDraft, TreatedTable
from app.ui.parts.faults import FaultBoard
from app.ui.parts.field import Field


@dataclass
class SynthesisState:
    """A source with what is to be learned from it.

    Args:
        source: its id.
    """

    source: str
    name: str
    look: SourceLook
    controller: EditorController
    board: FaultBoard = field(default_factory=FaultBoard)
    table_name: str = ""

    @property
    def draft(self) -> SynthesisDraft:
        return cast(SynthesisDraft, self.controller.draft)

    @property
    def table(self) -> TableLook:
        return self.look.table(self.table_name)

    @property
    def treated(self) -> TreatedTable:
        """What happens to the table that is looked at."""
        return self.draft.treated(self.table.name)

    @property
    def faults(self) -> int:
        """How many faults there are to mend."""
        controller = self.controller
        return len(controller.yaml_faults or controller.findings.faults)

    def bind(self, made: Field, put: Callable[[str], None], place: Path) -> Field:
        """Let a field change the definition, and show its faults."""

        def change(text: str) -> None:
            put(text)
            self.controller.changed()

        made.on_value_change(lambda event: change(event.value))
        return self.board.register(made, lambda: place)
