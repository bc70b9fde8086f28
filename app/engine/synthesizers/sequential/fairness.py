"""What a table has to be like for one of its columns to be made fair, and what that column may see.

- Unawareness (fairness through unawareness): the target is drawn without looking at the protected
  column, nor at columns that say it or that it says in every row. What else goes with it (proxies)
  stays, and with it a part of the difference between groups.
- Demographic parity: P(target | group) is the same for every group (Dwork et al. 2012).
"""

from __future__ import annotations

from collections.abc import Collection

from app.engine.errors import DefinitionError, Fault
from app.engine.synthesis.models import Fairness, Notion
from app.engine.synthesizers.table import EncodedTable, Kind

MOST_VALUES = {Kind.LABEL: 50, Kind.NUMBER: 8}  # of the two columns of demographic parity
HINT = "groups and what is fair are columns of 2 to 50 labels, or of 2 to 8 numbers"
PARITY: Notion = "demographic_parity"
UNAWARENESS: Notion = "unawareness"


def check_fairness(table: EncodedTable, fairness: Fairness) -> None:
    """Raises DefinitionError where the target of a table cannot be made fair."""
    columns = {each.name: each for each in table.columns}
    named = {"protected": fairness.protected, "target": fairness.target}
    faults = [
        Fault(f"fairness.{key}", f"there is no column {name!r}")
        for key, name in named.items()
        if name not in columns
    ]
    if not faults and fairness.notion == PARITY:
        faults += [
            Fault(f"fairness.{key}", f"{name!r} has {len(columns[name].values):,} values", HINT)
            for key, name in named.items()
            if not 2 <= len(columns[name].values) <= MOST_VALUES[columns[name].kind]
        ]
    for first, second in table.dependencies:
        if second == fairness.target or (first, second) == (fairness.target, fairness.protected):
            message = f"column {first!r} says {second!r} in every row"
            faults.append(Fault("fairness.target", message, f"drop {first!r}, or name it"))
    if faults:
        raise DefinitionError(faults)


def hidden_from_target(table: EncodedTable, fairness: Fairness | None) -> frozenset[str]:
    """Columns that the target is drawn without: none for demographic parity."""
    if fairness is None or fairness.notion != UNAWARENESS:
        return frozenset()
    own = fairness.protected
    said = {
        name
        for pair in table.dependencies
        if own in pair and fairness.target not in pair
        for name in pair
    }
    return frozenset({own, *said})


def check_unruled(fairness: Fairness | None, ruled: Collection[str]) -> None:
    """Raises DefinitionError where the target stands in a rule, which would decide its values.

    Args:
        ruled: names of the columns of all rules.
    """
    if fairness is not None and fairness.target in ruled:
        message = f"{fairness.target!r} stands in an order or a sum that every row keeps"
        raise DefinitionError([Fault("fairness.target", message, "drop the other columns of it")])
