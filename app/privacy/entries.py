"""What stands in a privacy account: its settings, and entries that are only ever added."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from app.engine.privacy.events import canonical
from app.engine.privacy.zcdp import MOST_EPSILON


class Policy(StrEnum):
    """Who may read the rows: only what is differentially private, or anything else as well."""

    DP_ONLY = "dp_only"
    MIXED = "mixed"


class Use(StrEnum):
    """A way of reading rows that no budget bounds."""

    ROWS = "rows"
    PROFILE = "profile"
    TRAINING = "training"
    EVALUATION = "evaluation"
    COMPLETION = "completion"
    BEFORE = "before"


USES = {
    Use.ROWS: "its rows",
    Use.PROFILE: "what was found in its rows",
    Use.TRAINING: "what a training without differential privacy learns",
    Use.EVALUATION: "figures about its rows",
    Use.COMPLETION: "rows of it that are completed or filled",
    Use.BEFORE: "what was done with it before there were accounts",
}


class AccountSettings(BaseModel):
    """What an account allows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: Policy = Field(
        Policy.MIXED,
        description="`dp_only`: rows are read with a budget alone; `mixed`: in other ways as well, "
        "which the account then says.",
    )
    unit: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="The column that says whose a row is; each row is somebody's own where null.",
    )
    max_contributions: int = Field(
        1, ge=1, le=10_000, description="Rows of one individual, at most; more are left out."
    )
    delta: float = Field(
        1e-6, ge=1e-12, le=1e-3, description="Far less than one by the number of individuals."
    )
    epsilon_limit: float | None = Field(
        None,
        ge=0.01,
        le=MOST_EPSILON,
        description="Of all executions together, at `delta`; nothing may be spent where null.",
    )


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime


class Changed(_Entry):
    """The settings are others from now on."""

    kind: Literal["settings"] = "settings"
    settings: AccountSettings


class Used(_Entry):
    """Rows were read in a way that no budget bounds."""

    kind: Literal["use"] = "use"
    use: Use


class Reserved(_Entry):
    """A job was queued with a budget; `rho` is in units of 1e-12."""

    kind: Literal["reserve"] = "reserve"
    job: str
    rho: int = Field(gt=0)
    epsilon: float
    algorithm: str


class Begun(_Entry):
    """The job begins to read; its budget is spent from here on, whatever becomes of it."""

    kind: Literal["begin"] = "begin"
    job: str


class Released(_Entry):
    """The job ended before it read anything; its budget is free again."""

    kind: Literal["release"] = "release"
    job: str


class Committed(_Entry):
    """What the job asked of the rows; `rho` is what that comes to, of what was reserved."""

    kind: Literal["commit"] = "commit"
    job: str
    rho: int = Field(ge=0)
    transcript: str
    events: list[dict[str, Any]]


class Merged(_Entry):
    """Another account turned out to be of the same data: what it had spent counts here from now on.

    Args:
        account: the other one.
        rho: what it had spent, in units of 1e-12.
        executions: how many.
        settings: the stricter ones of both.
    """

    kind: Literal["merge"] = "merge"
    account: str
    rho: int = Field(ge=0)
    executions: int = Field(ge=0)
    uses: list[Use]
    settings: AccountSettings


class Moved(_Entry):
    """The data has another account, which counts what was spent here."""

    kind: Literal["move"] = "move"
    account: str


Entry = Changed | Used | Reserved | Begun | Released | Committed | Merged | Moved

_ENTRIES: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])


def written(entry: Entry) -> str:
    """An entry as the JSON that is stored and hashed."""
    return canonical(entry.model_dump(mode="json")).decode()


def read_entry(body: str) -> Entry:
    """The entry that was stored. Raises ValueError."""
    return _ENTRIES.validate_python(json.loads(body))
