"""`python -m tests.audit`: private trainings attacked, as they are and with too little noise.

Exit status 1 where an attack on the code as it is finds more than is claimed, or one on noise that
is too small by √2 finds no more than is claimed.
"""

from __future__ import annotations

import argparse
import sys
import time

from app.engine.privacy.mechanisms import KeyedNoise
from tests.audit.attack import TooSmall, attack

RUNS = {1.0: 10_000, 3.0: 2_500, 10.0: 2_500}
ALGORITHMS = ("mst", "aim")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--share", type=float, default=1.0, help="of the runs, where there is less time"
    )
    parser.add_argument("--algorithm", choices=ALGORITHMS, action="append")
    parser.add_argument("--epsilon", type=float, choices=sorted(RUNS), action="append")
    options = parser.parse_args()
    wrong = 0
    _say("| | ε | runs of each table | claimed μ | found | found with σ/√2 | seconds |")
    _say("|---|---|---|---|---|---|---|")
    for algorithm in options.algorithm or ALGORITHMS:
        for epsilon in options.epsilon or RUNS:
            runs, began = max(2, round(RUNS[epsilon] * options.share)), time.process_time()
            right = attack(algorithm, epsilon, runs, KeyedNoise)
            small = attack(algorithm, epsilon, runs, TooSmall)
            is_fine = right.found <= right.claimed < small.found
            wrong += not is_fine
            _say(
                f"| `{algorithm}` | {epsilon:g} | {runs:,} | {right.claimed:.3f} | "
                f"{right.found:.3f} (about {right.estimated:.3f}) | "
                f"{small.found:.3f} (about {small.estimated:.3f}) | "
                f"{time.process_time() - began:.0f} |{'' if is_fine else ' WRONG'}"
            )
    _say("as claimed, and too little noise shows" if not wrong else f"{wrong} are wrong")
    return 1 if wrong else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
