"""What is posted for a job of kind `evaluate`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.engine.errors import Fault
from app.jobs.models import JobRequest
from app.jobs.requests import JobEnvelope, Seed
from app.kinds.train.request import SourceId

SyntheticId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=40,
        pattern="^[A-Za-z0-9_-]+$",
        description="The id of a job whose result is one table, or of a source that was read.",
    ),
]


class EvaluateRequest(JobEnvelope):
    """A synthetic table to be judged by a real one. Wants a key of scope `source`."""

    kind: Literal["evaluate"]
    real: SourceId
    synthetic: SyntheticId
    holdout: SourceId | None = Field(
        None,
        description="Real rows that were set aside before anything was learned; without them "
        "nothing is said of privacy.",
    )
    target: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="A column of the real table that models are to predict."
    )
    seed: Seed = Field(0, description="Of samples and orders.")

    def faults(self) -> list[Fault]:
        if not self.formats:
            return []
        return [Fault("formats", "a report is made in every format that it has", "leave it out")]

    def request(self) -> JobRequest:
        """The job that is asked for."""
        own = self.model_dump(include={"real", "synthetic", "holdout", "target"}, exclude_none=True)
        return self.job_request(own, seed=self.seed)
