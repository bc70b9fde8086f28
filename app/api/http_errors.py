# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What the HTTP layer itself refuses, before any definition or job is looked at.

RequestError
├── MalformedRequest        bytes that are no HTTP request
├── MisdirectedRequest      a request to a name that is not this machine's
├── ForeignSite             a browser on a page of another site
├── RequestTimeout          a request that does not come to its end
├── Unauthenticated         no key, or one that is none
├── InsufficientScope       a key that is not for this
├── TooManyRequests         a key that asks too often
├── MalformedBody           bytes that are no text, or text that is no JSON
├── UnsupportedMediaType    a body of a kind that this route does not read
├── BodyTooLarge            more bytes than the service takes
├── InvalidRequest          a body or parameter that does not say something usable
├── NotAcceptable           none of the formats that `Accept` allows can be had
├── PreconditionFailed      If-Match names other contents than there are
├── RangeNotSatisfiable     a byte range outside the file
├── ProblemNotFound         no such type of problem
├── ResultGone              a result whose files are there no more
├── DefinitionExists        a definition of this name is stored already
├── NoReport                a job that nothing reports on
└── NotReady                the service cannot do its work now

Status codes are not here: `errors` alone knows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.engine.errors import Fault


class RequestError(Exception):
    """A request that is answered with a problem; the text is meant for the caller."""

    headers: Mapping[str, str] = MappingProxyType({})
    faults: tuple[Fault, ...] = ()


class MalformedRequest(RequestError):
    """Bytes that are no HTTP request."""


class MisdirectedRequest(RequestError):
    """A request to a name that is not one of this machine's, without keys."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"without API keys this service answers to localhost, not to {name[:100]!r}; name it "
            "in TABLESMITH_HOST_NAMES, or switch keys on"
        )


class ForeignSite(RequestError):
    """What a browser sends from a page of another site, without a key."""

    def __init__(self) -> None:
        super().__init__(
            "a page of another site asked for this; send a key (Authorization: Bearer <key>), or "
            "ask from the service's own pages or from a program"
        )


class RequestTimeout(RequestError):
    """A request that took too long to arrive."""

    def __init__(self, what: str, seconds: float) -> None:
        self.headers = {"Connection": "close"}
        super().__init__(f"{what} did not arrive within {seconds:g} seconds")


SEND_A_KEY = (
    "send a key of this service in the header `Authorization: Bearer <key>`; an administrator "
    "makes one with POST /v1/keys, on the page Keys or with `tablesmith keys create`"
)


class Unauthenticated(RequestError):
    """No key in a request that wants one, or one that cannot be used."""

    def __init__(self, message: str, *, invalid: bool = False) -> None:
        reason = ', error="invalid_token"' if invalid else ""
        self.headers = {"WWW-Authenticate": f'Bearer realm="tablesmith"{reason}'}
        super().__init__(message)


class InsufficientScope(RequestError):
    """A key that is not for this call.

    Args:
        message: what wants the scope, in place of "this call".
        of_default: whether the key has to be one of the default tenant, whose administrators are
            the operators of the service.
    """

    def __init__(
        self, wanted: str, has: str, message: str | None = None, *, of_default: bool = False
    ) -> None:
        challenge = f'Bearer realm="tablesmith", error="insufficient_scope", scope="{wanted}"'
        self.headers = {"WWW-Authenticate": challenge}
        key = f"a key of scope {wanted}{' of the tenant default' if of_default else ''}"
        yours = "yours is of another tenant" if of_default else f"yours has {has}"
        said = message or f"this call wants {key}; {yours}"
        super().__init__(
            f"{said}. Ask an administrator for one: POST /v1/keys, the page Keys or "
            f"`tablesmith keys create --scope {wanted}` makes it"
        )


class TooManyStreams(RequestError):
    """More calls that last than a key may have at the same time."""

    retry_after = 5

    def __init__(self, most: int) -> None:
        super().__init__(
            f"a key may have {most} downloads and streams of events at the same time; end one, "
            "or ask for the job itself now and then"
        )


class TooManyRequests(RequestError):
    """A key that asks more often than it may."""

    def __init__(self, per_minute: int, seconds: int) -> None:
        self.headers = {"Retry-After": str(seconds)}
        super().__init__(f"this key may ask {per_minute} times a minute; wait {seconds} seconds")


class MalformedBody(RequestError):
    """Bytes that are no UTF-8 text, or text that is no JSON."""


class UnsupportedMediaType(RequestError):
    """A body of a kind that this route does not read; says what it reads."""

    def __init__(self, given: str | None, accepted: Sequence[str], encoding: str) -> None:
        wanted = ", ".join(accepted)
        self.headers = {"Accept": wanted, "Accept-Encoding": "identity"}
        said = f"Content-Type {given[:100]!r}" if given else "a body without Content-Type"
        packed = "" if encoding == "identity" else f" with Content-Encoding {encoding[:20]!r}"
        super().__init__(f"{said}{packed} is not read here; send UTF-8 text as one of: {wanted}")


class BodyTooLarge(RequestError):
    """More bytes than the service takes."""

    def __init__(self, limit: int) -> None:
        self.headers = {"Connection": "close"}
        super().__init__(f"a request body may have {limit:,} bytes at the most")


class InvalidRequest(RequestError):
    """A body or parameter at fault, with every fault found."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(map(str, faults)))


class NotAcceptable(RequestError):
    """None of the media types in `Accept` can be had."""

    def __init__(self, accept: str, offered: Sequence[str]) -> None:
        super().__init__(
            f"nothing here fits Accept {accept[:100]!r}; there is: {', '.join(offered)}"
        )


class PreconditionFailed(RequestError):
    """`If-Match` or `If-None-Match` is about other contents than there are; `etag` is that of the
    present ones, None where there are none."""

    def __init__(self, etag: str | None, header: str = "If-Match") -> None:
        self.headers = {} if etag is None else {"ETag": etag}
        there = "there are no contents" if etag is None else f"the present contents are {etag}"
        super().__init__(f"{header} does not hold: {there}")


class RangeNotSatisfiable(RequestError):
    """A byte range that lies outside the file; `size` is the file's length in bytes."""

    def __init__(self, size: int) -> None:
        self.headers = {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        super().__init__(f"the range lies outside the {size:,} bytes of the file")


class ProblemNotFound(RequestError):
    """No such type of problem."""


class ResultGone(RequestError):
    """A result whose files are there no more."""


class DefinitionExists(RequestError):
    """A definition of this name is stored already; a new version is a PUT."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a definition named {name!r} is stored already; PUT stores a new version")


class NoReport(RequestError):
    """A job that nothing reports on."""


class NotReady(RequestError):
    """The service cannot do its work now; a fault for each part that failed."""

    def __init__(self, failed: Sequence[str]) -> None:
        self.faults = tuple(Fault(name, "cannot be used now") for name in failed)
        super().__init__("; ".join(map(str, self.faults)))
