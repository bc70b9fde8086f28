"""What the tools answer, refuse and keep to themselves."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.types import CallToolResult
from typer.testing import CliRunner

from app.assistants.folder import WorkFolder
from app.assistants.server import assistant_server
from app.cli import app

TABLE = "name: t\nn_samples: 20\nseed: 1\nfeatures: {a: {type: int, min: 1, max: 9}}\n"
Calls = Callable[..., CallToolResult]


@pytest.fixture
def call(tmp_path: Path) -> Calls:
    """Calls a tool of a server over tmp_path/in, beside which lies what nobody may reach."""
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n2\n")
    server = assistant_server(WorkFolder.of(tmp_path / "in"), most_rows=1_000)

    async def asked(tool: str, arguments: dict[str, Any]) -> CallToolResult:
        async with Client(server) as client:
            return await client.call_tool(tool, arguments)

    return lambda tool, **arguments: anyio.run(asked, tool, arguments)


def told(result: CallToolResult) -> str:
    """The words of a call that failed."""
    assert result.is_error
    (content,) = result.content
    assert content.type == "text"
    return content.text


def answered(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


HOSTILE = [
    "../secret.csv",
    "x/../../secret.csv",
    "link.csv",
    "linked/secret.csv",
    "circle/x.csv",
    ".hidden.csv",
    "~/x.csv",
    "",
    "a\0.csv",
]


def lay_links(folder: Path) -> None:
    (folder / "link.csv").symlink_to(folder.parent / "secret.csv")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "circle").symlink_to(folder / "circle")
    (folder / ".hidden.csv").write_text("a\n1\n")


@pytest.mark.parametrize("name", [*HOSTILE, "absolute"])
def test_nothing_outside_of_the_folder_is_read_or_written(
    call: Calls, tmp_path: Path, name: str
) -> None:
    lay_links(tmp_path / "in")
    path = str(tmp_path / "secret.csv") if name == "absolute" else name
    before = {each: each.read_bytes() for each in tmp_path.rglob("*.csv") if each.is_file()}
    (tmp_path / "in" / "own.csv").write_text("a\n1\n2\n")
    told(call("generate", definition=TABLE, out=path, replace=True))
    told(call("profile", source=path))
    told(call("evaluate", real="own.csv", synthetic=path))
    assert "model" in told(call("preview", definition=f"n_samples: 5\nfrom: {path!r}\n"))
    (tmp_path / "in" / "own.csv").unlink()
    after = {each: each.read_bytes() for each in tmp_path.rglob("*.csv") if each.is_file()}
    assert after == before


def test_a_folder_with_a_link_out_of_it_is_no_source(call: Calls, tmp_path: Path) -> None:
    (tmp_path / "in" / "tables").mkdir()
    (tmp_path / "in" / "tables" / "a.csv").symlink_to(tmp_path / "secret.csv")
    assert "is a link out of the folder" in told(call("profile", source="tables"))


def test_what_is_no_file_is_not_waited_for(call: Calls, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in" / "pipe.csv")
    assert "is not there" in told(call("profile", source="pipe.csv"))


def test_files_are_written_over_only_where_that_is_asked_for(call: Calls, tmp_path: Path) -> None:
    made = {"definition": TABLE, "out": "t.csv"}
    first = answered(call("generate", **made))
    assert "is there already" in told(call("generate", **made))
    assert answered(call("generate", **made, replace=True)) == first
    assert "suffix" in told(call("generate", definition=TABLE, out="run.sh", formats=["csv"]))
    assert [each.name for each in (tmp_path / "in").iterdir()] == ["t.csv"]


def test_errors_name_files_by_their_names_in_the_folder(call: Calls, tmp_path: Path) -> None:
    said = told(call("generate", definition=TABLE, out="t.csv", formats=["csv", "jsonl"]))
    assert "t.csv names a file" in said
    assert str(tmp_path) not in said


def test_answers_are_bounded(call: Calls) -> None:
    columns = "".join(f"  c{n}: {{type: int, min: 1, max: 9}}\n" for n in range(300))
    long = f"  long: {{type: category, cats: [{'x' * 250}]}}\n"
    wide = f"n_samples: 400\nfeatures:\n{long}{columns}"
    shown = answered(call("preview", definition=wide, rows=50))
    assert [len(each) for each in shown["tables"]["data"]] == [200] * 10
    assert len(shown["tables"]["data"][0]["long"]) == 200
    assert len(shown["notes"]) == 2
    assert len(answered(call("validate", definition=wide))["columns"]) == 200
    assert "rows" in told(call("preview", definition=TABLE, rows=51))
    assert "1,001 rows are more than the 1,000" in told(
        call("generate", definition=TABLE, out="t.csv", rows=1_001)
    )
    bad = "features:\n" + "".join(f"  c{n}: {{type: int, min: 9, max: 1}}\n" for n in range(80))
    found = answered(call("validate", definition=bad))
    assert (len(found["faults"]), found["left_out"]) == (50, 30)
    assert told(call("compile", definition=bad)).endswith("and 30 more")


def test_a_section_of_the_reference_is_read_by_its_heading(call: Calls) -> None:
    (content,) = call("language", section="distributions").content
    assert content.type == "text"
    assert content.text.startswith("### Distributions\n")
    assert "there are" in told(call("language", section="nothing"))


def test_a_profile_shows_no_row(call: Calls, tmp_path: Path) -> None:
    """Neither names nor addresses, nor a label of few rows, nor the largest number."""
    header = ("name", "email", "city", "income")
    rows = [(f"Ann{n} Berg{n}", f"ann{n}@berg.example", "Oslo", 1_000 + 7 * n) for n in range(300)]
    rows[11:13] = [(*rows[n][:2], "Smallville", 987_654) for n in (11, 12)]
    with (tmp_path / "in" / "people.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    answer = call("profile", source="people.csv")
    found, text = answered(answer), str(answer)
    assert {each["name"]: each["sensitive"] for each in found["columns"]}["email"] == "email"
    assert "Smallville" not in text
    assert "987" not in text.replace("1987", "")
    assert not any(name in text or mail in text for name, mail, *_ in rows)
    assert answered(call("preview", definition=found["definition"], rows=2))


def test_a_fault_of_the_program_is_logged_without_its_text(
    call: Calls, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    value = "Ann Berg"

    def fail(*_: object) -> None:
        raise ZeroDivisionError(value)

    monkeypatch.setattr("app.assistants.definition_tools.explain", fail)
    said = told(call("compile", definition=TABLE))
    assert "ZeroDivisionError" in said
    assert "in fail" in caplog.text
    assert value not in said + caplog.text


def test_the_prompt_holds_the_description(tmp_path: Path) -> None:
    async def asked() -> str:
        async with Client(assistant_server(WorkFolder.of(tmp_path))) as client:
            return str(await client.get_prompt("data_set", {"description": "40 ships"}))

    assert "40 ships" in anyio.run(asked)


def test_the_command_says_how_to_get_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = CliRunner().invoke(app, ["mcp", "--folder", str(tmp_path / "none")])
    assert (absent.exit_code, "is no folder" in absent.output) == (1, True)
    monkeypatch.delitem(sys.modules, "app.assistants.server")
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    missing = CliRunner().invoke(app, ["mcp"])
    assert missing.exit_code == 1
    assert "pip install 'tablesmith[mcp]'" in missing.output
