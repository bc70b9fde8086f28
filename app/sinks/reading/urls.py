"""Databases named by a URL, as those who run a command name them: none of these is checked against
what a service may reach. No password is in what is raised."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from app.engine.errors import SourceError
from app.sinks.reading.table_reading import Wanted, read_tables

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+_]*://")
# The drivers of this project's extras, where a URL names none.
DRIVERS = {
    "postgresql": ("postgresql+asyncpg", "postgres"),
    "postgres": ("postgresql+asyncpg", "postgres"),
    "mysql": ("mysql+pymysql", "mysql"),
    "mariadb": ("mariadb+pymysql", "mysql"),
    "mssql": ("mssql+mssqlpython", "mssql"),
    "oracle": ("oracle+oracledb", "oracle"),
    "bigquery": ("bigquery", "bigquery"),
}
# Settings whose values may not be shown: password, passwd, pwd, passphrase, secret, token, keys.
_SECRET = re.compile(r"pass|pwd|secret|token|key|credential|auth", re.IGNORECASE)
# The same inside a setting, such as the one string of ODBC.
_SECRET_PART = re.compile(r"(?:password|passwd|pwd)\s*=\s*(\{[^}]*\}|[^;]+)", re.IGNORECASE)


def is_database_url(text: str) -> bool:
    """Whether it is written like one, and not like a path."""
    return _URL.match(text) is not None


def without_credentials(text: str) -> str:
    """A database URL that may be shown: no user, no password, no settings. Raises SourceError."""
    from sqlalchemy import URL

    url = _url(text)
    shown = URL.create(url.drivername, host=url.host, port=url.port, database=url.database)
    return shown.render_as_string()


def fetch_url(text: str, wanted: Wanted, folder: Path) -> None:
    """Write tables of a database into Parquet files of a folder, which is empty.

    Raises SourceError for what cannot be reached or read.
    """
    with_connection(text, lambda connection: read_tables(connection, wanted, folder))


def with_connection(
    text: str, work: Callable[[Connection], object], *, makes: bool = False
) -> None:
    """Do something over a connection to a database, on which nothing has been done yet.

    Args:
        makes: whether a file of SQLite that is not there is made.

    Raises SourceError where it cannot be reached, and what `work` raises.
    """
    url = _with_driver(_url(text))
    engine, is_async = _engine(url, makes=makes)
    if is_async:
        asyncio.run(_work_async(engine, url, work))
    else:
        _work_sync(engine, url, work)


def _url(text: str) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        message = "this is no URL of a database, as postgresql://user@host/database is one"
    raise SourceError(message)


def _with_driver(url: URL) -> URL:
    """The same with a driver of this project's where it names none."""
    named = DRIVERS.get(url.drivername)
    if named is None:
        return url
    found = url.set(drivername=named[0])
    if not found.drivername.endswith("+asyncpg") or "sslmode" not in found.query:
        return found
    # As libpq and everything on top of it call it.
    wanted = {"ssl": found.query["sslmode"]}
    return found.difference_update_query(["sslmode"]).update_query_dict(wanted)


def _without_driver(url: URL) -> str:
    extras = {extra for driver, extra in DRIVERS.values() if driver == url.drivername}
    advice = "".join(f"; pip install 'tablesmith[{each}]'" for each in extras)
    return f"this installation has no driver for {url.drivername[:60]!r}{advice}"


def _engine(url: URL, *, makes: bool) -> tuple[Any, bool]:
    """An engine, and whether it is an asynchronous one."""
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        is_async = url.get_dialect().is_async
        return _made_engine(url, is_async=is_async, makes=makes), is_async
    except (ImportError, NoSuchModuleError):
        said = _without_driver(url)
    except (ArgumentError, ValueError, TypeError):
        said = _wrong_setting(url)
    raise SourceError(said)


def _made_engine(url: URL, *, is_async: bool, makes: bool) -> Any:
    from sqlalchemy import NullPool, create_engine
    from sqlalchemy.ext.asyncio import create_async_engine

    path = Path(url.database or "")
    is_there = path.is_file() or (makes and path.parent.is_dir() and not path.is_dir())
    if url.get_backend_name() == "sqlite" and not is_there:
        raise SourceError(f"there is no file {url.database!r} of SQLite")
    make = create_async_engine if is_async else create_engine
    return make(url, poolclass=NullPool, hide_parameters=True)


def _wrong_setting(url: URL) -> str:
    names = ", ".join(url.query)[:200]
    if not names:
        return f"{url.drivername[:60]!r} does not take a URL like this one"
    return (
        f"a setting behind the ? of the URL ({names}) has a value that {url.drivername[:60]!r} "
        "does not take: a time is a number of seconds, as read_timeout=30 says it"
    )


def _work_sync(engine: Any, url: URL, work: Callable[[Connection], object]) -> None:
    try:
        connection = engine.connect()
    except Exception as error:  # whatever its driver raises where it cannot connect
        said = _unreached(error, url)
    else:
        with connection:
            work(connection)
        return
    raise SourceError(said)


async def _work_async(engine: Any, url: URL, work: Callable[[Connection], object]) -> None:
    try:
        connection = await engine.connect()
    except Exception as error:  # whatever its driver raises where it cannot connect
        said = _unreached(error, url)
    else:
        try:
            await connection.run_sync(work)
        finally:
            await connection.close()
        return
    raise SourceError(said)


def _unreached(error: Exception, url: URL) -> str:
    """Why there is no connection, in the driver's words: no row has been read yet."""
    said = f"{getattr(error, 'orig', None) or error}" or type(error).__name__
    for secret in _secrets(url):
        said = said.replace(secret, "***")
    return f"the database cannot be reached: {said[:300]}"


def _secrets(url: URL) -> list[str]:
    """Texts of a URL that may not be shown, as they are and as a URL writes them; the longest
    first, for one may be a part of another."""
    found = [url.password or ""]
    for name, given in url.query.items():
        for value in [given] if isinstance(given, str) else given:
            found += [value] if _SECRET.search(name) else _SECRET_PART.findall(value)
    found += [each.strip("{}") for each in found]
    forms = {form for each in found for form in (each, quote(each, safe=""), quote_plus(each))}
    return sorted(forms - {""}, key=len, reverse=True)
