"""Check digits of whole blocks: every chunk's share of the sum comes from a table."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.engine.generators.bijection import split
from app.engine.generators.text.fixed_width import Chunk, FixedWidth, Numbers, spellings

_VALUE = {
    character: value for value, character in enumerate(string.digits + string.ascii_uppercase)
}


@dataclass(frozen=True, slots=True)
class CheckDigits:
    """Digits that follow from the other characters of a text.

    The sum over all characters of value · weight, plus `constant`, taken modulo `modulus`, is
    looked up in `answers`.

    Args:
        chunk: where the digits stand.
        weights: weight of each character of the text.
        answers: for every remainder the number of the digits' spelling in the chunk.
    """

    chunk: Chunk
    modulus: int
    weights: tuple[int, ...]
    constant: int
    answers: tuple[int, ...]

    def of(self, chunks: Sequence[Chunk], numbers: Sequence[Numbers], rows: int) -> Numbers:
        """The number of the check digits' spelling in each row, shape (rows,)."""
        total = np.full(rows, self.constant, np.uint32)
        for chunk, number in zip(chunks, numbers, strict=True):
            weights = self.weights[chunk.start : chunk.start + chunk.width]
            total += _shares(chunk.alphabets, weights, self.modulus).take(
                number.astype(np.intp), mode="wrap"
            )
        total = split(total, self.modulus)[1]
        return np.array(self.answers, np.uint32).take(total.astype(np.intp))


@lru_cache(maxsize=64)
def _shares(
    alphabets: tuple[bytes, ...], weights: tuple[int, ...], modulus: int
) -> NDArray[np.uint32]:
    """The share in the sum of every spelling of a chunk, shape (radix,)."""
    values = np.array([_VALUE.get(chr(byte), 0) for byte in range(256)])
    return (values[spellings(alphabets)] @ np.array(weights) % modulus).astype(np.uint32)


def ean13_digits() -> CheckDigits:
    """GS1 General Specifications, 7.9: weights 1 and 3 in turn, modulo 10."""
    digits = Chunk(12, (string.digits.encode(),))
    answers = tuple(-remainder % 10 for remainder in range(10))
    return CheckDigits(digits, 10, (*[1, 3] * 6, 0), 0, answers)


def iban_digits(form: FixedWidth) -> CheckDigits:
    """ISO 13616 / ISO 7064 MOD 97-10 for country, two check digits and a bban.

    The bban, the country and 00 are read as one decimal number, a letter as its two digits
    (A = 10); the check digits are 98 less its remainder by 97.
    """
    alphabets = form.alphabets
    order = [*range(4, len(alphabets)), 0, 1, 2, 3]
    weights, power = [0] * len(alphabets), 1
    for place in reversed(order):
        weights[place] = power
        power = power * (10 if alphabets[place].isdigit() else 100) % 97
    drawn = {c.start + offset for c in form.chunks() for offset in range(c.width)}
    fixed = [place for place in order if place not in drawn]
    constant = sum(_VALUE[alphabets[place].decode()] * weights[place] for place in fixed)
    digits = Chunk(2, (string.digits.encode(),) * 2)
    answers = tuple(98 - remainder for remainder in range(97))
    return CheckDigits(digits, 97, tuple(weights), constant % 97, answers)
