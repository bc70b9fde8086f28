"""`--card`: what stands beside the files that are made."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import ONE_TABLE, TWO_TABLES, Run
from tests.cli.test_generate import Write

CARDS = {"data-card.md", "croissant.json"}


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_a_file_has_its_card_beside_it(run: Run, write: Write, tmp_path: Path) -> None:
    out = tmp_path / "made" / "rows.csv"
    made = run("generate", write(ONE_TABLE), "-o", out, "--card", "--licence", "CC0-1.0", "--json")
    assert made.exit_code == 0, made.stderr
    assert names(out.parent) == {"rows.csv"} | CARDS
    file = json.loads(made.stdout)["tables"][0]["files"][0]
    described = json.loads((out.parent / "croissant.json").read_text())
    assert described["distribution"][0]["contentUrl"] == "rows.csv"
    assert described["distribution"][0]["sha256"] == file["sha256"]
    assert described["license"] == "CC0-1.0"
    card = (out.parent / "data-card.md").read_text()
    assert 'license: "CC0-1.0"' in card and "| `rows.csv` |" in card


def test_cards_are_signed_with_the_files(run: Run, write: Write, tmp_path: Path) -> None:
    out, keys = tmp_path / "made", tmp_path / "keys"
    made = run("generate", write(TWO_TABLES), "-o", out, "--card", "--manifest", "--key-dir", keys)
    assert made.exit_code == 0, made.stderr
    assert names(out) > CARDS and "not in the manifest" not in made.stderr
    assert run("verify-manifest", out).exit_code == 0
    card = out / "data-card.md"
    card.write_text(card.read_text() + "more")
    changed = run("verify-manifest", out)
    assert changed.exit_code == 1 and "data-card.md" in changed.stderr


def test_without_it_nothing_stands_beside_files(run: Run, write: Write, tmp_path: Path) -> None:
    out = tmp_path / "made" / "rows.csv"
    assert run("generate", write(ONE_TABLE), "-o", out).exit_code == 0
    assert names(out.parent) == {"rows.csv"}
    refused = run("generate", write(ONE_TABLE), "-o", "-", "--card")
    assert refused.exit_code == 2 and "--card and -o -" in refused.output
