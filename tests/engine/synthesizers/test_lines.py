"""Lines that the scores of nodes start from."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.synthesizers.sequential.lines import (
    PENALTY,
    Line,
    better_line,
    joined_lines,
    level_line,
    log_loss,
)
from app.engine.synthesizers.sequential.trees import SCALE

ROWS = 6000


def found(slope: float, rows: int = ROWS) -> tuple[Line, np.ndarray, np.ndarray, np.ndarray]:
    """A line found, predictions, true log odds, answers."""
    rng = np.random.default_rng(1)
    predictions = np.round(rng.normal(0.5, 2.0, (2, rows)) * SCALE).astype(np.int32)
    odds = slope * predictions[0] / SCALE - 0.7
    is_right = rng.random(rows) < 1.0 / (1.0 + np.exp(-odds))
    level = level_line(is_right, 2)
    line = better_line(level, predictions, is_right, rng.random(rows) < 0.15)
    return line, predictions, odds, is_right


@pytest.mark.parametrize("slope", [0.3, -1.5])
def test_slopes_are_those_that_answers_were_drawn_by(slope: float) -> None:
    line, predictions, odds, _ = found(slope)
    assert line.slopes / 2**16 == pytest.approx([slope, 0.0], abs=0.12)
    scores = line.scores(predictions) / SCALE
    assert np.abs(scores - odds).mean() < 0.2


def test_slopes_are_where_the_penalised_loss_is_flat() -> None:
    line, predictions, _, is_right = found(0.8, rows=2000)
    known = np.random.default_rng(1)
    known.normal(0.5, 2.0, (2, 2000))
    known.random(2000)
    kept = known.random(2000) >= 0.15
    x, y = predictions[:, kept] / SCALE, is_right[kept]
    spread = x.std(axis=1)
    chances = 1.0 / (1.0 + np.exp(-line.scores(predictions[:, kept]) / SCALE))
    slope = (x - x.mean(axis=1)[:, None]) / spread[:, None] @ (y - chances)
    assert slope == pytest.approx(PENALTY * line.slopes / 2**16 * spread, abs=1.0)


def test_predictions_that_say_nothing_of_few_rows_leave_the_level() -> None:
    rng = np.random.default_rng(2)
    levels = 0
    for _ in range(40):
        predictions = rng.integers(-3000, 3000, (2, 30)).astype(np.int32)
        is_right = rng.random(30) < 0.5
        level = level_line(is_right, 2)
        levels += better_line(level, predictions, is_right, np.arange(30) % 5 == 0) is level
    assert levels >= 15
    few = better_line(level, predictions[:, :9], is_right[:9], np.arange(9) % 3 == 0)
    assert few is level


def test_scores_keep_to_what_the_rows_of_a_node_reached() -> None:
    line, predictions, _, is_right = found(0.8)
    far = np.array([[-(2**30), 2**30], [0, 0]], np.int32)
    assert line.scores(far).tolist() == list(line.ends)
    assert line.scores(predictions).min() >= line.ends[0]
    level = level_line(is_right, 2)
    gained = log_loss(is_right, level.scores(predictions)) - log_loss(
        is_right, line.scores(predictions)
    )
    assert gained > 0.1


def test_joined_lines_score_as_each_does() -> None:
    line, predictions, _, is_right = found(0.8)
    lines = joined_lines([level_line(is_right, 2), line], 2)
    lines.check()
    rows = np.arange(0, ROWS, 7)
    assert (lines.scores(1, predictions, rows) == line.scores(predictions[:, rows])).all()
    assert len(set(lines.scores(0, predictions, rows).tolist())) == 1
    asked = lines.asked(np.array([100.0, 10.0]))
    assert asked[0] > asked[1] >= 0
    assert asked.sum() == pytest.approx(10.0 * (line.ends[1] - line.ends[0]))


def test_no_nodes_and_no_predictions_have_no_lines() -> None:
    for lines in (joined_lines([], 0), joined_lines([], 2)):
        lines.check()
    level = level_line(np.array([True, False, False]), 0)
    lines = joined_lines([level], 0)
    lines.check()
    none = np.empty((0, 3), np.int32)
    assert lines.scores(0, none, np.arange(3)).tolist() == [level.start] * 3
