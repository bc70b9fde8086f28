"""Object stores: files become objects, each whole or not at all, in several parts where large."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel

from app.engine.formats import FORMATS
from app.sinks.base import (
    DeliveryAttempt,
    Receipt,
    SinkError,
    SinkFile,
    Stopped,
    Target,
    TerminalSinkError,
    TransientSinkError,
)
from app.sinks.connect_proxy import ConnectProxy
from app.sinks.egress import EgressPolicy
from app.sinks.targets import Credentials, FileTarget, need, read_credentials, read_target

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore

PART = 8 << 20  # bytes of a part of an upload; smaller files go in one request
CONCURRENCY = 4
DIGEST = "sha256"
_STATUS = re.compile(r"status (?:code )?:? ?(\d{3})|HTTP (\d{3})", re.IGNORECASE)
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_RETRIED = 2  # by the library; the delivery as a whole is retried by whoever asked for it


@dataclass(frozen=True, slots=True)
class ObjectSink(ABC):
    """What all object stores have in common; a kind says how its store is opened."""

    formats: ClassVar[tuple[str, ...] | None] = None
    foreign: ClassVar[bool] = True
    target: ClassVar[type[FileTarget]]
    credentials: ClassVar[type[Credentials]]
    extra: ClassVar[str]

    egress: EgressPolicy

    @abstractmethod
    def endpoint(self, target: Any) -> str:
        """The URL that the target's objects are below."""

    @abstractmethod
    def open(
        self, target: Any, credentials: Any, client: ClientConfig, retry: dict[str, Any]
    ) -> ObjectStore:
        """The store. Raises ValueError or an error of obstore."""

    def check(self, target: Target) -> None:
        wanted = read_target(self.target, target)
        self.egress.check_url(self.endpoint(wanted))
        need("obstore", self.extra)

    def deliver(
        self,
        files: Sequence[SinkFile],
        target: Target,
        credentials: BaseModel | None,
        attempt: DeliveryAttempt,
    ) -> Receipt:
        self.check(target)
        wanted = read_target(self.target, target)
        known = read_credentials(self.credentials, credentials)
        named = wanted.named(files)
        with ConnectProxy(self.egress) as proxy:
            client: ClientConfig = {
                "proxy_url": proxy.url,
                "allow_http": self.endpoint(wanted).startswith("http:"),
                "timeout": timedelta(minutes=5),
            }
            retry = {"max_retries": _RETRIED, "retry_timeout": timedelta(seconds=30)}
            try:
                store = self.open(wanted, known, client, retry)
                done = [
                    _deliver(store, name, file, wanted.if_exists, attempt)
                    for name, file in named.items()
                ]
            except SinkError:
                raise
            except Exception as error:
                raise _failure(error, proxy, attempt) from None
        return {"files": done}


def _deliver(
    store: ObjectStore, name: str, file: SinkFile, if_exists: str, attempt: DeliveryAttempt
) -> dict[str, Any]:
    """Upload a file unless it is there, as after an attempt that was cut off later."""
    import obstore

    attempt.go_on()
    found = _found(store, name)
    if found == file.sha256:
        tag = obstore.head(store, name)["e_tag"]
    elif found is not None and if_exists == "fail":
        raise TerminalSinkError(f"{name!r} is there already, and if_exists is fail")
    else:
        media = FORMATS[file.format].media_type if file.format in FORMATS else ""
        result = obstore.put(
            store,
            name,
            file.path.read_bytes() if file.bytes <= PART else _pieces(file, attempt),
            attributes={"Content-Type": media or "application/octet-stream", DIGEST: file.sha256},
            chunk_size=PART,
            max_concurrency=CONCURRENCY,
        )
        tag = result["e_tag"]
    return {"path": name, "bytes": file.bytes, "sha256": file.sha256, "etag": tag}


def _found(store: ObjectStore, name: str) -> str | None:
    """The digest that stands at an object, empty where it has none; None: no object, or it may
    not be looked at."""
    import obstore
    from obstore.exceptions import PermissionDeniedError

    try:
        return obstore.get(store, name, options={"head": True}).attributes.get(DIGEST, "")
    except (FileNotFoundError, PermissionDeniedError):
        return None


def _pieces(file: SinkFile, attempt: DeliveryAttempt) -> Iterator[bytes]:
    with file.path.open("rb") as stream:
        while piece := stream.read(PART):
            attempt.go_on()
            yield piece


def _failure(error: Exception, proxy: ConnectProxy, attempt: DeliveryAttempt) -> SinkError:
    if attempt.stopping.is_set():
        return Stopped("the delivery was stopped")
    return proxy.error or _meaning(error)


def _meaning(error: Exception) -> SinkError:
    """What an error of the library means. Its text is not passed on: it may show a signature."""
    from obstore import exceptions

    text = str(error)
    code = _CODE.search(text)
    because = f" ({code[1]})" if code else ""
    if isinstance(error, FileNotFoundError):
        return TerminalSinkError(f"the object store knows no such bucket or container{because}")
    if isinstance(error, (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError)):
        return TerminalSinkError(f"the object store refuses these credentials{because}")
    if not isinstance(error, exceptions.GenericError):
        return TerminalSinkError("the object store cannot take this name or these settings")
    status = next((int(a or b) for a, b in _STATUS.findall(text)), 0)
    if 400 <= status < 500 and status not in (408, 429):
        return TerminalSinkError(f"the object store refused with status {status}{because}")
    said = f" with status {status}" if status else ""
    return TransientSinkError(f"the object store did not answer as it should{said}{because}")
