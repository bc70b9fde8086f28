"""Drawing several tables: a table's rows are drawn for the rows of its parent.

Whose rows a block holds is settled when the plan is made, by drawing how many rows each parent has.
A block of a table is then a pure function of its number: the parents' block is drawn again, and the
last blocks are kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.generators.base import BLOCK_ROWS, Layout
from app.engine.plan.asked.given import codes_of_cells
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import RowSource
from app.engine.plan.several.known_cells import column_of, drawn_with, whole_cells
from app.engine.plan.several.layouts import NO_PARENT, Origin
from app.engine.plan.several.looking_up import known_keys, with_known_keys
from app.engine.plan.several.referring import Referred, distinct_rows, referred_rows
from app.engine.plan.several.sequences import SequenceDrawing
from app.engine.plan.several.superiors import Hierarchy, Strata
from app.engine.schema.load import load_definition
from app.engine.seeds import Stream
from app.engine.synthesizers.base import Model, even_uniforms
from app.engine.synthesizers.several.learned_tables import LearnedTables, RelatedTable
from app.engine.synthesizers.several.matching import group_codes
from app.engine.synthesizers.several.relations import (
    OwnParent,
    Reference,
    RelatedKey,
    SelfReference,
)
from app.engine.synthesizers.table import MISSING, Codes
from app.engine.synthesizers.texts.learned_text import with_texts

Rows = NDArray[np.int64]
T = TypeVar("T")

MOST_KEPT = 8  # blocks, of all tables together
MOST_CHILDREN = BLOCK_ROWS


@dataclass(frozen=True, eq=False, slots=True)
class LearnedBlock:
    """One block of a table.

    Args:
        cells: all columns of its model.
        parents: place of each row's parent in the parents' block, shape (rows,); empty for a root.
    """

    cells: pa.RecordBatch
    parents: Rows


@dataclass(eq=False)
class TablesDrawing:
    """Blocks of all tables, a pure function of the tables, their sizes and the seed.

    Args:
        layouts: of every table.
        origins: whose rows the blocks of each table hold; none for roots.
        made: declared columns of the tables that have some.
    """

    learned: LearnedTables
    seed: int
    layouts: dict[str, Layout]
    origins: dict[str, tuple[Origin, ...]]
    made: dict[str, RowSource]
    _blocks: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    _whole: dict[Any, Any] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """Without what was drawn already."""
        return {**self.__dict__, "_blocks": OrderedDict(), "_whole": {}}

    def block(self, name: str, number: int) -> LearnedBlock:
        """What the model of a table draws in one block."""
        return self._once(("block", name, number), lambda: self._block(name, number))

    def counts(self, name: str, column: str, number: int) -> Rows:
        """How many rows of another table each row of a block has, shape (rows,)."""
        cells = self.block(name, number).cells.column(column)
        return np.clip(whole_cells(cells, 0), 0, MOST_CHILDREN)

    def keys(self, name: str, column: str) -> pa.Array:
        """A column that others refer to, of all rows of a table, in their order."""
        if ("keys", name, column) not in self._whole:
            self._whole["keys", name, column] = self._keys(name, column)
        found: pa.Array = self._whole["keys", name, column]
        return found

    def referring(self, name: str, number: int) -> dict[str, pa.Array]:
        """The foreign keys of one block that follow from rows of other tables, by name."""
        found: dict[str, pa.Array] = {}
        for key in self.learned.by_name[name].relations.keys:
            found |= self._key_cells(name, key, number)
        return found

    def lines(self, name: str, number: int) -> dict[str, pa.Array]:
        """The columns of one block that number the rows of each parent, by name."""
        own = self.learned.by_name[name].relations
        if own.parent is None or not own.lines:
            return {}
        positions = self._parents_of(name, own.parent, number)[1]
        return {
            each.column: pa.array(positions + each.first - 1).cast(each.type, safe=False)
            for each in own.lines
        }

    def _key_cells(self, name: str, key: RelatedKey, number: int) -> dict[str, pa.Array]:
        """The columns of a foreign key in one block, by name."""
        if isinstance(key, OwnParent):
            rows = self._parent_rows(name, number)
        elif isinstance(key, Reference):
            rows = self._referred(name, key, number)
        else:
            first = self.layouts[name].first_row(number)
            rows = self._superiors(name, key)[first : first + self.layouts[name].rows(number)]
        taken = pa.array(rows, mask=rows < 0)
        found = {
            column: self.keys(key.parent, there).take(taken)
            for column, there in self._columns_of(key).items()
        }
        if not isinstance(key, SelfReference) and key.orphans:
            found[key.column] = self._with_orphans(name, key, found[key.column], number)
        return found

    def _with_orphans(
        self, name: str, key: OwnParent | Reference, cells: pa.Array, number: int
    ) -> pa.Array:
        """A foreign key with keys that refer to nothing in the place of some that are missing."""
        stream = Stream(self.seed).child("synthesize", "table", name, "orphans", key.column, number)
        places = np.flatnonzero(np.asarray(cells.is_null().to_numpy(zero_copy_only=False)))
        chosen = places[even_uniforms(len(places), stream) < key.orphans]
        keys = self.orphan_keys(key)
        if not len(keys) or not len(chosen):
            return cells
        which = stream.child("key").generator().integers(0, len(keys), len(chosen))
        table = np.full(len(cells), MISSING, dtype=np.int64)
        table[chosen] = which
        return pc.coalesce(cells, keys.take(pa.array(table, mask=table < 0)))

    def orphan_keys(self, key: OwnParent | Reference) -> pa.Array:
        """Keys as those of a table, that it does not have."""
        place = "orphans", key.parent, key.orphan_keys
        if place not in self._whole:
            column = str(self.learned.by_name[key.parent].relations.key)
            layout = Layout(self.layouts[key.parent].total + key.orphan_keys)
            source = made_source(self.learned.by_name[key.parent], layout.total, self.seed)
            last = [
                source.block(number, layout).column(column)
                for number in range(layout.blocks)
                if layout.first_row(number) + layout.rows(number) > self.layouts[key.parent].total
            ]
            others = pa.concat_arrays(last)[-key.orphan_keys :]
            known = pc.is_in(others, value_set=self.keys(key.parent, column))
            self._whole[place] = others.filter(pc.invert(known))
        found: pa.Array = self._whole[place]
        return found

    def _columns_of(self, key: RelatedKey) -> dict[str, str]:
        """The columns of a foreign key, and those that they refer to."""
        return {key.column: str(self.learned.by_name[key.parent].relations.key), **key.also}

    def made_rows(self, name: str, first: int, rows: int) -> pa.RecordBatch | None:
        """Declared columns of some neighbouring rows; None where there are none."""
        source = self.made.get(name)
        if source is None:
            return None
        layout = Layout(self.layouts[name].total)
        firsts = layout.firsts()
        parts, end = [], first + rows
        start = max(int(np.searchsorted(firsts, first, side="right")) - 1, 0)
        for number in range(start, layout.blocks):
            at = int(firsts[number])
            if at >= end and number > start:
                break
            block = self._made_block(name, source, number, layout)
            begin = max(first - at, 0)
            parts.append(block.slice(begin, max(min(end - at, block.num_rows) - begin, 0)))
        whole = pa.Table.from_batches(parts, source.schema).combine_chunks().to_batches()
        return whole[0] if whole else parts[0].slice(0, 0)

    def texts(self, name: str, number: int) -> dict[str, pa.Array]:
        """The columns of text of one block of a table."""
        learned = self.learned.by_name[name].learned
        if learned is None or not learned.texts:
            return {}
        stream = Stream(self.seed).child("synthesize", "table", name, "block", number)
        rows = with_texts(self.block(name, number).cells, learned.texts, stream)
        return {each.name: rows.column(each.name) for each in learned.texts}

    def type_of(self, name: str, column: str) -> pa.DataType:
        """Type of a column of a table."""
        table = self.learned.by_name[name]
        for key in table.relations.keys:
            if (there := self._columns_of(key).get(column)) is not None:
                return self.type_of(key.parent, there)
        for line in table.relations.lines:
            if line.column == column:
                return pa.type_for_alias(line.type)
        return self.made[name].type_of(column) if column in table.relations.made \
            else table.columns[column]  # fmt: skip

    def _made_block(
        self, name: str, source: RowSource, number: int, layout: Layout
    ) -> pa.RecordBatch:
        return self._once(("made", name, number), lambda: source.block(number, layout))

    def _block(self, name: str, number: int) -> LearnedBlock:
        table = self.learned.by_name[name]
        assert table.learned is not None
        model, rows = table.learned.model, self.layouts[name].rows(number)
        stream = Stream(self.seed).child("synthesize", "table", name, "block", number)
        own = table.relations.parent
        if own is None:
            none = np.zeros(0, dtype=np.int64)
            return LearnedBlock(self._drawn(table, rows, {}, none, stream), none)
        parents, positions = self._parents_of(name, own, number)
        known = self._given(model, own, self.origins[name][number].block, parents)
        known[own.position] = codes_of_cells(
            column_of(model, own.position), pa.array(positions), may_miss=True
        )
        if self.origins[name][number].block == NO_PARENT:
            known[own.position] = np.full(rows, MISSING, dtype=np.int32)
        sequence = table.relations.sequence
        if sequence is None or not rows:
            return LearnedBlock(self._drawn(table, rows, known, parents, stream), parents)
        followed = SequenceDrawing(model, sequence, known, positions, _left(parents), stream)
        return LearnedBlock(followed.drawn(), parents)

    def _drawn(
        self,
        table: RelatedTable,
        size: int,
        known: Mapping[str, Codes],
        parents: Rows,
        stream: Stream,
    ) -> pa.RecordBatch:
        """Rows of a block, with keys that lookup tables have."""
        assert table.learned is not None
        model, place = table.learned.model, ("known", table.name)
        rows = drawn_with(model, size, known, stream)
        if not size or not table.relations.lookups:
            return rows
        if place not in self._whole:
            self._whole[place] = known_keys(table, self.learned)

        def again(places: Rows, own: Stream) -> pa.RecordBatch:
            given = {name: codes[places] for name, codes in known.items()}
            return drawn_with(model, len(places), given, own)

        return with_known_keys(rows, self._whole[place], parents, again, stream.child("again"))

    def _parents_of(self, name: str, own: OwnParent, number: int) -> tuple[Rows, Rows]:
        """Place of each row's parent in the parents' block, NO_PARENT for none, and the row's
        number among those of its parent, from 1; shape (rows,) each."""
        origin = self.origins[name][number]
        if origin.block == NO_PARENT:
            return np.full(origin.rows, NO_PARENT), np.zeros(origin.rows, dtype=np.int64)
        counts = self.limited_counts(name, own, origin.block)[origin.first : origin.last]
        parents = np.repeat(np.arange(origin.first, origin.last), counts)
        starts = np.cumsum(counts) - counts
        return parents, np.arange(len(parents)) - np.repeat(starts, counts) + 1

    def limited_counts(self, name: str, own: OwnParent, number: int) -> Rows:
        """How many rows of a table each parent of a block has: no more than there are different
        rows to refer to, or values that order them, where these are to differ; (parents,)."""
        counts = self.counts(own.parent, own.count, number)
        table = self.learned.by_name[name].relations
        most = [self.layouts[each.parent].total for each in table.references if each.is_distinct]
        most += [self.layouts[each.parent].total for each in table.lookups if each.is_distinct]
        if (sequence := table.sequence) is not None:
            most.append(sequence.numbers[0].most_rows)
        return np.minimum(counts, min(most, default=MOST_CHILDREN))

    def _given(self, model: Model, own: OwnParent, block: int, parents: Rows) -> dict[str, Codes]:
        """What rows have of their parent, as the table's model knows it."""
        if block == NO_PARENT:
            return {name: np.full(len(parents), MISSING, dtype=np.int32) for name in own.given}
        cells = self.block(own.parent, block).cells
        found = {}
        for name, source in own.given.items():
            column = column_of(model, name)
            codes = codes_of_cells(column, cells.column(source), may_miss=True)
            found[name] = codes[parents]
        return found

    def _parent_rows(self, name: str, number: int) -> Rows:
        """The row of the parents' table that each row has, NO_PARENT for none; shape (rows,)."""
        origin = self.origins[name][number]
        parents = self.block(name, number).parents
        own = self.learned.by_name[name].relations.parent
        assert own is not None
        if origin.block == NO_PARENT:
            return parents
        return parents + self.layouts[own.parent].first_row(origin.block)

    def _referred(self, name: str, reference: Reference, number: int) -> Rows:
        """The second parent's row that each row refers to, MISSING for none; shape (rows,)."""
        block = self.block(name, number)
        codes = whole_cells(block.cells.column(reference.group), MISSING)
        stream = Stream(self.seed).child(
            "synthesize", "table", name, "refers", reference.column, number
        )
        if reference.is_own:
            return self._own_rows(name, reference, number, codes, stream)
        referred = self._referred_of(name, reference)
        rows = referred_rows(referred, codes, stream)
        if reference.is_distinct:
            return distinct_rows(referred, block.parents, rows, stream.child("distinct"))
        return rows

    def _own_rows(
        self, name: str, reference: Reference, number: int, codes: Rows, stream: Stream
    ) -> Rows:
        """Of the rows that follow from each row one of the group, MISSING for none; (rows,)."""
        place = "own", name, reference.column
        if place not in self._whole:
            blocks = range(self.layouts[reference.parent].blocks)
            parents = [self._parent_rows(reference.parent, each) for each in blocks]
            self._whole[place] = Strata(np.concatenate(parents), *self._groups(reference))
        wanted = np.flatnonzero(codes != MISSING)
        rows = np.full(len(codes), MISSING, dtype=np.int64)
        first = self.layouts[name].first_row(number)
        rows[wanted] = self._whole[place].chosen(wanted + first, codes[wanted], stream)
        return rows

    def _referred_of(self, name: str, reference: Reference) -> Referred:
        place = "referred", name, reference.column
        if place not in self._whole:
            self._whole[place] = Referred.of(*self._groups(reference))
        found: Referred = self._whole[place]
        return found

    def _groups(self, reference: Reference) -> tuple[Rows, Rows]:
        """The groups of all rows of a second parent, and how often each is referred to; (rows,)
        each."""
        codes, counts = [], []
        for number in range(self.layouts[reference.parent].blocks):
            cells = self.block(reference.parent, number).cells
            columns = {each.name: cells.column(each.name) for each in reference.by}
            codes.append(group_codes(reference.by, columns, cells.num_rows))
            counts.append(self.counts(reference.parent, reference.count, number))
        return np.concatenate(codes), np.concatenate(counts)

    def _superiors(self, name: str, key: SelfReference) -> Rows:
        """The row of the same table that each row of a table refers to, MISSING for none."""
        place = "superiors", name, key.column
        if place not in self._whole:
            stream = Stream(self.seed).child("synthesize", "table", name, "above", key.column)
            found = self._hierarchy(name, key).superiors(stream)
            if key.loops:
                found = np.where(found == MISSING, np.arange(len(found)), found)
            self._whole[place] = found
        rows: Rows = self._whole[place]
        return rows

    def _hierarchy(self, name: str, key: SelfReference) -> Hierarchy:
        """All rows of a table that refers to itself."""
        levels, wanted, groups, counts, families = [], [], [], [], []
        for number in range(self.layouts[name].blocks):
            cells = self.block(name, number).cells
            columns = {each.name: cells.column(each.name) for each in key.by}
            groups.append(group_codes(key.by, columns, cells.num_rows))
            wanted.append(whole_cells(cells.column(key.group), MISSING))
            levels.append(whole_cells(cells.column(key.level or key.group), 0))
            counts.append(self.counts(name, key.count, number))
            within = self._parent_rows(name, number) if key.is_within else None
            families.append(np.zeros(cells.num_rows, np.int64) if within is None else within)
        return Hierarchy(
            None if key.level is None else np.concatenate(levels),
            *map(np.concatenate, (wanted, groups, counts, families)),
        )

    def _keys(self, name: str, column: str) -> pa.Array:
        own, layout = self.learned.by_name[name].relations, self.layouts[name]
        if column in own.made:
            made = self.made_rows(name, 0, layout.total)
            assert made is not None
            return made.column(column)
        return pa.concat_arrays([self._cells(name, column, n) for n in range(layout.blocks)])

    def _cells(self, name: str, column: str, number: int) -> pa.Array:
        """One column of one block that is not declared."""
        own = self.learned.by_name[name].relations
        for key in own.keys:
            if column in {key.column, *key.also}:
                return self._key_cells(name, key, number)[column]
        if any(each.column == column for each in own.lines):
            return self.lines(name, number)[column]
        return self.block(name, number).cells.column(column)

    def _once(self, what: Any, draw: Callable[[], T]) -> T:
        """What was drawn before, as long as it is kept."""
        found: T
        if what in self._blocks:
            self._blocks.move_to_end(what)
            found = self._blocks[what]
            return found
        found = self._blocks[what] = draw()
        while len(self._blocks) > MOST_KEPT:
            self._blocks.popitem(last=False)
        return found


def made_source(table: RelatedTable, rows: int, seed: int) -> RowSource:
    """The declared columns of a table as a row source, with a seed of their own: those of two
    tables have nothing to do with one another."""
    document = {"n_samples": rows, "features": dict(table.relations.made)}
    own = Stream(seed).child("synthesize", "table", table.name, "made").key() % 2**48
    return compile_plan(load_definition(document).definition, seed=own).tables[0].source


def own_columns(table: RelatedTable, counts: set[str]) -> list[str]:
    """The learned columns of a table that come out."""
    return [each for each in table.columns if each not in table.relations.helpers | counts]


def _left(parents: Rows) -> Rows:
    """Rows of the same parent behind each one, which stand together; none for rows without one."""
    starts = np.flatnonzero(np.append(True, np.diff(parents) != 0))
    ends = np.repeat(np.append(starts[1:], len(parents)), np.diff(np.append(starts, len(parents))))
    return np.where(parents == NO_PARENT, 0, ends - np.arange(len(parents)) - 1)
