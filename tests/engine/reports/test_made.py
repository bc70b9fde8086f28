"""Reports of made tables say what was declared beside what the files hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.engine.evaluation.documents import MeasuredFact
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.reports.html import report_html
from app.engine.reports.made.answers import HOLDS, HOLDS_NOT
from app.engine.reports.made.columns import made_columns
from app.engine.reports.made.document import made_report
from app.engine.reports.made.tables import MadeTables
from app.engine.reports.writing import write_report
from app.engine.schema.load import load_definition

HOSTILE = "<script>alert(1)</script>"
ROWS = 2_000
DOCUMENT: dict[str, Any] = {
    "name": "visits",
    "n_samples": ROWS,
    "seed": 7,
    "features": {
        "id": {"type": "id", "format": "sequence"},
        "minutes": {"type": "int", "min": 0, "max": 3},
        "paid": {
            "type": "float",
            "min": 0,
            "max": 40,
            "decimals": 2,
            "missing": 0.1,
            "distribution": {"normal": {"mean": 20, "std": 6}},
            "correlation": "positive",
            "strength": "medium",
        },
        HOSTILE: {"type": "category", "cats": {"free": 0.75, "paid": 0.25}},
        "twice": {"type": "formula", "expr": "minutes * 2"},
    },
    "target": {"stays": {"type": "bool", "proportion": 0.3, "auc": 0.7}},
}
STAGES = [
    {"stage": name, "started_at": f"2026-03-01T10:00:0{n}+00:00", "finished_at": after}
    for n, (name, after) in enumerate(
        (("generate", "2026-03-01T10:00:01+00:00"), ("report", "2026-03-01T10:00:05+00:00"))
    )
]


def fact(name: str, *, holds: bool = True, declared: Any = 0.5) -> MeasuredFact:
    return {
        "table": "visits",
        "fact": name,
        "declared": declared,
        "observed": 0.25,
        "tolerance": 0.1,
        "holds": holds,
        "note": "",
    }


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load_definition(DOCUMENT).definition)


def report(plan: Plan, *facts: MeasuredFact) -> dict[str, Any]:
    files = [{"format": "csv", "sha256": "ab" * 32}]
    tables = [{"name": "visits", "rows": ROWS, "files": files}]
    made = MadeTables(tables, facts, None, STAGES, "2026-03-01T09:59:58+00:00", [("Job", "1")])
    return made_report(plan, made)


def answer(document: dict[str, Any], question: str) -> dict[str, Any]:
    return next(each for each in document["questions"] if each["question"] == question)


def test_columns_stand_beside_what_was_declared_of_them(plan: Plan) -> None:
    found, left_out = made_columns(plan, 50)
    by_name = {each.column: each for each in found}
    assert list(by_name) == ["minutes", "paid", HOSTILE, "twice", "stays"] and not left_out
    minutes, paid = by_name["minutes"], by_name["paid"]
    assert minutes.declared == (0.25,) * 4 and minutes.made == (0.25,) * 4
    assert sum(paid.declared) == pytest.approx(1.0, abs=0.002)
    assert paid.places[-1] == "(missing)" and paid.declared[-1] == paid.made[-1] == 0.1
    gaps = [abs(a - b) for a, b in zip(paid.declared, paid.made, strict=True)]
    assert max(gaps) < 0.003
    assert by_name[HOSTILE].places == ("free", "paid")
    assert by_name["twice"].declared == () and sum(by_name["twice"].made) == pytest.approx(1.0)
    assert made_columns(plan, 2)[1] == 3


def test_labels_that_no_row_has_are_shown_with_what_was_declared() -> None:
    document = {
        "name": "few",
        "n_samples": 4,
        "features": {"plan": {"type": "category", "cats": {"a": 0.95, "b": 0.05}}},
    }
    plan = compile_plan(load_definition(document).definition, seed=1)
    (column,), _ = made_columns(plan, 50)
    assert (column.places, column.declared, column.made) == (("a", "b"), (0.95, 0.05), (1.0, 0.0))


def test_what_does_not_hold_stands_first(plan: Plan) -> None:
    document = report(plan, fact("one"), fact("two", holds=False), fact("three"))
    assert [each["fact"] for each in document["facts"]] == ["two", "one", "three"]
    held = answer(document, "held")
    assert held["verdict"] == HOLDS_NOT and "Not held: two." in held["sentence"]
    assert dict(held["shown"])["do not hold"] == "1"
    assert answer(report(plan, fact("one")), "held")["verdict"] == HOLDS
    assert answer(report(plan), "held")["verdict"] == "not tested"


def test_the_target_stands_beside_what_was_asked_of_it(plan: Plan) -> None:
    asked = fact("best possible auc of stays", declared=0.7)
    use = answer(report(plan, asked), "use")
    assert use["verdict"] == "as asked for"
    assert dict(use["shown"]) == {"AUC asked for": "0.7", "AUC that can be reached": "0.25"}
    missed = answer(report(plan, {**asked, "holds": False}), "use")
    assert missed["verdict"] == "not as asked for"
    assert any("verify" in each for each in use["not_tested"])


def test_a_target_is_not_judged_by_the_facts_of_another_table(plan: Plan) -> None:
    other = {**fact("best possible auc of stays", declared=0.9), "table": "others"}
    own = fact("best possible auc of stays", declared=0.7)
    use = answer(report(plan, other, own), "use")  # type: ignore[arg-type]
    assert dict(use["shown"])["AUC asked for"] == "0.7"
    assert answer(report(plan, other), "use")["verdict"] == "nothing was asked for"  # type: ignore[arg-type]


def test_declared_rows_claim_no_more_than_is_known(plan: Plan) -> None:
    document = report(plan, fact("one"))
    found = answer(document, "privacy")
    assert found["verdict"] == "no row of a table was read"
    assert "for its author to know" in found["sentence"] and "profile" in found["not_tested"][0]
    page = report_html(document)
    assert document["threats"] == [] and "derived from a table of people" in page
    assert "nobody" not in page.lower() and "No table of people" not in page


def test_rows_of_unknown_origin_are_not_said_to_be_declared(plan: Plan) -> None:
    (table,) = plan.tables
    source: Any = SimpleNamespace(
        schema=table.schema, block=table.source.block, type_of=table.source.type_of
    )
    document = report(replace(plan, tables=(replace(table, source=source),), definition=None))
    assert answer(document, "privacy")["verdict"] == "not tested"
    assert "declares" not in document["provenance"]["method"] and document["threats"]


def test_the_same_report_has_the_same_bytes_and_nothing_to_run(plan: Plan) -> None:
    document = report(plan, fact(HOSTILE), fact("two", holds=False))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    page = report_html(document)
    assert page == report_html(report(plan, fact(HOSTILE), fact("two", holds=False)))
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=|https?://(?!www.w3.org/2000/svg)|@import|url\(", page)
    ids = Counter(re.findall(r' id="([^"]+)"', page))
    assert ids and set(ids.values()) == {1}
    assert page.count("<figure>") == page.count("<summary>Data of ") == 6


def test_a_report_replaces_an_older_one_whole(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("an older report", encoding="utf-8")
    with path.open(encoding="utf-8") as reader:
        write_report(report(plan, fact("one")), "json", path)
        assert reader.read() == "an older report"
    assert json.loads(path.read_text(encoding="utf-8"))["name"] == "visits"
    assert list(tmp_path.iterdir()) == [path]


def test_stages_are_drawn_from_the_first_to_the_last(plan: Plan) -> None:
    page = report_html(report(plan, fact("one")))
    assert "2 stages in 5 s; the longest, report, took 4 s." in page
    assert "2026-03-01 10:00:00 UTC" in page
