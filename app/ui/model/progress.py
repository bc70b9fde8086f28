"""How fast a job goes, from what was seen of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WINDOW = 8.0  # seconds over which the speed is measured


@dataclass
class Pace:
    """Rows done at times seen; a new stage begins again."""

    stage: str = ""
    seen: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0

    def note(self, progress: Mapping[str, Any] | None, now: float) -> None:
        """What a job's `progress` says at a time in seconds."""
        if progress is None:
            return
        if progress["stage"] != self.stage:
            self.seen.clear()
            self.stage = progress["stage"]
        self.total = int(progress["total"])
        self.seen.append((now, int(progress["done"])))
        while len(self.seen) > 2 and now - self.seen[0][0] > WINDOW:
            self.seen.popleft()

    @property
    def share(self) -> float:
        """Part that is done, 0 to 1."""
        return self.seen[-1][1] / self.total if self.seen and self.total else 0.0

    @property
    def speed(self) -> float | None:
        """Rows a second; None before two looks."""
        if len(self.seen) < 2:
            return None
        (began, first), (ended, last) = self.seen[0], self.seen[-1]
        return (last - first) / (ended - began) if ended > began and last > first else None

    @property
    def left(self) -> float | None:
        """Seconds that this stage still takes at this speed."""
        if not self.speed or not self.seen:
            return None
        return (self.total - self.seen[-1][1]) / self.speed


def duration(seconds: float) -> str:
    """`850 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def size(count: float) -> str:
    """`812 B`, `4.2 kB`, `1.3 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
