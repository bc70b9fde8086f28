# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong when jobs are asked for.

ServiceError
├── DeliveryNotFound     the job has no delivery of this number
├── UnknownTable         the job's result has no table of this name
├── ArtifactNotFound     the job makes no such file
├── NoRules              a job of a kind that works by no rules
├── ResultNotReady       the job has no result (yet, or never will)
├── CredentialsGone      credentials that came with a request are gone with its job
└── StorageFull          the disk has no room for what a request needs
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.errors import Fault
from app.jobs.models import ArtifactKey
from app.store.errors import ServiceError


class DeliveryNotFound(ServiceError):
    def __init__(self, job_id: str, place: int) -> None:
        super().__init__(f"job {job_id!r} has no delivery {place}")
        self.job_id = job_id
        self.place = place


class UnknownTable(ServiceError):
    def __init__(self, table: str, tables: tuple[str, ...]) -> None:
        super().__init__(f"there is no table {table!r}; the result has {', '.join(tables)}")
        self.table = table
        self.tables = tables


class ArtifactNotFound(ServiceError):
    """The job makes no such file; `known` are the names, or the formats, that there are, and
    `reason` says what it would take."""

    def __init__(self, key: ArtifactKey, known: Sequence[str], reason: str = "") -> None:
        of = f" of {key.table}" if key.table else ""
        what = f"{key.name}{of}" + (f" as {key.format}" if key.format else "")
        there = f"; there is {', '.join(known)}" if known else ""
        why = f": {reason}" if reason else ""
        super().__init__(f"jobs of this kind have no {what}{there}{why}")
        self.key = key


class NoRules(ServiceError):
    def __init__(self, job_id: str) -> None:
        super().__init__(f"job {job_id!r} is of a kind that works by no rules")
        self.job_id = job_id


class ResultNotReady(ServiceError):
    """The job has no result; `status` says why."""

    def __init__(self, job_id: str, status: str) -> None:
        super().__init__(f"job {job_id!r} has no result: it is {status}")
        self.job_id = job_id
        self.status = status


class CredentialsGone(ServiceError):
    """Credentials that came with a request lived until its job ended, or can be read no longer;
    `faults` name their places."""

    def __init__(self, places: Sequence[str]) -> None:
        message = "its credentials came with the first request and are kept no longer"
        hint = "submit the request again with them, or store them as a connection"
        self.faults = tuple(Fault(place, message, hint) for place in places)
        super().__init__("; ".join(map(str, self.faults)))


class StorageFull(ServiceError):
    """The disk has no room for what a request needs; there may be room later."""

    def __init__(self) -> None:
        super().__init__("the service's disk is full at the moment")
