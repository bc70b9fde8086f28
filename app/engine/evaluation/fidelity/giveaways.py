"""What tells synthetic rows from real ones: the columns and pairs that a classifier uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 10  # columns, and pairs, that are named
MOST_IN_WORDS = 3


@dataclass(frozen=True, slots=True)
class Giveaways:
    """Shares of the gain of all splits of a classifier, the largest first.

    Args:
        columns: by the column that is split.
        pairs: by a column that is split below a split of another one.
    """

    columns: tuple[tuple[str, float], ...]
    pairs: tuple[tuple[tuple[str, str], float], ...]

    @property
    def sentence(self) -> str:
        """Which give the rows away; empty where nothing was split."""
        if not self.columns:
            return ""
        columns = [f"{name} ({share:.0%})" for name, share in self.columns[:MOST_IN_WORDS]]
        pairs = [f"{a} × {b} ({share:.0%})" for (a, b), share in self.pairs[:MOST_IN_WORDS]]
        together = f"; together: {', '.join(pairs)}" if pairs else ""
        return f"Distinguished by {', '.join(columns)}{together}."

    @property
    def document(self) -> dict[str, Any]:
        return {
            "columns": [
                {"name": name, "share": round(share, 4)} for name, share in self.columns[:MOST]
            ],
            "pairs": [
                {"columns": list(pair), "share": round(share, 4)}
                for pair, share in self.pairs[:MOST]
            ],
        }


def giveaways(models: Sequence[Any], names: Sequence[str]) -> Giveaways:
    """By the gain of the splits of LightGBM's boosters over columns of these names."""
    columns: defaultdict[str, float] = defaultdict(float)
    pairs: defaultdict[tuple[str, str], float] = defaultdict(float)
    for model in models:
        for tree in model.dump_model()["tree_info"]:
            for above, place, gain in _splits(tree["tree_structure"], None):
                columns[names[place]] += gain
                if above is not None and above != place:
                    first, second = sorted((above, place))
                    pairs[names[first], names[second]] += gain
    total = sum(columns.values()) or 1.0
    first_columns = sorted(columns, key=lambda name: -columns[name])
    first_pairs = sorted(pairs, key=lambda pair: -pairs[pair])
    return Giveaways(
        tuple((name, columns[name] / total) for name in first_columns),
        tuple((pair, pairs[pair] / total) for pair in first_pairs),
    )


def _splits(node: Mapping[str, Any], above: int | None) -> Iterator[tuple[int | None, int, float]]:
    """The column split above, the column split and the gain, of every split of a tree."""
    if "split_feature" not in node:
        return
    place = int(node["split_feature"])
    yield above, place, float(node["split_gain"])
    for side in ("left_child", "right_child"):
        yield from _splits(node[side], place)
