"""Populations as they are declared, not as a table of few rows can have them.

The apportionment of a planned column holds whole counts; in a table of ten rows a label of 4 % has
none. How a target depends on its inputs is solved for the declared shares, whatever the size.
"""

from __future__ import annotations

from dataclasses import replace

from app.engine.generators.apportionment import RandomApportionment
from app.engine.generators.arranging.marginals import (
    LabelMarginal,
    NumberMarginal,
    marginal,
    population,
)
from app.engine.generators.base import Generator
from app.engine.generators.categories import BoolGenerator, CategoryGenerator
from app.engine.generators.numbers.columns import NumberGenerator
from app.engine.generators.numbers.moments import MomentGenerator
from app.engine.schema.models import BoolColumn, CategoryColumn, Column, NumberColumn


def declared_marginal(
    column: Column, generator: Generator | None
) -> NumberMarginal | LabelMarginal | None:
    """The declared population of a column: numbers where it has an order (true is 1, moments are
    steps since the epoch), else labels; None where it has no simple one."""
    if not isinstance(
        generator, NumberGenerator | CategoryGenerator | BoolGenerator | MomentGenerator
    ):
        return None
    present = max(1.0 - column.missing, 1e-12)
    shares = [present * share for share in declared_shares(column)]
    lined = replace(generator, apportionment=RandomApportionment((*shares, column.missing)))
    return population(lined) or marginal(lined)


def declared_shares(column: Column) -> tuple[float, ...]:
    """Shares of a column's segments among the rows that are not null: of labels, of buckets, of
    true and false, or the one of a plain distribution."""
    if isinstance(column, CategoryColumn):
        return _scaled([cat.proportion for cat in column.cats])
    if isinstance(column, BoolColumn):
        return (column.proportion, 1.0 - column.proportion)
    if isinstance(column, NumberColumn) and column.buckets:
        return _scaled([bucket.proportion for bucket in column.buckets])
    return (1.0,)


def _scaled(shares: list[float]) -> tuple[float, ...]:
    total = sum(shares)
    return tuple(share / total for share in shares)
