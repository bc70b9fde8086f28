"""Keys of the service's callers, and those that seal its secrets."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from app.cli.configuration import keep_private, read_settings
from app.cli.faults import exit_status, print_json, service_errors

if TYPE_CHECKING:
    from app.accounts.keys import ApiKey
    from app.settings import Settings
    from app.store.database import Database

T = TypeVar("T")

keys = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)


class Scope(StrEnum):
    """What a key may do; each scope includes those before it."""

    READ = "read"
    WRITE = "write"
    SOURCE = "source"
    ADMIN = "admin"


Tenant = Annotated[
    str, typer.Option(metavar="NAME", help="Whose key it is; a new name is a new tenant.")
]
DataDir = Annotated[
    Path | None, typer.Option(help="Folder of the service's database and files [./var].")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[Scope, typer.Option(help="What it may do.")] = Scope.WRITE,
    tenant: Tenant = "default",
    days: Annotated[int | None, typer.Option(min=1, help="Days after which it ends.")] = None,
    per_minute: Annotated[int | None, typer.Option(min=1, help="Requests a minute.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it; it cannot be shown again."""
    from app.accounts import keys as rooms

    async def make(database: Database) -> rooms.NewKey:
        made = await rooms.Keys(database, _checked(tenant)).create(
            name,
            rooms.Scope(scope.value),
            expires_in=None if days is None else timedelta(days=days),
            requests_per_minute=per_minute,
        )
        await _record(database, tenant, "create_key", f"/v1/keys/{made.key.id}")
        return made

    with exit_status():
        made = _with_database(data_dir, make)
        if as_json:
            print_json({**_described(made.key), "token": made.token})
        else:
            typer.echo(made.token)


@keys.command("list")
def list_(tenant: Tenant = "default", data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Print the keys of a tenant, the newest first, without their secrets."""
    from app.accounts import keys as rooms

    async def read(database: Database) -> list[ApiKey]:
        own = rooms.Keys(database, tenant)
        page = await own.list(limit=200)
        found = [*page.items]
        while page.next_cursor is not None:
            page = await own.list(limit=200, cursor=page.next_cursor)
            found += page.items
        return found

    with exit_status():
        rows = [_described(key) for key in _with_database(data_dir, read)]
        if as_json:
            print_json(rows)
            return
        for row in rows:
            typer.echo(f"{row['id']}  {row['scope']:<6}  {row['state']:<7}  {row['name']}")


@keys.command()
def revoke(
    id: Annotated[str, typer.Argument(help="The key's id, the part between ts_ and the secret.")],
    tenant: Tenant = "default",
    data_dir: DataDir = None,
) -> None:
    """End a key at once."""
    from app.accounts import keys as rooms
    from app.accounts.errors import KeyNotFound

    async def end(database: Database) -> None:
        await rooms.Keys(database, tenant).revoke(id)
        await _record(database, tenant, "revoke_key", f"/v1/keys/{id}")

    with exit_status():
        try:
            _with_database(data_dir, end)
        except KeyNotFound as error:
            typer.echo(f"error: {error} of tenant {tenant!r}", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"key {id} has ended")


def rotate_secrets(data_dir: DataDir = None) -> None:
    """Seal every stored secret again with the first key of TABLESMITH_SECRET_KEYS."""
    from app.store.encryption.encrypted_columns import renew_all
    from app.store.encryption.secrets import SecretsError, make_box

    given = read_settings(data_dir=data_dir)
    sealing = given.secret_keys
    box = make_box(given.data_dir, None if sealing is None else sealing.get_secret_value())

    async def renew(database: Database) -> int:
        async with database.write() as session:
            count = await renew_all(session, box.renewed)
        await _record(database, "default", "rotate_secrets", "/")
        return count

    with exit_status():
        try:
            count = in_database(given, renew)
        except SecretsError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"{count} secrets are sealed with the first key")


def _with_database(data_dir: Path | None, work: Callable[[Database], Awaitable[T]]) -> T:
    """The outcome of `work` with the service's database, brought up to date."""
    return in_database(read_settings(data_dir=data_dir), work)


def in_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    from app.store.database import Database
    from app.store.migrate import migrate
    from app.telemetry.logs import configure_logs

    configure_logs("error", "text")
    keep_private()

    async def run() -> T:
        database = Database(settings.database)
        try:
            await migrate(database)
            return await work(database)
        finally:
            await database.close()

    with service_errors():
        import asyncio  # not at the top: the commands of the engine need none of it

        return asyncio.run(run())


def _checked(tenant: str) -> str:
    from app.service.tenants import TENANT_NAME

    if not TENANT_NAME.fullmatch(tenant):
        hint = "small letters, digits, - and _, at most 64"
        raise typer.BadParameter(f"{tenant!r} cannot be the name of a tenant: {hint}")
    return tenant


async def _record(database: Database, tenant: str, action: str, resource: str) -> None:
    from app.accounts.audit import AuditEvent, record

    actor = f"command line ({getpass.getuser()})"
    event = AuditEvent(tenant, actor, action, resource, socket.gethostname(), 0, "")
    await record(database, event)


def _described(key: ApiKey) -> dict[str, Any]:
    from app.store.clock import now

    state = "revoked" if key.revoked_at else "usable" if key.usable(now()) else "expired"
    return {
        "id": key.id,
        "tenant": key.tenant,
        "name": key.name,
        "scope": key.scope.value,
        "state": state,
        "requests_per_minute": key.requests_per_minute,
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
    }
