"""Record and replay: a run over one table is repeated over a neighbour with the same answers.

What comes out of private rows may then depend on nothing but those answers: every call must be the
same but for its exact counts and scores, these may be no further apart than was declared, and what
the run makes of its answers must be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from app.engine.privacy.curator import Curator
from app.engine.privacy.discrete_gaussian import Counts
from app.engine.privacy.events import GaussianEvent, SelectionEvent, total_rho
from app.engine.privacy.mechanisms import KeyedNoise, Noise
from app.engine.privacy.transcript import Choice
from app.engine.seeds import NoiseKey

Run = Callable[[pa.Table, Noise, int], tuple[Curator, Any]]
"""A table, noise and a job's seed in; the curator that was asked, and what was made of it, out."""


class Recording:
    """Noise that remembers its calls, or gives the answers of another one."""

    def __init__(self, key: NoiseKey, answers: Sequence[Any] | None = None) -> None:
        self._noise, self._given = KeyedNoise(key), answers
        self.exact: list[Any] = []
        self.answers: list[Any] = []
        self.events: list[GaussianEvent | SelectionEvent] = []

    def counts(self, exact: Counts, event: GaussianEvent, call: int) -> Counts:
        return self._answer(exact.copy(), event, self._noise.counts(exact, event, call))

    def choice(self, scores: Sequence[int], event: SelectionEvent, call: int) -> int:
        return self._answer(list(scores), event, self._noise.choice(scores, event, call))

    def _answer(self, exact: Any, event: Any, drawn: Any) -> Any:
        self.exact.append(exact)
        self.events.append(event)
        if self._given is not None and len(self.answers) < len(self._given):
            drawn = self._given[len(self.answers)]
        self.answers.append(drawn)
        return drawn


def violations(run: Run, table: pa.Table, neighbour: pa.Table) -> set[str]:
    """What a run does that it may not, by names; none for a private one."""
    first = Recording(NoiseKey(bytes(32)))
    curator, made = run(table, first, 7)
    second = Recording(NoiseKey(bytes(32)), first.answers)
    try:
        other, made_of_other = run(neighbour, second, 7)
    except Exception:  # whatever it is: the other table raised nothing
        return {"raises"}
    found = set()
    if path(curator) != path(other) or first.events != second.events:
        found.add("path")
    elif any(map(_is_further_apart, first.exact, second.exact, first.events)):
        found.add("sensitivity")
    if made != made_of_other:
        found.add("result")
    if list(curator.transcript.events) != first.events or not _is_paid(curator, first):
        found.add("cost")
    return found | _of_the_seed(run, table, first)


def path(curator: Curator) -> list[Any]:
    """What is public of each call before its answer."""
    return [
        (entry.event, entry.candidates if isinstance(entry, Choice) else None)
        for entry in curator.transcript.entries
    ]


def _is_further_apart(one: Any, other: Any, event: GaussianEvent | SelectionEvent) -> bool:
    between = np.array(one, dtype=object) - np.array(other, dtype=object)
    if isinstance(event, GaussianEvent):
        return bool((between**2).sum() > event.sensitivity**2)
    return bool(max(abs(between)) > event.sensitivity)


def _is_paid(curator: Curator, noise: Recording) -> bool:
    return total_rho(noise.events) == curator.budget.spent <= curator.budget.rho


def _of_the_seed(run: Run, table: pa.Table, first: Recording) -> set[str]:
    """The job's seed moves no answer, and another key moves nearly all."""
    seeded, keyed = Recording(NoiseKey(bytes(32))), Recording(NoiseKey(b"k" * 32))
    run(table, seeded, 8)
    run(table, keyed, 7)
    is_same = all(map(np.array_equal, seeded.answers, first.answers))
    counts = [np.ravel(each) for each in (first.answers[0], keyed.answers[0])]
    return set() if is_same and not np.array_equal(counts[0], counts[1]) else {"seed"}
