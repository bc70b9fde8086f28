"""Reports against their description in the API."""

from __future__ import annotations

from typing import Any

from app.api.models.report_models import ReportBody


def as_described(body: type[ReportBody], report: dict[str, Any]) -> bool:
    """Whether the description of the API has every part of a report, and no other one."""
    found = body.model_validate(report)
    return found.model_dump(mode="json", by_alias=True, exclude_unset=True) == report
