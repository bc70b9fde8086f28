"""Learning the columns of free text of a table, each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.seeds import Stream
from app.engine.synthesizers.base import FitContext
from app.engine.synthesizers.table import EncodedColumn, EncodedTable, SourceText
from app.engine.synthesizers.texts.classes import divide
from app.engine.synthesizers.texts.counting import count_ngrams
from app.engine.synthesizers.texts.learned_text import LearnedText
from app.engine.synthesizers.texts.spelling import invented_words
from app.engine.synthesizers.texts.tokens import MOST_TOKENS
from app.engine.synthesizers.texts.vocabulary import FIRST, shared_texts, vocabulary

ORDER = 3  # tokens of the longest n-gram
MOST_ROWS = 200_000  # that texts are learned from; of more, an even sample
MOST_LEARNED = 3_000_000  # tokens


@dataclass(frozen=True, eq=False, slots=True)
class TextTask:
    """What one column of text is learned from; plain data that a worker process can be given.

    Args:
        text: the texts of some rows, all of which are there.
        columns: the other columns of these rows.
        individuals: number of the individual that each row belongs to, shape (rows,).
        k: individuals that a token and an n-gram must have.
        target: the column that models will be trained on.
    """

    text: SourceText
    columns: tuple[EncodedColumn, ...]
    individuals: NDArray[np.int64]
    k: int
    target: str | None
    stream: Stream


def learn_texts(table: EncodedTable, context: FitContext) -> tuple[LearnedText, ...]:
    """The columns of text of a table, side by side."""
    if not table.texts:
        return ()
    tasks = [_task(table, each, context) for each in table.texts]
    return tuple(context.map(fit_text, tasks))


def fit_text(task: TextTask) -> LearnedText:
    """One column; the same wherever it is learned."""
    texts = task.text.cells.to_pylist()
    found = vocabulary(texts, task.individuals, task.k)
    sequences, tokens = found.sequences, len(found.tokens) + FIRST
    divided = divide(task.columns, sequences, tokens, task.k, task.target)
    return LearnedText(
        task.text.name,
        pa.array(found.tokens, pa.string()),
        invented_words(found, task.k, task.stream),
        divided.classes,
        count_ngrams(sequences, divided.depths, divided.above, found.kinds, ORDER, task.k),
        pa.array(shared_texts(texts, task.individuals, task.k), pa.string()),
    )


def _task(table: EncodedTable, text: SourceText, context: FitContext) -> TextTask:
    stream = context.stream.child("text", text.name)
    rows = _sampled(text, table.rows, stream)
    people = np.arange(table.rows) if table.individuals is None else table.individuals
    columns: Sequence[EncodedColumn] = table.columns
    return TextTask(
        text.taken(rows),
        tuple(each.taken(rows) for each in columns),
        people[rows],
        context.protection.k,
        context.target,
        stream,
    )


def _sampled(text: SourceText, rows: int, stream: Stream) -> NDArray[np.intp]:
    """Numbers of rows with a text that are learned from, ascending: as many as there are, or as
    make up so many tokens."""
    known = np.flatnonzero(np.asarray(text.cells.is_valid().to_numpy(zero_copy_only=False)))
    lengths = np.minimum(text.lengths[known], MOST_TOKENS)
    most = min(MOST_ROWS, int(MOST_LEARNED / max(float(lengths.mean()), 1.0)) if len(known) else 0)
    if len(known) <= most:
        return known
    rng = stream.child("sample").generator()
    return np.sort(rng.choice(known, size=max(most, 1), replace=False))
