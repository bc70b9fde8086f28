"""The whole description put to a running service by schemathesis, all phases and all checks.

`python -m tests.contracts.fuzzing` does it with keys on and thousands of requests; it ends with
status 0 where no answer was a 5xx and none broke the description.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.http.server import ROOT, Server, running_server

CONFIG = Path(__file__).parent / "schemathesis.toml"
PHASES = "examples,coverage,fuzzing,stateful"
MANY = 10_000
# Requests of each call in the phase of random ones, which together make more than MANY.
EXAMPLES = 260


@dataclass(frozen=True)
class Run:
    """What came of a run; `cases` is the number of requests that were made up."""

    status: int
    cases: int
    report: str


def fuzz(server: Server, examples: int, token: str | None = None) -> Run:
    """Put the description to a server, with a key where it wants one."""
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color"]
    command += ["--config-file", str(CONFIG), "run", f"{server.url}/openapi.json"]
    command += ["--checks", "all", "--max-examples", str(examples), "--phases", PHASES]
    command += ["-H", f"Authorization: Bearer {token}"] if token else []
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    cases = re.search(r"([\d,]+) generated", result.stdout)
    count = int(cases[1].replace(",", "")) if cases else 0
    return Run(result.returncode, count, result.stdout + result.stderr)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "app.cli", "keys", "create", "fuzz", "--scope", "admin"]
        command += ["--data-dir", str(folder / "var")]
        made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        settings = {"api_keys": "on", "rate_limit": "1000000", "pages": "off"}
        with running_server(folder, **settings) as server:
            run = fuzz(server, EXAMPLES, made.stdout.strip())
    sys.stdout.write(run.report)
    sys.exit(run.status or int(run.cases < MANY))


if __name__ == "__main__":
    main()
