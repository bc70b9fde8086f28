"""Plots as small as a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

HEIGHT = 28


def spark(bars: Sequence[tuple[str, float]], said: str) -> str:
    """Bars with their names and shares; nothing to see where there are none."""
    if not bars:
        return ""
    top = max(*(share for _, share in bars), 1e-9)
    width = 100 / len(bars)
    drawn = "".join(
        f'<rect x="{width * place + 0.6:.2f}" y="{HEIGHT * (1 - share / top):.2f}" '
        f'width="{max(width - 1.2, 0.6):.2f}" height="{HEIGHT * share / top:.2f}" '
        f'fill="currentColor"><title>{escape(name)}: {share:.1%}</title></rect>'
        for place, (name, share) in enumerate(bars)
    )
    return (
        f'<svg class="spark" viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(said)}">{drawn}</svg>'
    )
