"""Kinds of jobs, as requests and answers name them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import WithJsonSchema
from typing_extensions import TypeAliasType

from app.api.http_errors import InvalidRequest
from app.engine.errors import Fault
from app.kinds.registry import KINDS

JobKindName = TypeAliasType(
    "JobKindName", Annotated[str, WithJsonSchema({"type": "string", "enum": [*KINDS]})]
)


def check_kind(name: str, known: Collection[str]) -> None:
    """Raises InvalidRequest where there is no such kind of job."""
    if name not in known:
        raise InvalidRequest(Fault("kind", "is no kind of job", f"one of {', '.join(known)}"))
