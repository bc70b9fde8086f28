"""Databases that are reached through SQLAlchemy: their drivers, and how each is connected to the
address that was checked."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.sinks.base import TerminalSinkError
from app.sinks.bounded import MOST_RECEIVED, bounded_tls
from app.sinks.bounded import connect as connect_bounded
from app.sinks.egress import Address

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

    from app.sinks.kinds.sql import SqlCredentials, SqlTarget

CONNECT_SECONDS = 15
ANSWER_SECONDS = 300
TOKEN_URI = "https://oauth2.googleapis.com/token"
_OF_A_KEY = ("type", "project_id", "private_key", "client_email", "private_key_id", "client_id")
_BIGQUERY = re.compile(
    r"(?P<project>[a-z][a-z0-9-]{4,28}[a-z0-9])(/(?P<dataset>[A-Za-z0-9_]{1,1024}))?"
)

# The last one is how many bytes the server may send, where that can be bounded.
Open = Callable[["SqlTarget", "SqlCredentials", Address, int], "Engine"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of database.

    Args:
        driver: module of the driver, of the extra `extra`.
        port: of its servers, where the target says none.
        passing: numbers of the server's errors that pass; None where the driver tells by its
            `OperationalError`.
        host: where it always is; None where the target says.
        tls: whether connections are encrypted unless the target says.
        parameters: how many values a statement takes, where the driver sends every statement
            that is not one of many rows as a query for each row; None where it does not.
    """

    driver: str
    extra: str
    port: int
    open: Open
    passing: frozenset[int] | None = None
    host: str | None = None
    tls: str = "require"
    parameters: int | None = None

    def engine(
        self,
        target: SqlTarget,
        credentials: SqlCredentials,
        address: Address,
        received: int = MOST_RECEIVED,
    ) -> Engine:
        """Connects to the address that was checked.

        Args:
            received: bytes that a server may send over a connection, where its driver can be held
                to them.
        """
        return self.open(target, credentials, address, received)


def _mysql(
    target: SqlTarget, credentials: SqlCredentials, address: Address, received: int
) -> Engine:
    import pymysql

    plain = target.encryption == "disable"

    def connect() -> Any:
        connection = pymysql.Connection(
            host=address.host,
            port=address.port,
            user=credentials.user,
            password=credentials.secret,
            database=target.database,
            charset="utf8mb4",
            ssl=_tls(target.encryption, received),
            ssl_disabled=plain or None,
            read_timeout=ANSWER_SECONDS,
            write_timeout=ANSWER_SECONDS,
            defer_connect=True,
        )
        # The name stays for the certificate, the connection goes to the checked address.
        try:
            connection.connect(connect_bounded(address.ip, address.port, CONNECT_SECONDS, received))
        except OSError as error:
            raise pymysql.err.OperationalError(2003, f"no connection: {error.strerror}") from None
        return connection

    return _engine(f"{target.dialect}+pymysql://", creator=connect)


def _mssql(
    target: SqlTarget, credentials: SqlCredentials, address: Address, received: int
) -> Engine:
    encrypt = "no" if target.encryption == "disable" else "yes"
    trusted = "no" if target.encryption == "verify" else "yes"
    query = {
        "Encrypt": encrypt,
        "TrustServerCertificate": trusted,
        "HostNameInCertificate": address.host,
    }
    return _engine(_url("mssql+mssqlpython", target, credentials, address, query))


def _oracle(
    target: SqlTarget, credentials: SqlCredentials, address: Address, received: int
) -> Engine:
    if target.encryption != "disable":
        raise TerminalSinkError("tls: not served for oracle")
    return _engine(oracle_url(target, credentials, address))


def oracle_url(target: SqlTarget, credentials: SqlCredentials, address: Address) -> URL:
    """The address of an Oracle service, whose name stands in the query and nowhere else."""
    from sqlalchemy import URL

    return URL.create(
        "oracle+oracledb",
        username=credentials.user,
        password=credentials.secret,
        host=address.ip,
        port=address.port,
        query={"service_name": target.database},
    )


def _bigquery(
    target: SqlTarget, credentials: SqlCredentials, address: Address, received: int
) -> Engine:
    return _engine(
        bigquery_url(target.database), credentials_info=service_account(credentials.secret)
    )


def bigquery_url(database: str) -> URL:
    """The address of a project or of a dataset in it. Raises TerminalSinkError.

    Put together from its parts, so that nothing in them is a setting of the dialect's, such as one
    that has it use the credentials of the service's own machine.
    """
    from sqlalchemy import URL

    found = _BIGQUERY.fullmatch(database)
    if found is None:
        raise TerminalSinkError("database: is no `project` and no `project/dataset`")
    return URL.create("bigquery", host=found["project"], database=found["dataset"])


def service_account(text: str) -> dict[str, str]:
    """The key of a service account, with nothing in it but what signs in with Google.

    A key file may name the server that its tokens are had from, even one of the service's own
    network. Raises TerminalSinkError.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or given.get("type") != "service_account":
        raise TerminalSinkError("password: is not the JSON of a service account's key")
    key = {name: given[name] for name in _OF_A_KEY if isinstance(given.get(name), str)}
    if missing := [name for name in _OF_A_KEY[:4] if name not in key]:
        raise TerminalSinkError(f"password: the service account's key has no {missing[0]}")
    if given.get("token_uri", TOKEN_URI) != TOKEN_URI:
        raise TerminalSinkError(f"password: the key's token_uri is not {TOKEN_URI}")
    return {**key, "token_uri": TOKEN_URI}


DIALECTS: Mapping[str, Dialect] = {
    # Connections, memory, disk, shutdown, lock waits, deadlocks, and the client's own of the way.
    **dict.fromkeys(
        ("mysql", "mariadb"),
        Dialect(
            "pymysql",
            "mysql",
            3306,
            _mysql,
            frozenset(
                {1020, 1021, 1037, 1038, 1040, 1041, 1053, 1077, 1114, 1129, 1152, 1158, 1159}
                | {1160, 1161, 1203, 1205, 1213, 1226, 1317, 1927, 2002, 2003, 2006, 2013, 2055}
            ),
        ),
    ),
    "mssql": Dialect("mssql_python", "mssql", 1433, _mssql),
    "oracle": Dialect("oracledb", "oracle", 1521, _oracle, tls="disable"),
    "bigquery": Dialect(
        "sqlalchemy_bigquery",
        "bigquery",
        443,
        _bigquery,
        host="bigquery.googleapis.com",
        tls="disable",
        parameters=10_000,
    ),
}


def _tls(wanted: str, received: int) -> ssl.SSLContext | None:
    if wanted == "disable":
        return None
    context = ssl.create_default_context()
    context.sslsocket_class = bounded_tls(received)
    if wanted == "require":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _url(
    name: str,
    target: SqlTarget,
    credentials: SqlCredentials,
    address: Address,
    query: Mapping[str, str],
) -> Any:
    from sqlalchemy import URL

    return URL.create(
        name,
        username=credentials.user,
        password=credentials.secret,
        host=address.ip,
        port=address.port,
        database=target.database,
        query=dict(query),
    )


def _engine(url: Any, **options: Any) -> Engine:
    from sqlalchemy import NullPool, create_engine

    return create_engine(url, poolclass=NullPool, hide_parameters=True, **options)
