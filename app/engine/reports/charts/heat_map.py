"""A square matrix of associations."""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.reports.charts.chart import Chart, Palette, rectangle, shortened, words

LABELS, TOP, SIDE = 120.0, 22.0, 210.0


def heat_map(
    title: str, names: Sequence[str], values: Sequence[Sequence[float]], palette: Palette
) -> Chart:
    """Cells from -1 to 1: the stronger the colour, the farther from 0. Below 0 they are blue with a
    dot, above 0 orange.

    Args:
        values: shape (names, names).
    """
    size = min(24.0, SIDE / len(names))
    marks = []
    for row, name in enumerate(names):
        y = TOP + size * row
        label = shortened(f"{name} {row + 1}", LABELS - 8)
        marks.append(words(LABELS - 5, y + size / 2 + 4, label, palette.ink, "end"))
        if size >= 14 or row % 2 == 0:
            x = LABELS + size * (row + 0.5)
            marks.append(words(x, TOP - 6, str(row + 1), palette.ink, "middle"))
        for column, value in enumerate(values[row]):
            marks.append(_cell(LABELS + size * column, y, size, value, palette))
    farthest = max(
        (abs(values[a][b]), names[a], names[b], values[a][b])
        for a in range(len(names))
        for b in range(a)
    )
    described = f"Farthest from 0: {farthest[1]} and {farthest[2]}, {farthest[3]:.2f}."
    table = tuple(
        (name, *(f"{value:.2f}" for value in row)) for name, row in zip(names, values, strict=True)
    )
    height = TOP + size * len(names) + 4
    width = LABELS + size * len(names) + 4
    return Chart(title, described, width, height, "".join(marks), ("", *names), table)


def _cell(x: float, y: float, size: float, value: float, palette: Palette) -> str:
    fill = palette.synthetic if value > 0 else palette.real
    strength = f' fill-opacity="{min(1.0, abs(value)):.2f}" stroke="{palette.line}"'
    cell = rectangle(x, y, size, size, fill, f'{strength} stroke-width="0.5"')
    if value > -0.05:
        return cell
    middle = f'cx="{x + size / 2:.1f}" cy="{y + size / 2:.1f}"'
    return f'{cell}<circle {middle} r="{size / 8:.1f}" fill="{palette.ink}"/>'
