"""Secrets taken out of text and data that leave the service: log lines, errors, receipts.

This is the second line. The first one is that secrets are sealed where they are kept, travel in
`SecretStr`, and are not put into messages; what another library says of them is caught here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, MutableMapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, SecretStr

MASK = "***"
_HIDDEN: ContextVar[frozenset[str]] = ContextVar("hidden", default=frozenset())
# An exact secret that is shorter would blot out parts of ordinary words.
SHORTEST = 4

# Ends of names whose values are secrets: of fields, of parameters in an address, of a DSN.
_NAMES = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secrets?|tokens?|api_?keys?|access_?keys?|account_?keys?|"
    r"private_?keys?|secret_?keys?|shared_?access_?keys?|credentials?|authorization|signature|"
    r"sig|session_?id|cookie)"
)
_SECRET_NAME = re.compile(rf"(?:.*[_.\-\s]|.*[a-z](?=[A-Z])|[a-z]*)?{_NAMES}", re.IGNORECASE)
# Names that end like a secret's and hold none.
_HARMLESS = frozenset({"idempotency_key", "next_token", "design", "assign"})
_NAME = rf"(?<![\w.-])[\w.-]*{_NAMES}"
_BARE = r"[^\s&;,'\"\\<>)}\]#]+"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # the part before the host of an address: scheme://user:password@host
    (re.compile(r"(?<=://)[^\s/'\"\\?#]+@"), f"{MASK}@"),
    # the same without a scheme: user:password@host
    (re.compile(r"(?<![^\s/'\"\\(\[{,=])[^\s/'\"\\:@,=]+:[^\s/'\"\\@]+@(?=[\w\[*])"), f"{MASK}@"),
    # "password": "…", also within a text that is quoted itself
    (re.compile(rf"({_NAME}\\*[\"']?\s*:\s*\\*[\"'])[^\"'\\]+", re.IGNORECASE), rf"\1{MASK}"),
    # the same with an equals sign
    (re.compile(rf"({_NAME}\s*=\s*\\*[\"'])[^\"'\\]+", re.IGNORECASE), rf"\1{MASK}"),
    # without quotes: in the query of an address, in a DSN
    (re.compile(rf"({_NAME}\s*=\s*){_BARE}", re.IGNORECASE), rf"\1{MASK}"),
    # what else is in a presigned address: X-Amz-Credential, X-Goog-Date
    (re.compile(rf"(X-(?:Amz|Goog)-[\w-]+=){_BARE}", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"\b(Bearer)\s+[\w.~+/=-]{16,}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"(authorization\W{1,4}\w+)\s+[\w.~+/=-]+", re.IGNORECASE), rf"\1 {MASK}"),
    # keys of this service and secrets of webhooks, wherever they stand
    (re.compile(r"\bts_[0-9a-f]{12}_[\w-]{20,}"), f"ts_{MASK}"),
    (re.compile(r"\bwhs(?:ec|k)_[\w+/=-]{8,}"), f"whsec_{MASK}"),
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*KEY-----|$)", re.S),
        MASK,
    ),
)
# A text without any of these, in small letters, has nothing that a pattern finds: most lines of the
# log, which are spared the patterns.
_SIGNS = (
    *("@", "pass", "pwd", "secret", "token", "key", "credential", "authorization", "sig"),
    *("session", "cookie", "x-amz-", "x-goog-", "bearer", "ts_", "whs"),
)


def hide(credentials: BaseModel | None) -> None:
    """Have the secrets of credentials taken out of all that this task logs and tells later."""
    _HIDDEN.set(_HIDDEN.get() | frozenset(_secrets_of(credentials)))


def redacted(text: str) -> str:
    """The text without what looks like a secret, and without what this task has to hide."""
    for secret in sorted(_HIDDEN.get(), key=len, reverse=True):
        text = text.replace(secret, MASK)
    folded = text.casefold()
    if any(sign in folded for sign in _SIGNS):
        for pattern, mask in _PATTERNS:
            text = pattern.sub(mask, text)
    return text


def redacted_data(value: Any) -> Any:
    """A copy of plain data in which fields named like secrets are masked, and texts redacted."""
    if isinstance(value, Mapping):
        return {
            key: MASK if is_secret_name(str(key)) else redacted_data(entry)
            for key, entry in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redacted_data(entry) for entry in value]
    return redacted(value) if isinstance(value, str) else value


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return name.lower() not in _HARMLESS and _SECRET_NAME.fullmatch(name) is not None


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A processor of structlog: masks fields of a log line by their names and their texts."""
    masked: dict[str, Any] = redacted_data(event)
    return masked


def redact_line(_logger: Any, _method: str, line: Any) -> str:
    """The last processor of structlog: what a renderer has made of objects and tracebacks."""
    return redacted(str(line))


def _secrets_of(credentials: BaseModel | None) -> Iterator[str]:
    for value in () if credentials is None else dict(credentials).values():
        text = value.get_secret_value() if isinstance(value, SecretStr) else ""
        if len(text) >= SHORTEST:
            yield text
            yield quote(text, safe="")
            yield json.dumps(text)[1:-1]
