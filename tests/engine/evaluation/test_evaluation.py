"""Two or three tables in, what they say of one another out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from app.engine.errors import DefinitionError, SourceError
from app.engine.evaluation.evaluation import Evaluation, evaluate
from app.engine.evaluation.judgement import Figure
from app.engine.evaluation.measure import LIKENESS, USE
from app.engine.evaluation.measures import ANSWERS
from app.engine.reports.document import report_document


def shops(rows: int, seed: int) -> pa.Table:
    """Rows with a key, whose columns go together."""
    rng = np.random.default_rng(seed)
    size = rng.gamma(2.0, 30.0, rows).round(1)
    is_open = np.where(size + rng.normal(0, 20, rows) > 50, "yes", "no")
    ids = np.arange(rows) + 1_000 * seed
    return pa.table(
        {"shop_id": ids, "size": size, "open": is_open, "staff": (size // 9).astype(int)}
    )


def by_name(found: Evaluation) -> dict[str, Figure]:
    return {each.name: each for each in found.figures}


def test_other_real_rows_come_to_the_ceiling() -> None:
    found = evaluate(shops(800, 1), shops(800, 3), holdout=shops(800, 2), target="open")
    assert set(ANSWERS.values()) == {ANSWERS[each.name] for each in found.figures}
    assert found.rows == (800, 800, 800)
    figures = by_name(found)
    told, trained = figures["two_sample_auc"], figures["trained_score"]
    assert told.value is not None and told.interval is not None and abs(told.value - 0.5) < 0.06
    assert told.interval.low < 0.52 and told.floor is not None and told.floor > 0.8
    assert trained.value == pytest.approx(trained.ceiling, abs=0.04)
    assert any("shop_id" in note for note in found.notes)
    assert {each.name for each in found.columns} == {"size", "open", "staff"}
    assert len(found.pairs) == 3


def test_a_copy_gives_itself_away() -> None:
    real = shops(600, 1)
    figures = by_name(evaluate(real, real, holdout=shops(600, 2)))
    assert figures["copied_share"].value == 1.0
    closer = figures["closer_share"].value
    assert closer is not None and closer > 0.8


def test_without_held_out_rows_nothing_is_said_of_privacy() -> None:
    found = evaluate(shops(900, 1), shops(600, 3), target="size")
    assert {ANSWERS[each.name] for each in found.figures} == {LIKENESS, USE}
    assert found.rows == (900, 0, 600)
    assert any("held out" in note for note in found.notes)
    told = by_name(found)["two_sample_auc"].value
    assert told is not None and abs(told - 0.5) < 0.08


def test_files_and_tables_say_the_same(tmp_path: Path) -> None:
    files = []
    for seed in (1, 2, 3):
        files.append(tmp_path / f"{seed}.csv")
        pyarrow.csv.write_csv(shops(400, seed), files[-1])
    real, holdout, synthetic = files
    of_files = evaluate(real, synthetic, holdout=holdout, target="open", seed=5)
    of_tables = evaluate(shops(400, 1), shops(400, 3), holdout=shops(400, 2), target="open", seed=5)
    assert report_document(of_files) == report_document(of_tables)


def test_what_cannot_be_compared_is_refused_in_words(tmp_path: Path) -> None:
    real = shops(100, 1)
    with pytest.raises(DefinitionError, match="no column 'closed' is judged"):
        evaluate(real, real, target="closed")
    with pytest.raises(SourceError, match="has no column that is judged"):
        evaluate(real, pa.table({"other": list(range(50))}))
    with pytest.raises(SourceError, match=r"the synthetic table has 5 rows; 20 are needed"):
        evaluate(real, real.slice(0, 5))
    with pytest.raises(SourceError, match=r"'size' of the synthetic table holds no values of kind"):
        evaluate(real, real.set_column(1, "size", pa.array(["a lot"] * 100)))
    with pytest.raises(SourceError, match="held-out table has no column 'staff'"):
        evaluate(real, real, holdout=real.drop_columns(["staff"]))
    with pytest.raises(FileNotFoundError):
        evaluate(real, tmp_path / "none.csv")


def test_columns_that_are_not_there_are_named() -> None:
    real = shops(200, 1)
    found = evaluate(real, shops(200, 3).drop_columns(["staff"]))
    assert any("no such columns: staff" in note for note in found.notes)
    assert {each.name for each in found.columns} == {"size", "open"}


def test_the_same_tables_and_seed_give_the_same_report() -> None:
    first, second = (evaluate(shops(300, 1), shops(300, 3), seed=4) for _ in range(2))
    assert first == second
