"""Texts in ASCII: accents are left out, Latin, Greek and Cyrillic letters written in Latin ones.

Greek by ELOT 743, Cyrillic as in passports (ICAO Doc 9303) with `kh` and `ts` as in BGN/PCGN.
"""

from __future__ import annotations

import unicodedata

_LATIN = "ß ss æ ae ø o œ oe ł l đ d ð d þ th ħ h ı i ŋ n ŧ t ĸ k ə e ƒ f"
_GREEK = (
    "α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y "
    "φ f χ ch ψ ps ω o"
)
_CYRILLIC = (
    "а a б b в v г g д d е e ё e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f "
    "х kh ц ts ч ch ш sh щ shch ы y э e ю yu я ya є ye і i ї yi ґ g ў u ђ dj ј j љ lj њ nj ћ c "
    "џ dz ѓ g ќ k ѕ z"
)
_SIGNS = {"ъ": "", "ь": "", "Ъ": "", "Ь": "", "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"',
          "„": '"', "«": '"', "»": '"', "‐": "-", "–": "-", "—": "-", "−": "-", "×": "x",
          "€": "EUR", "£": "GBP", "¥": "JPY", "©": "(c)", "®": "(r)"}  # fmt: skip


def in_ascii(text: str) -> str:
    """The text in ASCII characters; a question mark for each that has no Latin form."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_KNOWN)


class _Characters(dict[int, str]):
    """What stands for each character, found when it is first met."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(code))
        bare = "".join(part for part in parts if not unicodedata.combining(part))
        latin = bare.translate(_TABLE).encode("ascii", "replace").decode("ascii")
        return self.setdefault(code, latin)


def _table() -> dict[int, str]:
    words = f"{_LATIN} {_GREEK} {_CYRILLIC}".split()
    small = dict(zip(words[::2], words[1::2], strict=True))
    large = {letter.upper(): latin.capitalize() for letter, latin in small.items()}
    large = {letter: latin for letter, latin in large.items() if len(letter) == 1}
    return str.maketrans({"ẞ": "SS", **large, **small, **_SIGNS})


_TABLE = _table()
_KNOWN = _Characters(_TABLE)
