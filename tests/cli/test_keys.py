"""Keys and the sealing of secrets from the command line."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from app.accounts.errors import KeyRefused
from app.accounts.key_loader import KeyLoader
from app.accounts.keys import ApiKey, authenticate
from app.store.database import Database
from tests.cli.conftest import Run


def _new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


async def _key_of(folder: Path, token: str) -> ApiKey:
    database = Database(f"sqlite+aiosqlite:///{folder / 'tablesmith.db'}")
    try:
        return await authenticate(KeyLoader(database), token)
    finally:
        await database.close()


def test_a_key_is_made_listed_and_ended(run: Run, tmp_path: Path) -> None:
    where = ("--data-dir", tmp_path)
    made = run("keys", "create", "ci", "--scope", "read", "--days", 3, *where)
    assert made.exit_code == 0, made.stderr
    token = made.stdout.strip()
    key = asyncio.run(_key_of(tmp_path, token))
    assert (key.tenant, key.name, key.scope) == ("default", "ci", "read")
    listed = run("keys", "list", "--json", *where)
    (row,) = json.loads(listed.stdout)
    assert (row["id"], row["state"]) == (key.id, "usable")
    assert token not in listed.stdout
    assert run("keys", "revoke", key.id, *where).exit_code == 0
    assert run("keys", "list", *where).stdout.split()[2] == "revoked"
    with pytest.raises(KeyRefused):
        asyncio.run(_key_of(tmp_path, token))


def test_keys_belong_to_their_tenant(run: Run, tmp_path: Path) -> None:
    where = ("--data-dir", tmp_path)
    made = json.loads(run("keys", "create", "x", "--tenant", "acme", "--json", *where).stdout)
    assert run("keys", "list", *where).stdout == ""
    refused = run("keys", "revoke", made["id"], *where)
    assert refused.exit_code == 1
    assert "there is no key" in refused.stderr
    assert run("keys", "revoke", made["id"], "--tenant", "acme", *where).exit_code == 0
    assert run("keys", "create", "x", "--tenant", "A b", *where).exit_code == 2


def test_what_the_command_line_did_is_in_the_audit_log(run: Run, tmp_path: Path) -> None:
    run("keys", "create", "ci", "--data-dir", tmp_path)
    with sqlite3.connect(tmp_path / "tablesmith.db") as connection:
        ((actor, action, status),) = connection.execute("SELECT actor, action, status FROM audit")
    connection.close()
    assert actor.startswith("command line")
    assert (action, status) == ("create_key", 0)


def test_secrets_are_sealed_anew_with_the_first_key(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.store.encryption.secrets import SecretsError, make_box

    old, new = _new_key(), _new_key()
    run("keys", "list", "--data-dir", tmp_path)
    sealed = make_box(tmp_path, old).seal("secret")
    with sqlite3.connect(tmp_path / "tablesmith.db") as connection:
        values = ("default", "lake", "s3", "{}", sealed, "2026-01-01", "2026-01-01")
        connection.execute("INSERT INTO connections VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    monkeypatch.setenv("TABLESMITH_SECRET_KEYS", f"{new},{old}")
    result = run("rotate-secrets", "--data-dir", tmp_path)
    assert result.stdout == "1 secrets are sealed with the first key\n", result.stderr
    ((renewed,),) = connection.execute("SELECT sealed FROM connections").fetchall()
    connection.close()
    assert make_box(tmp_path, new).open(renewed) == "secret"
    with pytest.raises(SecretsError):
        make_box(tmp_path, old).open(renewed)
    monkeypatch.setenv("TABLESMITH_SECRET_KEYS", old)
    assert run("rotate-secrets", "--data-dir", tmp_path).exit_code == 1


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have been served; nothing listens."""
    monkeypatch.setenv("TABLESMITH_PAGES", "off")
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **rest: calls.append({"app": app, **rest}))
    return calls


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_a_service_without_keys_is_not_shown_to_others(
    run: Run, served: list[dict[str, Any]], tmp_path: Path, host: str
) -> None:
    result = run("serve", "--host", host, "--data-dir", tmp_path)
    assert result.exit_code == 1
    assert "TABLESMITH_API_KEYS=on" in result.stderr
    assert "tablesmith keys create" in result.stderr
    assert served == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_on_this_machine_no_keys_are_needed(
    run: Run, served: list[dict[str, Any]], tmp_path: Path, host: str
) -> None:
    assert run("serve", "--host", host, "--data-dir", tmp_path).exit_code == 0
    assert len(served) == 1


def test_with_keys_a_service_may_listen_anywhere(
    run: Run, served: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLESMITH_API_KEYS", "on")
    assert run("serve", "--host", "0.0.0.0", "--data-dir", tmp_path).exit_code == 0
    assert len(served) == 1
