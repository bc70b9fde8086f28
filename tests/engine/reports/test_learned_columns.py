"""What became of the columns of a real table is said of each, with the type of its cells."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from app.engine.plan.learned import Request, learned_plan
from app.engine.reports.made.models import CHOSEN, OTHER_ROWS, model_answers
from app.engine.reports.made.schema import described_tables
from app.engine.reports.made.sources import models_of
from app.engine.training.fitting import train_file, train_table

DEFINITION = {
    "tables": {
        "people": {
            "columns": {
                "id": {"treatment": "new"},
                "name": {"treatment": "fake", "provider": "name"},
                "land": {"treatment": "keep"},
            }
        }
    }
}


def test_columns_are_named_by_what_became_of_them(tmp_path: Path) -> None:
    rows = [f'{n},A{n} B,{20 + n % 9},{n % 5}.5,"{n % 7},25",2024-01-0{1 + n % 9},{"DN"[n % 2]}L'
            for n in range(60)]  # fmt: skip
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["id,name,age,fee,price,day,land", *rows, ""]))
    learned = train_file(path, "independent", definition=DEFINITION, seed=1)
    given = pa.table({"land": ["DL", "NL"] * 30})
    plan = learned_plan(learned, "rows", seed=1, as_written=True, request=Request(given=given))
    assert not next(models_of(plan)).is_chosen
    (table,) = described_tables(plan)
    assert {each["name"]: (each["kind"], each["type"]) for each in table["columns"]} == {
        "id": ("new", "text"),
        "name": ("faked (name)", "text"),
        "age": ("learned", "integer"),
        "fee": ("learned", "number"),
        "price": ("learned", "text"),  # 3,25 is a number to people alone
        "day": ("learned", "date"),
        "land": ("kept", "text"),
    }


def test_figures_of_other_rows_do_not_answer_for_rows_that_were_chosen() -> None:
    figure = {
        "name": "c2st_auc", "question": "likeness", "title": "Distinguishable", "value": 0.5,
        "low": 0.4, "high": 0.6, "ceiling": 0.5, "floor": 0.9, "copy": 0.5, "best": 0.5,
        "decides": True, "does_not_show": "why",
    }  # fmt: skip
    plain, _, _ = model_answers([figure])
    chosen, use, _ = model_answers([figure], is_chosen=True)
    assert (plain["verdict"], chosen["verdict"], chosen["figure"]) == (
        "as real",
        "not tested",
        None,
    )
    assert chosen["sentence"] == f"{OTHER_ROWS}as real. {plain['sentence']}"
    assert chosen["not_tested"][0] == CHOSEN and CHOSEN not in use["not_tested"]


def test_rows_are_chosen_where_more_is_asked_of_them() -> None:
    table = pa.table({"x": list(range(60)), "land": ["D", "N"] * 30})
    learned = train_table(table, "independent", seed=1)
    request = Request(shares={"land": {"D": 0.9}})
    assert next(models_of(learned_plan(learned, "rows", seed=1, request=request))).is_chosen
