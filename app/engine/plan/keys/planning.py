"""From declared foreign keys to columns of row numbers, and the rows that these make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd

from app.engine.errors import DefinitionError, Fault
from app.engine.generators.apportionment import ExactApportionment, apportion, make_apportionment
from app.engine.generators.base import Generator, Member, Scope, plan_column
from app.engine.generators.bijection import Shuffle, make_shuffle
from app.engine.plan.keys.ancestry import TableAncestry, rows_name
from app.engine.plan.keys.children import ChildCounts, children_column
from app.engine.plan.keys.pairing import MOST_ROWS as MATCHED_ROWS
from app.engine.plan.keys.pairing import MatchedRows, Pairing, most_beyond
from app.engine.plan.keys.rows import (
    AnyParent,
    ChildrenOf,
    Earlier,
    OneEach,
    OthersOfParent,
    Pair,
)
from app.engine.plan.keys.weights import (
    EvenWeights,
    WeightsError,
    WeightSource,
    rows_by_weight,
    weight_source,
)
from app.engine.plan.paths import TablePaths
from app.engine.schema.models import ComputedColumn, ForeignKey, LineNumberColumn, Table
from app.engine.schema.source import MAX_ROWS
from app.engine.seeds import Stream

DEFAULT_ROWS = 1000
MOST_STRIDES = 256
MOST_PAIRS = 2**62
MIXED_BLOCKS = 16  # of a parent, which may be kept


@dataclass(frozen=True, slots=True)
class Keys:
    """Planned foreign keys.

    Args:
        rows: rows of the table.
        members: the row numbers that each key refers to, in the order of the keys.
        warnings: what is odd about them.
    """

    rows: int
    members: tuple[Member, ...]
    warnings: tuple[Fault, ...] = ()


@dataclass(slots=True)
class KeyPlanner:
    """Plans the foreign keys of one table."""

    ancestry: TableAncestry
    sampling: str
    root: int
    paths: TablePaths
    wanted: int | None

    def plan(self) -> Keys:
        """Raises:
        DefinitionError: where the keys cannot be had as declared.
        """
        table = self.ancestry.table
        warnings: list[Fault] = []
        for name, key in table.foreign_keys.items():
            self._check_referenced(name, key)
        counts = {
            name: self._counts(name, key, warnings)
            for name, key in table.foreign_keys.items()
            if key.children is not None
        }
        rows = self._rows(counts)
        counts |= self._shared_out(rows, warnings)
        generators = self._paired(counts, rows) or {
            name: self._generator(name, key, counts, rows)
            for name, key in table.foreign_keys.items()
        }
        members = tuple(
            Member(rows_name(name), generators[name], self._stream(name))
            for name in table.foreign_keys
        )
        return Keys(rows, members, (*warnings, *self._first_row()))

    def _stream(self, name: str, *purpose: str) -> Stream:
        return Stream(self.root, (self.ancestry.table.key, name, "rows", *purpose))

    def _fault(self, name: str, message: str, hint: str) -> DefinitionError:
        return DefinitionError([Fault(self.paths.table(f"foreign_keys.{name}"), message, hint)])

    def _check_referenced(self, name: str, key: ForeignKey) -> None:
        """A key refers to a column that has a value in every row, and, in the same table, to one
        that reads no other."""
        parent = self.ancestry.declared[key.table]
        for each in (key.column, *key.columns.values()):
            column = parent.columns().get(each) or parent.key_columns().get(each)
            if getattr(column, "missing", 0):
                message = f"{key.table}.{each} is missing in some rows, which nothing can refer to"
                raise self._fault(name, message, f"drop 'missing' of {key.table}.{each}")
        column = parent.columns().get(key.column)
        own = key.table == self.ancestry.table.name
        drawn = column is not None and not isinstance(column, ComputedColumn)
        if own and not (drawn and key.column in self.ancestry.table.features):
            message = f"{key.references} is no column of its own, as it follows from others"
            raise self._fault(name, message, "refer to an id")

    def _counts(self, name: str, key: ForeignKey, warnings: list[Fault]) -> ChildCounts:
        """How many children each parent has, as a column of numbers beside the parent's."""
        children = key.children
        assert children is not None
        table = self.ancestry.table
        if key.table == table.name:
            hint = "leave 'children' out; 'n_samples' and 'missing' say how many there are"
            raise self._fault(name, "a table cannot say how many children its own rows have", hint)
        if key.missing >= 1:
            raise self._fault(name, "children that all refer to nothing", "leave 'children' out")
        layout = self.ancestry.parent(key).layout
        stream = self._stream(name, "children")
        path = self.paths.table(f"foreign_keys.{name}.children")
        scope = Scope(table.name, name, path, layout, self.sampling, stream)
        try:
            counts = ChildCounts(plan_column(children_column(children), scope), layout, stream)
        except OverflowError as error:
            raise self._fault(name, str(error), "`children: {…, max: 1000}`") from None
        warnings += scope.warnings
        return counts

    def _rows(self, counts: Mapping[str, ChildCounts]) -> int:
        """Rows of the table: those of the children, or as declared."""
        table = self.ancestry.table
        wanted = table.n_samples if self.wanted is None else self.wanted
        following = {
            name: _with_nothing(found.total, table.foreign_keys[name].missing)
            for name, found in counts.items()
        }
        if not following:
            return DEFAULT_ROWS if wanted is None else wanted
        if table.n_samples is not None:
            following["n_samples"] = table.n_samples
        if len(set(following.values())) > 1:
            said = ", ".join(f"{rows:,} rows by {name}" for name, rows in following.items())
            message = f"the numbers of rows do not agree: {said}"
            raise self._fault(next(iter(counts)), message, "leave all but one of them out")
        rows = next(iter(following.values()))
        if rows > MAX_ROWS:
            message = f"{rows:,} rows are more than a table can have ({MAX_ROWS:,})"
            raise self._fault(next(iter(counts)), message, "fewer parents or children")
        return rows

    def _shared_out(self, rows: int, warnings: list[Fault]) -> dict[str, ChildCounts]:
        """How many of the table's rows refer to each row of a parent whose rows have weights, or
        whose children are numbered."""
        table = self.ancestry.table
        numbered = {c.per for c in table.features.values() if isinstance(c, LineNumberColumn)}
        return {
            name: self._by_weight(name, key, rows, warnings)
            for name, key in table.foreign_keys.items()
            if key.weights or (name in numbered and self._draws_any(name, key))
        }

    def _draws_any(self, name: str, key: ForeignKey) -> bool:
        """Whether each row draws its parent by itself."""
        others = key.children or key.unique or key.table == self.ancestry.table.name
        return not others and name not in self.ancestry.table.primary_key

    def _by_weight(
        self, name: str, key: ForeignKey, rows: int, warnings: list[Fault]
    ) -> ChildCounts:
        parent, stream = self.ancestry.parent(key), self._stream(name, "weights")
        total = apportion(rows, (1.0 - key.missing, key.missing))[0]
        if total and not parent.rows:
            raise self._fault(name, f"{key.table} has no rows to refer to", "make some")
        path = self.paths.table(f"foreign_keys.{name}.weights")
        scope = Scope(self.ancestry.table.name, name, path, parent.layout, self.sampling, stream)
        weights: WeightSource = EvenWeights()
        if key.weights is not None:
            weights = weight_source(key.weights, parent, scope, stream)
        independent = key.weights is None or self.sampling == "random"
        try:
            found = rows_by_weight(weights, parent.layout, total, stream, independent=independent)
        except WeightsError as error:
            hint = "weights are numbers from 0, one for each row of the parent"
            raise DefinitionError([Fault(path, str(error), hint)]) from None
        warnings += scope.warnings
        return ChildCounts(found, parent.layout, stream)

    def _generator(
        self, name: str, key: ForeignKey, counts: Mapping[str, ChildCounts], rows: int
    ) -> Generator:
        unique = key.unique or self.ancestry.table.primary_key == (name,)
        apportionment = make_apportionment(self.sampling, rows, [1.0], key.missing)
        if key.table == self.ancestry.table.name:
            if unique:
                raise self._fault(name, "rows of the same table cannot be unique", "drop 'unique'")
            return Earlier(apportionment)
        if name in counts:
            return self._children(name, counts, rows, unique)
        if unique:
            return self._one_each(name, key, rows)
        parents = self.ancestry.parent(key).rows
        if not parents and rows and key.missing < 1:
            raise self._fault(name, f"{key.table} has no rows to refer to", "make some")
        return AnyParent(max(parents, 1), apportionment)

    def _one_each(self, name: str, key: ForeignKey, rows: int) -> Generator:
        parents = self.ancestry.parent(key).rows
        apportionment = ExactApportionment(apportion(rows, (1.0 - key.missing, key.missing)))
        if apportionment.counts[0] > parents:
            wanted = f"{apportionment.counts[0]:,} rows refer to one {key.table} each"
            hint = "make more parents, or drop 'unique'"
            raise self._fault(name, f"{wanted}, which has {parents:,}", hint)
        return OneEach(make_shuffle(parents, self._stream(name, "order")), apportionment)

    def _children(
        self, name: str, counts: Mapping[str, ChildCounts], rows: int, unique: bool
    ) -> Generator:
        found = counts[name]
        if unique and found.most() > 1:
            message = f"a parent has up to {found.most():,} children, and the key is unique"
            raise self._fault(name, message, "`children: {share: …}` gives one at the most")
        return ChildrenOf(found, self._order(name, rows, name == next(iter(counts))))

    def _order(self, name: str, rows: int, leads: bool) -> Shuffle | None:
        """The order of children. As every block has its share of a target's labels, one with the
        children of a few parents would lose these parents' effects, so all are mixed; unless
        there are so many parents that looking each of them up would take too long."""
        if (
            leads
            and self.ancestry.parent(self.ancestry.table.foreign_keys[name]).blocks > MIXED_BLOCKS
        ):
            return None
        return make_shuffle(rows, self._stream(name, "order"))

    def _paired(self, counts: Mapping[str, ChildCounts], rows: int) -> dict[str, Generator]:
        """The keys of a link table, of which no two rows have the same; nothing elsewhere, nor
        where one of the keys is unique, and so every pair."""
        table = self.ancestry.table
        names = table.primary_key
        keys = [table.foreign_keys[name] for name in names if name in table.foreign_keys]
        alone = any(key.unique or key.table == table.name for key in keys)
        if len(names) != 2 or len(keys) != 2 or alone:
            return {}
        others = {
            name: self._generator(name, key, counts, rows)
            for name, key in table.foreign_keys.items()
            if name not in names
        }
        return {**others, **self._pairs(names, keys, counts, rows)}

    def _pairs(
        self,
        names: tuple[str, ...],
        keys: list[ForeignKey],
        counts: Mapping[str, ChildCounts],
        rows: int,
    ) -> dict[str, Generator]:
        driving = [name for name in names if name in counts]
        if len(driving) == 2:
            return self._matched(driving[0], driving[1], counts, rows)
        sizes = {
            name: self.ancestry.parent(key).rows for name, key in zip(names, keys, strict=True)
        }
        if not driving:
            return self._any_pairs(sizes, rows)
        (other,) = set(names) - set(driving)
        return self._others_of_parents(driving[0], other, counts[driving[0]], sizes[other], rows)

    def _matched(
        self, name: str, other: str, counts: Mapping[str, ChildCounts], rows: int
    ) -> dict[str, Generator]:
        """Pairs of two parents whose rows all say how many pairs they have."""
        first, second = counts[name], counts[other]
        if rows > MATCHED_ROWS:
            message = f"{rows:,} pairs are more than can be counted by both parents"
            raise self._fault(other, message, f"at most {MATCHED_ROWS:,}, or count by one parent")
        if (found := most_beyond(first.each(), second.each())) is not None:
            taken, wanted, room = found
            message = (
                f"the pairs cannot all differ: {taken:,} rows that {name} refers to have {wanted:,}"
                f" pairs, and those of {other} leave them {room:,}"
            )
            raise self._fault(other, message, "fewer pairs for each row, or more even ones")
        children = self._order(name, rows, leads=True)
        pairing = Pairing(first, second, self._stream("pairs"))
        return {name: ChildrenOf(first, children), other: MatchedRows(pairing, second, children)}

    def _any_pairs(self, sizes: Mapping[str, int], rows: int) -> dict[str, Generator]:
        (first, one), (second, two) = sizes.items()
        if rows > one * two or one * two > MOST_PAIRS:
            message = f"{rows:,} different pairs are asked for; there are {one * two:,}"
            raise self._fault(first, message, "fewer rows, or more parents")
        pairs, two = make_shuffle(one * two, self._stream("pairs")), max(two, 1)
        return {first: Pair(pairs, two, divide=True), second: Pair(pairs, two, divide=False)}

    def _others_of_parents(
        self, name: str, other: str, counts: ChildCounts, size: int, rows: int
    ) -> dict[str, Generator]:
        """For each parent by one key as many of the other's `size` rows as it has children."""
        most = counts.most()
        if most > size:
            said = f"a row has up to {most:,} children, and {other} has {size:,} rows to refer to"
            raise self._fault(name, said, f"`children: {{…, max: {size}}}`")
        children = self._order(name, rows, leads=True)
        order = make_shuffle(size, self._stream(other, "order"))
        key = self._stream("pairs").key() % 2**64
        return {
            name: ChildrenOf(counts, children),
            other: OthersOfParent(counts, children, order, _strides(size), key),
        }

    def _first_row(self) -> tuple[Fault, ...]:
        """A warning where the first row of a table can only refer to itself."""
        table = self.ancestry.table
        return tuple(
            Fault(
                self.paths.table(f"foreign_keys.{name}"),
                "the first row refers to itself, since every row must refer to one",
                "add `missing`",
            )
            for name, key in table.foreign_keys.items()
            if key.table == table.name and not key.missing
        )


def check_primary_key(table: Table, paths: TablePaths) -> None:
    """Refuse a primary key that is missing in some rows, and one of several columns that nothing
    keeps unique.

    Raises:
        DefinitionError: naming the key.
    """
    names = table.primary_key
    columns = table.columns()
    for name in names:
        if getattr(columns.get(name) or table.key_columns().get(name), "missing", 0):
            message = "part of a primary key is never missing"
            hint = f"drop 'missing' of {name}"
            raise DefinitionError([Fault(paths.table("primary_key"), message, hint)])
    if names and not _tells_apart(table):
        message = f"no two rows may have the same {', '.join(names)}, which cannot be promised"
        hint = "two foreign keys to other tables, a foreign key and a `line_number`, or a column "
        hint += "that is unique by itself"
        raise DefinitionError([Fault(paths.table("primary_key"), message, hint)])


def _tells_apart(table: Table) -> bool:
    """Whether no two rows have the same primary key; one that is a single column is unique."""
    names, columns, keys = table.primary_key, table.columns(), table.key_columns()
    whole = {
        name: key for name, key in table.foreign_keys.items() if {name, *key.columns} <= set(names)
    }
    if len(names) == 1:
        return names[0] not in keys or names[0] in whole
    unique = any(columns[n].unique or columns[n].type == "id" for n in names if n in columns)
    numbered = [columns[n] for n in names if n in columns]
    lines = any(isinstance(each, LineNumberColumn) and each.per in whole for each in numbered)
    linked = len(whole) == 2 and all(key.table != table.name for key in whole.values())
    paired = linked and len(names) == 2
    return unique or lines or paired or any(key.unique for key in whole.values())


def _with_nothing(children: int, missing: float) -> int:
    """Rows of which the share `missing` refers to nothing, and the others are children."""
    return round(children / (1.0 - missing)) if missing < 1 else children


def _strides(size: int) -> tuple[int, ...]:
    """Numbers without a common factor with `size`, spread over those below it."""
    step = max(1, size // (2 * MOST_STRIDES))
    found = [n for n in range(1, max(size, 2), step) if gcd(n, size) == 1]
    return tuple(found[:MOST_STRIDES]) or (1,)
