"""Columns of identifiers: unique over the whole table by construction, nothing is remembered.

The row number goes through a keyed bijection into some of the characters; the others are random.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.generators.base import Block, Generator, Scope
from app.engine.generators.faker.providers import bank_form, plan_values
from app.engine.generators.lengths import fixed_texts
from app.engine.generators.text.check_digits import ean13_digits, iban_digits
from app.engine.generators.text.fixed_width import FixedWidth
from app.engine.generators.text.forms import UUID4, FormIds
from app.engine.schema.models import IdColumn

DIGITS = string.digits.encode()
LETTERS = string.ascii_uppercase.encode()
WILDCARDS = {"#": DIGITS, "?": LETTERS}
LONGEST_PATTERN = 256


@dataclass(frozen=True, slots=True)
class NumberedIds:
    """`prefix` and a running number, padded with zeros to `width` digits: in row order. Without
    both, whole numbers."""

    start: int
    prefix: str
    width: int
    reads: frozenset[str] = frozenset()

    @property
    def type(self) -> pa.DataType:
        return pa.string() if self.prefix or self.width else pa.int64()

    def draw(self, block: Block) -> pa.Array:
        first = self.start + block.first_row
        numbers = pa.array(np.arange(first, first + block.rows))
        if not (self.prefix or self.width):
            return numbers
        texts = pc.cast(numbers, pa.string())
        if self.width:
            texts = pc.utf8_zero_fill(texts, width=self.width)
        return pc.binary_join_element_wise(self.prefix, texts, "") if self.prefix else texts


def plan_id(column: IdColumn, scope: Scope) -> Generator:
    """The generator of an `id` column.

    Raises:
        DefinitionError: where the form has less room than the table has rows, or there is
            neither a form nor a Faker provider of the name.
    """
    plan = FORMATS.get(column.format)
    if plan is not None:
        return fixed_texts(plan(column, scope), column.max_length, scope)
    if column.max_length is not None:
        hint = f"leave it out, or take one of {', '.join(FORMATS)}"
        raise scope.fail("is not promised of identifiers made by Faker", hint, "max_length")
    return plan_values(column.format, column.locale, column.args, scope, unique=True, key="format")


def _plan_sequence(column: IdColumn, scope: Scope) -> NumberedIds:
    if column.start < 0 or column.start + scope.rows > 2**63:
        raise scope.fail("'start' is out of range", "0 or more, below 2**63 - rows", "start")
    return NumberedIds(column.start, column.prefix, column.width)


def _plan_uuid(column: IdColumn, scope: Scope) -> FormIds:
    """RFC 9562 version 4: 122 free bits, version 4, variant 10."""
    return FormIds(UUID4)


def _plan_ean13(column: IdColumn, scope: Scope) -> FormIds:
    form = FixedWidth((*[DIGITS] * 12, b"0"))
    _require_room(form, scope, "format")
    return FormIds(form, ean13_digits())


def _plan_bban(column: IdColumn, scope: Scope) -> FormIds:
    shape, _ = bank_form(column.locale, scope)
    form = _pattern_form(shape)
    _require_room(form, scope, "format")
    return FormIds(form)


def _plan_iban(column: IdColumn, scope: Scope) -> FormIds:
    """ISO 13616: country, two check digits, bban."""
    shape, country = bank_form(column.locale, scope)
    form = _pattern_form(shape)
    _require_room(form, scope, "format")
    whole = FixedWidth((*_pattern_form(country + "00").alphabets, *form.alphabets))
    return FormIds(whole, iban_digits(whole))


def _plan_pattern(column: IdColumn, scope: Scope) -> FormIds:
    if not column.pattern or len(column.pattern) > LONGEST_PATTERN:
        raise scope.fail(
            f"the format 'pattern' wants a pattern of 1 to {LONGEST_PATTERN} characters",
            'pattern: "CUST-####-??" (# is a digit, ? a capital letter)',
            "pattern",
        )
    form = _pattern_form(column.pattern)
    _require_room(form, scope, "pattern")
    return FormIds(form)


def _pattern_form(pattern: str) -> FixedWidth:
    alphabets: list[bytes] = []
    for letter in pattern:
        wildcard = WILDCARDS.get(letter)
        alphabets += [wildcard] if wildcard else [bytes([byte]) for byte in letter.encode()]
    return FixedWidth(tuple(alphabets))


def _require_room(form: FixedWidth, scope: Scope, key: str) -> None:
    if form.room < scope.rows:
        raise scope.fail(
            f"only {form.room} different values are possible, {scope.rows} rows are wanted",
            "more # or ? in the pattern, another format, or fewer rows",
            key,
        )


FORMATS: dict[str, Callable[[IdColumn, Scope], Generator]] = {
    "uuid": _plan_uuid,
    "sequence": _plan_sequence,
    "bban": _plan_bban,
    "iban": _plan_iban,
    "ean13": _plan_ean13,
    "pattern": _plan_pattern,
}
