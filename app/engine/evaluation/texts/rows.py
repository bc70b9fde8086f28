"""The texts of judged rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.row_space import Array
from app.engine.seeds import Stream

Texts = tuple[str, ...]
_WORD = re.compile(r"\w+")
_WORD_OR_MARK = re.compile(r"\w+|[^\w\s]")


def texts_of(contest: Contest, rows: Array) -> list[Texts]:
    """The texts of each row, one for each column of text, empty where missing.

    Of independent columns, the floor, the words of all texts are dealt out by chance, each text
    keeping its number of words: else every text would be a real one.
    """
    found = [
        [known.get(number, "") for number in rows[:, place].tolist()]
        for place, known in sorted(contest.texts.items())
    ]
    if rows is contest.shuffled:
        found = [_dealt(texts, Stream(contest.seed, ("words",))) for texts in found]
    return list(zip(*found, strict=True))


def words_of(text: str) -> list[str]:
    """Words and marks in small letters."""
    return _WORD_OR_MARK.findall(text.lower())


def word_grams(texts: Texts, length: int) -> Iterator[tuple[str, ...]]:
    """Stretches of so many words of the texts of a row, whatever marks stand between them."""
    for text in texts:
        words = _WORD.findall(text.lower())
        for start in range(len(words) - length + 1):
            yield tuple(words[start : start + length])


def character_grams(text: str, length: int) -> list[str]:
    """Stretches of so many characters; the whole text where it is shorter."""
    return [text[start : start + length] for start in range(max(len(text) - length + 1, 1))]


def _dealt(texts: list[str], stream: Stream) -> list[str]:
    split = [text.split(" ") for text in texts]
    words = [word for each in split for word in each]
    order = stream.generator().permutation(len(words)).tolist()
    ends = np.cumsum([len(each) for each in split]).tolist()
    dealt = [words[place] for place in order]
    return [" ".join(dealt[start:end]) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
