"""What a report says of tables that models draw: of several models the worst answer of any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.evaluation.measure import PRIVACY, QUESTIONS, USE
from app.engine.plan.plan import Plan
from app.engine.reports.made.models import (
    CELLS_GIVEN,
    NOT_ATTACKED,
    made_by,
    model_answers,
    model_epsilon,
    model_figures,
    model_notes,
    model_settings,
)
from app.engine.reports.made.sources import TableModel, models_of, unchanged_tables
from app.engine.reports.verdicts import (
    AS_REAL,
    CARE,
    CLOSE,
    EXCESS,
    INDEPENDENT,
    NO_TARGET,
    NOT_TESTED,
)

SEVERAL_METHODS = "Rows drawn by models of several tables: {each}"
LEARNED_FROM = "{table} ({synthesizer}, learned from {rows:,} real rows)"
UNCHANGED = "Rows of {tables} are those of the source, unchanged, as lookup tables are."
SHOWN = "The tables {names} are drawn by models; figures are those of the model of {table}."
EPSILON = "Differential privacy, ε"
WORST_FIRST = (
    CELLS_GIVEN, EXCESS, INDEPENDENT, NOT_TESTED, NOT_ATTACKED, CARE, CLOSE, AS_REAL,
)  # fmt: skip

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LearnedTables:
    """The models that a report speaks of, and what each was found to be worth.

    Args:
        models: at least one.
        figures: of each model, in the same order.
        answers: likewise, of each model one for each of the three questions.
        unchanged: lookup tables whose rows are real ones.
    """

    models: tuple[TableModel, ...]
    figures: tuple[list[dict[str, Any]], ...]
    answers: tuple[list[Answer], ...]
    unchanged: tuple[str, ...] = ()

    @property
    def is_one(self) -> bool:
        """Whether there is nothing but the one model to speak of."""
        return len(self.models) == 1 and not self.unchanged

    @property
    def shown(self) -> int:
        """Number of the model whose figures a report shows: of those that have figures the one
        that answers worst for privacy."""
        place = list(QUESTIONS).index(PRIVACY)
        numbers = [n for n, figures in enumerate(self.figures) if figures]
        return min(numbers, key=lambda n: _place(self.answers[n][place]), default=0)


def learned_tables(plan: Plan) -> LearnedTables | None:
    """None where no model draws a table."""
    models = tuple(models_of(plan))
    if not models:
        return None
    figures = tuple(model_figures(each.model.evaluation) for each in models)
    answers = [
        model_answers(own, each.given, is_chosen=each.is_chosen)
        for own, each in zip(figures, models, strict=True)
    ]
    return LearnedTables(models, figures, tuple(answers), unchanged_tables(plan))


def shown_figures(learned: LearnedTables) -> list[dict[str, Any]]:
    """The figures of the one model that a report shows."""
    return learned.figures[learned.shown]


def learned_answers(learned: LearnedTables) -> list[Answer]:
    """The three questions, each with the worst answer of any model."""
    if learned.is_one:
        return learned.answers[0]
    return [_worst(learned, number) for number in range(len(QUESTIONS))]


def learned_method(learned: LearnedTables) -> str:
    """How the rows were made, in words."""
    if learned.is_one:
        return made_by(learned.models[0].model)
    each = ", ".join(
        LEARNED_FROM.format(table=one.table, synthesizer=one.model.synthesizer, rows=one.model.rows)
        for one in learned.models
    )
    said = SEVERAL_METHODS.format(each=each)
    return f"{said}. {_unchanged(learned)}".removesuffix(".") if learned.unchanged else said


def learned_settings(learned: LearnedTables) -> Iterator[tuple[str, str]]:
    """What decided the models, as name and value; of several each with its table."""
    if learned.is_one:
        yield from model_settings(learned.models[0].model)
        return
    for each in learned.models:
        epsilon = model_epsilon(each.model)
        yield f"{each.table}: {EPSILON}", "none" if epsilon is None else f"{epsilon:g}"
        for name, value in model_settings(each.model):
            yield f"{each.table}: {name}", value


def learned_epsilon(learned: LearnedTables) -> float | None:
    """ε of all rows together, by sequential composition the sum of those of the models; None where
    some rows are not private."""
    found = [model_epsilon(each.model) for each in learned.models]
    known = [each for each in found if each is not None]
    return sum(known) if len(known) == len(found) and not learned.unchanged else None


def learned_notes(learned: LearnedTables) -> Iterator[str]:
    """What figures of the models do not cover."""
    if learned.is_one:
        yield from model_notes(learned.models[0].model)
        return
    pairs = ((each.table, note) for each in learned.models for note in model_notes(each.model))
    yield from _by_text(pairs)
    if any(learned.figures) and len(learned.models) > 1:
        names = ", ".join(each.table for each in learned.models)
        yield SHOWN.format(names=names, table=learned.models[learned.shown].table)
    if learned.unchanged:
        yield _unchanged(learned)


def _worst(learned: LearnedTables, question: int) -> Answer:
    """Of one question. Models that were to predict nothing answer for no use, where others do."""
    found = [(n, answers[question]) for n, answers in enumerate(learned.answers)]
    if found[0][1]["question"] == USE:
        found = [(n, own) for n, own in found if own["sentence"] != NO_TARGET] or found
    place = min(_place(own) for _, own in found)
    worst = [(n, own) for n, own in found if _place(own) == place]
    sentences = _by_text((learned.models[n].table, own["sentence"]) for n, own in worst)
    open_ends = [text for _, own in found for text in own["not_tested"]]
    figure = next((own["figure"] for n, own in worst if n == learned.shown), None)
    said = " ".join(sentences)
    if learned.unchanged and worst[0][1]["question"] == PRIVACY:
        said = f"{said} {_unchanged(learned)}"
    return {
        **worst[0][1],
        "figure": figure,
        "sentence": said,
        "not_tested": list(dict.fromkeys(open_ends)),
    }


def _place(answer: Answer) -> int:
    """How bad an answer is, the worst being 0."""
    return WORST_FIRST.index(answer["verdict"])


def _by_text(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Each text once, behind the names of the tables that it is true of."""
    tables: dict[str, list[str]] = {}
    for table, text in pairs:
        tables.setdefault(text, []).append(table)
    for text, names in tables.items():
        yield f"{_named(names)}: {text}"


def _unchanged(learned: LearnedTables) -> str:
    return UNCHANGED.format(tables=", ".join(learned.unchanged))


def _named(tables: Sequence[str]) -> str:
    return f"{'Table' if len(tables) == 1 else 'Tables'} {', '.join(tables)}"
