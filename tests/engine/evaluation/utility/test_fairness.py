"""How differently groups fare: published figures of Adult, and counts by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError
from app.engine.evaluation.contest import Contest, contest
from app.engine.evaluation.evaluation import FEW_GROUPS, evaluate
from app.engine.evaluation.utility.fairness import (
    FairnessFigure,
    check_protected,
    fairness_figures,
)
from app.engine.reports.document import report_document
from app.engine.reports.html import report_html
from app.engine.reports.text import report_lines
from tests.engine.evaluation.oracles import ORACLES

ADULT = ORACLES["published_parity"]


def table(counts: dict[str, list[int]]) -> pa.Table:
    """Rows of each group with a low and with a high income."""
    sex = [group for group, each in counts.items() for _ in range(sum(each))]
    income = [label for low, high in counts.values() for label in ["low"] * low + ["high"] * high]
    return pa.table({"sex": sex, "income": income})


def met(*tables: pa.Table, target: str | None = "income") -> Contest:
    real, synthetic, *rest = tables
    return contest(real, rest[0] if rest else real, synthetic, target)


def figures(*tables: pa.Table, protected: str = "sex") -> dict[str, FairnessFigure]:
    own = met(*tables)
    found = fairness_figures(own, check_protected(own, protected))
    assert found is not None
    return dict(found.figures)


def test_parity_of_adult_is_the_published_one() -> None:
    real, even = table(ADULT["counts"]), table({"Male": [240, 80], "Female": [120, 40]})
    found = figures(real, even)
    difference, ratio = found["parity_difference"], found["parity_ratio"]
    assert difference.before == pytest.approx(ADULT["difference"], abs=1e-4)
    assert ratio.before == pytest.approx(ADULT["ratio"], abs=1e-4)
    assert (difference.after, ratio.after) == (0.0, 1.0)


def test_predictions_are_counted_by_group() -> None:
    """Sex says nothing in the synthetic rows but everything in the real ones: a model of these
    calls all men high, of whom 3 of 4 are."""
    real = table({"m": [100, 300], "f": [300, 100]})
    free = table({"m": [150, 250], "f": [150, 250]})
    found = figures(real, free, table({"m": [50, 150], "f": [150, 50]}))
    assert found["predicted_parity_difference"] == FairnessFigure(1.0, 0.0)
    assert found["equalized_odds_difference"] == FairnessFigure(1.0, 0.0)
    score = found["trained_score"]
    assert score.before == pytest.approx(0.75) and score.after == pytest.approx(0.5)


def test_of_more_labels_the_one_that_differs_most_counts() -> None:
    group = ["a"] * 100 + ["b"] * 100 + ["few"] * 3
    label = ["x"] * 50 + ["y"] * 30 + ["z"] * 20 + ["x"] * 40 + ["y"] * 10 + ["z"] * 50 + ["x"] * 3
    rows = pa.table({"sex": group, "income": label})
    own = met(rows, rows)
    found = fairness_figures(own, check_protected(own, "sex"))
    assert found is not None and (found.groups, found.left_out) == (2, 1)
    assert found.figures["parity_difference"].before == pytest.approx(0.3)
    assert found.figures["parity_ratio"].before == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("target", "protected", "path"),
    [
        ("income", "nobody", "protected"),
        ("income", "age", "protected"),
        (None, "sex", "target"),
        ("sex", "sex", "target"),
        ("age", "sex", "target"),
    ],
)
def test_what_cannot_be_compared_is_refused(target: str | None, protected: str, path: str) -> None:
    rows = table({"m": [100, 100], "f": [100, 100]})
    rows = rows.append_column("age", pa.array(np.arange(400.0)))
    with pytest.raises(DefinitionError) as refused:
        check_protected(met(rows, rows, target=target), protected)
    assert [fault.path for fault in refused.value.faults] == [path]


def judged(real: pa.Table, made: pa.Table, **asked: Any) -> dict[str, Any]:
    return report_document(evaluate(real, made, target="income", **asked))


def test_a_report_has_a_section_of_it() -> None:
    rng = np.random.default_rng(1)
    rows = table({"m": [100, 300], "f": [300, 100]})
    rows = rows.append_column("age", pa.array(rng.integers(18, 60, 800)))
    document = judged(rows, rows, protected="sex")
    figure = document["fairness"]["figures"][0]
    assert figure["name"] == "parity_difference" and figure["after"] == 0.5
    page = report_html(document)
    assert "Fairness of income by sex" in page and "Models: AUC" in page
    lines = list(report_lines(document))
    assert any(line.startswith("Fairness of income by sex, 2 groups") for line in lines)
    plain = judged(rows, rows)
    assert plain["fairness"] is None and "Fairness of" not in report_html(plain)


def test_groups_that_are_too_small_are_noted() -> None:
    rows = table({"m": [300, 300], "f": [8, 8]})
    document = judged(rows, rows, protected="sex")
    assert document["fairness"] is None and FEW_GROUPS in document["notes"]
