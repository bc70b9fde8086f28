"""What of learned texts comes back: stretches of words, and whole texts."""

from __future__ import annotations

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import share_interval
from app.engine.evaluation.measure import (
    COPIES,
    PRIVACY,
    Estimate,
    Estimates,
    Meaning,
    Measure,
    of_held_out_rows,
)
from app.engine.evaluation.row_space import Array
from app.engine.evaluation.texts.rows import Texts, texts_of, word_grams

WORDS = 6  # of a stretch


def exposed_share(learned: list[Texts], texts: list[Texts]) -> float:
    """Share of rows with a stretch of WORDS words that stands in a learned text."""
    known = {gram for each in learned for gram in word_grams(each, WORDS)}
    found = sum(any(gram in known for gram in word_grams(each, WORDS)) for each in texts)
    return found / max(len(texts), 1)


def copied_share(learned: list[Texts], texts: list[Texts]) -> float:
    """Share of rows with a text that is a learned one, letter by letter."""
    known = {text for each in learned for text in each if text}
    return sum(any(text in known for text in each) for each in texts) / max(len(texts), 1)


def _taken(contest: Contest, rows: Array) -> Estimates:
    if not contest.texts:
        return {}
    learned, made = texts_of(contest, contest.train), texts_of(contest, rows)
    figures = {
        "text_exposure": exposed_share(learned, made),
        "text_copies": copied_share(learned, made),
    }
    return {
        name: Estimate(value, share_interval(value, len(made))) for name, value in figures.items()
    }


MEASURES = (
    Measure(
        PRIVACY,
        {
            "text_exposure": Meaning(
                "Stretches of learned texts",
                "the share of rows with six words in a row that stand so in a learned text",
                "who wrote them: what many people write comes back in any real text, see the "
                "ceiling",
                decides=False,
            ),
            "text_copies": Meaning(
                "Copies of learned texts",
                "the share of rows with a text that equals a learned one",
                "near copies; where real texts repeat themselves, so do synthetic ones: see the "
                "ceiling",
                decides=False,
            ),
        },
        _taken,
        of_held_out_rows,
        needs_holdout=True,
        threat=COPIES,
    ),
)
