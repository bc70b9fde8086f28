"""What identifiers look like: a pattern for each form, and check digits where there are some."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.evaluation.accumulator import numbers
from app.engine.evaluation.accumulators.violations import Check
from app.engine.generators.text.forms import FormIds
from app.engine.schema.models import IdColumn

UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

Text = NDArray[np.uint8]
"""Texts of one width as bytes, shape (rows, width)."""


@dataclass(frozen=True, slots=True)
class Form:
    """What every text of a column must look like.

    Args:
        pattern: a regular expression for the whole text.
        valid: whether the check digits are right, for texts that match, shape (rows,).
    """

    words: str
    pattern: str
    valid: Callable[[Text], NDArray[np.bool_]] | None = None

    def check(self, name: str) -> Check:
        """Where a text has another form; nulls have none."""

        def broken(batch: pa.RecordBatch) -> NDArray[np.bool_]:
            values = batch.column(name)
            fits = pc.match_substring_regex(values, f"^(?:{self.pattern})$").fill_null(True)
            found = ~np.asarray(fits.to_numpy(zero_copy_only=False), dtype=np.bool_)
            if self.valid is not None:
                checked = np.flatnonzero(~found & values.is_valid().to_numpy(zero_copy_only=False))
                texts = values.take(pa.array(checked)).to_pylist()
                found[checked] = ~_by_width(texts, self.valid)
            return found

        return broken


def decimals_exceeded(name: str, decimals: int) -> Check:
    """Where a number is no multiple of 10**-decimals, but for the last bits of a float."""

    def broken(batch: pa.RecordBatch) -> NDArray[np.bool_]:
        scaled = numbers(batch, name) * 10.0**decimals
        slack = np.maximum(np.abs(scaled) * 4.0 * np.finfo(np.float64).eps, 1e-9)
        return np.asarray(np.abs(scaled - np.rint(scaled)) > slack)

    return broken


def longer(name: str, longest: int) -> Check:
    """Where a text has more characters."""

    def broken(batch: pa.RecordBatch) -> NDArray[np.bool_]:
        lengths = pc.utf8_length(batch.column(name).cast(pa.string()))
        found = pc.greater(lengths, longest).fill_null(False)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)

    return broken


def identifier_form(column: IdColumn, generator: Any) -> Form | None:
    """The form of an identifier; None where a Faker provider makes it."""
    if column.format == "sequence" and not (column.prefix or column.width):
        return None  # whole numbers have no form
    if column.format == "bban":
        return _bank_account(generator)
    make = FORMS.get(column.format)
    return make(column) if make else None


def _sequence(column: IdColumn) -> Form:
    digits = f"[0-9]{{{column.width},}}" if column.width else "0|[1-9][0-9]*"
    return Form("prefix and number", f"{re.escape(column.prefix)}(?:{digits})")


def _bank_account(generator: Any) -> Form | None:
    """The form that the plan found for the country; Faker alone knows it."""
    if not isinstance(generator, FormIds):
        return None
    return Form("BBAN of the country", _alphabets_expression(generator.form.alphabets))


def pattern_expression(pattern: str) -> str:
    """The regular expression of a pattern: # is a digit, ? a capital letter."""
    signs = {"#": "[0-9]", "?": "[A-Z]"}
    return "".join(signs.get(sign) or re.escape(sign) for sign in pattern)


def _alphabets_expression(alphabets: tuple[bytes, ...]) -> str:
    parts = [alphabet.decode("latin-1") for alphabet in alphabets]
    return "".join(re.escape(p) if len(p) == 1 else f"[{re.escape(p)}]" for p in parts)


def _by_width(texts: list[str], valid: Callable[[Text], NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """`valid` of ASCII texts, those of one width at a time."""
    widths = np.array([len(text) for text in texts], dtype=np.int64)
    verdicts = np.zeros(len(texts), dtype=np.bool_)
    for width in np.unique(widths):
        places = np.flatnonzero(widths == width)
        joined = "".join(texts[place] for place in places).encode("ascii")
        verdicts[places] = valid(np.frombuffer(joined, np.uint8).reshape(-1, width))
    return verdicts


def _ean13_holds(texts: Text) -> NDArray[np.bool_]:
    """GS1 General Specifications, 7.9: digits weighted 1, 3, 1, 3, … sum to a multiple of 10."""
    weights = np.array([1, 3] * 6 + [1])
    return np.asarray((texts.astype(np.int64) - ord("0")) @ weights % 10 == 0)


def _iban_holds(texts: Text) -> NDArray[np.bool_]:
    """ISO 13616: the first four characters moved to the end, letters written as 10 to 35, the
    number leaves 1 when divided by 97."""
    rest = np.zeros(len(texts), dtype=np.int64)
    for column in np.roll(texts, -4, axis=1).T.astype(np.int64):
        letter = column >= ord("A")
        value = np.where(letter, column - ord("A") + 10, column - ord("0"))
        rest = (rest * np.where(letter, 100, 10) + value) % 97
    return np.asarray(rest == 1)


IBAN = "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"
FORMS: dict[str, Callable[[IdColumn], Form]] = {
    "uuid": lambda column: Form("UUID of version 4", UUID4),
    "sequence": _sequence,
    "pattern": lambda column: Form(
        f"pattern {column.pattern}", pattern_expression(column.pattern or "")
    ),
    "ean13": lambda column: Form("EAN-13 with its check digit", "[0-9]{13}", _ean13_holds),
    "iban": lambda column: Form("IBAN with its check digits", IBAN, _iban_holds),
}
