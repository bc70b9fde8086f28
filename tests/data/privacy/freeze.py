"""Freeze published figures of attacks, computed by other libraries and by nothing of this project.

    python tests/data/privacy/freeze.py ADULT

The attacks are those of Synth-MIA's example on housing: distances and Monte Carlo in the units of
the file, Gaussian kernel densities of scipy, rates between the points of scikit-learn's ROC curve.
Its published table (AUC, and the rate of true positives at 0, 0.1, 1 and 10 % of false ones) has
DCR .527 .025 .025 .035 .145, DCR-Diff .562 0 0 .015 .215, KDE .643 .020 .020 .035 .165, DOMIAS
.684 .020 .020 .055 .270 and MC .511 0 .006 .050 .117: the script stops where it gets another.

The shares of Adult are those of the disclosure vignette of synthpop 1.9 (keys age, occupation,
race and sex): it stops where they are not 14.27, 5.17 and 4.97 %, and 2.68 % of unique keys.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.stats import gaussian_kde
from sklearn.metrics import roc_auc_score, roc_curve

HERE = Path(__file__).parent
RATES = (0.0, 0.001, 0.01, 0.1)
PUBLISHED = {
    "DCR": (0.527, 0.025, 0.025, 0.035, 0.145),
    "DCR-Diff": (0.562, 0.0, 0.0, 0.015, 0.215),
    "KDE": (0.643, 0.02, 0.02, 0.035, 0.165),
    "DOMIAS": (0.684, 0.02, 0.02, 0.055, 0.27),
    "MC": (0.511, 0.0, 0.006, 0.05, 0.117),
}
KEYS = ["age", "occupation", "race", "sex"]
DISCLOSIVE = {"workclass": 14.27, "relationship": 5.17, "income": 4.97}
UNIQUE = 2.68
TRAINING_ROWS = 32_561  # labels of the others are missing in the vignette's copy


def housing() -> dict[str, Any]:
    """Figures of each attack; of the density ratio also without 1e-20 added to the divisor, which
    depends on the units of the columns."""
    mem, non, ref, syn = (
        pd.read_csv(HERE / "housing" / f"{name}.csv").to_numpy()
        for name in ("mem", "non_mem", "ref", "synth")
    )
    asked = np.concatenate([mem, non])
    near, known = cKDTree(syn).query(asked)[0], cKDTree(ref).query(asked)[0]
    squares = ((asked[:, None, :] - syn[None]) ** 2).sum(axis=2)
    within = (squares < np.median(squares.min(axis=1))).mean(axis=1)
    made, real = (gaussian_kde(rows.T, "silverman").evaluate(asked.T) for rows in (syn, ref))
    scores = {
        "DCR": -near,
        "DCR-Diff": known - near,
        "KDE": made,
        "DOMIAS": made / (real + 1e-20),
        "MC": within,
        "density ratio": np.log(made) - np.log(real),
    }
    found = {name: figures(each, len(mem)) for name, each in scores.items()}
    for name, published in PUBLISHED.items():
        assert np.allclose(found[name], published, atol=5.1e-4), (name, found[name])
    return {"rates": list(RATES), "figures": found}


def figures(scores: np.ndarray, members: int) -> list[float]:
    truth = np.arange(len(scores)) < members
    false, true, _ = roc_curve(truth, scores)
    return [round(float(roc_auc_score(truth, scores)), 5)] + [
        round(float(np.interp(rate, false, true)), 5) for rate in RATES
    ]


def adult(path: Path) -> dict[str, Any]:
    """How many combinations of keys have which numbers of rows by the label of a secret."""
    frame = pd.read_parquet(path).astype(str)
    frame.loc[TRAINING_ROWS:, "income"] = "missing"
    secrets = {}
    for secret, published in DISCLOSIVE.items():
        counts = frame.groupby([*KEYS, secret]).size().unstack(fill_value=0).to_numpy()
        alone = counts[(counts > 0).sum(axis=1) == 1].sum()
        assert abs(100 * alone / len(frame) - published) < 0.005, (secret, alone)
        rows = Counter(" ".join(map(str, row)) for row in counts.tolist())
        secrets[secret] = {"disclosive": published, "combinations": dict(sorted(rows.items()))}
    unique = (frame.groupby(KEYS).size() == 1).sum()
    assert abs(100 * unique / len(frame) - UNIQUE) < 0.005, unique
    return {"rows": len(frame), "unique": UNIQUE, "secrets": secrets}


if __name__ == "__main__":
    for name, found in (("housing", housing()), ("adult", adult(Path(sys.argv[1])))):
        (HERE / f"{name}.json").write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
