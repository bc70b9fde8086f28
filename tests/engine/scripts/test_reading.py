"""What a script says of itself without being run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.scripts import MAX_LENGTH, read_script
from app.engine.scripts.checking import script_faults

SEVERAL = '''
# row["comment"]
NOTE = 'row["text"]'

def half(row):
    return row["Tenure (Months)"] / 2

def value(row):
    """row["docstring"]"""
    other = {"x": 1}
    other["y"] = row['a' + 'b']
    return half(row) + row.get("fee") + row["fee"] + row.get("more", 0) + other["x"]
'''


def test_columns_are_those_that_are_written_out() -> None:
    found = read_script(SEVERAL)
    assert dict(found.columns) == {
        "Tenure (Months)": (6, 16),
        "fee": (12, 32),
        "more": (12, 62),
    }
    assert found.fault is None and found.line == 8


def test_the_row_may_have_another_name() -> None:
    assert set(read_script('def value(r): return r["a"] + row["b"]').columns) == {"a"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "has no function of a row called value"),
        ("def value(a, b): return 1", "value takes a row and nothing else, at line 1"),
        ("\ndef value(row=3): return 1", "value takes a row and nothing else, at line 2"),
        ("#" * (MAX_LENGTH + 1), "has more than 20,000 characters"),
    ],
)
def test_functions_at_fault(text: str, said: str) -> None:
    fault = read_script(text).fault
    assert fault is not None and said in fault.text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet="def value(row): [\"a'\\\n\t#{}.get,x\x00é", max_size=80))
def test_any_text_is_read(text: str) -> None:
    found = read_script(text)
    assert found.text == text
    assert all(place[0] >= 1 and place[1] >= 1 for place in found.columns.values())


def test_all_unknown_names_are_said_with_their_places() -> None:
    (faults,) = script_faults(["def value(row):\n    return foo(row['a']) + bar\n"])
    assert [(fault.line, fault.column) for fault in faults] == [(2, 12), (2, 28)]
    assert "Variable `foo` not found" in faults[0].text


@pytest.mark.parametrize(
    ("body", "place", "hint"),
    [
        ("import os", "line 2, column 5", "a script imports nothing"),
        ("while True: pass", "line 2, column 5", "loop over range(…)"),
        ("return row is None", "line 2, column 16", "compare with `== None`"),
        ("return 1 +", "line 2, column 15", None),
    ],
)
def test_faults_of_grammar(body: str, place: str, hint: str | None) -> None:
    ((fault,),) = script_faults([f"def value(row):\n    {body}\n"])
    assert place in fault.text and fault.hint == hint
    assert "expected one of" not in fault.text
