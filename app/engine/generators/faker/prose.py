"""Sentences, paragraphs and texts of a locale's word list, a block at a time.

The rules are those of Faker's lorem provider: a sentence of 6 ± 40 % words, a paragraph of
3 ± 40 % sentences, a text of as many whole units as stay below `max_nb_chars`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.generators.base import Block
from app.engine.generators.faker.locale_tables import SLICE, Words, joined_ragged

Ints = NDArray[np.int64]
# Forms of a word in the pool, one table of all words each; + 1: the last word of its sentence.
INSIDE, FIRST, NEXT_SENTENCE, NEXT_PARAGRAPH = 0, 2, 4, 6


@dataclass(frozen=True, slots=True, eq=False)
class WordForms:
    """Every word in every form that a place in a text asks for; `size` words a form."""

    words: tuple[str, ...]
    connector: str
    punctuation: str

    @property
    def size(self) -> int:
        return len(self.words)

    def pool(self) -> tuple[pa.StringArray, Ints]:
        """The texts, form by form, and their lengths in characters."""
        return _pool(self.words, self.connector, self.punctuation)


@lru_cache(maxsize=8)
def _pool(words: tuple[str, ...], connector: str, punctuation: str) -> tuple[pa.StringArray, Ints]:
    titles = [word.title() for word in words]
    forms = [(connector, words), ("", titles), (connector, titles), ("\n", titles)]
    pool = pa.array(
        [start + w + end for start, form in forms for end in ("", punctuation) for w in form]
    )
    return pool, pc.utf8_length(pool).to_numpy().astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """How sentences, and the paragraphs of them, are made; one entry of a tuple is as likely as
    the next.

    Args:
        words: possible numbers of words in a sentence.
        sentences: possible numbers of sentences in a unit; (1,) where units are sentences.
    """

    forms: WordForms
    words: tuple[int, ...]
    sentences: tuple[int, ...]

    def draw(self, number: int, words: Words) -> tuple[Ints, Ints]:
        """Places in the pool, unit after unit, shape (words,), and how many of them each unit has,
        shape (number,)."""
        per_unit = np.array(self.sentences)[words.below(len(self.sentences), number)]
        total = int(per_unit.sum())
        lengths = np.array(self.words)[words.below(len(self.words), total)]
        ends = np.cumsum(lengths)
        places = words.below(self.forms.size, int(ends[-1]) if total else 0)
        form = np.full(len(places), INSIDE)
        form[ends - lengths] = NEXT_SENTENCE
        last_sentence = np.cumsum(per_unit)
        form[(ends - lengths)[last_sentence - per_unit]] = FIRST
        form[ends - 1] += 1
        counts = np.add.reduceat(lengths, last_sentence - per_unit)
        return places + form * self.forms.size, counts


@dataclass(frozen=True, slots=True, eq=False)
class ProseTexts:
    """Rows of one unit, or of as many units as stay below `limit` characters."""

    units: Units
    limit: int | None = None

    @property
    def type(self) -> pa.DataType:
        return pa.string()

    def single_table(self) -> None:
        """Prose comes from no single table."""
        return

    def draw(self, block: Block) -> pa.StringArray:
        """The texts of the block, shape (rows,)."""
        words = Words(block.stream.child("words").generator().bit_generator)
        sizes = [min(SLICE, block.rows - start) for start in range(0, block.rows, SLICE)]
        parts = [self._rows(size, words) for size in sizes]
        if not parts:
            return pa.array([], pa.string())
        places, counts = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return joined_ragged(self.units.forms.pool()[0], places.astype(np.int32), counts)

    def _rows(self, rows: int, words: Words) -> tuple[Ints, Ints]:
        if self.limit is None:
            return self.units.draw(rows, words)
        return self._limited(rows, words, self.limit)

    def _limited(self, rows: int, words: Words, limit: int) -> tuple[Ints, Ints]:
        """Units are added to every row until one would reach the limit; a first unit that does
        so is drawn again, as Faker does."""
        size = np.zeros(rows, np.int64)
        active = np.arange(rows)
        kept_places: list[Ints] = []
        kept_rows: list[Ints] = []
        while len(active):
            places, counts = self.units.draw(len(active), words)
            later = size[active] > 0
            starts = np.cumsum(counts) - counts
            places[starts] += np.where(later, self._joint() * self.units.forms.size, 0)
            grown = size[active] + np.add.reduceat(self.units.forms.pool()[1][places], starts)
            fits = grown < limit
            kept_places.append(places[np.repeat(fits, counts)])
            kept_rows.append(np.repeat(active[fits], counts[fits]))
            size[active[fits]] = grown[fits]
            active = active[fits | ~later]
        owners = np.concatenate(kept_rows)
        order = np.argsort(owners.astype(np.uint16), kind="stable")  # a radix sort
        return np.concatenate(kept_places)[order], np.bincount(owners, minlength=rows)

    def _joint(self) -> int:
        """What to add to the form of a unit's first word where a unit stands before it."""
        return (NEXT_SENTENCE if self.units.sentences == (1,) else NEXT_PARAGRAPH) - FIRST


def prose(locale: str, method: str, args: Mapping[str, Any]) -> ProseTexts | None:
    """`sentence`, `paragraph` or `text` of the locale; None where it is not Faker's own method,
    or is asked for what these rules do not cover."""
    from faker.providers.lorem import Provider as LoremProvider

    from app.engine.generators.faker.calls import faker_of

    provider = faker_of(locale).provider("faker.providers.lorem")
    own = ("sentence", "paragraph", "text", "words", "word", "get_words_list")
    if method not in own[:3] or any(
        getattr(type(provider), name) is not getattr(LoremProvider, name) for name in own
    ):
        return None
    words = tuple(provider.get_words_list(ext_word_list=args.get("ext_word_list")))
    if not words or "" in words or set(map(type, words)) != {str}:
        return None
    forms = WordForms(words, provider.word_connector, provider.sentence_punctuation)
    plan = {"sentence": _sentence, "paragraph": _paragraph, "text": _text}[method]
    return plan(forms, {key: value for key, value in args.items() if key != "ext_word_list"})


def _sentence(forms: WordForms, args: Mapping[str, Any]) -> ProseTexts | None:
    words = _around(args.get("nb_words", 6), args.get("variable_nb_words", True))
    return ProseTexts(Units(forms, words, (1,))) if words else None


def _paragraph(forms: WordForms, args: Mapping[str, Any]) -> ProseTexts | None:
    sentences = _around(args.get("nb_sentences", 3), args.get("variable_nb_sentences", True))
    return ProseTexts(Units(forms, _around(6, True), sentences)) if sentences else None


def _text(forms: WordForms, args: Mapping[str, Any]) -> ProseTexts | None:
    """Sentences up to 99 characters, paragraphs from 100 on; shorter texts are left to Faker, as
    are limits that a first unit of these words might never stay below."""
    limit = args.get("max_nb_chars", 200)
    longest = max(map(len, forms.words))
    if not isinstance(limit, int) or limit < 25 or longest > 24:
        return None
    sentences = (1,) if limit < 100 else _around(3, True)
    return ProseTexts(Units(forms, _around(6, True), sentences), limit)


def _around(number: Any, variable: Any) -> tuple[int, ...]:
    """What `randomize_nb_elements` makes of a number, each as often as it does; () for none."""
    if not isinstance(number, int) or number <= 0:
        return ()
    if not variable:
        return (number,)
    return tuple(max(1, int(number * percent / 100)) for percent in range(60, 141))
