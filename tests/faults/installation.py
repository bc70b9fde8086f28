"""The installation under test, and what can be done to it."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.settings import Settings
from tests.components.postgres import PostgresServer, start_postgres
from tests.components.s3 import S3Server, start_s3
from tests.components.servers import free_ports
from tests.faults.programs import Program
from tests.faults.proxy import Proxy
from tests.faults.warehouse import Warehouse

LEASE_SECONDS = Settings().lease_seconds
DISK_BYTES = 300 << 20
READY_SECONDS = 120.0


@dataclass
class Host:
    """A runner with a disk of its own."""

    program: Program
    disk: Path
    # Whether the disk is a small one that can be filled up.
    small: bool


@dataclass
class Installation:
    address: str
    database: str
    postgres: PostgresServer
    s3: S3Server
    server: Program
    hosts: list[Host]
    proxies: list[Proxy]
    warehouse: Warehouse

    @property
    def programs(self) -> list[Program]:
        return [self.server, *(host.program for host in self.hosts)]

    def revive(self) -> None:
        """Start what has given up by itself, as a supervisor would."""
        for program in self.programs:
            if program.lock.acquire(blocking=False):
                try:
                    if program.ended():
                        program.left()
                        program.start()
                finally:
                    program.lock.release()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"the server did not get ready: {self.server.log.read_text()[-2000:]}")


@contextlib.contextmanager
def installed(folder: Path, *, small_disks: bool, runners: int = 2) -> Iterator[Installation]:
    """Everything started; ended, whatever became of it, when the block is left.

    With `small_disks` each runner has a file system of its own, where mounting is allowed.
    """
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(start_postgres())
        s3 = stack.enter_context(start_s3())
        proxies = [Proxy(postgres.port), Proxy(s3.ports["s3.port"])]
        for proxy in proxies:
            stack.callback(proxy.close)
        database = postgres.new_database()
        environment = _environment(postgres, s3, database, proxies)
        (port,) = free_ports(1)
        arguments = ["serve", "--port", str(port), "--runner", "off"]
        server = Program(
            "server", [*arguments, "--data-dir", str(folder / "server")], environment, folder
        )
        hosts = [
            stack.enter_context(_host(folder, number, environment, small_disks))
            for number in range(runners)
        ]
        ports = [proxy.port for proxy in proxies]
        warehouse = Warehouse(postgres, s3, postgres.new_database(), s3.new_bucket(), *ports)
        whole = Installation(
            f"http://127.0.0.1:{port}", database, postgres, s3, server, hosts, proxies, warehouse
        )
        server.start()
        whole.wait_until_ready()
        for host in hosts:
            host.program.start()
        try:
            yield whole
        finally:
            _end_all(whole)


def _end_all(whole: Installation) -> None:
    for program in whole.programs:
        if not program.ended():
            program.kill()


def _environment(
    postgres: PostgresServer, s3: S3Server, database: str, proxies: list[Proxy]
) -> dict[str, str]:
    """Settings that all programs share; database and store are reached through the proxies."""
    to_postgres, to_s3 = proxies
    url = postgres.url(database).replace(f":{postgres.port}/", f":{to_postgres.port}/")
    return {
        "TABLESMITH_DATABASE_URL": url,
        "TABLESMITH_RESULTS": f"s3://{s3.new_bucket()}/results",
        "TABLESMITH_SECRET_KEYS": base64.b64encode(os.urandom(32)).decode(),
        "TABLESMITH_OUTBOUND_ALLOW": "127.0.0.1/32",
        # The second pause of the default is half as long as a whole run.
        "TABLESMITH_WEBHOOK_RETRIES": "[0.5, 1, 1, 2, 2, 4, 4, 8, 8, 8]",
        # A process that measures a result is given up, with a warning, after so many deaths in a
        # row. Here every second or so some process is killed.
        "TABLESMITH_MAX_ATTEMPTS": "20",
        "TABLESMITH_LOG_FORMAT": "text",
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key,
        "AWS_REGION": s3.region,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{to_s3.port}",
        "AWS_ALLOW_HTTP": "true",
    }


@contextlib.contextmanager
def _host(
    folder: Path, number: int, environment: dict[str, str], small_disk: bool
) -> Iterator[Host]:
    disk = folder / f"disk-{number}"
    disk.mkdir()
    arguments = ["worker", "--workers", "1", "--data-dir", str(disk)]
    program = Program(f"runner-{number}", arguments, environment, folder)
    with _small_disk(disk) if small_disk else contextlib.nullcontext(False) as small:
        yield Host(program, disk, small)


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """Lay a small file system over a folder, where this is allowed; tells whether it was."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tablesmith", str(folder)]
    small = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield small
    finally:
        if small:
            subprocess.run(["umount", "-l", str(folder)], check=False)
