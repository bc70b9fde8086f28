"""What a column seems to say about persons: judged by its name and by what its values look like.

Neither is proof. A name alone gives .7, content alone up to .9 (checked digits prove more than
shapes do), both together .95 and more; what only resembles is below .5 and does not count.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.formats.cells.cell_format import Kind
from app.engine.profiling.distinct import Distinct
from app.engine.profiling.models import SensitiveKind, Sensitivity
from app.engine.profiling.names import words

SAMPLE = 500
LONGEST = 200  # characters of a value that are looked at
BY_NAME = 0.7
BY_BOTH = 0.95
ENOUGH = 0.6  # share of values that must look so
BARELY = 0.2  # share that supports what the name says
WORDS_OF_TEXT = 6.0

_TEXTS: frozenset[Kind] = frozenset({"text", "id", "category", "constant"})
_ANY: frozenset[Kind] = _TEXTS | {"integer", "number", "geo"}
_MOMENTS: frozenset[Kind] = frozenset({"date", "datetime"})


@dataclass(frozen=True, slots=True)
class _Sign:
    """How a kind of sensitive column is known.

    Args:
        names: matched against the words of the column's name, joined by blanks.
        kinds: of columns that may be so.
        content: share of the values that look so, from 0 to 1; None where values do not tell.
        proof: confidence that content alone gives.
        plausible: share of the values that could be so, where the name says that they are.
        fewest: different values that content alone needs to speak.
    """

    names: re.Pattern[str]
    kinds: frozenset[Kind]
    content: Callable[[list[str]], float] | None = None
    proof: float = 0.9
    plausible: Callable[[list[str]], float] | None = None
    fewest: int = 3


def find_sensitivity(name: str, kind: Kind, found: Distinct) -> Sensitivity | None:
    """What a column seems to say about persons; None where nothing speaks for it.

    Args:
        found: its different values.
    """
    spoken = " ".join(words(name))
    texts = _sample(found) if kind in _ANY else []
    judged = [
        result
        for meaning, sign in _SIGNS.items()
        if kind in sign.kinds and (result := _judge(meaning, sign, spoken, texts)) is not None
    ]
    if kind in {"text", "category"} and not judged and _is_prose(found):
        judged.append(Sensitivity(kind="free_text", confidence=BY_NAME, by=("content",)))
    return max(judged, key=lambda each: each.confidence, default=None)


def looks_so(found: Sensitivity) -> Callable[[str], bool] | None:
    """Whether a value looks as a column of a kind says; where its name said so, whether it could be
    so at all. None where values do not tell."""
    if found.kind == "free_text":
        return lambda text: len(text.split()) >= WORDS_OF_TEXT
    sign = _SIGNS[found.kind]
    tests = [sign.content, sign.plausible if "name" in found.by else None]
    given = [each for each in tests if each is not None]
    if not given:
        return None
    return lambda text: any(each([text[:LONGEST].strip()]) > 0 for each in given)


def _judge(
    meaning: SensitiveKind, sign: _Sign, spoken: str, texts: list[str]
) -> Sensitivity | None:
    named = sign.names.search(spoken) is not None
    share = sign.content(texts) if sign.content and texts else 0.0
    by: tuple[Literal["name", "content"], ...]
    if named and share >= BARELY:
        by, confidence = ("name", "content"), BY_BOTH
    elif named and (sign.content is None or (sign.plausible and sign.plausible(texts) >= ENOUGH)):
        by, confidence = ("name",), BY_NAME
    elif named:
        by, confidence = ("name",), 0.3  # its values do not look so at all
    elif share >= ENOUGH and len(texts) >= sign.fewest:
        by, confidence = ("content",), sign.proof * share
    else:
        return None
    return Sensitivity(kind=meaning, confidence=round(confidence, 2), by=by)


def _sample(found: Distinct) -> list[str]:
    """Up to 500 different values, spread over all of them."""
    step = max(1, len(found.values) // SAMPLE)
    places = pa.array(range(0, len(found.values), step), pa.int64()).slice(0, SAMPLE)
    texts = found.values.take(places).cast(pa.string()).to_pylist()
    return [text[:LONGEST].strip() for text in texts]


def _is_prose(found: Distinct) -> bool:
    """Whether values are sentences that hardly repeat: whatever people wrote may name people."""
    if not pa.types.is_string(found.values.type) or not len(found.values):
        return False
    lengths = pc.count_substring_regex(found.values, r"\S+")
    unique = len(found.values) / max(found.present, 1)
    return bool(pc.mean(lengths).as_py() >= WORDS_OF_TEXT and unique > 0.3)


def _share(regex: str) -> Callable[[list[str]], float]:
    compiled = re.compile(regex)
    return lambda texts: sum(compiled.fullmatch(each) is not None for each in texts) / len(texts)


def _cards(texts: list[str]) -> float:
    """Numbers of 13 to 19 digits with the check digit of ISO/IEC 7812 (Luhn)."""
    digits = [re.sub(r"[ -]", "", each) for each in texts]
    return sum(is_card(each) for each in digits) / len(texts)


def is_card(digits: str) -> bool:
    """Whether digits are those of a payment card."""
    if not re.fullmatch(r"[2-6]\d{12,18}", digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _ibans(texts: list[str]) -> float:
    """Account numbers with the check digits of ISO 13616 (modulo 97)."""
    return sum(is_iban(re.sub(r"\s", "", each).upper()) for each in texts) / len(texts)


def is_iban(text: str) -> bool:
    """Whether a text without blanks is an international account number."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text):
        return False
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1


def _persons(texts: list[str]) -> float:
    """First and last names as Faker's tables of several countries have them."""
    first, last = _known_names()
    found = 0
    for text in texts:
        parts = [part for part in re.split(r"[\s,.]+", text.casefold()) if len(part) > 1]
        if not 1 <= len(parts) <= 4 or re.search(r"\d", text):
            continue
        if len(parts) == 1:
            found += parts[0] in first or parts[0] in last
        else:
            found += any(part in first for part in parts) and any(part in last for part in parts)
    return found / len(texts)


@functools.cache
def _known_names() -> tuple[frozenset[str], frozenset[str]]:
    from importlib import import_module

    first: set[str] = set()
    last: set[str] = set()
    for locale in ("en_US", "en_GB", "it_IT", "de_DE", "fr_FR", "es_ES", "pt_BR", "nl_NL"):
        provider = import_module(f"faker.providers.person.{locale}").Provider
        for table, fields in ((first, ("first_names", "first_names_male", "first_names_female")),
                              (last, ("last_names",))):  # fmt: skip
            for field in fields:
                table.update(each.casefold() for each in getattr(provider, field, ()))
    return frozenset(first), frozenset(last)


_STREET = (
    r"(?i)(?:\d+[a-z]?[,]?\s+\S.*\b(?:st|street|ave|avenue|rd|road|blvd|boulevard|lane|ln|drive|dr|way|"
    r"court|ct|place|pl|square|sq|terrace|highway|hwy|parkway|pkwy)\b.*|"
    r".*\b(?:via|viale|piazza|corso|rue|avenue|place|calle|avenida|av\.|rua|plaza)\b.*\d+.*|\d+.*"
    r"\b(?:rue|avenue|place|boulevard)\b.*|.*(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|straat)\s*\d+.*)"
)
_PHONE = r"(?:\+|00|\()?\d[\d ().\-/]{5,18}\d(?: ?(?:x|ext\.?) ?\d{1,5})?"


def _phones(texts: list[str]) -> float:
    """Numbers of 7 to 15 digits (ITU-T E.164) with marks between them, or a plus before them."""
    marked = [each for each in texts if re.search(r"^\+|[ ()\-/.]", each)]
    dates = re.compile(r"\d{1,4}([-/. ])\d{1,2}\1\d{1,4}.*")
    return sum(
        re.fullmatch(_PHONE, each) is not None
        and 7 <= sum(map(str.isdigit, each)) <= 15
        and dates.fullmatch(each) is None
        and not re.fullmatch(r"-?\d+\.\d+", each)
        and not is_card(re.sub(r"\D", "", each))
        for each in marked
    ) / len(texts)


_NATIONAL_IDS = (
    r"\d{3}-\d{2}-\d{4}|"  # United States
    r"(?i:[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z])|"  # Italy
    r"(?i:[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D])|"  # United Kingdom
    r"(?i:[XYZ]?\d{7,8}[A-Z])|"  # Spain
    r"\d{3}\.\d{3}\.\d{3}-\d{2}|"  # Brazil
    r"[12]\d{2}(?:0[1-9]|1[0-2])\d{8,10}"  # France
)
_IP = (
    r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d+)?|"
    r"(?=.*:.*:)[0-9A-Fa-f:]{3,39}"
)


def _names(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?i)(?:^| )(?:{pattern})(?: |$)")


def _digits(texts: list[str]) -> float:
    """Values with as many digits as a telephone number has."""
    return sum(6 <= sum(map(str.isdigit, each)) <= 15 for each in texts) / len(texts)


_SIGNS: Mapping[SensitiveKind, _Sign] = {
    "email": _Sign(
        _names("e ?mail|email address|mail"),
        _TEXTS,
        _share(r"[^@\s]+@[^@\s]+\.[^@\s.]+"),
        0.98,
    ),
    "iban": _Sign(_names("iban|bank account|account number"), _TEXTS, _ibans, 0.98),
    "card": _Sign(_names("credit card|card (?:number|no|num)|cc num|pan"), _ANY, _cards, 0.95),
    "ip": _Sign(_names("ip|ip (?:addr|address)|client ip|remote addr"), _TEXTS, _share(_IP)),
    "phone": _Sign(
        _names(
            "phone|telephone|tel|mobile|cell ?phone|fax|telefon|telefono|cellulare|phone number"
        ),
        _ANY,
        _phones,
        0.8,
        _digits,
    ),
    "national_id": _Sign(
        _names(
            "ssn|social security(?: number)?|national (?:id|insurance)(?: number)?|nin|passport"
            "(?: (?:no|number))?|tax (?:id|code)|codice fiscale|fiscal code|dni|nif|cpf|nhs"
            "(?: number)?|personnummer|driver ?s? licen[cs]e"
        ),
        _ANY,
        _share(_NATIONAL_IDS),
        0.75,
        _share(r"(?=.*\d)[\w .\-/]{5,24}"),
    ),
    "birth_date": _Sign(
        _names(
            "birth|birth ?(?:date|day)|date of birth|dob|born|geburtsdatum|data (?:di )?nascita|"
            "fecha (?:de )?nacimiento|birthdate"
        ),
        _MOMENTS,
    ),
    "name": _Sign(
        _names(
            "(?:first|last|full|middle|given|family|sur|contact|customer|patient|employee|user|"
            "person|client|holder|owner|author|fore|nick|maiden) ?names?|names?|surname|nome|"
            "cognome|vorname|nachname|apellidos?|nombre|firstname|lastname|fullname"
        ),
        frozenset({"text", "category"}),
        _persons,
        0.85,
        fewest=20,
    ),
    "address": _Sign(
        _names(
            "address|addr|street|street address|address line|address ?[12]|via|indirizzo|"
            "stra(?:ss|ß)e|adresse"
        ),
        _TEXTS,
        _share(_STREET),
        0.8,
        _share(r"(?=.*[^\W\d_]{3}).{5,}"),
    ),
}
