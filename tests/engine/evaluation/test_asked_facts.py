"""What was asked of learned rows is measured in the finished files, however these are written."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from app.engine.evaluation.accumulator import Outcome
from app.engine.evaluation.declarations.asked import PartsAccumulator
from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.reading import TableFile
from app.engine.execution.run import run_generation
from app.engine.formats import FORMATS
from app.engine.plan.asked.conditioned import ConditionedRows
from app.engine.plan.learned import LearnedRows, Request, learned_plan
from app.engine.plan.plan import Plan
from app.engine.synthesizers.learning import LearnedTable
from app.engine.training.fitting import train_file

ROWS = 500


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> LearnedTable:
    """A source with leading zeros, a pattern of dates, words for truth and a mark for missing."""
    path = tmp_path_factory.mktemp("source") / "visits.csv"
    lines = [
        f"{row % 6:04d},{row % 28 + 1:02d}/03/2024,{row % 50 / 4:.2f},"
        f"{'?' if row % 9 == 0 else ('yes' if row % 3 else 'no')}"
        for row in range(300)
    ]
    path.write_text("\n".join(["shop,day,spent,again", *lines]) + "\n", encoding="utf-8")
    return train_file(path, "independent", seed=1)


def asked(learned: LearnedTable, *, as_written: bool) -> Plan:
    request = Request(
        [{"where": "spent >= 5 and day < '2024-03-15'", "rows": 101}, {"where": "shop != '0005'"}],
        {"again": {"yes": 0.5}, "shop": {"0002": 0.2}},
    )
    return learned_plan(learned, "t", rows=ROWS, seed=2, as_written=as_written, request=request)


@pytest.mark.parametrize("name", [each for each in FORMATS if not each.endswith("gz")])
@pytest.mark.parametrize("as_written", [True, False])
def test_every_count_is_found_again(
    learned: LearnedTable, name: str, as_written: bool, tmp_path: Path
) -> None:
    plan = asked(learned, as_written=as_written)
    (made,) = run_generation(plan, tmp_path, (name,)).tables
    facts = measure_facts(plan, {"t": TableFile(made.files[0].path, name)})
    assert {each.fact: (each.declared, each.observed) for each in facts} == {
        "rows": (ROWS, ROWS),
        "rows with shop != '0005'": (ROWS, ROWS),
        "rows with spent >= 5 and day < '2024-03-15'": (101, 101),
        "rows with again = yes": (250, 250),
        "rows with shop = 0002": (100, 100),
    }
    assert all(each.holds for each in facts)


def test_a_count_that_is_not_met_does_not_hold(learned: LearnedTable) -> None:
    table = asked(learned, as_written=False).tables[0]
    source = table.source
    assert isinstance(source, LearnedRows) and isinstance(source.asked, ConditionedRows)
    shares = source.asked.promised[-1]
    accumulator = PartsAccumulator(shares, source)
    block = table.block(0)
    accumulator.add(block.filter(pc.not_equal(block.column("shop").cast(pa.string()), "0002")))
    assert accumulator.outcomes() == [Outcome(0, holds=False)]
