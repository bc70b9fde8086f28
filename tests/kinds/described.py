"""Reports against their description in the API."""

from __future__ import annotations

from typing import Any

from app.api.models.response_models import Answer


def as_described(body: type[Answer], report: dict[str, Any]) -> bool:
    """Whether the description of the API has every part of a report, and no other one."""
    found = body.model_validate(report)
    return found.model_dump(mode="json", by_alias=True, exclude_unset=True) == report
