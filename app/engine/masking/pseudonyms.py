"""Pseudonyms of texts that look like the texts: digits for digits, letters for letters.

A text is a number in the mixed radix of the alphabets of its signs, and goes through a keyed
bijection of 0 .. N - 1: a Feistel network of ten rounds over the next square, whose round function
is HMAC with SHA-256 (RFC 2104), and cycle walking (Black and Rogaway, "Ciphers with arbitrary
finite domains", 2002). It is built as FF1 of NIST SP 800-38G is (the "FFX" scheme of Bellare,
Rogaway and Spies, 2010), with HMAC in place of AES and alphabets that may differ from sign to sign;
it is not FF1, and nobody has certified it.

The same text and key give the same pseudonym, different texts of one shape different ones. As with
every cipher of the kind, a text of few possible ones (see `SMALLEST`) is protected by little.
"""

from __future__ import annotations

import functools
import hmac
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

ROUNDS = 10
SMALLEST = 1_000_000
"""Texts of a shape below which NIST SP 800-38G, revision 1, allows no such cipher."""
MOST_REMEMBERED = 1 << 20
PIECE = 512
"""Signs that are one number: the time that a number takes grows with the square of them."""
RESERVED = ".example"  # RFC 2606: no address below it is anybody's
_MARGIN = 16  # bytes beyond a modulus, so that remainders are even to 2**-128
_ADDRESS = re.compile(r"([^@\s]+)@([^@\s]+)\.([^@\s.]+)")
_DIGITS, _LEADING = "0123456789", "123456789"
_LOWER, _UPPER = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CATEGORIES = {"Lu", "Ll", "Lo", "Nd"}


@dataclass(slots=True)
class Pseudonyms:
    """The pseudonyms of one key.

    Args:
        key: who has it can tell whose pseudonym is which.
    """

    key: bytes = field(repr=False)
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    def of(self, text: str) -> str:
        """The pseudonym of a text, which is put into Unicode's composed form (NFC) first.

        Blanks around a text stay, and count for nothing. Of an e-mail address the part before the
        @ and the domain have one each, so that addresses of one domain share one; the last label
        stays, and `.example` is put behind it.
        """
        if text not in self._known:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[text] = self._within_blanks(unicodedata.normalize("NFC", text))
        return self._known[text]

    def _within_blanks(self, text: str) -> str:
        own = text.strip()
        before = text[: len(text) - len(text.lstrip())]
        return before + self._made(own) + text[len(before) + len(own) :]

    def _made(self, text: str) -> str:
        address = _ADDRESS.fullmatch(text)
        if address is None:
            return self._permuted(text, "")
        local, host, last = address.groups()
        own = self._permuted(local, f"@{host}.{last}")
        return f"{own}@{self._permuted(host, '@')}.{last}{RESERVED}"

    def _permuted(self, text: str, beside: str) -> str:
        """A text of the same shape; `beside` keeps texts of other places apart."""
        alphabets = _alphabets(text)
        shape = "".join(
            sign if len(each) == 1 else f"\0{each[0]}"
            for sign, each in zip(text, alphabets, strict=True)
        )
        tweak = "\1".join((shape, beside))
        if len(text) <= PIECE:
            return self._exchanged(text, alphabets, tweak)
        return self._in_pieces(text, alphabets, tweak)

    def _in_pieces(self, text: str, alphabets: Sequence[str], tweak: str) -> str:
        """Piece after piece of a long text, each by all before it, and once more from the end:
        so every sign of the text counts for every sign of its pseudonym. Both are bijections, as
        the pieces that one goes by are there when it is undone."""
        starts = range(0, len(text), PIECE)
        pieces = [text[start : start + PIECE] for start in starts]
        for turn, order in enumerate((range(len(pieces)), reversed(range(len(pieces))))):
            seen = hmac.new(self.key, f"{turn}\1{tweak}".encode(), "sha256")
            for place in order:
                own = alphabets[starts[place] : starts[place] + PIECE]
                plain = pieces[place]
                pieces[place] = self._exchanged(plain, own, f"{place}\1{seen.hexdigest()}")
                seen.update(plain.encode())
        return "".join(pieces)

    def _exchanged(self, text: str, alphabets: Sequence[str], tweak: str) -> str:
        """The text whose number is the image of a text's number."""
        size = math.prod(map(len, alphabets))
        if size < 2:
            return text
        number = 0
        for sign, alphabet in zip(text, alphabets, strict=True):
            number = number * len(alphabet) + alphabet.index(sign)
        image = self._image(number, size, tweak)
        made = []
        for alphabet in reversed(alphabets):
            image, place = divmod(image, len(alphabet))
            made.append(alphabet[place])
        return "".join(reversed(made))

    def _image(self, number: int, size: int, tweak: str) -> int:
        """The image of a number below `size` under the bijection of a tweak."""
        context = hmac.digest(self.key, f"tablesmith pseudonym 1\0{tweak}".encode(), "sha256")
        side = math.isqrt(size - 1) + 1
        while True:
            left, right = divmod(number, side)
            for turn in range(ROUNDS):
                if turn % 2:
                    right = (right + self._word(context, turn, left, side)) % side
                else:
                    left = (left + self._word(context, turn, right, side)) % side
            number = left * side + right
            if number < size:
                return number

    def _word(self, context: bytes, turn: int, half: int, side: int) -> int:
        """The round function: a number from 0 to side - 1."""
        wanted = (side.bit_length() + 7) // 8 + _MARGIN
        message = context + bytes([turn]) + half.to_bytes((side.bit_length() + 7) // 8, "big")
        made = b""
        while len(made) < wanted:
            made += hmac.digest(self.key, message + len(made).to_bytes(4, "big"), "sha256")
        return int.from_bytes(made[:wanted], "big") % side


def possible(text: str) -> int:
    """How many texts have the shape of a text: its pseudonym is one of them."""
    own = text.strip()
    address = _ADDRESS.fullmatch(own)
    return math.prod(map(len, _alphabets(address[1] if address else own)))


def _alphabets(text: str) -> Sequence[str]:
    """What each sign of a text may become: itself alone, or a sign of its kind.

    A number does not begin with another number of zeros than it did, so that numbers of one
    length have that length, however they are read.
    """
    found = [_alphabet(sign) for sign in text]
    first = next((place for place, each in enumerate(found) if len(each) > 1), None)
    if first is not None and text[first] in _DIGITS:
        found[first] = "0" if text[first] == "0" else _LEADING
    return found


@functools.cache
def _alphabet(sign: str) -> str:
    """The digits or letters among which a sign is one; the sign itself where it is neither.

    Letters other than ASCII's are exchanged for those of the same case in the same 256 places of
    Unicode, which are of one script.
    """
    for own in (_DIGITS, _LOWER, _UPPER):
        if sign in own:
            return own
    category = unicodedata.category(sign)
    if category not in _CATEGORIES:
        return sign
    start = ord(sign) & ~0xFF
    others = map(chr, range(max(start, 0x80), start + 0x100))
    return "".join(
        each
        for each in others
        if unicodedata.category(each) == category and unicodedata.normalize("NFC", each) == each
    )
