"""What a chart is: a drawing, what it says in words, and the data that it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

LETTERS = 6.2  # pixels that a letter takes, about
FONT = "system-ui, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of a drawing. Blue and orange differ for every kind of colour vision (Okabe & Ito
    2008); shapes differ as well, so that no chart needs its colours."""

    real: str
    synthetic: str
    ink: str
    line: str


PAGE = Palette("var(--real)", "var(--synthetic)", "currentColor", "var(--line)")
"""For HTML that says what these are, for light and dark."""
PAPER = Palette("#0072b2", "#d55e00", "#1d2430", "#c4cad4")


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and its data.

    Args:
        marks: the drawing's elements as SVG.
        heads, rows: the data as a table of texts.
    """

    title: str
    description: str
    width: float
    height: float
    marks: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def svg(self, id: str = "", font: str = FONT) -> str:
        """The drawing. With an `id`, unique in its document, title and description name it for
        readers who do not see it; without one it is a file of its own."""
        named = f'role="img" aria-labelledby="{id}-t {id}-d" ' if id else ""
        marks = (f' id="{id}-t"', f' id="{id}-d"') if id else ("", "")
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {named}'
            f'viewBox="0 0 {self.width:g} {self.height:g}" width="{self.width:g}" '
            f'height="{self.height:g}" font-family="{font}" font-size="11">'
            f"<title{marks[0]}>{escape(self.title)}</title>"
            f"<desc{marks[1]}>{escape(self.description)}</desc>{self.marks}</svg>"
        )


def rectangle(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" '
        f'fill="{fill}"{more}/>'
    )


def line(points: Iterable[tuple[float, float]], stroke: str, width: float = 1.0) -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="{stroke}" stroke-width="{width:g}"/>'


def words(x: float, y: float, content: str, ink: str, anchor: str = "start") -> str:
    placed = f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text {placed} fill="{ink}" text-anchor="{anchor}">{escape(content)}</text>'


def shortened(text: str, width: float) -> str:
    """A text that fits into so many pixels, about."""
    most = max(3, int(width / LETTERS))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def percent(share: float | None) -> str:
    return "under 5 rows" if share is None else f"{share * 100:.1f} %"


def legend(palette: Palette, y: float, names: Sequence[str] = ("real", "synthetic")) -> str:
    """Bars are the first, lines the second."""
    first, second = names
    behind = 26 + LETTERS * len(first)
    return (
        rectangle(0, y - 8, 12, 9, palette.real, ' fill-opacity="0.45"')
        + words(16, y, first, palette.ink)
        + line([(behind, y - 4), (behind + 12, y - 4)], palette.synthetic, 2.5)
        + words(behind + 16, y, second, palette.ink)
    )
