"""Signatures of messages, after the Standard Webhooks specification 1.0."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
_NEW_BYTES = 32
# What the specification allows.
_LEAST_BYTES = 24
_MOST_BYTES = 64


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_NEW_BYTES)).decode("ascii")


def read_secret(text: str) -> bytes:
    """The key in a secret: base64 of 24 to 64 bytes behind `whsec_`, which may be left out.

    Raises ValueError, whose text does not hold the secret.
    """
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if not _LEAST_BYTES <= len(key) <= _MOST_BYTES:
        raise ValueError(f"has {len(key)} bytes")
    return key


def headers(message_id: str, moment: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers of a message that is sent now; every secret in force signs it."""
    timestamp = str(int(moment.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = (_signature(read_secret(key), signed) for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(key: bytes, signed: bytes) -> str:
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")
