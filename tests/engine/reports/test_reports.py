"""Reports hold figures and names of columns, and nothing that a browser would run or fetch."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.evaluation.composite import composite
from app.engine.evaluation.evaluation import Evaluation
from app.engine.evaluation.fidelity.columns import ColumnFidelity
from app.engine.evaluation.fidelity.pairs import PairFidelity
from app.engine.evaluation.intervals import Interval
from app.engine.evaluation.judgement import Figure
from app.engine.reports.document import report_document
from app.engine.reports.html import report_html
from app.engine.reports.judging import judged_report
from app.engine.reports.limits import ReportLimits
from app.engine.reports.meanings import MEANINGS
from app.engine.reports.text import report_lines

HOSTILE = "<script>alert(1)</script>\x1b[31m"


@pytest.fixture
def document() -> dict[str, Any]:
    figures = tuple(
        Figure(name, 0.51234567, Interval(0.5, 0.525), 0.5012345, None, 0.6) for name in MEANINGS
    )
    columns = (
        ColumnFidelity(HOSTILE, True, 0.1, 0.05, None, 0.0, 0.01, 0.0),
        ColumnFidelity("size", False, 0.123456, 0.1, 0.02, 0.0, 0.0, 0.25),
    )
    pairs = (PairFidelity(HOSTILE, "size", 0.2, 0.1, 0.4),)
    return report_document(
        Evaluation("size", (10, 0, 20), figures, columns, pairs, (), composite(figures), (HOSTILE,))
    )


def test_figures_have_the_decimals_of_their_interval(document: dict[str, Any]) -> None:
    first = document["figures"][0]
    assert (first["value"], first["ceiling"], first["floor"]) == (0.512, 0.501, None)
    assert document["columns"][1]["distance"] == 0.1235
    assert document["pairs"]["distance"] == 0.2
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_names_are_shown_and_never_run(document: dict[str, Any]) -> None:
    page = report_html(document)
    assert "<script" not in page and page.count("&lt;script&gt;") == 3
    assert not re.search(r"(src|href)=|https?://(?!www.w3.org/2000/svg)|@import|url\(", page)
    assert "default-src 'none'" in page


def test_every_figure_is_drawn_with_what_it_stands_beside(document: dict[str, Any]) -> None:
    page = report_html(document)
    assert page.count("<svg ") == page.count('role="img"') >= len(MEANINGS)
    assert "value 0.512, ceiling 0.501, copy 0.6" in page
    for meaning in MEANINGS.values():
        assert meaning.hides.split(":")[0] in page


def test_a_report_of_one_column_has_no_pairs() -> None:
    column = ColumnFidelity("size", False, 0.1, 0.1, None, 0.0, 0.0, 0.0)
    figure = Figure("two_sample_auc", 0.5, None, 0.5, 0.5, 0.5)
    document = report_document(
        Evaluation(None, (20, 0, 20), (figure,), (column,), (), (), composite(()), ())
    )
    assert "one column alone" in report_html(document)
    assert "<svg" not in report_html(document)
    assert not any("Pairs" in line for line in report_lines(document))


def test_lines_name_every_figure(document: dict[str, Any]) -> None:
    lines = "\n".join(report_lines(document))
    for meaning in MEANINGS.values():
        assert meaning.title in lines
    assert "0.5 to 0.525" in lines and "note: " in lines


def tables(columns: int, rows: int = 60) -> list[pa.Table]:
    rng = np.random.default_rng(4)
    return [
        pa.table({f"c{n}": rng.normal(size=rows).round(3) for n in range(columns)})
        for _ in range(2)
    ]


def test_a_report_of_500_columns_draws_and_lists_as_many_as_its_limits_say() -> None:
    limits = ReportLimits(univariate=12, bivariate=7, phik=5)
    document = judged_report(*tables(500), limits=limits, seed=1)
    assert len(document["columns"]) == 500 and len(document["margins"]) == 12
    assert [each["column"] for each in document["margins"]] == [
        each["name"] for each in document["columns"][:12]
    ]
    assert len(document["pairs"]["farthest"]) == 7
    assert len(document["associations"]["columns"]) == 5
    page = report_html(document)
    assert len(page) < 600_000
    assert "12 of 500 columns are drawn" in page and "And 400 columns that are nearer" in page


def test_every_drawing_has_a_title_a_description_and_its_data() -> None:
    page = report_html(judged_report(*tables(3), seed=1))
    ids = Counter(re.findall(r' id="([^"]+)"', page))
    assert ids and set(ids.values()) == {1}
    named = re.findall(r'aria-labelledby="(\S+) (\S+)"', page)
    assert len(named) == page.count("<svg ") and all(set(pair) <= set(ids) for pair in named)
    assert page.count("<figure>") == page.count("<summary>Data of ") == 6
