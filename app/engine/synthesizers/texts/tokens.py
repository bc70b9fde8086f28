"""Text as tokens: words, numbers, marks and white space, which together are the text again.

A token has the blank before it, so that a text is its tokens joined. What too few individuals have
comes out as a *form* alone: a word as its case and about its length, a number as its digits' count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Written without blanks, so that each character is a token: Thai, kana, Han.
_DENSE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
# Accents and vowel signs that stand behind a letter, up to the scripts of Asia.
_SIGNS = "".join(
    chr(code)
    for code in range(0x300, 0x1D00)
    if unicodedata.category(chr(code)) in {"Mn", "Mc"} and not 0xE00 <= code < 0xE80
)
_LETTERS = rf"(?:[^\W\d_{_DENSE}][{_SIGNS}]*)+"
_PARTS = r"[ .\-/()]"
_DATE = r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d)|\d{4}[./-]\d{1,2}[./-]\d{1,2}(?!\d)"
# Telephones, cards and accounts whose digits stand in groups: seven digits or more, no date.
_GROUPED = rf"\+?\(?(?<!\d[./-])(?!{_DATE})(?=(?:{_PARTS}{{0,3}}\d){{7}})\d+(?:{_PARTS}{{1,3}}\d+)+"
_TOKEN = re.compile(
    rf" ?[{_DENSE}]| ?{_LETTERS}(?:['’]{_LETTERS})*| ?{_GROUPED}| ?\d+| ?([^\w\s]|_)\1*|\s+"
)
# Of the private use area, which no text has a meaning for.
DIGIT, WORD = "\ue000", "\ue001"
_DECIMAL = re.compile(r"\d")
_PRIVATE = re.compile(f"[{DIGIT}{WORD}]")
MOST_TOKENS = 4_096  # of one text; what follows is left out
MOST_DIGITS = 4  # of a number that may come out as it is
MOST_REPEATS = 60  # characters of one token
LOWER, UPPER, CAPITAL, MIXED = "l", "u", "c", "m"
SIZES = (3, 6, 9)  # letters up to which a word is of each size; longer ones are of one more


def tokens_of(text: str) -> list[str]:
    """The tokens of a text, at most MOST_TOKENS."""
    found: list[str] = []
    for match in _TOKEN.finditer(_PRIVATE.sub("", text)):
        found.append(match[0][:MOST_REPEATS])
        if len(found) == MOST_TOKENS:
            break
    return found


def is_long_number(token: str) -> bool:
    """Whether it is a number that is never learned as it is: of telephones, cards, accounts."""
    return sum(map(str.isdecimal, token)) > MOST_DIGITS


def forms_of(token: str) -> Iterator[str]:
    """What may stand in the place of a token, the nearest first."""
    blank = " " if token.startswith(" ") and len(token) > 1 else ""
    bare = token[len(blank) :]
    if bare.isdigit():
        if len(bare) > MOST_DIGITS:
            yield blank + bare[:2] + DIGIT * (len(bare) - 2)
        yield blank + DIGIT * len(bare)
    elif bare[-1].isdecimal():  # in groups
        yield blank + _DECIMAL.sub(DIGIT, bare)
        yield blank + DIGIT * len(_DECIMAL.findall(bare))
    elif bare[0].isalpha():
        case, size = _case(bare), _size(bare)
        yield f"{blank}{WORD}{case}{size}"
        yield f"{blank}{WORD}{LOWER}{size}"
        yield f"{blank}{WORD}{LOWER}1"
    elif bare.isspace():
        yield "\n" if "\n" in bare else " "


def kind_of(token: str) -> str:
    """What a token is like to those behind it: a word, a number, white space, or a mark."""
    last = token[-1]
    if WORD in token or last.isalpha():
        return "word"
    if last == DIGIT or last.isdigit():
        return "number"
    return "blank" if last.isspace() else last


def word_form(token: str) -> str | None:
    """The case and size of a token that stands for any word of these; None for other tokens."""
    bare = token.removeprefix(" ")
    return bare[1:] if bare.startswith(WORD) else None


def cased(word: str, case: str) -> str:
    """A word of small letters in one of these cases."""
    if case == UPPER:
        return word.upper()
    if case == CAPITAL:
        return word[:1].upper() + word[1:]
    return word[:1] + word[1:2].upper() + word[2:] if case == MIXED else word


def _case(word: str) -> str:
    if word == word.lower():
        return LOWER
    if word[1:] == word[1:].lower():
        return CAPITAL
    return UPPER if word == word.upper() else MIXED


def _size(word: str) -> int:
    return sum(len(word) > most for most in SIZES)
