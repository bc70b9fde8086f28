"""What is posted for a job of kind `train`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from app.engine.errors import Fault
from app.jobs.models import JobRequest
from app.jobs.requests import JobEnvelope, Seed
from app.kinds.train.privacy import PrivacyOrder

SourceId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=40,
        pattern="^[A-Za-z0-9_-]+$",
        description="The id of a source that was read.",
    ),
]

Definition = Annotated[
    dict[str, Any],
    Field(
        description="A synthesis definition; that of the source when left out, as stored or as "
        "suggested."
    ),
]
Settings = Annotated[
    dict[str, Any],
    Field(
        description="The `name` of a synthesizer (`sequential`, `copula`, `independent`) and "
        "those of its settings that differ from its defaults; `model_size` (`small`, `medium`, "
        "`large`) stands for several of them.",
        examples=[{"name": "sequential", "max_rounds": 100}],
    ),
]
Holdout = Annotated[
    float,
    Field(
        ge=0,
        le=0.5,
        description="Share of the rows that is set aside before anything is learned; overrides the "
        "definition's, which is 0.1 where it says none.",
    ),
]


class TrainRequest(JobEnvelope):
    """A source to be learned."""

    kind: Literal["train"]
    source: SourceId
    definition: Definition | None = None
    settings: Settings = Field({})
    holdout: Holdout | None = None
    seed: Seed | None = Field(None, description="Overrides the definition's seed.")
    privacy: PrivacyOrder | None = Field(
        None,
        description="Differential privacy, paid for by the source's privacy account; then "
        "`settings` are those of its algorithm, and there is no definition, holdout or seed.",
    )

    def faults(self) -> list[Fault]:
        found = []
        if self.formats:
            found.append(Fault("formats", "a model has one format", "leave it out"))
        if self.privacy is not None:
            hint = "leave it out: `privacy` says what is learned, and its noise has no seed"
            found += [
                Fault(name, "cannot be given beside `privacy`", hint)
                for name in ("definition", "holdout", "seed")
                if getattr(self, name) is not None
            ]
        return found

    def request(self) -> JobRequest:
        """The job that is asked for."""
        document = self.model_dump(include={"source", "definition", "settings", "holdout"})
        if self.privacy is not None:
            document["privacy"] = self.privacy.model_dump()
        return self.job_request(document, seed=self.seed)
