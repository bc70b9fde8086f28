"""Unique numbers without remembering any: a keyed bijection of the row number.

A row number x < N = left · right is written as (x // right, x mod right) and goes through a
generalised Feistel network whose rounds add modulo the size of the half (the "FE1/FE2" networks
of Bellare, Ristenpart, Rogaway and Stegers, "Format-preserving encryption", 2009). Every round
can be undone, so different rows give different numbers, on exactly 0 .. N-1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.engine.seeds import Stream

ROUNDS = 4
U = TypeVar("U", np.uint32, np.uint64)


@dataclass(frozen=True, slots=True)
class Bijection:
    """A keyed bijection of 0 .. left·right - 1; both halves are below 2**32.

    Args:
        left, right: sizes of the halves.
        keys: one 32-bit word a round.
    """

    left: int
    right: int
    keys: tuple[int, ...]

    def __call__(self, first: int, rows: int) -> NDArray[np.uint64]:
        """The images of first .. first + rows - 1, shape (rows,)."""
        return self.images(np.arange(first, first + rows, dtype=np.uint64))

    def images(self, numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The images of the numbers, of the same shape."""
        high, low = split(numbers, self.right)
        left, right = high.astype(np.uint32), low.astype(np.uint32)
        for number, key in enumerate(self.keys):
            if number % 2:
                right = _add(right, _scramble(left, key, self.right), self.right)
            else:
                left = _add(left, _scramble(right, key, self.left), self.left)
        return left * np.uint64(self.right) + right


@dataclass(frozen=True, slots=True)
class Shuffle:
    """A keyed bijection of 0 .. size - 1 for any size below 2**62.

    A bijection of the next square is applied until the image lies below the size ("cycle walking",
    Black and Rogaway, "Ciphers with arbitrary finite domains", 2002): once or twice as a rule.
    """

    size: int
    square: Bijection

    def __call__(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The images of numbers from 0 to size - 1, of the same shape."""
        images = self.square.images(numbers.astype(np.uint64))
        while (outside := images >= self.size).any():
            images[outside] = self.square.images(images[outside])
        return images.astype(np.int64)


def make_shuffle(size: int, stream: Stream) -> Shuffle:
    """A bijection of 0 .. size - 1, keyed by the stream."""
    side = isqrt(max(size, 2) - 1) + 1
    key = stream.key()
    words = tuple((key >> (32 * number)) & 0xFFFFFFFF for number in range(ROUNDS))
    return Shuffle(size, Bijection(side, side, words))


def make_bijection(radices: Iterable[int], stream: Stream) -> Bijection:
    """A bijection of the product of `radices` (below 2**62), keyed by the stream."""
    left, right = _halves(radices)
    key = stream.key()
    words = tuple((key >> (32 * number)) & 0xFFFFFFFF for number in range(ROUNDS))
    return Bijection(left, right, words)


def _halves(radices: Iterable[int]) -> tuple[int, int]:
    """Two factors of the product, as near to each other as a greedy choice gets."""
    factors = sorted((f for radix in radices for f in _primes(radix)), reverse=True)
    left = right = 1
    for factor in factors:
        if left <= right:
            left *= factor
        else:
            right *= factor
    return left, right


def _primes(number: int) -> list[int]:
    for divisor in range(2, isqrt(number) + 1):
        if number % divisor == 0:
            return [divisor, *_primes(number // divisor)]
    return [number] if number > 1 else []


def _scramble(half: NDArray[np.uint32], key: int, size: int) -> NDArray[np.uint32]:
    """A keyed hash of the half modulo size (the finaliser of murmur3)."""
    words = half + np.uint32(key)
    words *= np.uint32(0x85EBCA6B)
    words ^= words >> np.uint32(13)
    words *= np.uint32(0xC2B2AE35)
    words ^= words >> np.uint32(16)
    return split(words, size)[1]


def split(numbers: NDArray[U], size: int) -> tuple[NDArray[U], NDArray[U]]:
    """Quotients and remainders of numbers by size, of their shape and type; np.divmod
    takes many times as long."""
    by = numbers.dtype.type(size)
    high = numbers // by
    return high, numbers - high * by


def _add(half: NDArray[np.uint32], by: NDArray[np.uint32], size: int) -> NDArray[np.uint32]:
    """(half + by) mod size: where the sum is below size, sum - size wraps to a large word."""
    by += half
    return np.minimum(by, by - np.uint32(size))
