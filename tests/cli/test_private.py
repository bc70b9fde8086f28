from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.components.servers import free_ports

DOCUMENT = {
    "name": "people",
    "n_samples": 20,
    "features": {"age": {"type": "int", "min": 1, "max": 90}},
}
FORMATS = ["csv", "parquet", "xlsx"]


def _call(url: str, body: Any = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Prefer": "wait=60"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=90) as answer:
        return bytes(answer.read())


def _start(data: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--workers", "1"]
    command += ["--data-dir", str(data)]
    return subprocess.Popen(command, umask=0, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _await_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            _call(f"{url}/readyz")
            return
        except OSError:
            assert server.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)


def test_nobody_else_reads_what_the_service_keeps(tmp_path: Path) -> None:
    """Whatever the umask, and where an installation lay open before."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "old").mkdir()
    for path, mode in ((data, 0o777), (data / "old", 0o777)):
        path.chmod(mode)
    url = f"http://127.0.0.1:{(port := free_ports(1)[0])}"
    server = _start(data, port)
    try:
        _await_ready(url, server)
        job = json.loads(_call(f"{url}/v1/jobs", {"schema": DOCUMENT, "formats": FORMATS}))
        assert job["status"] == "succeeded"
        _call(f"{url}/v1/jobs/{job['id']}/result?format=jsonl")
        found = [data, *(Path(folder, name) for folder, a, b in os.walk(data) for name in a + b)]
        open_to_others = [str(path) for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    assert len(found) > 10
    assert open_to_others == []
