"""A client of the protocol starts the server and makes a whole data set with it."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

ROOT = Path(__file__).parents[2]
AT_FAULT = """\
name: churn
n_samples: 400
seed: 7
features:
  Customer ID: {type: id, format: sequence, prefix: C, width: 4}
  Tenure: {type: int, min: 120, max: 1, correlation: negative, strength: high}
  Plan: {type: category, cats: {Gold: 0.3, Silver: 0.5, Bronze: 0.2}}
target:
  Churned: {type: category, cats: {no: 0.9, yes: 0.1}, positive: yes, auc: 0.8}
"""


def started(folder: Path) -> StdioServerParameters:
    arguments = ["-m", "tablesmith", "mcp", "--folder", str(folder)]
    return StdioServerParameters(
        command=sys.executable, args=arguments, cwd=folder, env={"PYTHONPATH": str(ROOT)}
    )


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def make_churn(folder: Path) -> None:
    async with Client(started(folder)) as client:
        tools = {each.name: each for each in (await client.list_tools()).tools}
        assert {*tools} == {
            "language", "validate", "compile", "preview", "generate", "profile", "evaluate",
        }  # fmt: skip
        assert all(each.description for each in tools.values())
        assert all(each.output_schema for name, each in tools.items() if name != "language")

        (language,) = (await client.read_resource("tablesmith://language")).contents
        assert language.text == (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
        (schema,) = (await client.read_resource("tablesmith://schema")).contents
        assert '"features"' in schema.text

        checked = await call(client, "validate", definition=AT_FAULT)
        (fault,) = checked["faults"]
        assert not checked["valid"]
        assert (fault["path"], fault["line"]) == ("features.Tenure.min", 6)
        assert fault["hint"] == "swap the two"
        definition = AT_FAULT.replace("min: 120, max: 1", "min: 1, max: 120")
        assert (await call(client, "validate", definition=definition))["valid"]

        shown = await call(client, "preview", definition=definition, rows=3)
        assert [each["Customer ID"] for each in shown["tables"]["churn"]] == [
            "C0001", "C0002", "C0003",
        ]  # fmt: skip
        written = await call(client, "generate", definition=definition, out="out/churn.csv")
        assert written["facts_total"] > 10
        assert written["facts_unmet"] == 0
        assert written["files"][0]["path"] == "out/churn.csv"

        declared = await call(client, "profile", source="out/churn.csv")
        again = {"definition": declared["definition"], "out": "out/more.csv"}
        assert (await call(client, "generate", **again, seed=1))["facts_unmet"] == 0
        judged = await call(client, "evaluate", real="out/churn.csv", synthetic="out/more.csv")
        assert any(each["title"].startswith("Columns") for each in judged["figures"])


def test_a_client_drives_a_whole_data_set(tmp_path: Path) -> None:
    anyio.run(make_churn, tmp_path)
    with (tmp_path / "out" / "churn.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 400
    assert sum(each["Churned"] == "yes" for each in rows) == 40
    assert {each.name for each in (tmp_path / "out").iterdir()} == {"churn.csv", "more.csv"}
