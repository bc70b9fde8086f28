"""From a table's model, and what is declared of its columns, to the step that draws them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.errors import ConflictError, Fault
from app.engine.expressions import Expression, ExpressionError, parse
from app.engine.expressions.names import written
from app.engine.generators.apportionment import (
    Apportionment,
    ExactApportionment,
    RandomApportionment,
    make_apportionment,
)
from app.engine.generators.arranging.exchanging import Conditions
from app.engine.generators.base import Layout, Member
from app.engine.generators.computed import Computed
from app.engine.plan.from_model.cells import OutOfReach, raked, rows_of_cells
from app.engine.plan.from_model.columns import UNLEARNED, LearnedGenerator, learned_columns
from app.engine.plan.from_model.drawing import Kept, LearnedStep
from app.engine.plan.from_model.quotas import (
    NOWHERE,
    Counted,
    Quotas,
    combinations,
    joint_codes,
)
from app.engine.plan.paths import TablePaths
from app.engine.schema.learned import (
    LearnedBool,
    LearnedCategory,
    LearnedColumn,
    LearnedMoment,
    LearnedNumber,
)
from app.engine.schema.models import Table
from app.engine.seeds import Stream
from app.engine.synthesizers.base import BLOCK_ROWS
from app.engine.synthesizers.model_rows import ModelRows

# Rows that are drawn for each that is kept, at most: beyond, a definition is refused.
MOST_DRAWN = 16
MOST_CELLS = 20_000
MARGIN = 4
DOUBT = 4.0  # seen once in the sample, a kind of rows may be five times as rare
FEWEST_KEPT = 20


def learned_step(
    table: Table,
    members: Mapping[str, Member],
    layout: Layout,
    sampling: str,
    root: int,
    paths: TablePaths,
    followed: Collection[str],
) -> LearnedStep:
    """The step that draws a table's learned columns.

    Args:
        members: every planned feature, and learned columns that are drawn under other names.
        followed: columns that declared moments come after or before.

    Raises:
        ConflictError: for shares, bounds and constraints that the model's rows do not leave, with
            what can be reached.
    """
    own = tuple(each for each in members.values() if isinstance(each.generator, LearnedGenerator))
    sources = tuple(each.name.removeprefix(UNLEARNED) for each in own)
    rows: ModelRows = table.model.rows_source
    stream = Stream(root, (table.key, "from"))
    named = {name: each for name, each in members.items() if not name.startswith(UNLEARNED)}
    kept = _Planner(table, named, layout, sampling, stream, paths, followed, rows).kept()
    seed = root if table.is_lone else Stream(root, (table.key,)).key() % 2**48
    return LearnedStep(own, sources, rows, seed, kept)


def learned_only(table: Table, members: Mapping[str, Member]) -> list[int]:
    """Numbers of the constraints that read nothing but learned columns, through formulas too: rows
    that break them are drawn again."""
    found = []
    for number, constraint in enumerate(table.constraints):
        try:
            reads = _read_by(parse(constraint.expr, members), members)
        except ExpressionError:  # it reads other tables, or has a fault that is reported elsewhere
            continue
        if reads and all(isinstance(members[n].generator, LearnedGenerator) for n in reads):
            found.append(number)
    return found


def _read_by(constraint: Expression, members: Mapping[str, Member]) -> set[str]:
    """The columns that a constraint reads, formulas replaced by what they read."""
    found, waiting = set[str](), list(constraint.columns)
    while waiting:
        name = waiting.pop()
        generator = members[name].generator if name in members else None
        if isinstance(generator, Computed):
            waiting += generator.reads
        elif generator is None:  # of another table
            raise ExpressionError(f"{name} is no column of this table", constraint.text, 0)
        else:
            found.add(name)
    return found


@dataclass(frozen=True, eq=False, slots=True)
class _Planner:
    table: Table
    members: Mapping[str, Member]
    layout: Layout
    sampling: str
    stream: Stream
    paths: TablePaths
    followed: Collection[str]
    rows: ModelRows

    def kept(self) -> Kept | None:
        """Which rows of the model are kept; None for all."""
        conditions = self._conditions()
        counted = self._counted()
        if conditions is None and not counted:
            return None
        plain = Kept(conditions, None, BLOCK_ROWS, self.stream)
        sample = self.rows.sample
        kept = plain.places(sample, 0)
        if len(kept) * MOST_DRAWN < sample.num_rows or len(kept) < FEWEST_KEPT:
            raise ConflictError([self._too_few(len(kept) / sample.num_rows)])
        most = self._most(BLOCK_ROWS / len(kept))
        if not counted:
            return Kept(conditions, None, most, self.stream)
        joint = joint_codes(counted, sample)[kept]
        seen = np.bincount(joint[joint != NOWHERE], minlength=combinations(counted))
        cells = self._cells(counted, seen.astype(np.int64))
        most = self._most(self._drawn_for_each(counted, seen, cells))
        return Kept(conditions, self._quotas(counted, cells), most, self.stream)

    def _most(self, for_each: float) -> int:
        """Rows that are drawn for a block, at most."""
        return int(MARGIN * for_each * self.layout.rows(0)) + MARGIN * BLOCK_ROWS

    def _too_few(self, share: float) -> Fault:
        texts = [each.text for each in self._expressions()]
        path = self.paths.table("constraints" if self.table.constraints else "features")
        message = (
            f"{' and '.join(texts)}: {share:.2%} of the rows that the model draws keep it, and "
            f"{1 / MOST_DRAWN:.2%} have to"
        )
        return Fault(path, message, "loosen it, or learn from the rows that keep it")

    def _conditions(self) -> Conditions | None:
        constraints = self._expressions()
        if not constraints:
            return None
        wanted = set[str]().union(*(each.columns for each in constraints))
        formulas = list[Member]()
        for name in reversed(list(self.members)):
            member = self.members[name]
            if name in wanted and isinstance(member.generator, Computed):
                wanted |= member.generator.reads
                formulas.insert(0, member)
        return Conditions(tuple(constraints), tuple(formulas), self.stream)

    def _expressions(self) -> list[Expression]:
        """Declared bounds, and constraints on learned columns alone."""
        found = [
            parse(text, self.members)
            for name, each in learned_columns(self.table).items()
            for text in _bounds(name, each, is_followed=name in self.followed)
        ]
        types = {name: member.generator.type for name, member in self.members.items()}
        for number in learned_only(self.table, self.members):
            constraint = parse(self.table.constraints[number].expr, self.members)
            try:
                constraint.check_condition(types)
            except ExpressionError as error:
                raise error.at(self.paths.table(f"constraints[{number}].expr")) from None
            found.append(constraint)
        return found

    def _counted(self) -> tuple[Counted, ...]:
        found = []
        for name, column in learned_columns(self.table).items():
            if "shares" in column.declared:
                found.append(Counted(name, _labels(column)))
            elif "missing" in column.declared:
                found.append(Counted(name))
        return tuple(found)

    def _cells(self, counted: tuple[Counted, ...], seen: NDArray[np.int64]) -> NDArray[np.float64]:
        """Rows of each combination, or its share where they are drawn at random."""
        shape = tuple(each.segments for each in counted)
        if combinations(counted) > MOST_CELLS:
            message = f"the shares of {_listed(counted)} have more than {MOST_CELLS:,} combinations"
            path = self.paths.table("features")
            raise ConflictError([Fault(path, message, "declare those of fewer columns")])
        margins = [self._margin(each) for each in counted]
        self._check_seen(counted, seen.reshape(shape), margins)
        try:
            if self.sampling == "random":
                shares = [np.asarray(margin.shares) for margin in margins]
                return raked(seen.reshape(shape), shares).ravel()
            exact = [each for each in margins if isinstance(each, ExactApportionment)]
            return rows_of_cells(seen.reshape(shape), exact).ravel().astype(np.float64)
        except OutOfReach as error:
            raise ConflictError([self._not_together(counted, margins, error)]) from None

    def _margin(self, counted: Counted) -> Apportionment:
        column = learned_columns(self.table)[counted.name]
        shares = [1.0]
        if isinstance(column, LearnedCategory) and counted.labels:
            shares = [cat.proportion for cat in column.cats]
        elif isinstance(column, LearnedBool) and counted.labels:
            shares = [column.proportion, 1.0 - column.proportion]
        return make_apportionment(self.sampling, self.layout.total, shares, column.missing)

    def _check_seen(
        self, counted: Sequence[Counted], seen: NDArray[np.int64], margins: Sequence[Apportionment]
    ) -> None:
        """Refuse shares of what the model hardly ever draws."""
        faults = []
        for number, (each, margin) in enumerate(zip(counted, margins, strict=True)):
            others = tuple(axis for axis in range(seen.ndim) if axis != number)
            there = seen.sum(axis=others) / BLOCK_ROWS
            for segment, share in enumerate(_declared(margin)):
                most = min(1.0, float(there[segment]) * MOST_DRAWN)
                if share > most:
                    faults.append(self._out_of_reach(each, segment, share, most))
        if faults:
            raise ConflictError(faults)

    def _out_of_reach(self, counted: Counted, segment: int, share: float, most: float) -> Fault:
        name = _segment_name(counted, segment)
        is_null = segment == counted.segments - 1
        present = 1.0 if is_null else 1.0 - learned_columns(self.table)[counted.name].missing
        message = (
            f"share of {name}: {share / present:.4g} declared, {most / present:.4g} is the most "
            f"that can be had: the model draws it in {most / MOST_DRAWN:.3%} of the rows"
        )
        return Fault(self._path(counted, segment), message, "declare a smaller share")

    def _not_together(
        self, counted: Sequence[Counted], margins: Sequence[Apportionment], error: OutOfReach
    ) -> Fault:
        each = counted[error.column]
        name = _segment_name(each, error.segment)
        declared = margins[error.column].shares[error.segment]
        reached = (
            f"in {self.layout.total:,} rows whole numbers do not allow it"
            if error.reached is None
            else f"{error.reached:.4g} can be reached"
        )
        message = f"share of {name}: {declared:.4g} declared, beside the shares of "
        others = _listed([other for other in counted if other is not each])
        hint = "change one of these shares, or leave one out"
        return Fault(self._path(each, error.segment), f"{message}{others} {reached}", hint)

    def _path(self, counted: Counted, segment: int) -> str:
        path = self.paths.column(self.table, counted.name)
        if segment == counted.segments - 1:
            return f"{path}.missing"
        column = learned_columns(self.table)[counted.name]
        is_bool = isinstance(column, LearnedBool)
        return f"{path}.proportion" if is_bool else f"{path}.cats.{counted.labels[segment]}"

    def _drawn_for_each(
        self, counted: tuple[Counted, ...], seen: NDArray[np.int64], cells: NDArray[np.float64]
    ) -> float:
        """Rows that are drawn for each that is kept, where the sample overstates rare ones.

        Raises:
            ConflictError: where they are too many.
        """
        used = cells > 0
        there = seen[used] / BLOCK_ROWS
        for_each = cells[used] / max(cells.sum(), 1e-300) / np.maximum(there, 1e-12)
        most = float(for_each.max(initial=1.0))
        rows = max(self.layout.rows(0), 1)
        if most > MOST_DRAWN * len(counted) and most * rows > MARGIN * BLOCK_ROWS:
            message = (
                f"the shares of {_listed(counted)} go together in rows that the model hardly ever "
                f"draws: {most:,.0f} would be drawn for each that is kept"
            )
            hint = f"at most {MOST_DRAWN * len(counted)}; declare shares nearer to what was learned"
            raise ConflictError([Fault(self.paths.table("features"), message, hint)])
        return float((for_each * (1.0 + DOUBT / np.maximum(seen[used], 1))).max(initial=1.0))

    def _quotas(self, counted: tuple[Counted, ...], cells: NDArray[np.float64]) -> Quotas:
        used = np.flatnonzero(cells > 0)
        place = np.full(len(cells), NOWHERE)
        place[used] = np.arange(len(used))
        shares = tuple(float(each) for each in cells[used] / max(cells.sum(), 1e-300))
        apportionment: Apportionment = RandomApportionment(shares)
        if self.sampling != "random":
            counts = tuple(int(each) for each in cells[used])
            apportionment = ExactApportionment(counts, shares)
        return Quotas(counted, place, apportionment, self.stream)


def _declared(margin: Apportionment) -> tuple[float, ...]:
    """The shares that whole counts come from."""
    return margin.declared if isinstance(margin, ExactApportionment) else margin.shares


def _labels(column: LearnedColumn) -> tuple[str, ...]:
    if isinstance(column, LearnedCategory):
        return tuple(cat.label for cat in column.cats)
    return ("true", "false")


def _segment_name(counted: Counted, segment: int) -> str:
    if segment == counted.segments - 1:
        return f"nulls of {counted.name}"
    return f"{counted.name}={counted.labels[segment]}" if counted.labels else counted.name


def _listed(counted: Sequence[Counted]) -> str:
    return " and ".join(each.name for each in counted)


def _bounds(name: str, column: LearnedColumn, *, is_followed: bool) -> list[str]:
    """The bounds of a column as conditions. For a moment that comes after or before it there is
    room where it keeps to what the sample shows."""
    column_name = written(name)
    if isinstance(column, LearnedNumber):
        ends = (("min", ">=", column.min), ("max", "<=", column.max))
        found = [(sign, repr(end)) for key, sign, end in ends if key in column.declared]
        return [f"{column_name} {sign} {end}" for sign, end in found]
    if isinstance(column, LearnedMoment):
        last = column.end or ""
        if column.type == "datetime" and len(last) == len("2020-12-31"):
            last += "T23:59:59"
        moments = (("start_date", ">=", column.start), ("end_date", "<=", last))
        found = [(s, str(e)) for key, s, e in moments if is_followed or key in column.declared]
        return [f"{column_name} {sign} '{end}'" for sign, end in found]
    return []
