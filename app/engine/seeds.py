"""Where all randomness starts.

Streams are keyed by names and a block number, never by position or worker, so that the same
definition and seed give the same bytes for any worker count, order of work or restart, and a
new column leaves the values of the others as they were.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

SEED_BITS = 48
NOISE_KEY_BYTES = 32


def fresh_seed() -> int:
    """A new root seed in [0, 2**48): exact in JSON numbers and short enough to be noted down."""
    return secrets.randbits(SEED_BITS)


def generator(seed: int) -> np.random.Generator:
    """Random numbers of a seed by itself: for samples that are measured, never for rows made."""
    return np.random.default_rng(seed)


def derive_key(root: int, *names: str | int) -> int:
    """A 128-bit key for a stream: blake2b over the length-prefixed names.

    The length prefix keeps ("ab", "c") and ("a", "bc") apart, the type prefix 1 and "1".
    """
    digest = hashlib.blake2b(digest_size=16)
    for name in (root, *names):
        kind = b"i" if isinstance(name, int) else b"s"
        text = str(name).encode()
        digest.update(kind + len(text).to_bytes(8, "little") + text)
    return int.from_bytes(digest.digest(), "little")


@dataclass(frozen=True, slots=True)
class Stream:
    """A point in the tree of random streams: `child` is a branch, `generator` draws from here."""

    root: int
    names: tuple[str | int, ...] = ()

    def child(self, *names: str | int) -> Stream:
        return Stream(self.root, self.names + names)

    def key(self) -> int:
        return derive_key(self.root, *self.names)

    def generator(self) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(self.key()))


@dataclass(frozen=True, slots=True)
class NoiseKey:
    """Where the noise of differential privacy starts: a secret of one execution over one table,
    from the operating system, never from a seed that anybody knows.

    The same key gives the same words again, so that an execution which is repeated after a crash
    gives out no second noise of the same counts. Whoever has the key can take the noise away:
    it is to be erased when the execution has ended, and it does not show in a `repr`.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != NOISE_KEY_BYTES:
            raise ValueError(f"a noise key has {NOISE_KEY_BYTES} bytes")

    @classmethod
    def fresh(cls) -> NoiseKey:
        """A new key from the operating system."""
        return cls(secrets.token_bytes(NOISE_KEY_BYTES))

    def words(self, count: int, *names: str | int) -> NDArray[np.uint64]:
        """Words of 64 bits that nobody can tell from random ones without the key, (count,).

        SHAKE256 (FIPS 202), an extendable-output function, over the key and the length-prefixed
        names: other names are another stream. A shorter stream is the start of a longer one.
        """
        shake = hashlib.shake_256(self.secret)
        for name in names:
            kind = b"i" if isinstance(name, int) else b"s"
            text = str(name).encode()
            shake.update(kind + len(text).to_bytes(8, "little") + text)
        return np.frombuffer(shake.digest(8 * count), np.dtype("<u8")).astype(np.uint64)


def permutation(rng: np.random.Generator, size: int) -> NDArray[np.intp]:
    """A random order of `size` positions (size up to 2**16), shape (size,).

    Sorts 32-bit words that hold 16 random bits above the position; several times faster than a
    Fisher-Yates shuffle. Equal random bits keep the order of their positions, which moves a
    position by a few places at the most and no marginal at all.
    """
    words = rng.bit_generator.random_raw((size + 1) // 2).view(np.uint32)[:size]
    words &= np.uint32(0xFFFF0000)
    words |= np.arange(size, dtype=np.uint32)
    words.sort()
    words &= np.uint32(0xFFFF)
    return words.astype(np.intp)


def further_uniforms(uniforms: NDArray[np.float64], turn: int) -> NDArray[np.float64]:
    """Other numbers in [0, 1) for numbers in [0, 1), the same for the same ones; shape (rows,).

    For rows that are drawn again, so that each depends on its own number alone, whichever other
    rows are drawn again beside it. The bits are mixed by the finalizer of SplitMix64 (Steele, Lea
    & Flood 2014).
    """
    bits = np.ascontiguousarray(uniforms, np.float64).view(np.uint64)
    bits = bits + np.uint64(turn * 0x9E3779B97F4A7C15 % 2**64)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
