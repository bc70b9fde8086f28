"""Salesforce's External Data API on loopback: the documented calls, checked as strictly.

After the "Analytics External Data API Developer Guide" and the "REST API Developer Guide".
"""

from __future__ import annotations

import base64
import contextlib
import csv
import gzip
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sinks.servers import QuietHandler, serving

HEADER, PARTS = "InsightsExternalData", "InsightsExternalDataPart"
SETTABLE = {
    HEADER: {
        "Action", "Description", "EdgemartAlias", "EdgemartContainer", "EdgemartLabel", "FileName",
        "Format", "MetadataJson", "NotificationEmail", "NotificationSent", "Operation",
    },
    PARTS: {"DataFile", "InsightsExternalDataId", "PartNumber"},
}  # fmt: skip
REQUIRED = {
    HEADER: {"EdgemartAlias", "Format", "Operation"},
    PARTS: {"InsightsExternalDataId", "PartNumber", "DataFile"},
}
PICKED = {
    "Action": {"None", "Process", "Abort", "Delete"},
    "Format": {"Csv", "Binary"},
    "Operation": {"Append", "Delete", "Overwrite", "Upsert"},
}
LARGEST_PART = 10 * 1000 * 1000
FORMATS = {"yyyy-MM-dd": "%Y-%m-%d", "yyyy-MM-dd HH:mm:ss": "%Y-%m-%d %H:%M:%S"}


class Refused(Exception):  # noqa: N818
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class Dataset:
    number: str
    fields: list[dict[str, Any]]
    rows: list[list[str]] = field(default_factory=list)
    version: int = 0


@dataclass
class SalesforceServer:
    """One organization.

    Args:
        looks: how often the status is asked before an upload is through.
        refusals: answers, status and errorCode, to the next calls in place of the right ones.
    """

    client_secret: str
    token: str = "00D-token"
    looks: int = 2
    datasets: dict[str, Dataset] = field(default_factory=dict)
    records: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {HEADER: {}, PARTS: {}}
    )
    refusals: list[tuple[int, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def open(self) -> Iterator[str]:
        organization = self

        class Handler(QuietHandler):
            def _serve(self) -> None:
                body = self.body()
                try:
                    status, document = organization.serve(
                        self.command, self.path, dict(self.headers), body
                    )
                except Refused as error:
                    status = error.status
                    document = [{"errorCode": error.code, "message": str(error)}]
                content = b"" if document is None else json.dumps(document).encode()
                self.answer(status, content, {"Content-Type": "application/json"})

            do_GET = do_POST = do_PATCH = _serve  # noqa: N815

        with serving(Handler) as url:
            yield url

    def serve(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Any]:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.calls.append(f"{method} {parts.path}")
        if parts.path == "/services/oauth2/token":
            return self._log_in(parse_qs(body.decode()))
        if headers.get("Authorization") != f"Bearer {self.token}":
            raise Refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.refusals:
            status, code = self.refusals.pop(0)
            raise Refused(status, code, "try again later")
        found = re.fullmatch(r"/services/data/v\d+\.0/(.+)", parts.path)
        if found is None:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        return self._resource(method, found[1].split("/"), query, body)

    def _log_in(self, form: Mapping[str, list[str]]) -> tuple[int, Any]:
        if form["grant_type"] != ["client_credentials"]:
            return 400, {"error": "unsupported_grant_type"}
        if form["client_secret"] != [self.client_secret]:
            return 400, {"error": "invalid_client", "error_description": "invalid credentials"}
        return 200, {"access_token": self.token, "token_type": "Bearer"}

    def _resource(
        self, method: str, path: list[str], query: Mapping[str, str], body: bytes
    ) -> tuple[int, Any]:
        match method, path:
            case "POST", ["sobjects", kind]:
                return 201, {"id": self._create(kind, json.loads(body)), "success": True}
            case "PATCH", ["sobjects", kind, number]:
                self._update(kind, number, json.loads(body))
                return 204, None
            case "GET", ["sobjects", kind, number]:
                return 200, self._get(kind, number, query["fields"].split(","))
            case "GET", ["query"]:
                records = self._query(query["q"])
                return 200, {"totalSize": len(records), "done": True, "records": records}
            case "GET", ["wave", "datasets", alias] if alias in self.datasets:
                dataset = self.datasets[alias]
                version = f"0Fc{dataset.version}"
                return 200, {"id": dataset.number, "name": alias, "currentVersionId": version}
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")

    def _create(self, kind: str, fields: dict[str, Any]) -> str:
        self._check(kind, fields)
        if missing := REQUIRED[kind] - set(fields):
            raise Refused(400, "REQUIRED_FIELD_MISSING", f"missing: {sorted(missing)}")
        if kind == PARTS:
            data = base64.b64decode(fields["DataFile"], validate=True)
            if len(data) >= LARGEST_PART:
                raise Refused(400, "STRING_TOO_LONG", "DataFile: data value too large")
            if self.records[HEADER][fields["InsightsExternalDataId"]]["Action"] != "None":
                raise Refused(400, "INVALID_OPERATION", "the upload is being processed")
        number = f"06V{len(self.records[kind]):012d}"
        system = {"Id": number, "Action": "None", "Status": "New", "looks": 0}
        self.records[kind][number] = {**system, **fields}
        return number

    def _check(self, kind: str, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            if name not in SETTABLE[kind]:
                raise Refused(400, "INVALID_FIELD", f"No such column '{name}'")
            if name in PICKED and value not in PICKED[name]:
                message = f"{name}: bad value for restricted picklist field: {value}"
                raise Refused(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message)
        alias = fields.get("EdgemartAlias", "A")
        if not re.fullmatch(r"(?!.*__)[A-Za-z]\w{0,79}(?<!_)", alias, re.ASCII):
            raise Refused(400, "INVALID_INPUT", f"EdgemartAlias: {alias}")

    def _update(self, kind: str, number: str, fields: Mapping[str, Any]) -> None:
        self._check(kind, fields)
        self.records[kind][number].update(fields)
        if fields.get("Action") == "Process":
            self.records[kind][number]["Status"] = "Queued"

    def _get(self, kind: str, number: str, names: list[str]) -> dict[str, Any]:
        record = self.records[kind][number]
        if kind == HEADER and record["Action"] == "Process":
            self._go_on(record)
        return {name: record.get(name) for name in ("Id", *names)}

    def _go_on(self, record: dict[str, Any]) -> None:
        """An upload gets on with every look at it."""
        record["looks"] += 1
        if record["Status"] in {"Completed", "Failed"}:
            return
        if record["looks"] <= self.looks:
            record["Status"] = "InProgress"
            return
        try:
            self._load(record)
            record["Status"] = "Completed"
        except (ValueError, OSError, KeyError) as error:
            record["Status"], record["StatusMessage"] = "Failed", str(error)

    def _query(self, soql: str) -> list[dict[str, Any]]:
        latest = r"( ORDER BY CreatedDate DESC LIMIT 1)?"
        found = re.fullmatch(r"SELECT ([\w, ]+) FROM (\w+) WHERE (\w+) = '(.*)'" + latest, soql)
        if found is None:
            raise Refused(400, "MALFORMED_QUERY", soql)
        names, kind, key, value, one = found.groups()
        value = re.sub(r"\\(.)", r"\1", value)
        rows = [row for row in self.records[kind].values() if row.get(key) == value]
        chosen = rows[-1:] if one else rows
        return [{name: row.get(name) for name in names.split(", ")} for row in chosen]

    def _load(self, record: dict[str, Any]) -> None:
        parts = [
            (row["PartNumber"], base64.b64decode(row["DataFile"]))
            for row in self.records[PARTS].values()
            if row["InsightsExternalDataId"] == record["Id"]
        ]
        if sorted(number for number, _ in parts) != list(range(1, len(parts) + 1)) or not parts:
            raise ValueError("part numbers are not a contiguous sequence from 1")
        text = gzip.decompress(b"".join(data for _, data in sorted(parts))).decode("utf-8")
        described = json.loads(base64.b64decode(record["MetadataJson"]))
        columns = described["objects"][0]["fields"]
        skipped = described["fileFormat"]["numberOfLinesToIgnore"]
        rows = list(csv.reader(io.StringIO(text, newline="")))[skipped:]
        for row in rows:
            _check_row(row, columns)
        alias = record["EdgemartAlias"]
        dataset = self.datasets.setdefault(alias, Dataset(f"0Fb{len(self.datasets)}", columns))
        dataset.fields = columns
        dataset.rows = rows if record["Operation"] == "Overwrite" else [*dataset.rows, *rows]
        dataset.version += 1


def _check_row(row: list[str], columns: list[dict[str, Any]]) -> None:
    if len(row) != len(columns):
        raise ValueError(f"a row has {len(row)} fields and not {len(columns)}")
    for value, column in zip(row, columns, strict=True):
        if column["type"] == "Numeric" and value:
            float(value)
        elif column["type"] == "Date" and value:
            datetime.strptime(value, FORMATS[column["format"]])
