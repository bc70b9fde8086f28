"""serve and settings: how options, variables and defaults come together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from app.api.hosts import HostCheck
from app.engine.execution.parents import FORK_SERVER_PARENT, name_parent
from app.settings import Settings
from tests.cli.conftest import Run


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have been served; nothing listens."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **rest: calls.append({"app": app, **rest}))
    return calls


def test_options_of_serve_stand_above_the_environment(
    run: Run, served: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLESMITH_PORT", "8111")
    monkeypatch.setenv("TABLESMITH_HOST", "127.0.0.2")
    result = run("serve", "--port", 8222, "--data-dir", tmp_path, "--runner", "off")
    assert result.exit_code == 0, result.stderr
    assert served[0]["port"] == 8222
    assert served[0]["host"] == "127.0.0.2"


@pytest.mark.parametrize(("keys", "guarded"), [("off", True), ("on", False)])
def test_without_keys_a_name_of_this_machine_is_wanted(
    run: Run,
    served: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keys: str,
    guarded: bool,
) -> None:
    monkeypatch.setenv("TABLESMITH_API_KEYS", keys)
    assert run("serve", "--data-dir", tmp_path, "--runner", "off").exit_code == 0
    assert isinstance(served[0]["app"], HostCheck) is guarded


def test_a_setting_that_cannot_be_is_named_with_status_1(
    run: Run, served: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLESMITH_WORKERS", "none")
    result = run("serve")
    assert result.exit_code == 1
    assert "TABLESMITH_WORKERS" in result.stderr
    assert served == []


@pytest.mark.parametrize("command", ["serve", "worker", "keys list", "rotate-secrets"])
@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("TABLESMITH_PORT", "none", "TABLESMITH_PORT: Input should be a valid integer"),
        ("TABLESMITH_DATABASE_URL", "none", "TABLESMITH_DATABASE_URL: is no address"),
        ("TABLESMITH_WEBHOOK_RETRIES", "5,6", "TABLESMITH_WEBHOOK_RETRIES: cannot be read"),
    ],
)
def test_every_command_tells_in_one_line_what_cannot_be(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = run(*command.split())
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {told}")
    assert result.stderr.count("\n") == 1


def test_a_variable_that_is_no_setting_draws_a_warning(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLESMITH_QUOTA_JOB_PER_DAY", "3")
    result = run("settings")
    assert result.exit_code == 0
    assert "warning: TABLESMITH_QUOTA_JOB_PER_DAY is no setting" in result.stderr


def test_what_a_process_that_made_tables_leaves_in_the_environment_draws_none(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FORK_SERVER_PARENT, "")  # put back afterwards
    name_parent()
    assert "warning" not in run("settings").stderr


def test_a_database_that_refuses_is_told_with_the_reason(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "postgresql+asyncpg://ann:s3cret@127.0.0.1:1/t"
    monkeypatch.setenv("TABLESMITH_DATABASE_URL", address)
    result = run("keys", "list")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: the database cannot be used: [Errno 111]")
    assert result.stderr.count("\n") == 1
    assert "s3cret" not in result.stderr


def test_settings_prints_every_setting_with_its_meaning(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLESMITH_PORT", "8111")
    printed = json.loads(run("settings", "--json").stdout)
    assert [row["variable"] for row in printed] == [
        f"TABLESMITH_{name.upper()}" for name in Settings.model_fields
    ]
    assert all(row["meaning"] for row in printed)
    assert {"variable": "TABLESMITH_PORT", "value": "8111"}.items() <= printed[1].items()
    assert "TABLESMITH_PORT=8111" in run("settings").stdout


def test_settings_shows_no_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "postgresql+asyncpg://ann:s3cret@db/t?sslpassword=s3cret2"
    monkeypatch.setenv("TABLESMITH_DATABASE_URL", address)
    printed = run("settings").stdout
    assert "TABLESMITH_DATABASE_URL=postgresql+asyncpg://***" in printed
    assert "s3cret" not in printed


def test_a_worker_without_a_database_says_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.service.service.START_SECONDS", 0.0)
    url = "postgresql+asyncpg://nobody:nothing@127.0.0.1:1/none"
    monkeypatch.setenv("TABLESMITH_DATABASE_URL", url)
    result = run("worker", "--data-dir", tmp_path)
    assert result.exit_code == 1
    assert "the database cannot be used" in result.stderr
