"""Two keys to one table: told to differ, and told apart by what is read through them."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.errors import DefinitionError
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition

TWO_KEYS = """
seed: 6
tables:
  emp:
    n_samples: 1000
    primary_key: id
    features:
      id: {type: int, min: 1, max: 9999, unique: true}
      pay: {type: int, min: 1, max: 100}
      hired: {type: date, start_date: 2020-01-01, end_date: 2021-01-01}
  task:
    %s
    foreign_keys:
      assignee: {references: emp.id%s}
      supervisor: {references: emp.id}
    features:
      x: {type: bool}
      pay: {type: formula, expr: "supervisor.pay"}
      gap: {type: formula, expr: "supervisor.pay - assignee.pay"}
      begins: {type: date, after: assignee.hired, end_date: 2022-01-01}
    %s
"""
DIFFER = 'constraints: ["assignee != supervisor", "abs(supervisor.pay - assignee.pay) <= 60"]'


def planned(rows: str = "n_samples: 5000", children: str = "", more: str = DIFFER) -> Plan:
    return compile_plan(load_definition(TWO_KEYS % (rows, children, more)).definition)


def frames(plan: Plan) -> tuple[Any, Any]:
    emp, task = plan.tables
    return emp.block(0).to_pandas().set_index("id"), task.block(0).to_pandas()


@pytest.mark.parametrize("children", ["", ", children: 5"])
def test_two_keys_to_one_table_can_be_told_to_differ(children: str) -> None:
    rows = "" if children else "n_samples: 5000"
    _, task = frames(planned(rows, children))
    assert len(task) == 5000
    assert (task["assignee"] != task["supervisor"]).all()
    assert task["gap"].abs().max() <= 60
    if children:
        assert set(task["assignee"].value_counts()) == {5}


def test_a_column_says_through_which_key_it_reads_its_parent() -> None:
    emp, task = frames(planned())
    supervisor, assignee = (emp.loc[task[key]].reset_index() for key in ("supervisor", "assignee"))
    assert (task["pay"] == supervisor["pay"]).all()
    assert (task["gap"] == supervisor["pay"] - assignee["pay"]).all()
    assert (task["begins"] > assignee["hired"]).all()


def test_keys_that_nothing_is_said_of_stay_as_they_were() -> None:
    _, free = frames(planned(more=""))
    _, told = frames(planned())
    for key in ("assignee", "supervisor"):
        assert sorted(free[key]) == sorted(told[key])
    assert (free["assignee"] == told["assignee"]).mean() > 0.5


def test_a_table_named_without_its_key_is_still_ambiguous_and_says_how_to_name_it() -> None:
    text = TWO_KEYS % ("n_samples: 50", "", "")
    with pytest.raises(DefinitionError, match=r"say by which key, as in `assignee\.pay`"):
        compile_plan(load_definition(text.replace('"supervisor.pay"', '"emp.pay"')).definition)
