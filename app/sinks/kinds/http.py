"""Uploads by HTTP PUT, as to a presigned URL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, Field, SecretStr, field_validator

from app.sinks.base import (
    MANIFEST,
    DeliveryAttempt,
    Receipt,
    SinkFile,
    Target,
    TerminalSinkError,
    egress_kind,
)
from app.sinks.egress import EgressPolicy
from app.sinks.http_answers import refusal, unreachable
from app.sinks.targets import Credentials, TargetModel, read_credentials, read_target

_PIECE = 1 << 20
_TIMEOUT = httpx.Timeout(120.0, connect=15.0)
_OF_THE_WAY = {
    *("connection", "content-length", "forwarded", "host", "keep-alive", "proxy-authorization"),
    *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "x-forwarded-host"),
}
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")


class HttpTarget(TargetModel):
    below = frozenset({"manifest"})

    headers: dict[str, str] = Field(
        default_factory=dict, description="Headers to send, such as `Content-Type`; not secret."
    )
    manifest: bool = Field(False, description="Whether the signed manifest goes along.")

    @field_validator("headers")
    @classmethod
    def _leaves_the_way_alone(cls, headers: dict[str, str]) -> dict[str, str]:
        """These say to which host a request goes, or where it ends."""
        if refused := [name for name in headers if name.strip().lower() in _OF_THE_WAY]:
            raise ValueError(f"{refused[0]}: is not for a job to set")
        return headers


class HttpCredentials(Credentials):
    url: SecretStr = Field(
        min_length=1,
        description="Where to put the file; whoever has a presigned URL may write there. "
        "`{file}`, `{table}` and `{format}` are filled in.",
    )
    authorization: SecretStr | None = Field(
        None, description="Value of the `Authorization` header, such as `Bearer …`."
    )


@dataclass(frozen=True, slots=True)
class HttpSink:
    """One PUT a file. The receipt names host and file and leaves out the URL, which is a secret."""

    target: ClassVar[type[TargetModel]] = HttpTarget
    credentials: ClassVar[type[Credentials]] = HttpCredentials
    formats: ClassVar[tuple[str, ...] | None] = None
    foreign: ClassVar[bool] = True

    egress: EgressPolicy

    def check(self, target: Target) -> None:
        read_target(HttpTarget, target)

    def deliver(
        self,
        files: Sequence[SinkFile],
        target: Target,
        credentials: BaseModel | None,
        attempt: DeliveryAttempt,
    ) -> Receipt:
        wanted = read_target(HttpTarget, target)
        known = read_credentials(HttpCredentials, credentials)
        chosen = [file for file in files if wanted.manifest or file.format != MANIFEST]
        goals = [_goal(known.url.get_secret_value(), file) for file in chosen]
        if len(set(goals)) < len(goals):
            raise TerminalSinkError("several files would have the same URL; put {file} into it")
        headers = dict(wanted.headers)
        if known.authorization is not None:
            headers["Authorization"] = known.authorization.get_secret_value()
        with httpx.Client(transport=self.egress.transport(), timeout=_TIMEOUT) as client:
            return {
                "files": [
                    _put(client, goal, file, headers, attempt)
                    for goal, file in zip(goals, chosen, strict=True)
                ]
            }


def _goal(url: str, file: SinkFile) -> str:
    for name, value in (("file", file.name), ("table", file.table), ("format", file.format)):
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return url


def _put(
    client: httpx.Client,
    url: str,
    file: SinkFile,
    headers: dict[str, str],
    attempt: DeliveryAttempt,
) -> dict[str, Any]:
    try:
        answer = client.put(
            url,
            content=_pieces(file, attempt),
            headers={**headers, "Content-Length": str(file.bytes)},
        )
    except httpx.TransportError as error:
        raise unreachable(error) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise TerminalSinkError("the URL is no web address") from None
    if not answer.is_success:
        code = _CODE.search(answer.text[:4096])
        raise refusal(answer, code[1] if code else "")
    return {
        "path": file.name,
        "host": answer.url.host,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "etag": answer.headers.get("etag"),
    }


def _pieces(file: SinkFile, attempt: DeliveryAttempt) -> Iterator[bytes]:
    with file.path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            attempt.go_on()
            yield piece


KIND = egress_kind("http", "HTTP upload", HttpSink)
