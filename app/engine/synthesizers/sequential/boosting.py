"""Growing the trees of a code tree's nodes, with LightGBM (Ke et al. 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.sequential.code_tree import (
    Children,
    CodeTree,
    Counts,
    Seen,
    balanced_children,
    huffman_children,
    ordered_children,
    with_last_apart,
)
from app.engine.synthesizers.sequential.label_order import label_order
from app.engine.synthesizers.sequential.lightgbm_text import read_trees
from app.engine.synthesizers.sequential.lines import (
    Line,
    better_line,
    joined_lines,
    level_line,
    log_loss,
)
from app.engine.synthesizers.sequential.settings import SequentialSettings
from app.engine.synthesizers.sequential.trees import (
    MOST_LEAVES,
    SCALE,
    Scores,
    Trees,
    joined,
    no_trees,
)
from app.engine.synthesizers.values import Symbols

FEWEST_ROWS = 40  # of a node with trees
FEW_LABELS = 4  # that a Huffman tree is best for
MOST_ORDERED = 250  # labels that are put in order
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class FeatureTable:
    """What a column is learned from.

    Args:
        labels: numbers of the features whose codes have no order.
    """

    seen: Seen
    labels: tuple[int, ...]


def grow_code_tree(
    table: FeatureTable,
    symbols: Symbols,
    count: int,
    settings: SequentialSettings,
    places: NDArray[np.float64],
    *,
    is_ordered: bool,
    has_missing: bool = False,
) -> CodeTree:
    """The code tree of a column.

    Args:
        symbols: of each row, shape (rows,).
        count: how many symbols there are.
        places: in [0, 1), of each row, shape (rows,): where it lies in a random order of which the
            first part decides when trees stop.
        is_ordered: whether symbols are bins of numbers in order.
        has_missing: whether the last of them is that of missing values. It is the first question
            then: cut into many, what is missing together would come apart.
    """
    counts = np.bincount(symbols, minlength=count)
    if count <= 1:
        empty = np.empty((0, 2), np.int32)
        level = joined_lines([], len(table.seen.predictions))
        return CodeTree(empty, level, np.zeros(1, np.int32), no_trees())
    known = symbols < count - has_missing
    children = _children(
        table, known, symbols[known], counts[: count - has_missing], is_ordered=is_ordered
    )
    if has_missing:
        children = with_last_apart(children, count - 1)
    grower = _Grower(table, settings, places)
    grown = [grower.grow(*answers) for answers in _answers(children, symbols)]
    lines, parts = [line for line, _ in grown], [trees for _, trees in grown]
    offsets = np.cumsum([0, *(part.count for part in parts)]).astype(np.int32)
    return CodeTree(
        children, joined_lines(lines, len(table.seen.predictions)), offsets, joined(parts)
    )


def _children(
    table: FeatureTable,
    rows: NDArray[np.bool_],
    symbols: Symbols,
    counts: Counts,
    *,
    is_ordered: bool,
) -> Children:
    """A tree over the symbols of some rows."""
    if is_ordered:
        return balanced_children(counts)
    if FEW_LABELS < len(counts) <= MOST_ORDERED and len(table.seen.features):
        features = table.seen.features[:, rows]
        return ordered_children(counts, label_order(features, table.labels, symbols, counts))
    return huffman_children(counts)


def _answers(children: Children, symbols: Symbols) -> list[tuple[Rows, NDArray[np.bool_]]]:
    """For each node its rows, and which of them go right."""
    found: list[Any] = [None] * len(children)
    side_of = [_symbols_below(children, int(right)) for _, right in children]
    waiting = [(0, np.arange(len(symbols)))]
    while waiting:
        node, rows = waiting.pop()
        is_right = np.isin(symbols[rows], side_of[node])
        found[node] = (rows, is_right)
        for child, chosen in zip(children[node], (rows[~is_right], rows[is_right]), strict=True):
            if child >= 0:
                waiting.append((int(child), chosen))
    return found


def _symbols_below(children: Children, node: int) -> list[int]:
    waiting, found = [node], []
    while waiting:
        node = waiting.pop()
        if node < 0:
            found.append(-1 - node)
        else:
            waiting += children[node].tolist()
    return found


class _Grower:
    """Grows the trees of one node after another from one binned table."""

    def __init__(
        self, table: FeatureTable, settings: SequentialSettings, places: NDArray[np.float64]
    ) -> None:
        self._settings = settings
        self._is_held_out = places < settings.validation_fraction
        self._predictions = table.seen.predictions
        self._data: Any = None
        self._parameters = _parameters(settings)
        if len(table.seen.features):
            self._data = _dataset(table, self._parameters)

    def grow(self, rows: Rows, is_right: NDArray[np.bool_]) -> tuple[Line, Trees]:
        """What tells right from left: a line, and trees that say more than it does."""
        held_out, predictions = self._is_held_out[rows], self._predictions[:, rows]
        level = level_line(is_right, len(predictions))
        line = better_line(level, predictions, is_right, held_out)
        return line, self._trees(rows, is_right, line.scores(predictions))

    def _trees(self, rows: Rows, is_right: NDArray[np.bool_], scores: Scores) -> Trees:
        held_out = self._is_held_out[rows]
        kept = min(int(held_out.sum()), int((~held_out).sum()))
        if self._data is None or len(rows) < FEWEST_ROWS or kept < 5:
            return no_trees()
        ends = (is_right[~held_out], is_right[held_out])
        if any(each.all() or not each.any() for each in ends):
            return no_trees()
        train = self._part(rows[~held_out], ends[0], scores[~held_out])
        test = self._part(rows[held_out], ends[1], scores[held_out])
        return self._boosted(train, test, log_loss(ends[1], scores[held_out]))

    def _part(self, rows: Rows, is_right: NDArray[np.bool_], scores: Scores) -> Any:
        part = self._data.subset(rows).construct()
        part.set_label(is_right.astype(np.float32))
        part.set_init_score(scores / SCALE)
        return part

    def _boosted(self, train: Any, test: Any, loss_before: float) -> Trees:
        """Trees up to the round with the least loss on the rows set aside."""
        import lightgbm

        settings = self._settings
        # What `lightgbm.train` does besides (copies, a round trip through text) takes as long as
        # growing small trees does.
        booster = lightgbm.Booster(self._parameters, train)
        booster.add_valid(test, "test")
        best, best_round = loss_before, 0
        for number in range(1, settings.max_rounds + 1):
            is_grown_out = booster.update()
            loss = booster.eval_valid()[0][2]
            if loss < best - settings.early_stop_delta:
                best, best_round = loss, number
            if is_grown_out or number - best_round >= settings.patience:
                break
        if not best_round:
            return no_trees()
        return read_trees(booster.model_to_string(num_iteration=best_round))


def _dataset(table: FeatureTable, parameters: dict[str, Any]) -> Any:
    import lightgbm

    values = np.ascontiguousarray(table.seen.features.T).astype(np.float32)
    labels = list(table.labels)
    data = lightgbm.Dataset(
        values, np.zeros(len(values)), categorical_feature=labels, params=parameters,
    )  # fmt: skip
    return data.construct()


def _parameters(settings: SequentialSettings) -> dict[str, Any]:
    return {
        "objective": "binary",
        "boost_from_average": False,
        "num_leaves": MOST_LEAVES,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.rows_per_leaf,
        "lambda_l2": settings.l2,
        "max_cat_to_onehot": 4,
        "min_data_per_group": settings.rows_per_leaf,
        "max_bin": 255,
        "min_data_in_bin": 1,
        "bin_construct_sample_cnt": 1_000_000,
        "feature_pre_filter": False,
        # Of bundled features, the histograms of a subset of many rows hold memory that nothing was
        # written to (LightGBM 4.7): trees that change from run to run, failed checks, crashes.
        "enable_bundle": False,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": 1,
        "seed": 0,
        "verbosity": -1,
    }
