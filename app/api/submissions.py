"""What can be posted to `/v1/jobs`: a definition, or a job request that holds or names one.

A body is a job request where it has a key that only job requests have (`kind`, `schema_yaml`,
`schema_name`, `formats`, `sinks`, `webhook`, `verify`, `options`, `time_limit`). Everything else is
a definition, so `{"schema": {…}, "n_samples": 10, "seed": 7}` is one; it would mean the same as a
request. A YAML body is always a definition. Faults of a definition keep their path inside it,
wherever the definition stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError
from pydantic_core import ErrorDetails

from app.api.plain_json import SinkTarget
from app.api.refusals import InvalidRequest
from app.engine.errors import Fault
from app.engine.schema.problems import did_you_mean
from app.engine.schema.source import write_path
from app.jobs.models import JobRequest
from app.jobs.outbox.events import END_EVENTS, Event

MAX_INTEGER = 2**63 - 1
MAX_STEP = 300
# Keys of an object whose keys are known: each unknown one costs a fault with a hint.
MAX_KEYS = 100
# Items of a list; models refuse more.
MAX_ITEMS = 20
SOURCES = ("schema", "schema_yaml", "schema_name")
REQUEST_KEYS = frozenset(
    {
        "kind",
        "schema_yaml",
        "schema_name",
        "formats",
        "sinks",
        "webhook",
        "verify",
        "options",
        "time_limit",
    }
)

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Rows = Annotated[int, Field(ge=0, le=MAX_INTEGER, strict=True)]
Seed = Annotated[int, Field(ge=0, le=MAX_INTEGER, strict=True)]


class RequestBody(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Request = TypeVar("Request", bound=RequestBody)


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
        description="24 to 64 bytes in base64, behind `whsec_` or not; never told again.",
    ),
]


class Webhook(RequestBody):
    """Where events of the job are posted to (Standard Webhooks)."""

    url: WebhookUrl
    events: Annotated[list[Event], Field(min_length=1, max_length=20)] = list(END_EVENTS)
    secret: WebhookSecret | None = Field(
        None, description="Signs this job's events in the place of the endpoint's own secret."
    )


class Options(RequestBody):
    """Choices that a file format leaves open."""

    escape_formulas: StrictBool = Field(
        False, description="Put an apostrophe before cells that a spreadsheet takes for a formula."
    )
    on_row_limit: Literal["split", "refuse"] = Field(
        "split", description="What to do with more rows than a sheet holds."
    )


class JobSubmission(RequestBody):
    """A job request. Exactly one of `schema`, `schema_yaml` and `schema_name` is given."""

    kind: Literal["generate"] = "generate"
    definition: dict[str, Any] | None = Field(None, alias="schema", description="A definition.")
    schema_yaml: str | None = Field(None, description="A definition as YAML text.")
    schema_name: Name | None = Field(None, description="The name of a stored definition.")
    name: Name | None = Field(None, description="Overrides the definition's name.")
    n_samples: Rows | None = Field(None, description="Overrides the rows of the root table.")
    seed: Seed | None = Field(None, description="Overrides the definition's seed.")
    formats: list[str] = Field([], max_length=20, examples=[["csv", "parquet"]])
    sinks: list[SinkTarget] = Field([], max_length=20, description="Where the files go.")
    webhook: Webhook | None = None
    verify: StrictBool = False
    options: Options = Options()
    time_limit: Annotated[float, Field(gt=0, le=31_536_000)] | None = Field(
        None, description="Most seconds that the job may be worked on, waiting not counted."
    )

    def request(self, document: Mapping[str, Any]) -> JobRequest:
        """The job that is asked for, with the definition in the place of whatever named it."""
        return JobRequest(
            kind=self.kind,
            document=document,
            name=self.name,
            n_samples=self.n_samples,
            seed=self.seed,
            formats=tuple(self.formats),
            sinks=tuple(self.sinks),
            webhook=self.webhook.model_dump(mode="json", exclude_none=True)
            if self.webhook
            else None,
            verify=self.verify,
            options=self.options.model_dump(exclude_unset=True),
            time_limit=self.time_limit,
        )


class Rename(RequestBody):
    """A new name for a job."""

    name: Name


class Rerun(RequestBody):
    """What a new run changes; a new seed is drawn unless one is given."""

    seed: Seed | None = None
    n_samples: Rows | None = None


def is_job_request(value: Mapping[str, Any]) -> bool:
    """Whether a body is a job request and not a definition."""
    return not REQUEST_KEYS.isdisjoint(value)


def read_submission(value: Mapping[str, Any]) -> JobSubmission:
    """The job request in a body. Raises InvalidRequest with every fault."""
    submission = read_request(JobSubmission, value)
    given = [key for key in SOURCES if value.get(key) is not None]
    if len(given) == 1:
        return submission
    hint = "give exactly one of `schema`, `schema_yaml` and `schema_name`"
    message = "excludes " + " and ".join(given[1:]) if given else "is missing"
    raise InvalidRequest(Fault(given[0] if given else "schema", message, hint))


def read_request(model: type[Request], value: Mapping[str, Any]) -> Request:
    """A body as its model. Raises InvalidRequest with every fault."""
    if wide := list(_wide(value)):
        raise InvalidRequest(*wide)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = [_fault(model, details) for details in error.errors(include_url=False)]
        raise InvalidRequest(*faults) from None


def _wide(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """A fault for each object outside of the definition that has too many keys."""
    if isinstance(value, Mapping) and len(value) > MAX_KEYS:
        hint = f"write {MAX_KEYS} at the most"
        yield Fault(write_path(path), f"has {len(value):,} keys", hint)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if (*path, key) != ("schema",):
                yield from _wide(part, (*path, key[:MAX_STEP]))
    elif isinstance(value, list):
        for place, part in enumerate(value[:MAX_ITEMS]):
            yield from _wide(part, (*path, place))


def _fault(model: type[RequestBody], details: ErrorDetails) -> Fault:
    path = write_path(tuple(map(_shortened, details["loc"])))
    if details["type"] == "extra_forbidden":
        name = str(details["loc"][-1])
        known = [field.alias or key for key, field in model.model_fields.items()]
        return Fault(path, "is not a known key", _unknown_hint(name, known))
    if details["type"] == "missing":
        return Fault(path, "is missing")
    return Fault(path, details["msg"])


def _shortened(step: str | int) -> str | int:
    """A step of a path; a name may be as long as a whole body."""
    return step if isinstance(step, int) or len(step) <= MAX_STEP else f"{step[:MAX_STEP]}…"


def _unknown_hint(name: str, known: list[str]) -> str | None:
    if name in {"features", "target", "tables"}:
        return "put the definition under `schema`"
    return did_you_mean(name, known)
