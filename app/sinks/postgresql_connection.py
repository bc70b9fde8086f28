"""Connections to PostgreSQL, led to an address that was checked, and what their errors mean."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import pyarrow as pa
from pydantic import Field, SecretStr

from app.sinks.base import SinkError, TerminalSinkError, TransientSinkError
from app.sinks.bounded import MOST_RECEIVED, BoundedSocket
from app.sinks.egress import Address
from app.sinks.targets import Credentials

if TYPE_CHECKING:
    from asyncpg import Connection

T = TypeVar("T")

PORT = 5432
CONNECT_SECONDS = 15.0
# Classes and codes of SQLSTATE that pass: connection, resources, shutdown, conflicts, locks.
_PASSING = ("08", "40", "53", "55P03", "57P01", "57P02", "57P03", "58")
SslMode = Literal["disable", "prefer", "require", "verify-full"]


class PostgresCredentials(Credentials):
    user: str = Field(min_length=1, description="Role to connect as.")
    password: SecretStr = Field(description="Password of the role.")


class PostgresPlace(Protocol):
    """Where a database is."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int | None: ...
    @property
    def database(self) -> str: ...
    @property
    def sslmode(self) -> SslMode: ...


class PinnedLoop(asyncio.SelectorEventLoop):
    """An event loop whose connections all lead to the one address that was checked.

    asyncpg has no parameter for an address beside the host: given the address as its host, it would
    check the certificate for the address, and it opens sockets that take in any number of bytes.
    """

    def __init__(self, address: Address, most_received: int = MOST_RECEIVED) -> None:
        super().__init__()
        self.address = address
        self.most_received = most_received
        self.opened: list[BoundedSocket] = []

    async def create_connection(  # type: ignore[override]
        self, factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        family = socket.AF_INET6 if ":" in self.address.ip else socket.AF_INET
        bounded = BoundedSocket(family, socket.SOCK_STREAM)
        bounded.left = bounded.most = self.most_received
        try:
            bounded.setblocking(False)
            await self.sock_connect(bounded, (self.address.ip, self.address.port))
        except BaseException:
            bounded.close()
            raise
        self.opened.append(bounded)
        return await super().create_connection(factory, sock=bounded, **options)


def run_pinned(
    work: Coroutine[Any, Any, T], address: Address, most_received: int = MOST_RECEIVED
) -> T:
    """Run what connects by `connect` in a loop of its own, whose connections take at most so many
    bytes. Raises SinkError."""
    loop = PinnedLoop(address, most_received)
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(work)
    except Exception as error:
        for each in loop.opened:
            each.check()
        raise _meaning(error, address) from None


def _meaning(error: Exception, address: Address) -> Exception:
    """What an error of a delivery stands for; those of this package stay as they are."""
    if isinstance(error, (TimeoutError, OSError, pa.ArrowException)):
        return _failure(error)
    if type(error).__module__.startswith("asyncpg."):
        return _refusal(error, address)
    return error


async def connect(
    place: PostgresPlace, credentials: PostgresCredentials, **settings: str
) -> Connection:
    """A connection, within `run_pinned`.

    Args:
        settings: parameters of the server for this session.
    """
    import asyncpg

    context: Any = {"disable": False, "prefer": "prefer"}.get(place.sslmode)
    if context is None:
        context = ssl.create_default_context()
        if place.sslmode == "require":
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return await asyncpg.connect(
        host=place.host,
        port=place.port or PORT,
        user=credentials.user,
        password=credentials.password.get_secret_value(),
        database=place.database,
        ssl=context,
        timeout=CONNECT_SECONDS,
        server_settings={"application_name": "tablesmith", **settings},
    )


def _failure(error: Exception) -> SinkError:
    """What an error on the way to the server means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TerminalSinkError(f"the server's certificate is not trusted: {error.verify_message}")
    if isinstance(error, pa.ArrowException):
        return TerminalSinkError(f"the file cannot be read: {error}")
    if "SSL upgrade" in str(error):
        return TerminalSinkError("the server does not encrypt connections; see sslmode")
    return TransientSinkError(f"PostgreSQL cannot be reached: {type(error).__name__}")


def _refusal(error: Exception, address: Address) -> SinkError:
    """What an error of the driver means: of the server's by its SQLSTATE."""
    state = str(getattr(error, "sqlstate", None) or "")
    kind = TransientSinkError if state.startswith(_PASSING) else TerminalSinkError
    return kind(
        f"PostgreSQL refused{f' ({state})' if state else ''}: {address.named(str(error)[:300])}"
    )
