"""A model trained on the finished data: does it find what was declared?

LightGBM is trained on 70 % of the rows and tested on the other 30 %; beside its figures stands
what the best possible model would reach, and beside what it used the strengths declared. Meant for
a process of its own: it imports LightGBM and takes a core for a few seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.documents import (
    FeatureImportance,
    GivenStrength,
    RocCurve,
    VerificationDocument,
)
from app.engine.evaluation.features import Features, features_of, sample_rows
from app.engine.evaluation.joined import Relations
from app.engine.evaluation.reading import TableFile
from app.engine.evaluation.target_model import KnownTarget, known_target
from app.engine.evaluation.tasks import task_of
from app.engine.plan.plan import Plan
from app.engine.schema.models import Table, Target
from app.engine.seeds import generator

TRAINING_SHARE = 0.7
VALIDATION_SHARE = 0.2  # of the rows trained on, which tell when to stop
FEWEST_ROWS = 50
ROUNDS, PATIENCE = 300, 20

Whole = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a model that knows only the data makes of it.

    Args:
        task: classification or regression.
        figures: those of the test rows: auc, accuracy, macro_f1 and calibration_error, or r2, rmse
            and mae.
        best_possible: the figures that a model which knows the rules reaches, by the same names.
        roc: false and true positive rates of the positive label, two lists of the same length.
        importance: share of each feature in the gain of all splits, the largest first.
        strengths: declared effects with the correlation that each was given.
        left_out: columns that the model was not shown.
    """

    table: str
    target: str
    task: str
    model: str
    rows_trained: int
    rows_tested: int
    figures: dict[str, float | None]
    best_possible: dict[str, float]
    roc: RocCurve | None
    importance: list[FeatureImportance]
    strengths: list[GivenStrength]
    left_out: list[str] = field(default_factory=list)
    note: str = ""

    def document(self) -> VerificationDocument:
        """As plain data, the figures at the top: `auc`, `best_possible_auc` and so on."""
        best = {f"best_possible_{name}": value for name, value in self.best_possible.items()}
        document = {
            "task": self.task,
            "model": self.model,
            **self.figures,
            **best,
            "table": self.table,
            "target": self.target,
            "rows_trained": self.rows_trained,
            "rows_tested": self.rows_tested,
            "roc": self.roc,
            "importance": self.importance,
            "strengths": self.strengths,
            "left_out": self.left_out,
            "note": self.note,
        }
        return cast(VerificationDocument, document)


def verify(
    files: Mapping[str, TableFile], plan: Plan, *, seed: int, threads: int = 1
) -> Verification | None:
    """Train and test a model on the table that holds the target; None where there is no target.

    Args:
        files: a file of each table, by the table's name.
        seed: of the sample, the split and the training; the same seed gives the same figures.

    Raises:
        UnreadableFile: where the file does not hold the table.
    """
    for table in plan.tables:
        declared = plan.definition.tables.get(table.name) if plan.definition else None
        if declared is not None and declared.target is not None:
            relations = Relations(table, plan)
            return _verified(relations, declared, declared.target, files, seed, threads)
    return None


def _verified(
    relations: Relations,
    declared: Table,
    target: Target,
    files: Mapping[str, TableFile],
    seed: int,
    threads: int,
) -> Verification:
    planned = relations.table
    table = sample_rows(relations.batches(files), target.name, planned.rows, seed)
    columns = {**relations.columns(), **declared.columns()}
    seen = {name: each for name, each in columns.items() if each is None or not each.hidden}
    features = features_of(table, seen, target.name)
    known = known_target(planned, target.name, relations.schema)
    task = task_of(target)
    truth = task.truth(table, target)
    split = _split(task.strata(truth), seed)
    verified = _Subject(planned.name, target, features, known, task.name)
    if len(truth) < FEWEST_ROWS or not features.names or len(np.unique(truth)) < 2:
        return verified.verification(
            split, note="too few rows, inputs or values to train a model on"
        )
    booster = _trained(features, truth, split, task.parameters(target), seed, threads)
    predicted = np.asarray(booster.predict(features.values[split.tested]))
    figures, roc = task.figures(target, truth[split.tested], predicted)
    return verified.verification(split, figures, roc, _importance(booster, features))


@dataclass(frozen=True, eq=False, slots=True)
class _Split:
    """Row numbers."""

    trained: Whole
    validated: Whole
    tested: Whole


def _split(strata: Whole, seed: int) -> _Split:
    """A random split in which every stratum has the same shares."""
    rng = generator(seed)
    order = rng.permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]
    _, first, counts = np.unique(strata[order], return_index=True, return_counts=True)
    place = (np.arange(len(order)) - np.repeat(first, counts) + 0.5) / np.repeat(counts, counts)
    ends = (TRAINING_SHARE * (1.0 - VALIDATION_SHARE), TRAINING_SHARE)
    part = np.searchsorted(ends, place, side="right")
    return _Split(*(np.sort(order[part == number]) for number in range(3)))


def _trained(
    features: Features,
    truth: Array,
    split: _Split,
    parameters: dict[str, Any],
    seed: int,
    threads: int,
) -> Any:
    """A booster that stopped where the validation rows gained nothing more."""
    import lightgbm

    settings = {
        "learning_rate": 0.1,
        "num_leaves": 15,
        "min_data_in_leaf": int(np.clip(len(split.trained) / 100, 5, 200)),
        "seed": seed % 2**31,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbosity": -1,
        **parameters,
    }

    def dataset(rows: Whole, reference: Any = None) -> Any:
        return lightgbm.Dataset(
            features.values[rows],
            truth[rows],
            categorical_feature=list(features.categories),
            reference=reference,
            params={"verbosity": -1},
        )

    training = dataset(split.trained)
    return lightgbm.train(
        settings,
        training,
        ROUNDS,
        [dataset(split.validated, training)],
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
    )


def _importance(booster: Any, features: Features) -> list[FeatureImportance]:
    gains = np.asarray(booster.feature_importance("gain"), dtype=np.float64)
    shares = gains / max(gains.sum(), 1e-300)
    order = np.argsort(-shares, kind="stable")
    return [{"column": features.names[i], "share": round(float(shares[i]), 6)} for i in order]


@dataclass(frozen=True, eq=False, slots=True)
class _Subject:
    """What is known before a model is trained."""

    table: str
    target: Target
    features: Features
    known: KnownTarget | None
    task: str

    def verification(
        self,
        split: _Split,
        figures: dict[str, float | None] | None = None,
        roc: RocCurve | None = None,
        importance: list[FeatureImportance] | None = None,
        note: str = "",
    ) -> Verification:
        best = {self.known.metric: round(self.known.best, 6)} if self.known else {}
        strengths: list[GivenStrength] = [
            {
                "column": c,
                "subject": subject,
                "label": label,
                "declared": declared,
                "given": round(given, 6),
            }
            for c, subject, label, declared, given in (self.known.strengths if self.known else ())
        ]
        return Verification(
            table=self.table,
            target=self.target.name,
            task=self.task,
            model="lightgbm",
            rows_trained=len(split.trained) + len(split.validated),
            rows_tested=len(split.tested),
            figures=figures or {},
            best_possible=best,
            roc=roc,
            importance=importance or [],
            strengths=strengths,
            left_out=list(self.features.left_out),
            note=note,
        )
