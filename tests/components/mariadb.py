"""A MariaDB server of its own, from the system's package; `install.sh` installs it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
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
    listens,
    run_as_server,
    server_folder,
)

USER = "tester"
UNSAFE = ("--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0", "--skip-log-bin")


def program(name: str) -> Path:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        raise ComponentError("MariaDB is missing: run tests/components/install.sh")
    return Path(found)


@dataclass
class MariaDBServer:
    """A server on loopback; `user` may do everything."""

    folder: Path
    port: int
    user: str
    password: str
    process: ServerProcess = field(init=False)
    host: str = HOST

    @property
    def socket(self) -> Path:
        return self.folder / "socket"

    def start(self) -> None:
        """Start it; also again after `kill` or `stop`, with the data that it had."""
        command = [
            program("mariadbd"), "--no-defaults", f"--datadir={self.folder / 'data'}",
            f"--socket={self.socket}", f"--bind-address={self.host}", f"--port={self.port}",
            f"--pid-file={self.folder / 'pid'}", "--innodb-buffer-pool-size=64M", *UNSAFE,
        ]  # fmt: skip
        self.process = ServerProcess(command, self.folder, signal.SIGTERM)
        self.process.wait_until_ready(lambda: listens(self.port))

    def kill(self) -> None:
        self.process.kill()

    def stop(self) -> None:
        self.process.stop()

    def sql(self, text: str, database: str = "mysql") -> str:
        """Run statements as an administrator; rows come as lines, columns parted by tabs."""
        command = [program("mariadb"), "--no-defaults", f"--socket={self.socket}", "-uroot", "-NB"]
        return run_as_server([*command, "--default-character-set=utf8mb4", database], text).strip()

    def new_database(self) -> str:
        """The name of a new, empty database."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return name

    def drop_database(self, name: str) -> None:
        self.sql(f"DROP DATABASE IF EXISTS {name}")


@contextlib.contextmanager
def start_mariadb() -> Iterator[MariaDBServer]:
    """A MariaDB server for the time of the block."""
    with server_folder("mariadb") as folder:
        run_as_server(
            [
                program("mariadb-install-db"),
                "--no-defaults",
                f"--datadir={folder / 'data'}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ]
        )
        server = MariaDBServer(folder, free_ports(1)[0], USER, secrets.token_hex(16))
        server.start()
        try:
            server.sql(
                f"CREATE USER {USER}@'%' IDENTIFIED BY '{server.password}';"
                f"GRANT ALL PRIVILEGES ON *.* TO {USER}@'%';"
            )
            yield server
        finally:
            server.stop()
