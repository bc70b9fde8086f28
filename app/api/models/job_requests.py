"""What can be posted to `/v1/jobs`: a definition, or a job request that holds or names one.

A body is a job request where it has a key that only job requests have (`kind`, `schema_yaml`,
`schema_name`, `formats`, `sinks`, `webhook`, `verify`, `options`, `time_limit`). Everything else is
a definition, so `{"schema": {…}, "n_samples": 10, "seed": 7}` is one; it would mean the same as a
request. A YAML body is always a definition. Faults of a definition keep their path inside it,
wherever the definition stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.api.http_errors import InvalidRequest
from app.engine.errors import Fault
from app.engine.schema.problems import did_you_mean, nearest, quoted
from app.engine.schema.source import write_path
from app.jobs.requests import JobEnvelope, Name, RequestBody, Rows, Seed

MAX_STEP = 300
# Keys of an object whose keys are known: each unknown one costs a fault with a hint.
MAX_KEYS = 100
# Items of a list; models refuse more.
MAX_ITEMS = 20
DEFAULT_KIND = "generate"
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

Request = TypeVar("Request", bound=RequestBody)


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


def point_at_request_keys(faults: Sequence[Fault]) -> list[Fault]:
    """The faults of a body that was read as a definition: an unknown key at its top that is near
    to one of a job request was most likely meant for that."""
    return [_pointed(fault) for fault in faults]


def _pointed(fault: Fault) -> Fault:
    if fault.message != f"unknown key {quoted(fault.path)}":
        return fault
    near = nearest(fault.path, REQUEST_KEYS)
    if near is None:
        return fault
    return replace(fault, hint=f"did you mean {quoted(near)}, a key of a job request?")


def read_submission(
    value: Mapping[str, Any], models: Mapping[str, type[JobEnvelope]]
) -> JobEnvelope:
    """The job request in a body, read with the model of its kind.

    Raises InvalidRequest with every fault.
    """
    submission = read_envelope(value, models)
    if faults := submission.faults():
        raise InvalidRequest(*faults)
    return submission


def read_envelope(value: Mapping[str, Any], models: Mapping[str, type[JobEnvelope]]) -> JobEnvelope:
    """The fields of a job request, which may contradict each other. Raises InvalidRequest."""
    name = value.get("kind")
    kind = name if isinstance(name, str) and name in models else DEFAULT_KIND
    return read_request(models[kind], value)


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
