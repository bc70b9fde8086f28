"""A diagram of tables and the keys between them: each table to the right of those it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from app.ui.model.keys import ForeignKey

WIDTH, HEIGHT = 150, 50
ACROSS, DOWN = 90, 22
EDGE = 12
MOST_LETTERS = 18


@dataclass(frozen=True)
class Box:
    """Where a table is drawn: the corner at the upper left."""

    x: float
    y: float

    @property
    def middle(self) -> float:
        return self.y + HEIGHT / 2


def family_tree(columns: Mapping[str, int], keys: Sequence[ForeignKey]) -> str:
    """An SVG of the tables.

    Args:
        columns: how many columns each table has, by name.
    """
    boxes = _placed(columns, keys)
    width = max(box.x for box in boxes.values()) + WIDTH + EDGE
    height = max(box.y for box in boxes.values()) + HEIGHT + DOWN + EDGE
    drawn = [_arrow(boxes, key) for key in keys if key.parent in boxes]
    drawn += [_box(name, columns[name], box) for name, box in boxes.items()]
    said = "; ".join(f"{key.table} refers to {key.parent} by {key.column}" for key in keys)
    return (
        f'<svg class="family" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(said or "No keys between the tables")}"><defs>'
        '<marker id="family-end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{''.join(drawn)}</svg>"
    )


def _placed(tables: Mapping[str, int], keys: Sequence[ForeignKey]) -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    used: dict[int, int] = {}
    for name, generation in _generations(tables, keys).items():
        row = used.get(generation, 0)
        used[generation] = row + 1
        boxes[name] = Box(EDGE + generation * (WIDTH + ACROSS), EDGE + row * (HEIGHT + DOWN))
    return boxes


def _generations(tables: Mapping[str, int], keys: Sequence[ForeignKey]) -> dict[str, int]:
    """How many tables lie between each and one that refers to nothing. While a definition is
    written its tables may refer to one another in a circle: then there is an end to it, too."""
    found = dict.fromkeys(tables, 0)
    between = [key for key in keys if key.parent in found and key.parent != key.table]
    for _ in range(len(found) - 1):
        for key in between:
            found[key.table] = max(found[key.table], min(found[key.parent] + 1, len(found) - 1))
    return found


def _arrow(boxes: Mapping[str, Box], key: ForeignKey) -> str:
    """From the table that refers to the one that is referred to; back to itself below its box."""
    said = f"<title>{escape(f'{key.table}.{key.column} → {key.references}')}</title>"
    child, parent = boxes[key.table], boxes[key.parent]
    if child == parent:
        left, right, bottom = child.x + 40, child.x + WIDTH - 40, child.y + HEIGHT
        path = f"M{right} {bottom}c0 {DOWN} {left - right} {DOWN} {left - right} 0"
    else:
        start, end = child.x, parent.x + WIDTH
        bend = (start + end) / 2
        path = f"M{start} {child.middle}C{bend} {child.middle} {bend} {parent.middle} "
        path += f"{end} {parent.middle}"
    return f'<path class="family__key" d="{path}" marker-end="url(#family-end)">{said}</path>'


def _box(name: str, columns: int, box: Box) -> str:
    shown = name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"
    count = f"{columns} column{'' if columns == 1 else 's'}"
    return (
        f'<g><rect class="family__table" x="{box.x}" y="{box.y}" width="{WIDTH}" '
        f'height="{HEIGHT}" rx="9"/><title>{escape(name)}</title>'
        f'<text class="family__name" x="{box.x + 12}" y="{box.y + 21}">{escape(shown)}</text>'
        f'<text class="family__count" x="{box.x + 12}" y="{box.y + 39}">{count}</text></g>'
    )
