"""Whatever is declared of a learned table holds exactly, or is refused: over random additions.

`python -m tests.engine.test_declared_on_learned` looks at 400 of them.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.engine.declared_on_learned import broken, definitions
from tests.engine.learned_tables import visits_model

EXAMPLES = 25
ALL_EXAMPLES = 400
LEAST_MADE = 0.4  # a rule that refuses everything would hold, too


def look_at(examples: int, start: int) -> tuple[Counter[str], list[str]]:
    """How many random definitions were made and how many refused, and what did not hold in the
    rows of which."""
    counts: Counter[str] = Counter()
    failures: list[str] = []
    visits_model()  # learned before anything is drawn: libraries use random numbers of their own

    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(definitions())
    def rule(document: dict[str, Any]) -> None:
        found = broken(document)
        counts["refused" if found is None else "made"] += 1
        failures.extend([f"{found} in {document}"] if found else [])

    rule()
    return counts, failures


def test_whatever_is_declared_on_learned_rows_holds_or_is_refused() -> None:
    counts, failures = look_at(EXAMPLES, 1)
    assert failures == []
    assert counts["made"] >= LEAST_MADE * counts.total()


def main() -> int:
    """Look at all of them, and tell what was seen."""
    examples = int(sys.argv[2]) if sys.argv[2:] else ALL_EXAMPLES
    counts, failures = look_at(examples, int(sys.argv[1]) if sys.argv[1:] else 1)
    sys.stdout.write("\n".join([*failures, str(dict(counts)), ""]))
    return min(len(failures), 1)


if __name__ == "__main__":
    sys.exit(main())
