"""Makes docs/evidence.md and docs/dial.svg: what was declared beside what was measured.

Run it from the repository's root: python docs/evidence.py (some ten minutes on two cores).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.measurement import FactResult
from app.engine.evaluation.reading import best_files
from app.engine.evaluation.verification import verify
from app.engine.execution.run import run_generation
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from app.engine.schema.models import Definition

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1_000, 5_000, 100_000)
DIALS = (0.60, 0.70, 0.80, 0.85, 0.90, 0.95)
DIALLED = ("churn_patent", "machine_failure", "fig6")
R2_DIALS = (0.3, 0.6, 0.9)
EXAMPLES = (
    "churn",
    "churn_patent",
    "fig6",
    "house_prices",
    "credit_default",
    "machine_failure",
    "plan_choice",
    "discount_rules",
    "energy_use",
    "patients",
    "shop",
)
COLOURS = ("#2563eb", "#d97706", "#059669")


def load(name: str) -> Definition:
    return load_definition((ROOT / "examples" / f"{name}.yaml").read_bytes()).definition


def dialled(definition: Definition, **dial: float) -> Definition:
    """The definition with another dial, its numeric strengths in words: a promised correlation
    bounds what can be dialled."""
    (table,) = definition.tables.values()
    assert table.target is not None
    none = {"auc": None, "accuracy": None, "r2": None}
    features = {
        name: column.model_copy(update={"strength": "high"})
        if isinstance(column.strength, float)
        else column
        for name, column in table.features.items()
    }
    target = table.target.model_copy(update={**none, **dial})
    changed = table.model_copy(update={"target": target, "features": features})
    return definition.model_copy(update={"tables": {table.name: changed}})


def measured(
    definition: Definition, rows: int, *, train: bool
) -> tuple[list[FactResult], dict[str, Any] | None]:
    """Facts of a run, and the figures of a model trained on it."""
    plan = compile_plan(definition, rows=rows, seed=rows)
    with tempfile.TemporaryDirectory() as folder:
        generated = run_generation(plan, Path(folder), ["parquet"], workers=2)
        files = best_files(file for table in generated.tables for file in table.files)
        verified = verify(files, plan, seed=1, threads=2) if train else None
        return measure_facts(plan, files), verified.document() if verified else None


def fact_lines(name: str) -> Iterator[str]:
    """A table row for each fact with a column for each size."""
    runs = [measured(load(name), rows, train=False)[0] for rows in SIZES]
    for results in zip(*runs, strict=True):
        seen = [f"{_shown(r.observed)}{'' if r.holds else ' ✗'}" for r in results]
        tolerance = _shown(results[-1].tolerance)
        table = f"{results[0].table}: " if len(load(name).tables) > 1 else ""
        cells = [table + results[0].fact, _shown(results[0].declared), *seen, tolerance]
        yield f"| {' | '.join(cells)} |"


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def dial_points(name: str) -> list[tuple[float, float, float]]:
    """Dial, best possible AUC of the data, AUC of the trained model on its hold-out."""
    found = []
    for dial in DIALS:
        _, verified = measured(dialled(load(name), auc=dial), 100_000, train=True)
        assert verified is not None
        found.append((dial, verified["best_possible_auc"], verified["auc"]))
    return found


def r2_points(name: str) -> list[tuple[float, float, float]]:
    found = []
    for dial in R2_DIALS:
        _, verified = measured(dialled(load(name), r2=dial), 100_000, train=True)
        assert verified is not None
        found.append((dial, verified["best_possible_r2"], verified["r2"]))
    return found


def plot(curves: dict[str, list[tuple[float, float, float]]]) -> str:
    """Measured against dialled AUC as an SVG."""
    size, low, high = 420, 0.55, 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        scale = (size - 80) / (high - low)
        return 60 + (x - low) * scale, size - 50 - (y - low) * scale

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{size}" height="{size}" fill="#fff"/>',
    ]
    for tick in (0.6, 0.7, 0.8, 0.9, 1.0):
        x, y = place(tick, tick)
        parts.append(f'<text x="{x:.0f}" y="{size - 32}" text-anchor="middle">{tick}</text>')
        parts.append(f'<text x="52" y="{y + 4:.0f}" text-anchor="end">{tick}</text>')
    (x0, y0), (x1, y1) = place(low, low), place(high, high)
    parts.append(f'<path d="M{x0} {y1}V{y0}H{x1}M{x0} {y0}L{x1} {y1}" fill="none" stroke="#999"/>')
    for (name, points), colour in zip(curves.items(), COLOURS, strict=True):
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(d, m) for d, _, m in points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
            for x, y in (place(d, m) for d, _, m in points)
        ]
        row = 30 + 18 * list(curves).index(name)
        parts.append(f'<circle cx="80" cy="{row - 4}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="92" y="{row}">{name}</text>')
    parts.append(f'<text x="{size / 2}" y="{size - 10}" text-anchor="middle">AUC dialled</text>')
    parts.append(
        f'<text x="16" y="{size / 2}" text-anchor="middle" '
        f'transform="rotate(-90 16 {size / 2})">AUC of LightGBM on the hold-out</text></svg>'
    )
    return "\n".join(parts)


def main() -> None:
    curves = {name: dial_points(name) for name in DIALLED}
    (ROOT / "docs" / "dial.svg").write_text(plot(curves) + "\n")
    lines = ["# Evidence", "", "Made by `python docs/evidence.py`.", "", "## The dial", ""]
    lines += ["![AUC dialled and AUC measured](dial.svg)", ""]
    lines += ["100,000 rows; LightGBM trained on 70 %, measured on 30 %.", ""]
    lines += ["| definition | dial | best possible in the data | LightGBM |", "|---|---|---|---|"]
    curves["house_prices (R²)"] = r2_points("house_prices")
    lines += [
        f"| {name} | {dial:.2f} | {best:.4f} | {model:.4f} |"
        for name, points in curves.items()
        for dial, best, model in points
    ]
    for name in EXAMPLES:
        sizes = " | ".join(f"{rows:,} rows" for rows in SIZES)
        lines += ["", f"## {name}", "", f"| fact | declared | {sizes} | tolerance |"]
        lines += ["|---|---|---|---|---|---|", *fact_lines(name)]
    (ROOT / "docs" / "evidence.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
