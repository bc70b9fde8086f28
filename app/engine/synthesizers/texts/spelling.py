"""Invented words, spelled like those that too few individuals have to come out themselves."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.seeds import Stream
from app.engine.synthesizers.bounds import need, need_starts
from app.engine.synthesizers.texts.counting import Sequences, count_ngrams
from app.engine.synthesizers.texts.drawing import draw_tokens
from app.engine.synthesizers.texts.ngrams import END, NONE
from app.engine.synthesizers.texts.tokens import cased
from app.engine.synthesizers.texts.vocabulary import FIRST, Vocabulary

ORDER = 4  # characters of the longest n-gram
MOST_WORDS = 2_000  # of one form
MOST_RARE = 100_000  # that spelling is learned from
FEWEST_LETTERS = 2
FEWEST_WORDS = 50


@dataclass(frozen=True, eq=False, slots=True)
class InventedWords:
    """Words by their forms.

    Args:
        forms: what stands for the words in tokens, shape (forms,).
        starts: first word of each form, shape (forms,).
        words: shape (words,).
    """

    forms: pa.Array
    starts: NDArray[np.int32]
    words: pa.Array

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        for each in (self.forms, self.words):
            need(pa.types.is_string(each.type) and not each.null_count, "words are no texts")
        need(len(self.forms) == len(self.starts), "words are of no form")
        need_starts(self.starts, len(self.words), "the words of a form")

    def by_form(self) -> dict[str, list[str]]:
        """The words of each form."""
        ends = np.append(self.starts, len(self.words))[1:].tolist()
        words = self.words.to_pylist()
        stretches = zip(self.forms.to_pylist(), self.starts.tolist(), ends, strict=True)
        return {form: words[start:end] for form, start, end in stretches}


def invented_words(found: Vocabulary, k: int, stream: Stream) -> InventedWords:
    """Words for every form that has any, none of which occurs in the texts.

    Args:
        k: individuals that an n-gram of characters must have.
    """
    wanted: defaultdict[str, list[int]] = defaultdict(list)
    for word, form, _ in found.rare[:MOST_RARE]:
        wanted[form].append(len(word))
    pools = _pools(found, dict(wanted), k, stream) if wanted else {}
    pools = {form: pool for form, pool in sorted(pools.items()) if pool}
    sizes = [len(pool) for pool in pools.values()]
    starts = (np.cumsum(sizes) - sizes).astype(np.int32) if sizes else np.zeros(0, np.int32)
    words = [word for pool in pools.values() for word in pool]
    return InventedWords(
        pa.array(list(pools), pa.string()), starts.astype(np.int32), pa.array(words, pa.string())
    )


def _pools(
    found: Vocabulary, wanted: dict[str, list[int]], k: int, stream: Stream
) -> dict[str, list[str]]:
    rare = found.rare[:MOST_RARE]
    letters = sorted({letter for word, _, _ in rare for letter in word})
    numbers = {letter: place + FIRST for place, letter in enumerate(letters)}
    spelled = Sequences(
        np.array([numbers[letter] for word, _, _ in rare for letter in word], dtype=np.int32),
        np.array([len(word) for word, _, _ in rare], dtype=np.int64),
        np.array([owner for _, _, owner in rare], dtype=np.int64),
    )
    one = np.zeros(len(rare), dtype=np.int64)
    kinds = np.minimum(np.arange(len(letters) + FIRST), FIRST).astype(np.int32)
    ngrams = count_ngrams(spelled, [one], np.array([NONE], dtype=np.int32), kinds, ORDER, k)
    if not len(ngrams.orders[0].tokens) or (ngrams.orders[0].tokens == END).all():
        return {}
    pools = {}
    for form, sizes in sorted(wanted.items()):
        count = min(max(2 * len(sizes), FEWEST_WORDS), MOST_WORDS)
        rng = stream.child("words", form).generator()
        lengths = np.array(sizes, dtype=np.int64)[rng.integers(len(sizes), size=count)]
        drawn = draw_tokens(ngrams, lengths * 0, lengths, rng.random(count))
        texts = _joined(drawn.tokens.tolist(), drawn.starts.tolist(), letters)
        pools[form] = sorted({cased(text, form[0]) for text in texts if _is_new(text, found)})
    return pools


def _is_new(word: str, found: Vocabulary) -> bool:
    return len(word) >= FEWEST_LETTERS and word not in found.words


def _joined(tokens: list[int], starts: list[int], letters: list[str]) -> list[str]:
    return [
        "".join(letters[token - FIRST] for token in tokens[start:end])
        for start, end in itertools.pairwise(starts)
    ]
