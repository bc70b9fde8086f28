"""A figure and its interval on a line, among what it stands beside."""

from __future__ import annotations

from typing import Any

from app.engine.reports.charts.chart import Chart, Palette, line, words

BESIDE = ("ceiling", "floor", "copy")
SHORT = {"ceiling": "real", "floor": "indep.", "copy": "copy"}
WIDTH, HEIGHT, EDGE = 260.0, 43.0, 22.0


def scale_chart(figure: dict[str, Any], palette: Palette) -> Chart | None:
    """None where there is nothing to compare with; see `app.engine.reports.document`."""
    beside = [(name, figure[name]) for name in BESIDE if figure[name] is not None]
    own = [figure[name] for name in ("low", "value", "high") if figure[name] is not None]
    ends = [*(value for _, value in beside), *own]
    if figure["value"] is None or min(ends) == max(ends):
        return None
    first, spread = min(ends), max(ends) - min(ends)

    def place(value: float) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * (value - first) / spread

    middle = 18.0
    marks = [line([(EDGE, middle), (WIDTH - EDGE, middle)], palette.line)]
    marks += _names([(place(value), SHORT[name]) for name, value in beside], middle, palette)
    marks.append(line([(place(own[0]), middle), (place(own[-1]), middle)], palette.synthetic, 5))
    marks.append(_diamond(place(figure["value"]), middle, palette.synthetic))
    rows = tuple((name, f"{value:g}") for name, value in [("value", figure["value"]), *beside])
    shown = ", ".join(f"{name} {value}" for name, value in rows)
    return Chart(figure["title"], shown, WIDTH, HEIGHT, "".join(marks), ("", "value"), rows)


def _names(marks: list[tuple[float, str]], middle: float, palette: Palette) -> list[str]:
    """Marks on the line and their names, in one line as far as they do not touch."""
    drawn, behind = [], -100.0
    for x, name in sorted(marks):
        low = x - behind < 38.0
        drawn.append(line([(x, middle - 6), (x, middle + 6)], palette.ink, 1.5))
        drawn.append(words(x, middle + (-8 if low else 18), name, palette.ink, "middle"))
        behind = -100.0 if low else x
    return drawn


def _diamond(x: float, y: float, fill: str) -> str:
    return f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z" fill="{fill}"/>'
