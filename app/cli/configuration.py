"""The settings of a command: its options, the environment, `.env`."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from app.settings import Settings

_FIELD = re.compile(r'field "(\w+)"')


def read_settings(**given: Any) -> Settings:
    """Options that were given above all else; those that are None were not.

    Ends the command, with every setting at fault on standard error, where one cannot be used. A
    variable that looks like a setting and is none draws a warning.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from app.settings import Settings

    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            message = fault["msg"].removeprefix("Value error, ")
            _tell("_".join(map(str, fault["loc"])), message)
        raise typer.Exit(1) from error
    except SettingsError as error:
        found = _FIELD.search(str(error))
        _tell(found.group(1) if found else "", "cannot be read; write JSON")
        raise typer.Exit(1) from error
    _warn_of_strangers(Settings)
    return settings


def installation_key(purpose: str) -> bytes | None:
    """A key of the installation that a command runs in, for one purpose; None where neither the
    settings name keys nor a service has made one. Ends the command where there is one that is no
    key."""
    from app.store.encryption.secrets import KEY_FILE, SecretsError, make_box

    settings = read_settings()
    named = settings.secret_keys
    if named is None and not (settings.data_dir / KEY_FILE).exists():
        return None
    box = make_box(settings.data_dir, None if named is None else named.get_secret_value())
    try:
        return box.derived(purpose)
    except SecretsError as error:
        _tell("secret_keys", str(error))
        raise typer.Exit(1) from error


def keep_private() -> None:
    """Have this process, and those that it starts, make files that only its own user can read."""
    from app.store.private import UMASK

    os.umask(UMASK)


def _tell(name: str, message: str) -> None:
    typer.echo(f"error: TABLESMITH_{name.upper()}: {message}", err=True)


def _warn_of_strangers(kind: type[Settings]) -> None:
    """A name that is spelt wrong would leave a setting, and maybe a limit, as it is."""
    prefix = str(kind.model_config["env_prefix"])
    known = {f"{prefix}{name}".upper() for name in kind.model_fields}
    for name in sorted(os.environ):
        if name.upper().startswith(prefix) and name.upper() not in known:
            typer.echo(f"warning: {name} is no setting; `tablesmith settings` lists them", err=True)
