"""Every key holds beside every other one, or the definition is refused: over random definitions.

`python -m tests.engine.test_declared` looks at 2,000 tables and 500 pairs of tables.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.engine.declared import broken, definitions
from tests.engine.declared_keys import broken_family, families

EXAMPLES = 120
FAMILIES = 60
ALL_EXAMPLES = 2_000
ALL_FAMILIES = 500
LEAST_MADE = 0.3  # a rule that refuses everything would hold, too


Look = Callable[[dict[str, Any]], list[str] | None]
TABLE: tuple[SearchStrategy[dict[str, Any]], Look] = (definitions(), broken)
FAMILY: tuple[SearchStrategy[dict[str, Any]], Look] = (families(), broken_family)


def look_at(
    examples: int, start: int, kind: tuple[SearchStrategy[dict[str, Any]], Look] = TABLE
) -> tuple[Counter[str], list[str]]:
    """How many random definitions were made and how many refused, and what did not hold in the
    rows of which."""
    drawn, look = kind
    counts: Counter[str] = Counter()
    failures: list[str] = []

    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn)
    def rule(document: dict[str, Any]) -> None:
        found = look(document)
        counts["refused" if found is None else "made"] += 1
        failures.extend([f"{found} in {document}"] if found else [])

    rule()
    return counts, failures


def test_every_key_holds_beside_every_other_or_the_definition_is_refused() -> None:
    counts, failures = look_at(EXAMPLES, 1)
    assert failures == []
    assert counts["made"] >= LEAST_MADE * counts.total()


def test_every_key_of_a_foreign_key_holds_beside_every_other_or_is_refused() -> None:
    counts, failures = look_at(FAMILIES, 1, FAMILY)
    assert failures == []
    assert counts["made"] >= LEAST_MADE * counts.total()


def main() -> int:
    """Look at all of them, and tell what was seen."""
    start = int(sys.argv[1]) if sys.argv[1:] else 1
    failed = False
    for examples, kind in ((ALL_EXAMPLES, TABLE), (ALL_FAMILIES, FAMILY)):
        counts, failures = look_at(examples, start, kind)
        sys.stdout.write("\n".join([*failures, str(dict(counts)), ""]))
        failed |= bool(failures)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
