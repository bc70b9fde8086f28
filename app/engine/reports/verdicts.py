"""The three questions of a report, each answered in the same few words.

Nothing here knows a figure by name: a figure lies between what independent columns come to (its
floor) and what real rows come to (its ceiling), and what a copy of the learned rows comes to says
which way giving away lies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from app.engine.evaluation.measure import PRIVACY, QUESTIONS

AS_REAL, CLOSE, CARE = "as real", "close", "usable with care"
INDEPENDENT, NOT_TESTED = "no better than independent columns", "not tested"
NO_EXCESS, EXCESS = "no excess found", "excess found"
WORDS = (AS_REAL, CLOSE, CARE, INDEPENDENT)  # best first
NEAR = 0.8  # of the way from floor to ceiling
NO_TARGET = "No column to predict was named, so nothing was trained."
NO_ATTACK = (
    "Rows that were held out before anything was learned are needed to tell what synthetic rows "
    "give away."
)
MEANINGS_OF_WORDS: Mapping[str, str] = {
    AS_REAL: "the interval of the figure reaches what real rows come to",
    CLOSE: "at least 80 % of the way from independent columns to real rows",
    CARE: "less than that, and better than independent columns",
    INDEPENDENT: "the interval of the figure reaches what independent columns come to",
    NO_EXCESS: "no figure lies above that of real rows by more than chance does to this many "
    "figures. The upper bound is in percent of what a copy of the learned rows gives away",
    EXCESS: "at least one figure does",
    NOT_TESTED: "nothing was measured",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of a report.

    Args:
        figure: the name of the figure that answers it; None where there is none.
        sentence: what was found, in one sentence.
        not_tested: what the answer does not cover, in words.
    """

    question: str
    title: str
    verdict: str
    figure: str | None
    sentence: str
    not_tested: tuple[str, ...]


def answers(figures: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the figures of a document; see `app.engine.reports.document`."""
    return [
        asdict(_answer(question, [each for each in figures if each["question"] == question]))
        for question in QUESTIONS
    ]


def with_verdicts(figures: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Figures with `verdict`, the word for each by itself; None where there is none."""
    together = sum(each["question"] == PRIVACY and _decides(each) for each in figures)
    return [
        {
            **each,
            "verdict": _privacy_verdict(each, together)
            if each["question"] == PRIVACY
            else verdict(each),
        }
        for each in figures
    ]


def verdict(figure: Mapping[str, Any]) -> str | None:
    """The word for one figure; None where it has nothing to stand beside."""
    low, high = _ends(figure)
    ceiling, floor = figure["ceiling"], figure["floor"]
    if low is None or high is None or ceiling is None or floor is None or ceiling == floor:
        return None
    low, high, middle = (_way(each, floor, ceiling) for each in (low, high, figure["value"]))
    if max(low, high) >= 1.0:
        return AS_REAL
    if min(low, high) <= 0.0:
        return INDEPENDENT
    return CLOSE if middle >= NEAR else CARE


def excess(figure: Mapping[str, Any], figures: int = 1) -> tuple[float, float] | None:
    """How much a figure gives away above real rows: the ends of its interval in shares of what a
    copy of the learned rows gives away; None where a copy is not distinguished from real rows.

    The interval is widened for what chance does to the ceiling, and for as many `figures` as are
    looked at together (Bonferroni).
    """
    value, (low, high), copy = figure["value"], _ends(figure), figure["copy"]
    real = _reference(figure)
    if value is None or low is None or high is None or copy is None or real is None:
        return None
    if abs(copy - real) < 1e-9:
        return None
    together = NormalDist().inv_cdf(1.0 - 0.025 / max(1, figures)) / NormalDist().inv_cdf(0.975)
    wide = together * (1.0 if real == figure["best"] else math.sqrt(2.0))
    ends = [value + (each - value) * wide for each in (low, high)]
    low, high = sorted(_way(each, real, copy) for each in ends)
    return low, high


def _decides(figure: Mapping[str, Any]) -> bool:
    """Whether it has a word at all: checks of overfitting prove nothing, and have none."""
    return bool(figure.get("decides", True))


def _privacy_verdict(figure: Mapping[str, Any], figures: int) -> str | None:
    if not _decides(figure):
        return None
    found = excess(figure, figures)
    return None if found is None else EXCESS if found[0] > 0.0 else NO_EXCESS


def _reference(figure: Mapping[str, Any]) -> float | None:
    """What real rows come to, or the value that nothing betters where that is nearer."""
    known = [each for each in (figure["ceiling"], figure["best"]) if each is not None]
    value = figure["value"]
    return min(known, key=lambda each: abs(each - value)) if known and value is not None else None


def _answer(question: str, figures: list[dict[str, Any]]) -> Answer:
    title = QUESTIONS[question]
    measured = [each for each in figures if each["value"] is not None]
    hidden = [f"{each['title']} does not show {each['does_not_show']}." for each in measured]
    if not measured:
        said = NO_ATTACK if question == PRIVACY else NO_TARGET
        return Answer(question, title, NOT_TESTED, None, said, (said,))
    if question == PRIVACY:
        return _given_away(title, measured, hidden)
    first = next((each for each in measured if verdict(each)), measured[0])
    said = _sentence(first, [each for each in measured if each is not first])
    word = verdict(first) or NOT_TESTED
    return Answer(question, title, word, first["name"], said, tuple(hidden))


def _sentence(first: dict[str, Any], others: Sequence[dict[str, Any]]) -> str:
    said = f"{first['title']} is {first['value']:g}{_beside(first)}."
    worse = [(WORDS.index(word), each["title"], word) for each, word in _judged(others)]
    if not worse:
        return said
    place, title, word = max(worse, key=lambda each: each[0])
    own = verdict(first)
    if own is None or place <= WORDS.index(own):
        return f"{said} No other of {len(worse)} figures is weaker."
    return f"{said} The weakest of {len(worse)} other figures, {title}, is “{word}”."


def _judged(figures: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    for each in figures:
        if (word := verdict(each)) is not None:
            yield each, word


def _given_away(title: str, measured: Sequence[dict[str, Any]], hidden: list[str]) -> Answer:
    deciding = [each for each in measured if _decides(each)]
    known = [(each, found) for each in deciding if (found := excess(each, len(deciding)))]
    if not known:
        said = "No figure tells a copy of the learned rows from other real rows."
        return Answer(PRIVACY, title, NOT_TESTED, None, said, (said, *hidden))
    figure, (low, _) = max(known, key=lambda each: each[1][0])
    named = f"{figure['title']} is {figure['value']:g}{_beside(figure)}"
    if low > 0.0:
        word, said = EXCESS, f"{named}: more than chance does to {len(known)} figures."
    else:
        figure, (_, high) = max(known, key=lambda each: each[1][1])
        bound = f"{min(100, math.ceil(round(max(0.0, high) * 100, 6)))} %"
        word = f"{NO_EXCESS} (upper bound {bound})"
        said = (
            f"None of {len(known)} figures lies above that of other real rows by more than chance "
            f"does; {figure['title']} leaves the most open, {bound} of what a copy gives away."
        )
    said += _checks([each for each in measured if not _decides(each)])
    mine = [each for each in hidden if each.startswith(figure["title"])]
    others = [each for each in hidden if each not in mine]
    return Answer(PRIVACY, title, word, figure["name"], said, (*mine, *others))


def _checks(figures: Sequence[dict[str, Any]]) -> str:
    """What checks of overfitting add to the sentence."""
    found = [(each, excess(each, len(figures))) for each in figures]
    named = [each["title"] for each, ends in found if ends and ends[0] > 0.0]
    if not named:
        return ""
    return f" Beyond real rows as well, and no proof of anything: {', '.join(named)}."


def _beside(figure: Mapping[str, Any]) -> str:
    ceiling, floor = figure["ceiling"], figure["floor"]
    parts = [] if ceiling is None else [f"real rows come to {ceiling:g}"]
    parts += [] if floor is None else [f"independent columns to {floor:g}"]
    return f"; {', '.join(parts)}" if parts else ""


def _ends(figure: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The interval; the value itself where none is known."""
    if figure["low"] is None or figure["high"] is None:
        return figure["value"], figure["value"]
    return figure["low"], figure["high"]


def _way(value: float, start: float, end: float) -> float:
    """How far from start (0) to end (1)."""
    return (value - start) / (end - start)
