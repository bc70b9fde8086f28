"""Fits of the copies of a plan combined by the rule for how these were made."""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.evaluation.utility.combining import Combined
from app.engine.evaluation.utility.fits import Fit, combine
from app.engine.plan.asked.given import GivenRows
from app.engine.plan.learned import LearnedRows
from app.engine.plan.plan import Plan


def combine_fits(plan: Plan, fits: Sequence[Fit]) -> dict[str, Combined]:
    """One estimate of each coefficient.

    Args:
        plan: of rows that a model draws.
        fits: of each copy.

    Raises:
        DefinitionError: as of `combine`; one copy alone of rows of which a table gave cells.
    """
    table = plan.tables[0]
    assert isinstance(table.source, LearnedRows)
    learned = table.source.learned
    if isinstance(table.source.asked, GivenRows):
        return combine(fits, rule="reiter")
    return combine(fits, rule="raab", rows=table.rows, real_rows=learned.rows - learned.held_out)
