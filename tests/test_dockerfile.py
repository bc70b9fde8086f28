"""The container image's recipe: pinned, hashed, not root, and every path in it exists."""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def steps(text: str) -> list[tuple[str, str]]:
    """Instructions with their arguments, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    parts = (line.strip().partition(" ") for line in joined.splitlines() if line.strip())
    return [(name, re.sub(r"\s+", " ", rest).strip()) for name, _, rest in parts]


STEPS = steps((ROOT / "Dockerfile").read_text(encoding="utf-8"))


def arguments(name: str) -> list[str]:
    return [rest for instruction, rest in STEPS if instruction == name]


def test_the_image_has_two_stages_of_one_slim_base() -> None:
    assert arguments("FROM") == ["python:3.11-slim AS build", "python:3.11-slim"]


def test_packages_come_from_the_locks_with_hashes() -> None:
    installs = [run for run in arguments("RUN") if "pip install" in run]
    assert len(installs) == 3
    assert all("--require-hashes" in each for each in installs[:2])
    for lock in re.findall(r"-r (\S+)", installs[0]):
        assert (ROOT / lock).is_file()
    assert "--no-deps" in installs[2]
    assert "--no-build-isolation" in installs[2]


def test_every_extra_of_the_image_has_a_lock_of_what_it_adds() -> None:
    assert 'EXTRAS=""' in arguments("ARG")
    (install,) = [run for run in arguments("RUN") if "requirements-extras" in run]
    assert '-r "requirements-extras/$extra.lock"' in install
    base = pinned(ROOT / "requirements.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    # BigQuery's packages want an older python-dateutil than pandas does: no versions fit.
    for extra in set(project["optional-dependencies"]) - {"dev", "pages", "bigquery"}:
        lock = ROOT / "requirements-extras" / f"{extra}.lock"
        found = pinned(lock)
        for wanted in project["optional-dependencies"][extra]:
            assert re.match(r"[\w-]+", wanted)[0] in found, extra  # type: ignore[index]
        assert not found.keys() & base.keys(), extra
        assert "--hash=sha256:" in lock.read_text()


def pinned(lock: Path) -> dict[str, str]:
    """Versions by package, without the conditions under which they are wanted."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE))


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    allowed = [line[1:] for line in ignore if line.startswith("!")]
    copied = [
        source
        for rest in arguments("COPY")
        if "--from=" not in rest
        for source in rest.split()[:-1]
    ]
    assert {"requirements.lock", "app", "migrations", "tablesmith"} <= set(copied)
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(fnmatch.fnmatch(source.removeprefix("./"), each) for each in allowed), source


def test_the_service_does_not_run_as_root_and_owns_its_data() -> None:
    assert arguments("USER") == ["10001"]
    assert arguments("VOLUME") == ["/data"]
    run = next(run for run in arguments("RUN") if "useradd" in run)
    assert "--uid 10001" in run
    assert "install -d -o tablesmith -g tablesmith /data" in run
    order = [name for name, _ in STEPS]
    assert order.index("USER") < order.index("CMD")


def test_health_is_asked_by_python_on_the_port_that_is_served() -> None:
    health = arguments("HEALTHCHECK")[0]
    command = json.loads(health[health.index("[") :])
    port = arguments("EXPOSE")[0]
    assert command[:2] == ["python", "-c"]
    assert f"127.0.0.1:{port}/healthz" in command[2]
    compile(command[2], "HEALTHCHECK", "exec")
    serve = json.loads(arguments("CMD")[0])
    assert serve == ["tablesmith", "serve", "--host", "0.0.0.0", "--port", port]


@pytest.mark.parametrize("name", ["TABLESMITH_DATA_DIR"])
def test_settings_named_in_the_image_exist(name: str) -> None:
    from app.settings import Settings

    assert any(name in rest for rest in arguments("ENV"))
    assert name.removeprefix("TABLESMITH_").lower() in Settings.model_fields
