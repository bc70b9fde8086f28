"""Pseudonyms look like what they stand for, are the same each time, and differ where texts do."""

from __future__ import annotations

import itertools
import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.masking.pseudonyms import PIECE, SMALLEST, Pseudonyms, possible

KEY, OTHER = b"k" * 32, b"j" * 32


def shape(text: str) -> list[str]:
    """The kind of each sign; signs that are neither letters nor digits as they are."""
    kinds = {"Lu", "Ll", "Lo", "Nd"}
    found = [(sign, unicodedata.category(sign)) for sign in text]
    return [kind if kind in kinds else sign for sign, kind in found]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30).filter(lambda text: "@" not in text))
def test_a_pseudonym_has_the_shape_of_its_text(text: str) -> None:
    made = Pseudonyms(KEY).of(text)
    assert shape(made) == shape(unicodedata.normalize("NFC", text))
    assert Pseudonyms(KEY).of(text) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("ann.berg@acme.com", "bjh.jatt@cail.com.example"),
        ("C000123", "M770305"),
        ("+49 30 123456", "+14 16 532912"),
        ("Müller", "Fþboyv Wêceus"[:6]),
    ],
)
def test_pseudonyms_of_a_key_stay_what_they_were(text: str, made: str) -> None:
    """Files that were made with a key before go together with those that are made now."""
    assert Pseudonyms(KEY).of(text) == made


def test_another_key_gives_others() -> None:
    texts = [f"C{number:07d}" for number in range(40)]
    one, other = (list(map(Pseudonyms(key).of, texts)) for key in (KEY, OTHER))
    assert not set(one) & set(other)
    assert not any(map(str.__eq__, one, texts))


@pytest.mark.parametrize(
    "texts",
    [
        [f"{number}" for number in range(100, 1000)],
        ["".join(pair) for pair in itertools.product(string.ascii_lowercase, string.digits)],
        list(string.ascii_uppercase),
        [f"0{number}" for number in range(10)],
    ],
    ids=["numbers", "codes", "letters", "zeros"],
)
def test_all_texts_of_a_shape_are_exchanged_for_one_another(texts: list[str]) -> None:
    made = list(map(Pseudonyms(KEY).of, texts))
    assert set(made) == set(texts)
    assert made != texts
    assert possible(texts[0]) == len(texts)


def test_addresses_of_one_domain_stay_together_and_reach_nobody() -> None:
    own = Pseudonyms(KEY)
    ann, bob, ann_elsewhere = map(own.of, ["ann@acme.com", "bob@acme.com", "ann@acne.com"])
    assert ann.partition("@")[2] == bob.partition("@")[2] != ann_elsewhere.partition("@")[2]
    assert ann.partition("@")[0] != ann_elsewhere.partition("@")[0]
    assert ann.endswith(".com.example")


def test_blanks_around_a_text_stay_and_count_for_nothing() -> None:
    own = Pseudonyms(KEY)
    for text in ("ann@acme.com", "C000123"):
        assert own.of(f" \t{text}\n ") == f" \t{own.of(text)}\n "
        assert possible(f" {text} ") == possible(text)
    assert own.of("  ") == "  "


def test_every_sign_of_a_long_text_counts_for_all_others() -> None:
    """It is exchanged in pieces, so that its time does not grow with the square of its length."""
    own, text = Pseudonyms(KEY), "Some words 17. " * (3 * PIECE // 15)
    made = own.of(text)
    assert len(text) > 2 * PIECE
    assert shape(made) == shape(text)
    for place in (0, len(text) // 2, len(text) - 3):
        sign = "Q" if text[place].isupper() else "q" if text[place].isalpha() else "5"
        other = own.of(text[:place] + sign + text[place + 1 :])
        pairs = [pair for pair in zip(made, other, strict=True) if pair[0].isalnum()]
        firsts, lasts = pairs[:PIECE], pairs[-PIECE:]
        for some in (firsts, lasts):
            assert sum(one == two for one, two in some) < len(some) / 5


def test_long_texts_of_a_shape_are_exchanged_for_one_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.engine.masking.pseudonyms.PIECE", 1)
    texts = [f"-{number}" for number in range(100, 1000)]
    made = [Pseudonyms(KEY).of(text) for text in texts]
    assert set(made) == set(texts)


def test_spellings_of_unicode_are_one_text() -> None:
    composed = "Renée Müller"
    assert Pseudonyms(KEY).of(unicodedata.normalize("NFD", composed)) == Pseudonyms(KEY).of(
        composed
    )


def test_few_possible_texts_are_told() -> None:
    assert possible("99") < SMALLEST <= possible("abc-1234")
    assert possible("--") == 1
    assert Pseudonyms(KEY).of("--") == "--"


def test_the_key_stands_in_no_text_of_the_object() -> None:
    assert "kkk" not in repr(Pseudonyms(KEY))
