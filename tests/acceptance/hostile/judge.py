"""What a service was like while it was sent each input, and what it may not be like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.acceptance.hostile.inputs import Answer, Input, Target
from tests.acceptance.hostile.observed import Observed, Pulse, Stretch

LONGEST_LAG = 0.1
MOST_GROWTH = 150 * 2**20
NOTEWORTHY = 5 * 2**20
# An input that has just been answered may be what the loop is still about.
SPARE = 0.05


@dataclass
class Finding:
    """One input and what came of it.

    Args:
        lag: the longest time for which the service held its loop meanwhile, in seconds.
        memory: the most bytes that its own process had resident until its end.
        grew: by how much that is more than before.
    """

    input: Input
    answers: list[Answer]
    begun: float
    ended: float
    memory: int
    trouble: str = ""
    lag: float = 0.0
    places: str = ""
    grew: int = 0

    @property
    def wrong(self) -> list[str]:
        """What no service may answer."""
        found = [
            f"answered {each.status} {each.beginning[:200]!r}"
            for each in self.answers
            if not each.proper
        ]
        return [*found, *([self.trouble] if self.trouble else [])]


@dataclass
class Verdict:
    """All findings, and what was seen of the service over all of them."""

    findings: list[Finding]
    start: int
    pulse: Pulse
    died: bool
    log: str

    @property
    def longest_lag(self) -> float:
        return max(each.lag for each in self.findings)

    @property
    def growth(self) -> int:
        """Bytes by which the process was larger than at the start, at its largest."""
        return max(each.memory for each in self.findings) - self.start

    def wrong(self) -> list[str]:
        return [f"{each.input.id}: {what}" for each in self.findings for what in each.wrong]

    def slow(self) -> list[str]:
        return [
            f"{each.input.id}: {each.lag * 1000:.0f} ms in {each.places}"
            for each in self.findings if each.lag >= LONGEST_LAG
        ]  # fmt: skip

    def large(self) -> list[str]:
        """The inputs at which the process grew further, once it was larger than it may be."""
        found, most = [], MOST_GROWTH
        for each in self.findings:
            if (growth := each.memory - self.start) > most:
                found.append(f"{each.input.id}: +{growth >> 20} MiB")
                most = growth + NOTEWORTHY
        return found

    def table(self) -> Iterator[str]:
        """Lines of a table of the kinds; `grew` is by how much the peak of memory rose."""
        yield "kind         inputs  wrong  worst lag ms  grew MiB  seconds"
        for kind in dict.fromkeys(each.input.kind for each in self.findings):
            found = [each for each in self.findings if each.input.kind == kind]
            yield _row(
                kind, len(found), sum(bool(each.wrong) for each in found),
                max(each.lag for each in found), sum(each.grew for each in found),
                sum(each.ended - each.begun for each in found),
            )  # fmt: skip
        took = self.findings[-1].ended - self.findings[0].begun
        wrong = sum(bool(each.wrong) for each in self.findings)
        yield _row("all", len(self.findings), wrong, self.longest_lag, self.growth, took)


def _row(kind: str, inputs: int, wrong: int, lag: float, grew: int, seconds: float) -> str:
    megabytes = grew / 2**20
    return f"{kind:<12}{inputs:>7}{wrong:>7}{lag * 1000:>14.0f}{megabytes:>+10.0f}{seconds:>9.1f}"


@dataclass
class Trial:
    """Sends inputs and watches; those of a lane one after another, the lanes at the same time."""

    server: Observed
    target: Target
    tell: Callable[[str], None] = field(default=lambda _: None)

    def run(self, *lanes: Sequence[Input]) -> Verdict:
        with Pulse(self.server) as pulse, ThreadPoolExecutor(len(lanes)) as threads:
            self.server.forget_peak()
            start = self.server.memory()
            runs = threads.map(lambda lane: [self._one(each) for each in lane], lanes)
            findings = sorted((each for run in runs for each in run), key=lambda each: each.ended)
            time.sleep(0.2)
        _attribute(findings, self.server.stretches())
        peak = start
        for each in findings:
            each.grew, peak = max(0, each.memory - peak), max(peak, each.memory)
        died = self.server.process.poll() is not None
        return Verdict(findings, start, pulse, died, self.server.log.read_text(errors="replace"))

    def _one(self, given: Input) -> Finding:
        begun, trouble, answers = time.monotonic(), "", []
        try:
            answers = list(given.act(self.target))
        except Exception as error:
            trouble = f"{type(error).__name__}: {error}"
        ended = time.monotonic()
        if not answers and not trouble:
            trouble = "nothing was answered"
        found = Finding(given, answers, begun, ended, self.server.peak(), trouble)
        said = ",".join(str(each.status) for each in answers[:3])
        self.tell(f"{ended - begun:7.2f} s  {said:<12} {given.id} {trouble}")
        return found


def _attribute(findings: Sequence[Finding], stretches: Iterable[Stretch]) -> None:
    """Give every stretch to the inputs at work meanwhile, or else to the one before it."""
    first = min(each.begun for each in findings)
    for stretch in stretches:
        if stretch.ended < first:
            continue
        guilty = [
            each for each in findings
            if each.begun <= stretch.ended and each.ended >= stretch.begun - SPARE
        ]  # fmt: skip
        before = [each for each in findings if each.ended < stretch.begun]
        for each in guilty or before[-1:]:
            if stretch.held > each.lag:
                each.lag, each.places = stretch.held, stretch.places
