"""`python -m tests.acceptance.hostile`: the whole catalogue against a service, with a table.

    python -m tests.acceptance.hostile [--seed 0] [--scale 1] [--kind NAME …] [--only TEXT]

It ends with status 0 where no answer was wrong and loop and memory stayed within their bounds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.acceptance.hostile.catalogue import catalogue, lanes
from tests.acceptance.hostile.judge import Trial, Verdict
from tests.acceptance.hostile.service import hostile_target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", type=int, default=1, help="so many times what chance makes")
    parser.add_argument("--kind", action="append", help="only inputs of this kind")
    parser.add_argument("--only", default="", help="only inputs whose names hold this")
    parser.add_argument("--log", type=Path, help="keep the service's log here")
    given = parser.parse_args()
    chosen = [
        each for each in catalogue(given.seed, given.scale)
        if (not given.kind or each.kind in given.kind) and given.only in each.id
    ]  # fmt: skip
    with (
        tempfile.TemporaryDirectory(prefix="tablesmith-hostile-") as folder,
        hostile_target(Path(folder)) as (server, target),
    ):
        verdict = Trial(server, target, _tell).run(*lanes(chosen))
    if given.log:
        given.log.write_text(verdict.log)
    _show(verdict)
    sys.exit(bool(verdict.wrong() or verdict.slow() or verdict.large() or verdict.died))


def _show(verdict: Verdict) -> None:
    for title, lines in (
        ("Wrong answers", verdict.wrong()),
        ("Longer than the loop may be held", verdict.slow()),
        ("Larger than the process may grow", verdict.large()),
        ("Liveness", verdict.pulse.failures[:20]),
    ):
        if lines:
            _tell("\n  ".join(["", title, *lines]))
    _tell("\n".join(["", *verdict.table()]))
    pulse = verdict.pulse
    _tell(f"/healthz: {pulse.asked} times, the slowest {pulse.worst * 1000:.0f} ms")
    _tell(f"the process had {verdict.start >> 20} MiB at first")


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
