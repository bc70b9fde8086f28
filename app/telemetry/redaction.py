"""Secrets taken out of text and data that leave the service: log lines, errors, receipts.

This is the second line. The first one is that secrets are sealed where they are kept, travel in
`SecretStr`, and are not put into messages; what another library says of them is caught here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import re2
from pydantic import BaseModel, SecretStr

MASK = "***"
_HIDDEN: ContextVar[frozenset[str]] = ContextVar("hidden", default=frozenset())
# An exact secret that is shorter would blot out parts of ordinary words.
SHORTEST = 4
# Characters of one text that a log line or a receipt holds.
LONGEST_TEXT = 8_000
LONGEST_TRACE = 20_000
LONGEST_LINE = 50_000
# Characters that are looked at beyond a cut, and what stands for the host that may have followed.
_LOOK_AHEAD, _HOST = 200, "@h"

# Ends of names whose values are secrets: of fields, of parameters in an address, of a DSN.
_NAMES = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secrets?|tokens?|api_?keys?|access_?keys?|account_?keys?|"
    r"private_?keys?|secret_?keys?|shared_?access_?keys?|credentials?|authorization|signature|"
    r"sig|session_?id|cookie)"
)
# Only the last letter before the name counts: whether a word of its own begins there.
_SECRET_NAME = re2.compile(rf"(?is)(?:.*[_.\-\sa-z])?{_NAMES}")
_LONGEST_NAME = 100
# Names that end like a secret's and hold none.
_HARMLESS = frozenset({"idempotency_key", "next_token", "design", "assign"})
_S = r"[\s\pZ]"  # RE2's \s is ASCII
_NAME = rf"[\w.-]*{_NAMES}"
_BARE = r"[^\s&;,'\"\\<>)}\]#]+"

# What stands in every secret's name, in small letters.
_NAMED = (
    *("pass", "pwd", "secret", "token", "key", "credential", "authorization", "sig"),
    *("session", "cookie"),
)


@dataclass(frozen=True, slots=True)
class _Secret:
    """What a secret looks like; of each of `signs` one stands in every text that has one, in small
    letters. Most texts have none, and are spared the pattern."""

    pattern: Any
    mask: str
    signs: tuple[tuple[str, ...], ...]

    def masked(self, text: str, folded: str) -> str:
        if all(any(sign in folded for sign in each) for each in self.signs):
            return str(self.pattern.sub(self.mask, text))
        return text


# RE2 has no backtracking: whatever the text, a pattern takes a time that grows with its length.
_SECRETS = (
    # the part before the host of an address: scheme://user:password@host
    _Secret(re2.compile(r"(://)[^\s/'\"\\?#]+@"), rf"\1{MASK}@", (("://",), ("@",))),
    # the same without a scheme: user:password@host
    _Secret(
        re2.compile(r"(^|[\s/'\"\\(\[{,=])[^\s/'\"\\:@,=]+:[^\s/'\"\\@]+@"),
        rf"\1{MASK}@",
        ((":",), ("@",)),
    ),
    # "password": "…", also within a text that is quoted itself
    _Secret(
        re2.compile(rf"(?i)({_NAME}\\*[\"']?{_S}*:{_S}*\\*[\"'])[^\"'\\]+"),
        rf"\1{MASK}",
        (_NAMED, (":",), ("'", '"')),
    ),
    # the same with an equals sign
    _Secret(
        re2.compile(rf"(?i)({_NAME}{_S}*={_S}*\\*[\"'])[^\"'\\]+"),
        rf"\1{MASK}",
        (_NAMED, ("=",), ("'", '"')),
    ),
    # without quotes: in the query of an address, in a DSN
    _Secret(re2.compile(rf"(?i)({_NAME}{_S}*={_S}*){_BARE}"), rf"\1{MASK}", (_NAMED, ("=",))),
    # what else is in a presigned address: X-Amz-Credential, X-Goog-Date
    _Secret(
        re2.compile(rf"(?i)(X-(?:Amz|Goog)-[\w-]+=){_BARE}"),
        rf"\1{MASK}",
        (("x-amz-", "x-goog-"), ("=",)),
    ),
    _Secret(re2.compile(r"(?i)\b(Bearer)\s+[\w.~+/=-]{16,}"), rf"\1 {MASK}", (("bearer",),)),
    _Secret(
        re2.compile(r"(?i)(authorization\W{1,4}\w+)\s+[\w.~+/=-]+"),
        rf"\1 {MASK}",
        (("authorization",),),
    ),
    # keys of this service and secrets of webhooks, wherever they stand
    _Secret(re2.compile(r"\bts_[0-9a-f]{12}_[\w-]{20,}"), f"ts_{MASK}", (("ts_",),)),
    _Secret(re2.compile(r"\bwhs(?:ec|k)_[\w+/=-]{8,}"), f"whsec_{MASK}", (("whs",),)),
    _Secret(
        re2.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*KEY-----|\z)"),
        MASK,
        (("-----begin",),),
    ),
)


def hide(credentials: BaseModel | None) -> None:
    """Have the secrets of credentials taken out of all that this task logs and tells later."""
    _HIDDEN.set(_HIDDEN.get() | frozenset(_secrets_of(credentials)))


def redacted(text: str) -> str:
    """The text without what looks like a secret, and without what this task has to hide."""
    for hidden in sorted(_HIDDEN.get(), key=len, reverse=True):
        text = text.replace(hidden, MASK)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # RE2 takes no half of a surrogate pair
    folded = text.casefold()
    for secret in _SECRETS:
        text = secret.masked(text, folded)
    return text


def redacted_within(text: str, most: int) -> str:
    """The first `most` characters of a text, redacted; "…" at the end where there was more.

    It is cut before it is matched, so that a long text costs no more than a short one. What is
    left out behind the cut is more than a pattern needs to know a secret by its beginning.
    """
    if len(text) <= most:
        return redacted(text)
    clean = redacted(text[: most + _LOOK_AHEAD] + _HOST)
    kept = len(clean) - _LOOK_AHEAD - len(_HOST)
    return clean[: max(0, min(most - 1, kept))] + "…"


def redacted_data(value: Any) -> Any:
    """A copy of plain data in which fields named like secrets are masked, and texts redacted;
    texts of more than `LONGEST_TEXT` characters are cut."""
    if isinstance(value, Mapping):
        return {
            key: MASK if is_secret_name(str(key)) else redacted_data(entry)
            for key, entry in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redacted_data(entry) for entry in value]
    return redacted_within(value, LONGEST_TEXT) if isinstance(value, str) else value


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    tail = name[-_LONGEST_NAME:]
    return name.lower() not in _HARMLESS and _SECRET_NAME.fullmatch(tail) is not None


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A processor of structlog: masks fields of a log line by their names and their texts."""
    trace = event.pop("exception", None)
    masked: dict[str, Any] = redacted_data(event)
    if trace is not None:
        masked["exception"] = redacted_within(str(trace), LONGEST_TRACE)
    return masked


def redact_line(_logger: Any, _method: str, line: Any) -> str:
    """The last processor of structlog: what a renderer has made of objects and tracebacks."""
    return redacted_within(str(line), LONGEST_LINE)


def _secrets_of(credentials: BaseModel | None) -> Iterator[str]:
    for value in () if credentials is None else dict(credentials).values():
        text = value.get_secret_value() if isinstance(value, SecretStr) else ""
        if len(text) >= SHORTEST:
            yield text
            yield quote(text, safe="")
            yield json.dumps(text)[1:-1]
