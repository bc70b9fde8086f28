"""Figures of evaluations by plain loops, written to `oracles.json`.

Run as `python tests/data/evaluation/make_oracles.py`. It uses the standard library alone and
nothing of the program. Published figures stand as they were published:

- pMSE: a table of 40, 30, 30 real and 30, 35, 35 synthetic rows, with the formulas of R's synthpop
  (vignette of utility measures).
- Overlap of intervals: rows of synthpop's vignette of inference, a standardised difference and the
  overlap beside it.
- Standard errors for the population from one copy of as many rows (simple synthesis, and with
  parameters drawn): the same vignette.
- Standard errors for what the real rows themselves come to, from copies of 500 of 5,000 rows: the
  same vignette.
- Match risk: the formulas of Reiter & Mitra (2009), one person and one row after the other.
- Demographic parity of Adult (48,842 rows, UCI): counts of sex by income, with the shares, the
  difference and the ratio that are published of them.
- Calibration: five predictions in five bins, computed by hand.
"""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def pmse(real: list[int], synthetic: list[int]) -> dict[str, float]:
    rows = sum(real) + sum(synthetic)
    c = Fraction(sum(synthetic), rows)
    both = [o + s for o, s in zip(real, synthetic, strict=True)]
    found = sum(n * (Fraction(s, n) - c) ** 2 for n, s in zip(both, synthetic, strict=True)) / rows
    expected = (len(both) - 1) * c * (1 - c) ** 2 / rows
    return {"pmse": float(found), "expected": float(expected), "ratio": float(found / expected)}


def distance(a: list[int], b: list[int]) -> float:
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))


def radius(rows: list[list[int]], place: int, k: int) -> float:
    return sorted(distance(rows[place], r) for i, r in enumerate(rows) if i != place)[k - 1]


def neighbours(real: list[list[int]], synthetic: list[list[int]], k: int) -> dict[str, float]:
    """By the papers' definitions, one row after the other."""
    n, m = len(real), len(synthetic)
    real_radii = [radius(real, i, k) for i in range(n)]
    made_radii = [radius(synthetic, j, k) for j in range(m)]
    inside = [
        [distance(real[i], synthetic[j]) <= real_radii[i] for j in range(m)] for i in range(n)
    ]
    reached = [
        any(distance(real[i], synthetic[j]) <= made_radii[j] for j in range(m)) for i in range(n)
    ]
    authentic = []
    for j in range(m):
        nearest = min(range(n), key=lambda i, j=j: distance(real[i], synthetic[j]))
        authentic.append(distance(real[nearest], synthetic[j]) > radius(real, nearest, 1))
    return {
        "precision": sum(any(row[j] for row in inside) for j in range(m)) / m,
        "recall": sum(reached) / n,
        "density": sum(map(sum, inside)) / (k * m),
        "coverage": sum(map(any, inside)) / n,
        "authenticity": sum(authentic) / m,
    }


def supports(real: list[list[int]], synthetic: list[list[int]], k: int) -> dict[str, list[float]]:
    """Shares at α and β of 0.5 and 1."""

    def centre(rows: list[list[int]]) -> list[float]:
        return [sum(column) / len(rows) for column in zip(*rows, strict=True)]

    def reach(rows: list[list[int]], level: float) -> float:
        far = sorted(distance(row, centre(rows)) for row in rows)  # type: ignore[arg-type]
        place = level * (len(far) - 1)
        low = math.floor(place)
        high = min(low + 1, len(far) - 1)
        return far[low] + (place - low) * (far[high] - far[low])

    alpha, beta = [], []
    for level in (0.5, 1.0):
        held = [distance(row, centre(real)) <= reach(real, level) for row in synthetic]  # type: ignore[arg-type]
        alpha.append(sum(held) / len(held))
        own = [r for r in synthetic if distance(r, centre(synthetic)) <= reach(synthetic, level)]  # type: ignore[arg-type]
        covered = [
            min(distance(row, r) for r in own) <= radius(real, i, k) for i, row in enumerate(real)
        ]
        beta.append(sum(covered) / len(covered))
    return {"alpha": alpha, "beta": beta}


def average_precision(truth: list[int], score: list[int]) -> float:
    """Steps of recall times precision, one threshold after the other."""
    total, before = 0.0, 0
    for start in sorted(set(score), reverse=True):
        taken = [t for t, s in zip(truth, score, strict=True) if s >= start]
        total += (sum(taken) - before) / sum(truth) * sum(taken) / len(taken)
        before = sum(taken)
    return total


def rank_correlation(first: list[int], second: list[int]) -> float:
    """Pearson's correlation of mid-ranks."""

    def ranks(values: list[int]) -> list[Fraction]:
        return [
            Fraction(sum(w < v for w in values) + sum(w <= v for w in values) + 1, 2)
            for v in values
        ]

    a, b = ranks(first), ranks(second)
    mean = Fraction(len(a) + 1, 2)
    both = sum((x - mean) * (y - mean) for x, y in zip(a, b, strict=True))
    return float(both) / math.sqrt(
        sum((x - mean) ** 2 for x in a) * sum((y - mean) ** 2 for y in b)
    )


def match_risk(
    real: list[list[int]], copies: list[list[list[int]]], widths: list[int]
) -> dict[str, float]:
    """Person by person; a row matches where every key lies within its width."""
    expected, true, false, alone = Fraction(0), 0, 0, 0
    for person, known in enumerate(real):
        chances = [Fraction(0)] * len(real)
        for copy in copies:
            matching = [
                row
                for row, cells in enumerate(copy)
                if all(abs(a - b) <= w for a, b, w in zip(cells, known, widths, strict=True))
            ]
            for row in matching:
                chances[row] += Fraction(1, len(matching) * len(copies))
        best = max(chances)
        likeliest = [row for row, chance in enumerate(chances) if chance == best > 0]
        if person in likeliest:
            expected += Fraction(1, len(likeliest))
        alone += len(likeliest) == 1
        true += likeliest == [person]
        false += len(likeliest) == 1 and likeliest != [person]
    return {
        "expected": float(expected),
        "true_rate": true / len(real),
        "false_rate": false / alone,
        "unique": alone,
    }


def kept_and_drawn() -> dict[str, Any]:
    """30 people with a key that is kept and two that are drawn, three copies."""
    drawn = random.Random(11)
    real = [[drawn.randint(0, 3), drawn.randint(0, 2), drawn.randint(20, 40)] for _ in range(30)]
    copies = [
        [
            [
                kept,
                label if drawn.random() < 0.6 else drawn.randint(0, 2),
                age + drawn.randint(-2, 2),
            ]
            for kept, label, age in real
        ]
        for _ in range(3)
    ]
    return {
        "real": real, "copies": copies,
        "exact": match_risk(real, copies, [0, 0, 0]),
        "near": match_risk(real, copies, [0, 0, 1]),
        "one": match_risk(real, copies[:1], [0, 0, 2]),
    }  # fmt: skip


def oracles() -> dict[str, Any]:
    drawn = random.Random(5)
    real = [[drawn.randint(0, 6), drawn.randint(0, 6)] for _ in range(24)]
    synthetic = [[drawn.randint(1, 8), drawn.randint(0, 5)] for _ in range(24)]
    ties = [[i % 2, i // 2 % 2, i // 4 % 2] for i in range(8)] * 5
    truth, score = (
        [drawn.randint(0, 1) for _ in range(30)],
        [drawn.randint(0, 9) for _ in range(30)],
    )
    first, second = ([drawn.randint(0, 5) for _ in range(12)] for _ in range(2))
    return {
        "average_precision": {
            "truth": truth, "score": score, "value": average_precision(truth, score),
        },
        "rank_correlation": {
            "first": first, "second": second, "value": rank_correlation(first, second),
        },
        "pmse": {"real": [40, 30, 30], "synthetic": [30, 35, 35]}
        | pmse([40, 30, 30], [30, 35, 35]),
        "published_pmse": {"pmse": 0.002747, "expected": 0.00125, "ratio": 2.1978},
        "published_overlaps": [[0.47653, 0.8784], [2.0424, 0.4790], [6.757, -0.7238]],
        "published_standard_errors": [[0.15712, 0.22220], [0.14809, 0.20944]],
        "published_errors_of_the_rows": [[0.48105, 0.15212], [0.45421, 0.14363]],
        "match_risk": kept_and_drawn(),
        "published_parity": {
            "counts": {"Male": [22732, 9918], "Female": [14423, 1769]},
            "shares": {"Male": 0.3038, "Female": 0.1093}, "difference": 0.1945, "ratio": 0.3597,
        },
        "calibration": {
            "truth": [0, 0, 1, 1, 1], "probability": [0.1, 0.3, 0.3, 0.8, 0.9], "bins": 5,
            "error": 0.16,
        },
        "rows": {"real": real, "synthetic": synthetic},
        "neighbours": {str(k): neighbours(real, synthetic, k) for k in (1, 3, 5)},
        "supports": supports(real, synthetic, 2),
        "ties": {"rows": ties} | neighbours(ties, ties, 3),
    }  # fmt: skip


def written() -> str:
    return json.dumps(oracles(), indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "oracles.json").write_text(written(), encoding="utf-8")
