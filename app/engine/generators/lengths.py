"""`max_length`: columns of texts of which none is longer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import UNPLACED, ComputationError, Fault
from app.engine.generators.base import Block, Generator, Layout, Scope
from app.engine.seeds import Stream

SAMPLE_ROWS = 512
FEWEST_SHARE = 0.05
"""Of the values, that fit: below, too few different ones would be left, and finding them slow."""
MANY = 500  # values that fit, among which others can be chosen
ROUNDS = 400  # of drawing again; one in 20 fits, so that none is left in the end
WARNED_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class FittingTexts:
    """The texts of `inner` that have at most `longest` characters: what is longer is drawn again,
    which leaves the others as likely among themselves as they were."""

    inner: Generator
    longest: int

    @property
    def type(self) -> pa.DataType:
        return pa.string()

    @property
    def reads(self) -> frozenset[str]:
        return self.inner.reads

    def draw(self, block: Block) -> pa.Array:
        values, again = self._texts(block), block.column_stream.child("max_length")
        for number in range(ROUNDS):
            long = too_long(values, self.longest)
            if not pc.any(long).as_py():
                return values
            fitting = values.filter(pc.invert(long))
            if len(fitting) >= MANY:
                return pc.replace_with_mask(values, long, _chosen(fitting, long, again, block))
            others = self._texts(replace(block, column_stream=again.child(number)))
            values = pc.if_else(long, others, values)
        raise _exceeded(values, self.longest)

    def _texts(self, block: Block) -> pa.Array:
        return self.inner.draw(block).cast(pa.string())


def _chosen(fitting: pa.Array, long: pa.Array, stream: Stream, block: Block) -> pa.Array:
    generator = stream.child("chosen", block.number).generator()
    return fitting.take(pa.array(generator.integers(len(fitting), size=pc.sum(long).as_py())))


def too_long(values: pa.Array, longest: int) -> pa.Array:
    """Where a text has more characters, shape (rows,); not where it is null."""
    return pc.greater(pc.utf8_length(values), longest).fill_null(False)


def require_short(values: pa.Array, longest: int) -> None:
    """Refuse texts of more than `longest` characters.

    Raises:
        ComputationError: where there is one.
    """
    if pc.any(too_long(values, longest)).as_py():
        raise _exceeded(values, longest)


def _exceeded(values: pa.Array, longest: int) -> ComputationError:
    found = pc.max(pc.utf8_length(values)).as_py()
    message = f"a text has {found} characters, and {longest} are the most"
    hint = f"a larger max_length, or cut it: substring(…, 1, {longest})"
    return ComputationError([Fault(UNPLACED, message, hint)])


def fixed_texts(inner: Generator, longest: int | None, scope: Scope) -> Generator:
    """Identifiers, whose longest stands in the last block.

    Raises:
        DefinitionError: where it is longer, or the values are no texts.
    """
    if longest is None:
        return inner
    require_texts(inner.type, scope)
    last = Block(scope.layout.blocks - 1, scope.layout, scope.stream)
    found = pc.max(pc.utf8_length(inner.draw(last))).as_py() or 0
    if found > longest:
        raise scope.fail(f"has texts of {found} characters", f"at least {found}", "max_length")
    return inner


def fitting_texts(inner: Generator, longest: int | None, scope: Scope) -> Generator:
    """Texts that are drawn, those that are longer drawn again; a warning where these are many.

    Raises:
        DefinitionError: where hardly any is short enough, or the values are no texts.
    """
    if longest is None:
        return inner
    require_texts(inner.type, scope)
    stream = scope.stream.child("max_length", "sample")
    texts = inner.draw(Block(0, Layout(SAMPLE_ROWS), stream)).cast(pa.string())
    lengths = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
    share = float(np.mean(lengths <= longest))
    if share < FEWEST_SHARE:
        wanted = int(np.quantile(lengths, 0.5))
        message = f"hardly any value is so short: {share:.1%} of {SAMPLE_ROWS} that were drawn"
        raise scope.fail(message, f"half of them have at most {wanted} characters", "max_length")
    if share < 1 - WARNED_SHARE:
        message = f"about {1 - share:.0%} of the values are longer and are drawn again"
        scope.warn(message, None, "max_length")
    return FittingTexts(inner, longest)


def require_texts(kind: pa.DataType, scope: Scope) -> None:
    """Raises:
    DefinitionError: where the values are no texts.
    """
    if not pa.types.is_string(kind.value_type if pa.types.is_dictionary(kind) else kind):
        raise scope.fail("goes with texts, and the column has none", "leave it out", "max_length")
