"""Whether texts can be distinguished from real ones, by their words and by their characters."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import auc_interval
from app.engine.evaluation.measure import LIKENESS, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.metrics.auc import auc
from app.engine.evaluation.row_space import Array
from app.engine.evaluation.texts.classifier import (
    Units,
    by_characters,
    by_words,
    folds_of,
    hashed,
    linear_scores,
)
from app.engine.evaluation.texts.rows import Texts, texts_of

FOLDS = 5
MOST_ROWS = 3_000  # of each table


def text_auc(real: list[Texts], synthetic: list[Texts], units: Units) -> float:
    """The AUC of a linear model that tells texts apart, out of fold and pooled (Lopez-Paz & Oquab
    2017); folds go by the hash of a text.

    Args:
        real, synthetic: as many of each.
    """
    rows = [*real, *synthetic]
    truth = np.repeat([0.0, 1.0], [len(real), len(synthetic)])
    features, folds = hashed(rows, units), folds_of(rows, FOLDS)
    scores = np.zeros(len(rows))
    for fold in range(FOLDS):
        asked = folds == fold
        if asked.any() and len(np.unique(truth[~asked])) == 2:
            found = linear_scores(features[~asked], truth[~asked], features[asked], is_label=True)
            scores[asked] = found
    found_auc = auc(truth == 1.0, scores)
    return 0.5 if found_auc is None else found_auc


def _taken(contest: Contest, rows: Array) -> Estimates:
    if not contest.texts:
        return {}
    each = min(len(contest.holdout), len(rows), MOST_ROWS)
    real, made = texts_of(contest, contest.holdout)[:each], texts_of(contest, rows)[:each]
    figures = {
        "text_words_auc": text_auc(real, made, by_words),
        "text_characters_auc": text_auc(real, made, by_characters),
    }
    return {
        name: Estimate(value, auc_interval(value, each, each)) for name, value in figures.items()
    }


MEASURES = (
    Measure(
        LIKENESS,
        {
            "text_words_auc": Meaning(
                "Text by its words",
                "how well a linear model of words and pairs of words tells synthetic texts from "
                "real ones: 0.5 is a coin, 1 is always",
                "whether texts were copied, and whether a person would believe them",
                0.5,
                decides=False,
            ),
            "text_characters_auc": Meaning(
                "Text by its characters",
                "how well a linear model of stretches of three characters tells synthetic texts "
                "from real ones: 0.5 is a coin, 1 is always",
                "whether texts were copied, and whether a person would believe them",
                0.5,
                decides=False,
            ),
        },
        _taken,
    ),
)
