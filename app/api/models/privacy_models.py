"""Bodies about the privacy accounts of sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from app.api.models.response_models import Answer
from app.api.models.source_models import source_address
from app.jobs.requests import RequestBody
from app.kinds.train.privacy import AccountFigures
from app.privacy.accounts import AccountState
from app.privacy.entries import AccountSettings, Entry, Use

EntryKind = Literal["settings", "use", "reserve", "begin", "release", "commit", "merge", "move"]


class AccountRequest(AccountSettings, RequestBody):
    """What an account allows from now on. What is left out has its default."""

    def settings(self) -> AccountSettings:
        return AccountSettings.model_validate(self.model_dump())


class AccountEntryBody(Answer):
    """What happened to an account; it is never changed."""

    number: int = Field(description="From 1.")
    kind: EntryKind = Field(
        description="Settings were changed; rows were read in a way that no budget bounds; the "
        "budget of a job was reserved, spent, or released as the job ended before it read a row; "
        "what the job asked was noted; another account turned out to be of the same data, and "
        "what it had spent counts here; another account counts for this one."
    )
    at: datetime
    job: str | None = None
    epsilon: float | None = Field(None, description="Reserved.")
    rho: int | None = Field(None, description="Reserved, or used, in units of 1e-12.")
    algorithm: str | None = None
    use: Use | None = None
    transcript: str | None = Field(None, description="SHA-256 of all answers.")
    settings: AccountSettings | None = None
    account: str | None = Field(None, description="The other account.")
    executions: int | None = Field(None, description="Of the other account.")
    uses: list[Use] | None = Field(None, description="Of the other account.")


class AccountBody(AccountFigures):
    """The privacy account of a source's data, whatever other sources have the same data."""

    id: str
    source: str
    unit: str | None
    max_contributions: int
    adjacency: Literal["add_remove"] = Field(
        description="Neighbours are tables one of which has all rows of one more individual."
    )
    entries: list[AccountEntryBody]
    links: dict[str, str]


def account_body(state: AccountState, source_id: str, root: str = "") -> AccountBody:
    source = source_address(source_id, root)
    settings = state.ledger.settings
    return AccountBody(
        **AccountFigures.of(state.ledger).model_dump(),
        id=state.id,
        source=source_id,
        unit=settings.unit,
        max_contributions=settings.max_contributions,
        adjacency="add_remove",
        entries=_entries(state.entries),
        links={"self": f"{source}/account", "source": source},
    )


def _entries(entries: Sequence[Entry]) -> list[AccountEntryBody]:
    return [
        AccountEntryBody.model_validate({"number": number, **entry.model_dump(exclude={"events"})})
        for number, entry in enumerate(entries, start=1)
    ]
