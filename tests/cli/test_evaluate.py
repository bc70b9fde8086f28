"""`evaluate`: tables in, figures and a report out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    made = []
    for name, first in (("real", 0), ("synthetic", 3)):
        rows = [f"{n % 7 + (n % 2) * 10},{'yes' if n % 2 else 'no'}" for n in range(first, 203)]
        made.append(tmp_path / f"{name}.csv")
        made[-1].write_text("size,open\n" + "\n".join(rows) + "\n")
    return made[0], made[1]


def test_figures_stand_beside_what_is_possible(run: Run, tables: tuple[Path, Path]) -> None:
    shown = run("evaluate", *tables, "--target", "open")
    assert shown.exit_code == 0, shown.output
    assert "Distinguishable (C2ST)" in shown.stdout and "ceiling" in shown.stdout
    assert "Membership" not in shown.stdout and "held out" in shown.stdout
    printed = run("evaluate", *tables, "--holdout", tables[0], "--json")
    figures = {each["name"]: each for each in json.loads(printed.stdout)["figures"]}
    assert {"two_sample_auc", "closer_share", "membership_auc", "copied_share"} <= set(figures)
    assert "trained_score" not in figures
    assert figures["copied_share"]["value"] == 1.0


def test_fairness_is_said_before_and_after(run: Run, tables: tuple[Path, Path]) -> None:
    shown = run("evaluate", *tables, "--target", "size", "--protected", "open")
    assert shown.exit_code == 2 and "no column of 2 to 50 labels" in shown.output
    real = tables[0].with_name("fair.csv")
    # Rows that are equal lie on one side of the evaluation, so there are many sizes.
    rows = [
        f"{'m' if n % 3 else 'f'},{'yes' if n % 5 > n % 3 else 'no'},{n * 37 % 91 / 2}"
        for n in range(300)
    ]
    real.write_text("sex,open,size\n" + "\n".join(rows) + "\n")
    shown = run("evaluate", real, real, "--target", "open", "--protected", "sex")
    assert shown.exit_code == 0, shown.output
    assert "Fairness of open by sex, 2 groups" in shown.stdout


def test_reports_are_files(run: Run, tables: tuple[Path, Path], tmp_path: Path) -> None:
    page, data = tmp_path / "report.html", tmp_path / "report.json"
    assert run("evaluate", *tables, "-o", page).exit_code == 0
    assert page.read_text().startswith("<!doctype html>")
    assert run("evaluate", *tables, "-o", data).exit_code == 0
    found = json.loads(data.read_text())
    assert found["rows"]["synthetic"] == 200
    margins = {each["column"]: each["places"] for each in found["margins"]}
    assert set(margins["open"]) == {"yes", "no"}  # as the real table writes them
    paper = tmp_path / "report.PDF"
    assert run("evaluate", *tables, "-o", paper).exit_code == 0
    assert paper.read_bytes().startswith(b"%PDF-1.7")
    refused = run("evaluate", *tables, "-o", tmp_path / "report.docx")
    assert refused.exit_code == 2 and ".json or .html or .pdf" in refused.output


def test_a_pdf_without_its_extra_is_refused_before_anything_is_judged(
    run: Run, tables: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    refused = run("evaluate", *tables, "-o", tmp_path / "report.pdf")
    assert refused.exit_code == 2 and "tablesmith[pdf]" in " ".join(refused.output.split())
    assert "C2ST" not in refused.output and not (tmp_path / "report.pdf").exists()


def test_what_cannot_be_judged_is_said(run: Run, tables: tuple[Path, Path], tmp_path: Path) -> None:
    missing = run("evaluate", tables[0], tmp_path / "none.csv")
    assert missing.exit_code == 1 and "none.csv" in missing.output
    wrong = run("evaluate", *tables, "--target", "closed")
    assert wrong.exit_code == 2 and "no column 'closed' is judged" in wrong.output
