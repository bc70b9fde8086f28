"""The header `Idempotency-Key`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key and body make one thing, and are answered with it again; with "
        "another body: 409.",
    ),
]
