"""A service with keys on, and its description as generators get it: over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.acceptance.http.server import ROOT, running_server

# Where `install.sh` puts the generators.
INSTALLED = ROOT / "build" / "clients"


@dataclass(frozen=True)
class Described:
    """A running service; `document` is a file that holds its OpenAPI description."""

    url: str
    token: str
    document: Path


@contextmanager
def described_service(folder: Path) -> Iterator[Described]:
    command = [sys.executable, "-m", "app.cli", "keys", "create", "client", "--scope", "write"]
    command += ["--data-dir", str(folder / "var")]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    settings = {"api_keys": "on", "pages": "off", "local_sink_root": str(folder / "delivered")}
    with running_server(folder, **settings) as server:
        document = folder / "openapi.json"
        document.write_bytes(httpx.get(f"{server.url}/openapi.json").content)
        yield Described(server.url, made.stdout.strip(), document)


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program that has ended well. Raises AssertionError with what it said where it has not."""
    result = subprocess.run(
        [str(part) for part in command],
        env=environment or None,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result
