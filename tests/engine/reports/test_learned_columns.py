"""What became of the columns of a real table is said of each, with the type of its cells."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from app.engine.plan.learned import Request, learned_plan
from app.engine.reports.made.schema import described_tables
from app.engine.training.fitting import train_file

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
