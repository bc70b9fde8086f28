"""`openapi-python-client` reads the whole description, and its client runs a job."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from app.api.http.source_uploads import ACCEPTED
from app.api.models.schema_requests import SQL
from tests.clients.checking import check_job
from tests.clients.service import INSTALLED, Described, run

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent / "python"
PYTHON = INSTALLED / "venv" / "bin" / "python"
# Bodies that may be JSON or YAML: the generator takes JSON. Of the media types of a source it takes
# few, of those of an import JSON.
UNSUPPORTED = {f"Unsupported content type {name}" for name in ("application/yaml", SQL, *ACCEPTED)}
PARAGRAPH = r"^(?:WARNING|ERROR) parsing .*\n+(.*)$"


@pytest.fixture(scope="module")
def printed(service: Described, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the generated package, and what the generator said."""
    folder = tmp_path_factory.mktemp("python")
    result = run(
        *(PYTHON, "-m", "openapi_python_client", "generate", "--meta", "none"),
        *("--path", service.document, "--config", HERE / "config.yaml"),
        *("--output-path", folder / "tablesmith_client"),
    )
    return folder, result.stderr


def test_no_operation_is_left_out(service: Described, printed: tuple[Path, str]) -> None:
    folder, output = printed
    described = {
        operation["operationId"]
        for item in json.loads(service.document.read_bytes())["paths"].values()
        for operation in item.values()
    }
    modules = (folder / "tablesmith_client" / "api").glob("*/*.py")
    assert {path.stem for path in modules} - {"__init__"} == described
    assert set(re.findall(PARAGRAPH, output, re.MULTILINE)) <= UNSUPPORTED


def test_no_class_is_called_by_a_number(printed: tuple[Path, str]) -> None:
    folder, _ = printed
    names = [path.stem for path in (folder / "tablesmith_client" / "models").glob("*.py")]
    assert len(names) > 100
    assert [name for name in names if re.search(r"type_\d|_item\b|additional_prop", name)] == []


def test_its_client_runs_a_job(
    service: Described, printed: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = printed
    result = run(
        *(PYTHON, "-W", "error", HERE / "run_job.py", service.url, service.token, tmp_path),
        PYTHONPATH=str(folder),
    )
    check_job(service, tmp_path, json.loads(result.stdout))


def test_the_program_fits_the_types_of_its_client(
    printed: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = printed
    options = ("--strict", "--config-file", "", "--cache-dir", tmp_path)
    command = (sys.executable, "-m", "mypy", *options, HERE / "run_job.py")
    assert "no issues found" in run(*command, MYPYPATH=str(folder)).stdout
