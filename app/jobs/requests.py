"""The body of a request for a job: what all kinds of jobs understand, and parts for some."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool
from typing_extensions import TypeAliasType

from app.engine.errors import Fault
from app.jobs.models import Document, JobRequest
from app.webhooks.events import END_EVENTS, Event

MAX_INTEGER = 2**63 - 1

# Read by the sinks themselves; the description of the API says what is in it.
SinkTarget = TypeAliasType("SinkTarget", dict[str, Any])
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Rows = Annotated[int, Field(ge=0, le=MAX_INTEGER, strict=True)]
Seed = Annotated[int, Field(ge=0, le=MAX_INTEGER, strict=True)]


class RequestBody(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


WebhookUrl = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description="http or https, at a public host.",
        examples=["https://example.com/hook"],
    ),
]
WebhookSecret = Annotated[
    str,
    Field(
        min_length=32,
        max_length=100,
        pattern=r"^(whsec_)?[A-Za-z0-9+/]+={0,2}$",
        description="24 to 64 bytes in base64, behind `whsec_` or not; never shown again.",
    ),
]


class Webhook(RequestBody):
    """Where events of the job are posted to (Standard Webhooks)."""

    url: WebhookUrl
    events: Annotated[list[Event], Field(min_length=1, max_length=20)] = list(END_EVENTS)
    secret: WebhookSecret | None = Field(
        None, description="Signs this job's events in the place of the endpoint's own secret."
    )


class CsvOptions(RequestBody):
    """How CSV is written."""

    null: str = Field("", max_length=20, description="The token of a null; such texts are quoted.")
    delimiter: Literal[",", ";", "|", "\t", "tab"] = ","
    quote: Literal["minimal", "all"] = Field("minimal", description="Where needed, or all cells.")
    bom: StrictBool = Field(False, description="Begin with UTF-8's byte order mark.")
    line_end: Literal["lf", "crlf"] = "lf"


class Options(RequestBody):
    """Choices that a file format leaves open."""

    escape_formulas: StrictBool = Field(
        False, description="Put an apostrophe before cells that a spreadsheet takes for a formula."
    )
    on_row_limit: Literal["split", "refuse"] = Field(
        "split", description="What to do with more rows than a sheet holds."
    )
    csv: CsvOptions = CsvOptions()


class JobEnvelope(RequestBody):
    """What every kind of job understands; each kind adds its own, and its `kind`."""

    kind: str
    name: Name | None = Field(None, description="Overrides the name that the kind chooses.")
    formats: list[str] = Field([], max_length=20, examples=[["csv", "parquet"]])
    sinks: list[SinkTarget] = Field([], max_length=20, description="Where the files go.")
    webhook: Webhook | None = None
    time_limit: Annotated[float, Field(gt=0, le=31_536_000)] | None = Field(
        None, description="Most seconds that the job may be worked on, waiting not counted."
    )

    def faults(self) -> list[Fault]:
        """What is wrong with the fields together."""
        return []

    def job_request(self, document: Document, **own: Any) -> JobRequest:
        """The job that is asked for.

        Args:
            document: what it works from.
            own: other fields of the request.
        """
        webhook = self.webhook
        return JobRequest(
            kind=self.kind,
            document=document,
            name=self.name,
            formats=tuple(self.formats),
            sinks=tuple(self.sinks),
            webhook=None if webhook is None else webhook.model_dump(mode="json", exclude_none=True),
            time_limit=self.time_limit,
            **own,
        )
