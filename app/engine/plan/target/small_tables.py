"""What few rows cannot show of declared effects, found when a table is planned."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, sqrt

from app.engine.errors import Fault
from app.engine.generators.base import Layout
from app.engine.plan.plan import DeclaredRows
from app.engine.plan.target.drawing import LabelTarget, ValueTarget, lost_signs
from app.engine.plan.target.model import Balance, TargetModel

# Above it what a plan gives to an effect shows, but for effects that nobody would see.
MOST_ROWS = 5_000
SIGMAS = 2.0


def sign_warnings(source: DeclaredRows, name: str, layout: Layout, path: str) -> Iterator[Fault]:
    """A warning for each effect whose sign a small table does not have as declared.

    Args:
        name: the target, whose place in the document is `path`.
    """
    target = source.columns[name]
    if not isinstance(target, LabelTarget | ValueTarget) or not 1 < layout.total <= MOST_ROWS:
        return
    model = target.model
    if not (model.balances or model.tendencies):
        return
    drawn = source.some({name, *model.reads}, 0, layout)
    for effect in lost_signs(target, drawn, name, layout):
        sign = "positive" if effect.correlation > 0 else "negative"
        goal = f"{name}={model.labels[effect.label]}" if model.labels else name
        message = (
            f"the effect of {effect.subject} on {goal} is declared {sign}; {layout.total:,} rows "
            "do not show it"
        )
        yield Fault(path, message, f"it takes about {rows_taken(effect, model):,} rows")


def rows_taken(effect: Balance, model: TargetModel) -> int:
    """Rows from which an effect shows: of a membership, those in which it moves one row; of a
    value, those in which it is two standard errors of a correlation."""
    size = max(abs(effect.correlation), 1e-6)
    if effect.members is None or not model.labels:
        return ceil((SIGMAS / size) ** 2)
    share = model.shares[effect.label]
    spread = sqrt(max(share * (1.0 - share), 1e-12)) * max(effect.scale, 1e-6)
    return ceil(1.0 / (size * spread))
