"""Where jobs deliver to, a database and a bucket, and what has arrived there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import obstore
from obstore.store import S3Store

from tests.components.postgres import PostgresServer
from tests.components.s3 import S3Server

HOST = "127.0.0.1"
# The manifest, which names the job, differs.
DATA = (".csv", ".parquet")


@dataclass(frozen=True)
class Warehouse:
    """Both are reached through ports that can be cut."""

    postgres: PostgresServer
    s3: S3Server
    database: str
    bucket: str
    postgres_port: int
    s3_port: int

    def connections(self) -> list[dict[str, Any]]:
        """What to store with the service."""
        login = {"user": self.postgres.user, "password": self.postgres.password}
        keys = {"access_key_id": self.s3.access_key, "secret_access_key": self.s3.secret_key}
        return [
            {"name": "warehouse", "kind": "postgresql", "credentials": login},
            {"name": "lake", "kind": "s3", "credentials": keys},
        ]

    def sinks(self, number: int, if_exists: str) -> list[dict[str, Any]]:
        """Targets that no other request has."""
        table = {
            "kind": "postgresql",
            "host": HOST,
            "port": self.postgres_port,
            "database": self.database,
            "table": _table(number),
            "if_exists": if_exists,
            "sslmode": "disable",
            "connection": "warehouse",
        }
        files = {
            "kind": "s3",
            "bucket": self.bucket,
            "prefix": _prefix(number),
            "endpoint": f"http://{HOST}:{self.s3_port}",
            "connection": "lake",
        }
        return [table, files]

    def rows(self, number: int) -> str:
        """The number of rows of a request's table, and a digest of what they hold."""
        table = _table(number)
        query = f"SELECT count(*), md5(string_agg(t::text, ';' ORDER BY id)) FROM {table} AS t"
        return self.postgres.sql(query, self.database)

    def files(self, number: int) -> dict[str, str]:
        """Digests of a request's data files by their names."""
        store = S3Store(
            self.bucket,
            endpoint=self.s3.endpoint,
            access_key_id=self.s3.access_key,
            secret_access_key=self.s3.secret_key,
            region=self.s3.region,
            client_options={"allow_http": True},
        )
        found = {}
        for entry in obstore.list(store, prefix=_prefix(number)).collect():
            name = str(entry["path"]).rpartition("/")[2]
            if name.endswith(DATA):
                data = bytes(obstore.get(store, entry["path"]).bytes())
                found[name] = hashlib.sha256(data).hexdigest()
        return found


def _table(number: int) -> str:
    return f"delivery_{number}"


def _prefix(number: int) -> str:
    return f"delivery-{number}"
