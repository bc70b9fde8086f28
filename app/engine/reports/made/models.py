"""What a model was found to be worth, and what decided it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.engine.evaluation.measure import PRIVACY
from app.engine.reports.meanings import ANSWERS, MEANINGS
from app.engine.reports.verdicts import EXCESS, NOT_TESTED, answers, with_verdicts
from app.engine.synthesizers.description import ModelDescription, PrivacyGuarantee
from app.engine.synthesizers.provenance import ModelEvaluation, ModelFigure

NOT_JUDGED = (
    "The model was not judged when it was trained, so that nothing is known of what its rows are "
    "like or give away. An evaluation of these rows by the real ones says it."
)
NOT_ATTACKED = "not attacked"
CELLS_GIVEN = "cells of real rows were given"
NO_ATTACK = (
    "Attacks. None was made when the model was trained, only copies were looked for. An evaluation "
    "of the rows, with real ones that were held out, makes them."
)
OF_THE_MODEL = (
    "Figures are those of the model, taken when it had been trained: {synthetic:,} rows of its own "
    "beside {held_out:,} real ones that it had not learned. They were not taken of these very rows."
)
GIVEN = (
    "The cells of {columns} were given and are in these rows as they were. Whom they are of can be "
    "recognised by them; figures of the model say nothing of that."
)
OTHER_ROWS = (
    "More was asked of these rows than their number, such as shares of values. They were not "
    "compared with real ones. Of rows that the model draws where nothing is asked: "
)
CHOSEN = (
    "These very rows: shares and conditions that were asked for make them other ones than those "
    "of which figures were taken. An evaluation of them by real rows says what they are like."
)
PROTECTED = "no value that fewer than {k} rows have is drawn"
GUARANTEE = (
    "{whose}, with δ {delta} ({band}), in the one execution that made the model; other uses of the "
    "same source are not counted"
)
MADE_BY = "Rows drawn by a model ({synthesizer}) that learned a real table"


def model_figures(evaluation: ModelEvaluation | None) -> list[dict[str, Any]]:
    """The figures of a model's own evaluation as those of a report."""
    if evaluation is None:
        return []
    known = [_figure(each) for each in evaluation.figures if each.name in MEANINGS]
    return with_verdicts(known)


def model_answers(
    figures: list[dict[str, Any]], given: tuple[str, ...] = (), *, is_chosen: bool = False
) -> list[dict[str, Any]]:
    """The questions that a model's evaluation answers.

    Args:
        given: columns whose cells a table gave.
        is_chosen: whether rows are other ones than those that the figures were taken of.
    """
    found = answers(figures)
    for each in found:
        if not figures:
            each.update(sentence=NOT_JUDGED, not_tested=[NOT_JUDGED])
        elif each["question"] == PRIVACY and each["verdict"] != EXCESS:
            each.update(verdict=NOT_ATTACKED, not_tested=[NO_ATTACK, *each["not_tested"]])
        if is_chosen and each["figure"] is not None:
            _of_other_rows(each)
        if given and each["question"] == PRIVACY:
            said = GIVEN.format(columns=", ".join(given))
            each.update(verdict=CELLS_GIVEN, sentence=said, figure=None)
    return found


def _of_other_rows(answer: dict[str, Any]) -> None:
    """An answer that figures give, where they were taken of other rows. What gives people away in
    one of a model's rows may do so in any."""
    word = answer["verdict"]
    is_worst = word in {EXCESS, NOT_ATTACKED}
    answer.update(
        verdict=word if is_worst else NOT_TESTED,
        figure=answer["figure"] if is_worst else None,
        sentence=f"{OTHER_ROWS}{'' if is_worst else f'{word}. '}{answer['sentence']}",
        not_tested=[CHOSEN, *answer["not_tested"]],
    )


def made_by(model: ModelDescription) -> str:
    """How a model's rows were made, in words."""
    return MADE_BY.format(synthesizer=model.synthesizer)


def model_settings(model: ModelDescription) -> Iterator[tuple[str, str]]:
    """What decided a model, and what of its source is kept back, as name and value."""
    yield "Seed of the training", str(model.seed)
    yield "Value protection", PROTECTED.format(k=model.k) if model.k > 1 else "none"
    if model.privacy is not None:
        yield "What ε covers", _guarantee(model.privacy)
    yield "Rows set aside before learning", f"{model.held_out:,}"
    known = model.provenance
    if known.trained_at is not None:
        yield "Trained at", known.trained_at.isoformat()
    if known.fingerprint is not None:
        yield "Fingerprint of the source", known.fingerprint
    if known.libraries:
        versions = ", ".join(f"{name} {version}" for name, version in known.libraries.items())
        yield "Versions it was trained with", versions


def model_epsilon(model: ModelDescription) -> float | None:
    """ε of a model; None where it was learned without differential privacy."""
    return None if model.privacy is None else model.privacy.epsilon


def _guarantee(privacy: PrivacyGuarantee) -> str:
    whose = "each row" if privacy.unit is None else f"all rows of one {privacy.unit}"
    return GUARANTEE.format(delta=f"{privacy.delta:g}", band=privacy.band, whose=whose)


def model_notes(model: ModelDescription) -> Iterator[str]:
    """What the figures of a model do not cover."""
    evaluation = model.evaluation
    if evaluation is None or not evaluation.figures:
        yield NOT_JUDGED
        return
    yield OF_THE_MODEL.format(synthetic=evaluation.synthetic, held_out=evaluation.held_out)
    yield from evaluation.notes


def _figure(figure: ModelFigure) -> dict[str, Any]:
    meaning = MEANINGS[figure.name]
    return {
        "name": figure.name,
        "question": ANSWERS[figure.name],
        "title": meaning.title,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "ceiling": figure.ceiling,
        "floor": figure.floor,
        "copy": figure.copied,
        "best": meaning.best,
        "decides": meaning.decides,
        "says": meaning.says,
        "does_not_show": meaning.hides,
        "note": "",
        "details": {},
    }
