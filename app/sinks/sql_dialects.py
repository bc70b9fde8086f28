"""Databases that are reached through SQLAlchemy: their drivers, and how each is connected to the
address that was checked."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.sinks.base import TerminalSinkError
from app.sinks.bounded import BoundedTls
from app.sinks.bounded import connect as connect_bounded
from app.sinks.outbound import Address

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.sinks.sql import SqlCredentials, SqlTarget

CONNECT_SECONDS = 15
ANSWER_SECONDS = 300

Open = Callable[["SqlTarget", "SqlCredentials", Address], "Engine"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of database.

    Args:
        driver: module of the driver, of the extra `extra`.
        port: of its servers, where the target says none.
        passing: numbers of the server's errors that pass; None where the driver tells by its
            `OperationalError`.
        host: where it always is; None where the target says.
        parameters: how many values a statement takes, where the driver sends every statement
            that is not one of many rows as a query for each row; None where it does not.
    """

    driver: str
    extra: str
    port: int
    open: Open
    passing: frozenset[int] | None = None
    host: str | None = None
    parameters: int | None = None


def _mysql(target: SqlTarget, credentials: SqlCredentials, address: Address) -> Engine:
    import pymysql

    def connect() -> Any:
        connection = pymysql.Connection(
            host=address.host,
            port=address.port,
            user=credentials.user,
            password=credentials.secret,
            database=target.database,
            charset="utf8mb4",
            ssl=_tls(target.tls),
            ssl_disabled=target.tls == "disable" or None,
            read_timeout=ANSWER_SECONDS,
            write_timeout=ANSWER_SECONDS,
            defer_connect=True,
        )
        # The name stays for the certificate, the connection goes to the checked address.
        try:
            connection.connect(connect_bounded(address.ip, address.port, CONNECT_SECONDS))
        except OSError as error:
            raise pymysql.err.OperationalError(2003, f"no connection: {error.strerror}") from None
        return connection

    return _engine(f"{target.dialect}+pymysql://", creator=connect)


def _mssql(target: SqlTarget, credentials: SqlCredentials, address: Address) -> Engine:
    encrypt = {"disable": "no", "require": "yes", "verify": "yes"}[target.tls]
    trusted = "no" if target.tls == "verify" else "yes"
    query = {
        "Encrypt": encrypt,
        "TrustServerCertificate": trusted,
        "HostNameInCertificate": address.host,
    }
    return _engine(_url("mssql+mssqlpython", target, credentials, address, query))


def _oracle(target: SqlTarget, credentials: SqlCredentials, address: Address) -> Engine:
    if target.tls != "disable":
        raise TerminalSinkError("tls: not served for oracle")
    url = _url("oracle+oracledb", target, credentials, address, {"service_name": target.database})
    return _engine(url.set(database=None))


def _bigquery(target: SqlTarget, credentials: SqlCredentials, address: Address) -> Engine:
    try:
        key = json.loads(credentials.secret)
    except ValueError:
        raise TerminalSinkError("password: is not the JSON of a service account's key") from None
    url = f"bigquery://{target.database}"
    return _engine(url, credentials_info=key)


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
    "oracle": Dialect("oracledb", "oracle", 1521, _oracle),
    "bigquery": Dialect(
        "sqlalchemy_bigquery",
        "bigquery",
        443,
        _bigquery,
        host="bigquery.googleapis.com",
        parameters=10_000,
    ),
}


def _tls(wanted: str) -> ssl.SSLContext | None:
    if wanted == "disable":
        return None
    context = ssl.create_default_context()
    context.sslsocket_class = BoundedTls
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
