"""What a service was like while it was sent each input, and what it may not be like."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.acceptance.hostile.inputs import Answer, Input, Target
from tests.acceptance.hostile.observed import Observed, Pulse, Stretch

LONGEST_LAG = 0.1
MOST_GROWTH = 150 * 2**20
NOTEWORTHY = 5 * 2**20


@dataclass
class Finding:
    """One input and what came of it.

    Args:
        lag: the longest time for which the service held its loop meanwhile, in seconds.
        memory: the most bytes that its own process had resident meanwhile.
    """

    input: Input
    answers: list[Answer]
    begun: float
    ended: float
    memory: int
    trouble: str = ""
    lag: float = 0.0
    places: str = ""

    @property
    def wrong(self) -> list[str]:
        """What no service may answer."""
        found = [f"answered {each.status} {each.beginning[:200]!r}" for each in self.answers if not each.proper]
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
        """Lines of a table of the kinds."""
        kinds: dict[str, list[Finding]] = defaultdict(list)
        for each in self.findings:
            kinds[each.input.kind].append(each)
        yield f"{'kind':<12}{'inputs':>7}{'wrong':>7}{'worst lag ms':>14}{'memory MiB':>12}{'seconds':>9}"
        for kind, found in kinds.items():
            wrong = sum(bool(each.wrong) for each in found)
            lag = max(each.lag for each in found) * 1000
            memory = (max(each.memory for each in found) - self.start) / 2**20
            seconds = sum(each.ended - each.begun for each in found)
            yield f"{kind:<12}{len(found):>7}{wrong:>7}{lag:>14.0f}{memory:>+12.0f}{seconds:>9.1f}"
        yield (
            f"{'all':<12}{len(self.findings):>7}{len(self.wrong()):>7}"
            f"{self.longest_lag * 1000:>14.0f}{self.growth / 2**20:>+12.0f}"
        )


@dataclass
class Trial:
    """Sends inputs one after the other and watches."""

    server: Observed
    target: Target
    tell: Callable[[str], None] = field(default=lambda _: None)

    def run(self, inputs: Iterable[Input]) -> Verdict:
        with Pulse(self.server) as pulse:
            start = self.server.memory()
            findings = [self._one(each) for each in inputs]
            time.sleep(0.2)
        _attribute(findings, self.server.stretches())
        died = self.server.process.poll() is not None
        return Verdict(findings, start, pulse, died, self.server.log.read_text(errors="replace"))

    def _one(self, given: Input) -> Finding:
        self.server.forget_peak()
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


def _attribute(findings: list[Finding], stretches: list[Stretch]) -> None:
    """Give every stretch to the input that was at work when it began, or just before."""
    place = 0
    for stretch in stretches:
        if stretch.ended < findings[0].begun:
            continue
        while place + 1 < len(findings) and findings[place + 1].begun <= stretch.ended:
            place += 1
        # It may have begun with an input before the one at whose time it ended.
        chosen = place
        while chosen > 0 and findings[chosen].begun > stretch.begun + 0.01:
            chosen -= 1
        if stretch.held > findings[chosen].lag:
            findings[chosen].lag, findings[chosen].places = stretch.held, stretch.places
