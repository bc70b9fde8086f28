"""What is posted for a job of kind `evaluate`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.engine.errors import Fault
from app.engine.reports.limits import ReportLimits
from app.jobs.models import JobRequest
from app.jobs.requests import JobEnvelope, Seed
from app.kinds.train.request import SourceId

SyntheticId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=40,
        pattern="^[A-Za-z0-9_-]+$",
        description="The id of a job whose result is one table, or of a source that was read; of "
        "several tables where `real` holds several.",
    ),
]


Columns = Annotated[int, Field(ge=1, le=1000)]


class EvaluationLimits(BaseModel):
    """Most columns of each section of the report."""

    model_config = ConfigDict(extra="forbid")

    univariate: Columns = Field(ReportLimits.univariate, description="Columns that are drawn.")
    bivariate: Columns = Field(ReportLimits.bivariate, description="Pairs that are listed.")
    knn: Columns | None = Field(
        None,
        description="Columns, the first ones, by which neighbours are looked for where diversity "
        "is measured; all when left out. Attacks look at every column.",
    )
    phik: Columns = Field(ReportLimits.phik, description="Columns of the matrices of associations.")


Weight = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class EvaluationWeights(BaseModel):
    """Of the parts of the composite figure; divided by their sum."""

    model_config = ConfigDict(extra="forbid")

    fidelity: Weight = 1.0
    diversity: Weight = 1.0
    privacy: Weight = 1.0


Column = Annotated[str, Field(min_length=3, max_length=2000, pattern=r"(?s)^[^.]+\..+$")]


class EvaluatedKey(BaseModel):
    """A column of a table that refers to a column of another one, as `table.column` each."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    child: Column = Field(alias="from", examples=["orders.customer_id"])
    parent: Column = Field(alias="to", examples=["customers.id"])


class EvaluateRequest(JobEnvelope):
    """Synthetic tables to be judged by real ones. Wants a key of scope `source`."""

    kind: Literal["evaluate"]
    real: SourceId
    synthetic: SyntheticId
    holdout: SourceId | None = Field(
        None,
        description="Real rows that were set aside before anything was learned; without them "
        "nothing is said of privacy.",
    )
    target: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None,
        description="A column of the real table that models are to predict; of several tables "
        "`table.column`.",
    )
    keys: Annotated[list[EvaluatedKey], Field(max_length=1000)] | None = Field(
        None,
        description="Between several tables; those that were found in the real ones when left out.",
    )
    protected: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="A column between whose values the target is to be fair."
    )
    weights: EvaluationWeights = Field(default_factory=EvaluationWeights)
    limits: EvaluationLimits = Field(default_factory=EvaluationLimits)
    seed: Seed = Field(0, description="Of samples and orders.")

    def faults(self) -> list[Fault]:
        found = []
        if self.formats:
            said = "a report is made in every format that it has"
            found.append(Fault("formats", said, "leave it out"))
        if not any(self.weights.model_dump().values()):
            found.append(Fault("weights", "are all 0", "one of them above 0"))
        if self.protected is not None and self.target is None:
            found.append(Fault("target", "is needed beside `protected`", "name what is predicted"))
        return found

    def request(self) -> JobRequest:
        """The job that is asked for."""
        own = self.model_dump(
            include={
                "real",
                "synthetic",
                "holdout",
                "target",
                "protected",
                "weights",
                "limits",
                "keys",
            },
            exclude_none=True,
            by_alias=True,
        )
        return self.job_request(own, seed=self.seed)
