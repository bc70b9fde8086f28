"""What was learned of a column of free text, and how it writes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.seeds import Stream, further_uniforms
from app.engine.synthesizers.bounds import need
from app.engine.synthesizers.table import LENGTH
from app.engine.synthesizers.texts.classes import RowClasses
from app.engine.synthesizers.texts.drawing import DrawnTokens, draw_tokens
from app.engine.synthesizers.texts.ngrams import Ngrams, Places
from app.engine.synthesizers.texts.spelling import InventedWords
from app.engine.synthesizers.texts.tokens import DIGIT, MOST_TOKENS, WORD, word_form
from app.engine.synthesizers.texts.vocabulary import FIRST

FILLS = 1 << 20  # turns of a row's random numbers from which forms are filled
AGAIN = 1 << 40  # turns of a row's random numbers from which it is drawn again
TURNS = 8  # for another text than one that many have, and for one that is not empty
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class LearnedText:
    """A column of free text.

    Args:
        tokens: by number, from FIRST; shape (tokens,).
        words: that stand where a token is the form of a word.
        classes: of rows.
        ngrams: of the tokens, by the class of the row.
        shared: whole texts that k individuals have, which are drawn again: a text that comes back
            is a copy, even of one that many wrote; shape (texts,).
    """

    name: str
    tokens: pa.Array
    words: InventedWords
    classes: RowClasses
    ngrams: Ngrams
    shared: pa.Array

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        for each in (self.tokens, self.shared):
            need(pa.types.is_string(each.type) and not each.null_count, "tokens are no texts")
        need(len(self.tokens) + FIRST == self.ngrams.tokens, "n-grams are of other tokens")

    def check_place(self, schema: pa.Schema) -> None:
        """Raises ValueError where a model does not draw what it is written by."""
        is_there = schema.get_field_index(self.name) >= 0
        need(is_there and schema.field(self.name).type == LENGTH, "a text has no length")
        self.classes.check_place(self.ngrams, schema.names)

    def write(self, rows: pa.RecordBatch, stream: Stream) -> pa.Array:
        """A text for each row, shape (rows,): none where its length is missing.

        Args:
            rows: what the model draws, with the text's length in its place.
        """
        cells = {name: rows.column(name) for name in rows.schema.names}
        counts = cells[self.name]
        missing = np.asarray(counts.is_null().to_numpy(zero_copy_only=False))
        lengths = np.asarray(counts.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)
        lengths = np.clip(np.where(missing, 0, lengths), 0, MOST_TOKENS)
        classes = self.classes.of_rows(cells, rows.num_rows)
        uniforms = stream.generator().random(rows.num_rows)
        texts = self._drawn(classes, lengths, uniforms)
        shared = frozenset(self.shared.to_pylist())
        for turn in range(TURNS):
            wrong = [text in shared if text else size > 0
                     for text, size in zip(texts, lengths.tolist(), strict=True)]  # fmt: skip
            again = np.flatnonzero(wrong)
            if not len(again):
                break
            others = further_uniforms(uniforms[again], AGAIN + turn)
            for place, text in zip(
                again.tolist(), self._drawn(classes[again], lengths[again], others), strict=True
            ):
                texts[place] = text or texts[place]
        return pa.array(texts, pa.string(), mask=missing)

    def _drawn(self, classes: Places, lengths: Places, uniforms: Floats) -> list[str]:
        return self._joined(draw_tokens(self.ngrams, classes, lengths, uniforms), uniforms)

    def _joined(self, drawn: DrawnTokens, uniforms: Floats) -> list[str]:
        names = [*[""] * FIRST, *self.tokens.to_pylist()]
        texts = [names[token] for token in drawn.tokens.tolist()]
        for place, filled in self._filled(drawn, uniforms, names):
            texts[place] = filled
        starts = drawn.starts.tolist()
        return ["".join(texts[start:end]) for start, end in itertools.pairwise(starts)]

    def _filled(
        self, drawn: DrawnTokens, uniforms: Floats, names: list[str]
    ) -> Iterable[tuple[int, str]]:
        """Places of tokens that are forms, each with a text of that form."""
        is_form = np.array([DIGIT in name or WORD in name for name in names], dtype=bool)
        places = np.flatnonzero(is_form[drawn.tokens])
        rows = np.repeat(np.arange(len(uniforms)), np.diff(drawn.starts))[places]
        turns = places - drawn.starts[rows]
        chances = _numbered(uniforms[rows], turns)
        pools = self.words.by_form()
        for place, chance in zip(places.tolist(), chances.tolist(), strict=True):
            yield place, _filled(names[drawn.tokens[place]], chance, pools)


def _numbered(uniforms: Floats, turns: Places) -> Floats:
    """A number in [0, 1) for each turn of a row, shape (turns,)."""
    found = np.empty(len(uniforms))
    if not len(found):
        return found
    order = np.argsort(turns, kind="stable")
    numbers, starts = np.unique(turns[order], return_index=True)
    for turn, own in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
        found[own] = further_uniforms(uniforms[own], FILLS + turn)
    return found


def _filled(token: str, chance: float, pools: Mapping[str, list[str]]) -> str:
    """A word, or digits, in the place of a form."""
    form = word_form(token)
    if form is not None:
        pool = pools.get(form, [])
        blank = " " if token.startswith(" ") else ""
        return blank + pool[int(chance * len(pool))] if pool else ""
    count = token.count(DIGIT)
    whole = int(chance * (1 << 53))
    digits = (f"{whole:016d}"[1:] * (count // 15 + 1))[:count]
    if token.strip().startswith(DIGIT) and count > 1 and digits[0] == "0":
        digits = str(1 + whole % 9) + digits[1:]
    found = iter(digits)
    return "".join(next(found) if each == DIGIT else each for each in token)


def text_schema(schema: pa.Schema, texts: Iterable[LearnedText]) -> pa.Schema:
    """What a model draws, with texts in the place of their lengths."""
    for each in texts:
        place = schema.get_field_index(each.name)
        schema = schema.set(place, pa.field(each.name, pa.string()))
    return schema


def with_texts(
    rows: pa.RecordBatch, texts: Iterable[LearnedText], stream: Stream
) -> pa.RecordBatch:
    """Rows that a model has drawn, with texts in the place of their lengths.

    Args:
        stream: of these rows alone.
    """
    found = {name: rows.column(name) for name in rows.schema.names}
    for each in texts:
        found[each.name] = each.write(rows, stream.child("text", each.name))
    return pa.record_batch(list(found.values()), schema=text_schema(rows.schema, texts))
