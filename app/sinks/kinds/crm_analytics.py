"""Salesforce CRM Analytics, by its External Data API.

A row of InsightsExternalData says what comes, rows of InsightsExternalDataPart bring it, the
action Process has it read, and the status tells when the dataset is there. A delivery finds what
an earlier attempt has left by the name of its file, and goes on from there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import httpx
from pydantic import BaseModel, Field, SecretStr, model_validator

from app.sinks.base import (
    DeliveryAttempt,
    Receipt,
    SinkFile,
    Target,
    TerminalSinkError,
    TransientSinkError,
    egress_kind,
)
from app.sinks.crm_metadata import alias_of, csv_parts, metadata
from app.sinks.egress import EgressPolicy
from app.sinks.salesforce import Salesforce
from app.sinks.tables import TYPED, TableLoad, read_rows, table_loads
from app.sinks.targets import Credentials, TargetModel, Text, read_credentials, read_target

HEADER, PARTS = "InsightsExternalData", "InsightsExternalDataPart"
READY = "enabled for training"
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between looks at the status
_DONE = ("Completed", "CompletedWithWarnings")
_GIVEN_UP = ("Failed", "NotProcessed")
_TIMEOUT = httpx.Timeout(120.0, connect=15.0)


class CrmTarget(TargetModel):
    below = frozenset({"dataset", "app", "operation", "wait_seconds"})

    instance_url: Text = Field(
        description="Address of the organization, `https://MyDomain.my.salesforce.com`."
    )
    dataset: Text = Field(
        "{table}", description="Name of the dataset; `{table}` is that of the definition."
    )
    app: Text | None = Field(
        None, description="Developer name of the app for a new dataset; the user's own else."
    )
    operation: Literal["Overwrite", "Append"] = Field(
        "Overwrite", description="`Overwrite` or `Append`."
    )
    api_version: str = Field(
        "64.0", pattern=r"^\d{2,3}\.0$", description="Version of the REST API."
    )
    wait_seconds: int = Field(
        3600, ge=1, le=86_400, description="How long an attempt waits until the data is read."
    )


class CrmCredentials(Credentials):
    access_token: SecretStr | None = Field(
        None, description="Token of a session; or give client_id and client_secret."
    )
    client_id: str | None = Field(
        None, description="Key of a connected app with the client credentials flow."
    )
    client_secret: SecretStr | None = Field(None, description="Secret of the connected app.")

    @model_validator(mode="after")
    def _one_way_in(self) -> CrmCredentials:
        if self.access_token is None and not (self.client_id and self.client_secret):
            raise ValueError("give access_token, or client_id and client_secret")
        return self


@dataclass(frozen=True, slots=True)
class CrmSink:
    """One dataset a table."""

    target: ClassVar[type[TargetModel]] = CrmTarget
    credentials: ClassVar[type[Credentials]] = CrmCredentials
    formats: ClassVar[tuple[str, ...] | None] = TYPED
    foreign: ClassVar[bool] = True

    egress: EgressPolicy

    def check(self, target: Target) -> None:
        self.egress.check_url(read_target(CrmTarget, target).instance_url)

    def deliver(
        self,
        files: Sequence[SinkFile],
        target: Target,
        credentials: BaseModel | None,
        attempt: DeliveryAttempt,
    ) -> Receipt:
        wanted = read_target(CrmTarget, target)
        known = read_credentials(CrmCredentials, credentials)
        loads = table_loads(files, wanted.dataset)
        with httpx.Client(
            transport=self.egress.transport(), base_url=wanted.instance_url, timeout=_TIMEOUT
        ) as client:
            salesforce = Salesforce.log_in(
                client,
                wanted.api_version,
                attempt,
                token=known.access_token,
                client_id=known.client_id,
                client_secret=known.client_secret,
            )
            return {"tables": [_Upload(salesforce, wanted, load, attempt).run() for load in loads]}


@dataclass(frozen=True, slots=True)
class _Upload:
    """One table on its way to a dataset."""

    salesforce: Salesforce
    target: CrmTarget
    load: TableLoad
    attempt: DeliveryAttempt

    def run(self) -> dict[str, Any]:
        alias = alias_of(self.load.name)
        found = self._earlier()
        number = found["Id"] if found else self._create(alias)
        if found is None or found["Action"] == "None":
            self._send(number)
            self.salesforce.update(HEADER, number, {"Action": "Process"})
        status = self._wait(number)
        dataset = self.salesforce.find(f"wave/datasets/{alias}")
        version = dataset.get("currentVersionId") if dataset else None
        return {
            "table": alias,
            "rows": read_rows(self.load.file),
            "sha256": self.load.file.sha256,
            "upload": number,
            "status": status,
            "dataset": dataset.get("id") if dataset else None,
            "version": version,
            "state": READY if version else "processed",
        }

    @property
    def _file_name(self) -> str:
        return f"tablesmith/{self.attempt.delivery}/{self.load.name}.csv"

    def _earlier(self) -> dict[str, Any] | None:
        """What this delivery has begun before, unless it came to nothing."""
        name = self._file_name.replace("\\", "\\\\").replace("'", "\\'")
        rows = self.salesforce.query(
            f"SELECT Id, Action, Status FROM {HEADER} WHERE FileName = '{name}'"
            " ORDER BY CreatedDate DESC LIMIT 1"
        )
        return rows[0] if rows and rows[0]["Status"] not in _GIVEN_UP else None

    def _create(self, alias: str) -> str:
        described = json.dumps(metadata(self.load.file, alias, self.load.name))
        fields = {
            "Format": "Csv",
            "EdgemartAlias": alias,
            "EdgemartLabel": self.load.name,
            "EdgemartContainer": self.target.app,
            "FileName": self._file_name,
            "MetadataJson": base64.b64encode(described.encode()).decode("ascii"),
            "Operation": self.target.operation,
            "Action": "None",
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return self.salesforce.create(HEADER, given)

    def _send(self, number: str) -> None:
        """Send the parts that are not there yet; the same file always has the same parts."""
        rows = self.salesforce.query(
            f"SELECT PartNumber FROM {PARTS} WHERE InsightsExternalDataId = '{number}'"
        )
        there = {int(row["PartNumber"]) for row in rows}
        for place, part in enumerate(csv_parts(self.load.file, self.attempt), start=1):
            if place not in there:
                fields = {
                    "InsightsExternalDataId": number,
                    "PartNumber": place,
                    "DataFile": base64.b64encode(part).decode("ascii"),
                }
                self.salesforce.create(PARTS, fields)

    def _wait(self, number: str) -> str:
        """The status in which the data was read.

        Raises TerminalSinkError where it could not be, TransientSinkError where it takes longer.
        """
        waited, pause = 0.0, FIRST_PAUSE
        while True:
            row = self.salesforce.get(HEADER, number, ("Status", "StatusMessage"))
            status = str(row["Status"])
            if status in _DONE:
                return status
            if status in _GIVEN_UP:
                said = str(row.get("StatusMessage") or "no reason was given")[:300]
                raise TerminalSinkError(f"the upload ended as {status}: {said}")
            if waited >= self.target.wait_seconds:
                raise TransientSinkError(f"the upload is still {status}; a later look goes on")
            self.attempt.stopping.wait(pause)
            self.attempt.go_on()
            waited, pause = waited + pause, min(LONGEST_PAUSE, pause * 1.5)


KIND = egress_kind("crm_analytics", "Salesforce CRM Analytics", CrmSink)
