"""The tokens that may come out: those that enough individuals have, and forms of all others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.synthesizers.texts.counting import Sequences
from app.engine.synthesizers.texts.ngrams import END, Places, Tokens
from app.engine.synthesizers.texts.tokens import (
    forms_of,
    is_long_number,
    kind_of,
    tokens_of,
    word_form,
)

FIRST = END + 1  # number of the first token that stands for itself


@dataclass(frozen=True, eq=False, slots=True)
class Vocabulary:
    """Texts as sequences of tokens that k individuals have.

    Args:
        tokens: by number, from FIRST.
        sequences: the texts.
        rare: words of small letters, each with the case and size that stand for it and the
            individual that wrote it, once for each time.
        words: all words that occur, in small letters.
        kinds: as in `Ngrams`.
    """

    tokens: tuple[str, ...]
    sequences: Sequences
    rare: list[tuple[str, str, int]]
    words: frozenset[str]
    kinds: Tokens


def vocabulary(texts: Sequence[str], individuals: Places, k: int) -> Vocabulary:
    """What may come out of texts.

    Args:
        individuals: number of the individual that each text belongs to, shape (rows,).
        k: individuals that a token, or a form, must have.
    """
    split = [tokens_of(text) for text in texts]
    owners = individuals.tolist()
    choices = _choices(split, owners, k)
    known = _settled(split, owners, choices, k)
    named = [[known[token] for token in tokens] for tokens in split]
    kept = sorted({token for tokens in named for token in tokens if token is not None})
    numbers = {token: place + FIRST for place, token in enumerate(kept)}
    flat = [[numbers[token] for token in tokens if token is not None] for tokens in named]
    sequences = Sequences(
        np.array([number for row in flat for number in row], dtype=np.int32),
        np.array([len(row) for row in flat], dtype=np.int64),
        individuals,
    )
    rare = [
        (token.strip().lower(), shape, owner)
        for tokens, owner in zip(split, owners, strict=True)
        for token in tokens
        if (form := known[token]) is not None and (shape := word_form(form)) is not None
    ]
    words = frozenset(token.strip().lower() for tokens in split for token in tokens)
    return Vocabulary(tuple(kept), sequences, rare, words, _kinds(kept))


def _kinds(tokens: Sequence[str]) -> Tokens:
    """For each token the first one of its kind; START and END are of kinds of their own."""
    first: dict[str, int] = {}
    found = [first.setdefault(kind_of(token), place + FIRST) for place, token in enumerate(tokens)]
    return np.array([*range(FIRST), *found], dtype=np.int32)


def shared_texts(texts: Sequence[str], individuals: Places, k: int) -> list[str]:
    """Whole texts that k individuals have, two at least, in order; without empty ones, and those
    with a long number, which never come out as they are."""
    held = _holders(zip(texts, individuals.tolist(), strict=True))
    many = sorted(text for text, count in held.items() if count >= max(k, 2) and text)
    return [text for text in many if not any(map(is_long_number, tokens_of(text)))]


def _holders(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """How many individuals each token has."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for token, owner in pairs:
        found[token].add(owner)
    return {token: len(owners) for token, owners in found.items()}


def _choices(split: list[list[str]], owners: list[int], k: int) -> dict[str, list[str]]:
    """What may stand for each token, the nearest first: itself, its like in other letters that
    most have, its forms."""
    held = _holders((t, o) for tokens, o in zip(split, owners, strict=True) for t in tokens)
    likes: dict[str, str] = {}
    for token in sorted(held):
        like = likes.get(token.lower())
        is_known = held[token] >= k and not is_long_number(token)
        if is_known and (like is None or held[like] < held[token]):
            likes[token.lower()] = token
    found = {}
    for token, count in held.items():
        if count >= k and not is_long_number(token):
            found[token] = [token]
        elif token.lower() in likes:
            found[token] = [likes[token.lower()]]
        else:
            found[token] = list(forms_of(token))
    return found


def _settled(
    split: list[list[str]], owners: list[int], choices: dict[str, list[str]], k: int
) -> dict[str, str | None]:
    """The nearest choice of each token that k individuals have; None where there is none."""
    while True:
        now = {token: forms[0] for token, forms in choices.items() if forms}
        held = _holders(
            (now[t], owner)
            for tokens, owner in zip(split, owners, strict=True)
            for t in tokens
            if t in now
        )
        few = [token for token, form in now.items() if held[form] < k]
        if not few:
            return {token: now.get(token) for token in choices}
        for token in few:
            choices[token] = choices[token][1:]
