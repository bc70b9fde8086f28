"""Rules of a source's synthesis definition: which version is changed, what is said of it."""

from __future__ import annotations

from collections.abc import Mapping

from app.api.http.conditional_requests import check_change
from app.api.http.content import JSON, YAML_TYPES, Source
from app.sources.models import StoredSynthesis
from app.sources.sources import TenantSources


def etag(stored: StoredSynthesis) -> str:
    """Strong validator of a version; what is suggested has one, too."""
    return f'"{stored.version}-{int(stored.created_at.timestamp() * 1_000_000):x}"'


def wants_yaml(accept: str | None) -> bool:
    """Whether the header `Accept` names YAML, and names it before JSON."""
    named = [part.partition(";")[0].strip().lower() for part in (accept or "").split(",")]
    yaml = [at for at, name in enumerate(named) if name in YAML_TYPES]
    json = [at for at, name in enumerate(named) if name == JSON]
    return bool(yaml) and (not json or yaml[0] < json[0])


async def replace(
    sources: TenantSources, source_id: str, document: Source, headers: Mapping[str, str]
) -> tuple[StoredSynthesis, bool]:
    """Store a new version; tells whether it is the first one. What the source suggests is known
    by its tag to `If-Match`, and no version to `If-None-Match`.

    Raises PreconditionFailed where the headers are about another version.
    """
    created = False

    def check(present: StoredSynthesis) -> None:
        nonlocal created
        created = present.is_suggested
        suggested_is_meant = present.is_suggested and "if-match" not in headers
        check_change(headers, None if suggested_is_meant else etag(present))

    return await sources.put_definition(source_id, document, check), created
