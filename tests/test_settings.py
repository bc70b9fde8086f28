from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings


def test_every_setting_says_what_it_means() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]
    assert silent == []


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLESMITH_MAX_ROWS", "12")
    monkeypatch.setenv("TABLESMITH_RUNNER", "off")
    settings = Settings(_env_file=None)
    assert (settings.max_rows, settings.runner) == (12, False)


def test_arguments_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLESMITH_PORT", "1")
    assert Settings(port=2, _env_file=None).port == 2


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings(_env_file=None).__setattr__("port", 3)


def test_the_database_lies_in_the_data_folder_unless_told(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path, _env_file=None).database == (
        f"sqlite+aiosqlite:///{tmp_path}/tablesmith.db"
    )
    assert Settings(database_url="sqlite+aiosqlite:///x", _env_file=None).database == (
        "sqlite+aiosqlite:///x"
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("outbound_allow", "10.0.0.1/8"),
        ("secret_keys", "canary"),
        ("secret_keys", ","),
        ("database_url", "canary"),
        ("database_url", "postgresql://ann:canary@db/t"),
        ("database_url", "mysql://ann:canary@db/t"),
        ("results", "canary://bucket"),
        ("lease_seconds", "inf"),
    ],
)
def test_what_cannot_be_used_is_told_at_once_and_no_secret_with_it(
    setting: str, value: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**{setting: value}, _env_file=None)
    (fault,) = refused.value.errors(include_input=False)
    assert fault["loc"] == (setting,)
    assert "canary" not in str(refused.value)


def test_lists_are_given_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLESMITH_WEBHOOK_RETRIES", "[1, 2.5]")
    assert Settings(_env_file=None).webhook_retries == (1, 2.5)
