"""Declared facts that the finished files do not hold are told loudly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.engine.evaluation import facts
from app.engine.evaluation.measurement import FactResult
from tests.cli.conftest import ONE_TABLE, TWO_TABLES, Run

Write = Callable[[str], Path]
WARNING = "warning: facts: unmet: {}; the files do not hold it as declared"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table is found to have one row fewer than was declared."""
    truly = facts.measure_facts

    def short(*arguments: Any) -> list[FactResult]:
        return [
            replace(each, observed=0, holds=False) if each.fact == "rows" else each
            for each in truly(*arguments)
        ]

    monkeypatch.setattr(facts, "measure_facts", short)


@pytest.mark.usefixtures("broken")
def test_a_strict_command_ends_with_status_3(run: Run, write: Write, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    result = run("generate", write(ONE_TABLE), "-o", out, "--workers", 1, "--strict")
    assert result.exit_code == 3
    assert WARNING.format("rows") in result.stderr
    assert len(out.read_text().splitlines()) == 51


@pytest.mark.usefixtures("broken")
def test_a_signed_folder_warns_and_its_manifest_says_it_first(
    run: Run, write: Write, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    signing = ("--manifest", "--key-dir", tmp_path / "keys", "--json")
    result = run("generate", write(TWO_TABLES), "-o", out, "--workers", 1, *signing)
    assert result.exit_code == 0
    for table in ("people", "pets"):
        assert WARNING.format(f"{table}: rows") in result.stderr
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert list(manifest)[:3] == ["format", "fact_counts", "unmet_facts"]
    assert manifest["unmet_facts"] == ["people: rows", "pets: rows"]
    counts = {"total": len(manifest["facts"]), "unmet": 2}
    assert manifest["fact_counts"] == counts == json.loads(result.stdout)["fact_counts"]
    checked = run("verify-manifest", out)
    assert checked.exit_code == 0
    assert WARNING.format("pets: rows") in checked.stderr
    assert run("verify-manifest", out, "--strict").exit_code == 3
    said = json.loads(run("verify-manifest", out, "--json").stdout)
    assert said == {"valid": True, "problems": [], "unmet_facts": manifest["unmet_facts"]}


def test_where_all_hold_a_strict_command_ends_with_status_0(
    run: Run, write: Write, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    result = run("generate", write(ONE_TABLE), "-o", out, "--workers", 1, "--strict")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "people" in result.stdout


def test_without_measuring_nothing_is_said_of_facts(run: Run, write: Write, tmp_path: Path) -> None:
    result = run("generate", write(ONE_TABLE), "-o", tmp_path / "out.csv", "--json")
    assert set(json.loads(result.stdout)) == {"name", "seed", "tables"}
