"""Tokens are the text again; n-grams are counted by individuals, and drawn by their counts."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.synthesizers.texts.counting import Sequences, count_ngrams
from app.engine.synthesizers.texts.drawing import draw_tokens
from app.engine.synthesizers.texts.ngrams import END, NONE, Ngrams
from app.engine.synthesizers.texts.tokens import DIGIT, WORD, forms_of, is_long_number, tokens_of
from app.engine.synthesizers.texts.vocabulary import FIRST, vocabulary

A, B, C = FIRST, FIRST + 1, FIRST + 2
KINDS = np.array([0, 1, A, A, A], dtype=np.int32)


@pytest.mark.parametrize(
    "text",
    [
        "Call 0800 123 now!!! It's FREE...",
        "  two  blanks\n\nand lines\t",
        "snake_case, e-mail@x.org; (a)[b] — ünïcödé 'quoted'",
        "東京はすごい ok",
        "ज़्बिग्न्यू said: +49 (0)89 1234 567, on 12.03.2024 10:30; Zoe\u0301",
        "",
    ],
)
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens_of(text)) == text


def test_digits_in_groups_and_letters_with_signs_are_one_token() -> None:
    assert tokens_of("ज़्बिग्न्यू Zoe\u0301") == ["ज़्बिग्न्यू", " Zoe\u0301"]
    assert tokens_of("at +49 (0)89 1234 567") == ["at", " +49 (0)89 1234 567"]
    assert tokens_of("2024-03-12 10:30") == ["2024", "-", "03", "-", "12", " 10", ":", "30"]
    assert is_long_number(" 555-123-4567") and not is_long_number(" 2024")
    assert next(forms_of("555-1234")) == DIGIT * 3 + "-" + DIGIT * 4


def test_rare_tokens_have_forms_that_say_little_of_them() -> None:
    assert next(forms_of(" 07812345678")) == " 07" + DIGIT * 9
    assert list(forms_of("482")) == [DIGIT * 3]
    assert next(forms_of(" Zbigniew")) == f" {WORD}c2"
    assert next(forms_of("IBM")) == f"{WORD}u0"
    assert list(forms_of("☃")) == []


def counted(texts: list[list[int]], people: list[int], k: int, order: int = 3) -> Ngrams:
    sequences = Sequences(
        np.array([token for each in texts for token in each], dtype=np.int32),
        np.array([len(each) for each in texts]),
        np.array(people),
    )
    one = np.zeros(len(texts), dtype=np.int64)
    found = count_ngrams(sequences, [one], np.array([NONE], dtype=np.int32), KINDS, order, k)
    for each in found.orders:
        each.check()
    found.check()
    return found


def test_ngrams_are_counted_by_individuals_and_not_by_rows() -> None:
    texts = [[A, B]] * 3 + [[A, C]] * 3
    found = counted(texts, [1, 2, 3, 4, 4, 4], k=3)
    single = found.orders[0]
    assert dict(zip(single.tokens.tolist(), np.diff(single.reach).tolist(), strict=True)) == {
        END: 6, A: 6, B: 3,
    }  # fmt: skip
    # Behind A stands B three times of six; what is left is that of all tokens.
    after = found.orders[1]
    context = int(after.find(np.array([0 * found.tokens + A]))[0])
    start, end = after.starts[context : context + 2]
    assert after.tokens[start:end].tolist() == [B]
    assert np.diff(after.reach)[start:end].tolist() == [3]
    assert after.totals[context] == 6 + 1


def test_three_tokens_count_where_twice_as_many_individuals_have_them() -> None:
    few, many = (counted([[A, B, C]] * people, list(range(people)), k=3) for people in (5, 6))
    assert few.orders[1].tokens.tolist() == many.orders[1].tokens.tolist() == [A, B, C, END]
    assert few.orders[2].tokens.tolist() == []
    assert many.orders[2].tokens.tolist() == [B, C, END]


def test_sequences_are_drawn_as_often_as_they_were_seen() -> None:
    found = counted([[A, B]] * 60 + [[A, C]] * 30, list(range(90)), k=5)
    rng = np.random.default_rng(1)
    rows = 4_000
    drawn = draw_tokens(found, np.zeros(rows, np.int64), np.full(rows, 2), rng.random(rows))
    assert (drawn.tokens[drawn.starts[:-1]] == A).mean() > 0.95
    second = [drawn.tokens[at + 1] for at, end in zip(drawn.starts, drawn.starts[1:], strict=False)
              if end - at > 1]  # fmt: skip
    assert np.mean(np.array(second) == B) == pytest.approx(2 / 3, abs=0.05)


def test_each_row_depends_on_its_own_number_alone() -> None:
    found = counted([[A, B, C]] * 20 + [[C, A]] * 20, list(range(40)), k=2)
    uniforms = np.random.default_rng(2).random(50)
    lengths, classes = np.arange(50) % 4, np.zeros(50, np.int64)
    whole = draw_tokens(found, classes, lengths, uniforms)
    part = draw_tokens(found, classes[::-1][:20], lengths[::-1][:20], uniforms[::-1][:20])
    for place in range(20):
        own = slice(*whole.starts[49 - place : 51 - place])
        assert (
            whole.tokens[own].tolist()
            == part.tokens[slice(*part.starts[place : place + 2])].tolist()
        )


def test_a_token_in_other_letters_takes_the_form_of_its_like() -> None:
    texts = ["free now"] * 6 + ["FREE now"]
    found = vocabulary(texts, np.arange(7), k=5)
    assert set(found.tokens) == {"free", " now"}
    assert found.sequences.lengths.tolist() == [2] * 7
