"""How many rows the tables of a plan may have: a stranger's model may plan any number, with few
rows asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.errors import DefinitionError, Fault
from app.engine.synthesizers.several.learned_tables import LearnedTables, RelatedTable

MOST_ROWS = 10_000_000_000  # of all tables, whatever they were learned from
FREE_ROWS = 1_000_000  # that any plan may have
MOST_TIMES = 100  # as many rows as in the source, for as many of the roots


@dataclass(slots=True)
class RowLimit:
    """What all tables of a plan together may have.

    Args:
        most: rows.
        taken: rows of the tables that are planned.
    """

    most: int
    taken: int = 0

    @staticmethod
    def of(learned: LearnedTables, wanted: Mapping[str, int]) -> RowLimit:
        """The limit of a plan.

        Args:
            wanted: rows of some roots; others have as many as the model says.
        """
        source = {each.name: _source_rows(each) for each in learned.tables}
        planned = {n: wanted.get(n, learned.by_name[n].relations.rows) for n in learned.roots}
        # Whole numbers: a stranger's may be too large for any other.
        times = max(1, *(-(-rows // max(source[name], 1)) for name, rows in planned.items()))
        expected = MOST_TIMES * times * sum(source.values())
        return RowLimit(min(max(expected, FREE_ROWS), MOST_ROWS))

    def take(self, table: str, rows: int) -> None:
        """Plan the rows of a table. Raises DefinitionError where they are too many."""
        self.taken += rows
        if self.taken > self.most:
            message = f"the tables would have {self.taken:,} rows, and {self.most:,} are the most"
            hint = "ask for fewer rows; a model that was trained here plans about as many for each"
            raise DefinitionError([Fault(f"tables.{table}.rows", message, f"{hint} as its source")])


def _source_rows(table: RelatedTable) -> int:
    return table.relations.rows if table.learned is None else table.learned.rows
