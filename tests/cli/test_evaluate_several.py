"""`evaluate` of two folders: each table, and the keys between them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Run

PARENTS, CHILDREN = 200, 600


def write(folder: Path, parents: list[int]) -> None:
    """Customers, and orders of those that are named."""
    folder.mkdir()
    customers = [f"K{n:04d},{n % 7}" for n in range(PARENTS)]
    orders = [f"{row},K{parent:04d},{row % 5}" for row, parent in enumerate(parents)]
    (folder / "customers.csv").write_text("\n".join(["id,size", *customers, ""]))
    (folder / "orders.csv").write_text("\n".join(["number,customer_id,amount", *orders, ""]))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """In the real tables few customers order often; in the synthetic ones any does, and a tenth
    of the orders is nobody's."""
    rng = np.random.default_rng(1)
    often = rng.choice(PARENTS // 10, CHILDREN).tolist()
    write(tmp_path / "real", [*often, *range(PARENTS)])
    anybody = rng.choice(PARENTS, CHILDREN).tolist()
    write(
        tmp_path / "made", [*(each + PARENTS * (row % 10 == 0) for row, each in enumerate(anybody))]
    )
    return tmp_path / "real", tmp_path / "made"


def test_keys_between_tables_are_judged(
    run: Run, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "report.json"
    shown = run("evaluate", *folders, "-o", out)
    assert shown.exit_code == 0, shown.output
    found = json.loads(out.read_text())
    assert set(found["tables"]) == {"customers", "orders"}
    (key,) = found["keys"]
    assert (key["table"], key["column"], key["parent"]) == ("orders", "customer_id", "customers")
    assert key["orphans"] == pytest.approx(0.1) and key["orphans_real"] == 0
    assert key["ceiling"] < 0.2 < key["distance"]
    assert abs(key["distance"] - key["floor"]) < 0.2
    assert "orders.customer_id -> customers.id" in shown.stdout
    page = tmp_path / "report.html"
    assert run("evaluate", *folders, "-o", page).exit_code == 0
    assert "<h2>Keys between tables</h2>" in page.read_text()
    refused = run("evaluate", *folders, "-o", tmp_path / "report.pdf")
    assert refused.exit_code == 2 and ".json" in refused.stderr
