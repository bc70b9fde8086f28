"""Bodies about keys, connections, sinks and the audit log: what is asked, what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field
from typing_extensions import TypeAliasType

from app.accounts.audit import Entry
from app.accounts.keys import ApiKey, NewKey
from app.api.models.plain_json import JsonSchema, SinkCredentials
from app.api.models.response_models import Answer
from app.connections.connections import Connection
from app.jobs.requests import Name, RequestBody

CONNECTION_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
MAX_DAYS = 36_500
MAX_RATE = 1_000_000

Credentials = Annotated[
    SinkCredentials,
    Field(
        description="The fields of this kind of sink (`GET /v1/sinks` lists them); never shown "
        "again.",
        examples=[{"access_key_id": "AKIA…", "secret_access_key": "…"}],
    ),
]
FixedTarget = Annotated[
    dict[str, Any],
    Field(
        description="Fields of the target that jobs cannot change, such as `host`, `endpoint` or "
        "`bucket`: the credentials are sent nowhere else.",
        max_length=20,
        examples=[{"bucket": "tables", "endpoint": "https://minio.internal:9000"}],
    ),
]
KeyScope = TypeAliasType("KeyScope", Literal["read", "write", "source", "admin"])
Kind = Annotated[str, Field(min_length=1, max_length=32, examples=["s3"])]


class KeyRequest(RequestBody):
    """A key to be made."""

    name: Name
    scope: KeyScope = Field(description="Each includes those before it.")
    expires_in_days: Annotated[int, Field(ge=1, le=MAX_DAYS, strict=True)] | None = Field(
        None, description="The key ends by itself; never when left out."
    )
    requests_per_minute: Annotated[int, Field(ge=1, le=MAX_RATE, strict=True)] | None = Field(
        None, description="The key's own limit; that of the service when left out."
    )


class NewConnection(RequestBody):
    """Credentials under a new name."""

    name: Annotated[str, Field(pattern=f"^{CONNECTION_NAME}$", examples=["lake"])]
    kind: Kind
    target: FixedTarget = Field(default_factory=dict)
    credentials: Credentials


class ConnectionRequest(RequestBody):
    """Credentials in the place of earlier ones."""

    kind: Kind
    target: FixedTarget = Field(default_factory=dict)
    credentials: Credentials


class KeyBody(Answer):
    """A key without its secret."""

    id: str
    name: str
    scope: KeyScope
    requests_per_minute: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    links: dict[str, str]


class NewKeyBody(KeyBody):
    """A key that was just made."""

    token: str = Field(description="What is sent as `Authorization: Bearer …`; shown this once.")


class KeyPageBody(Answer):
    """A page of keys, newest first, ended ones too."""

    items: list[KeyBody]
    next_cursor: str | None


class ConnectionBody(Answer):
    """A connection: everything but what is secret."""

    name: str
    kind: str
    target: dict[str, Any] = Field(description="Fields of the target that jobs cannot change.")
    fields: list[str] = Field(description="Names of the credentials' fields that are set.")
    created_at: datetime
    updated_at: datetime
    links: dict[str, str]


class ConnectionPageBody(Answer):
    """A page of connections by name."""

    items: list[ConnectionBody]
    next_cursor: str | None


class SinkBody(Answer):
    """A kind of sink of this installation."""

    kind: str
    target: JsonSchema = Field(description="JSON Schema of an entry in a job's `sinks`.")
    credentials: JsonSchema | None = Field(
        description="JSON Schema of its credentials; null where it takes none."
    )
    formats: list[str] | None = Field(description="What it reads; null where that is anything.")


class SinksBody(Answer):
    """Every kind of sink of this installation."""

    items: list[SinkBody]


class EntryBody(Answer):
    """A call that changed something, or was to."""

    id: str
    at: datetime
    actor: str = Field(description="`key <id>`; `anonymous` where keys are off; `command line`.")
    key_name: str | None = Field(
        description="What the key is called, ended ones too; null where there was none."
    )
    action: str = Field(description="Name of the operation.", examples=["submit_job"])
    resource: str = Field(description="Address of what was made or changed.")
    address: str = Field(description="Where the call came from.")
    status: int = Field(description="What it was answered with; 0 for a command that ran.")
    request_id: str


class EntryPageBody(Answer):
    """A page of the audit log, newest first."""

    items: list[EntryBody]
    next_cursor: str | None


def key_body(key: ApiKey, root: str = "") -> KeyBody:
    return KeyBody(**_key_fields(key, root))


def new_key_body(made: NewKey, root: str = "") -> NewKeyBody:
    return NewKeyBody(**_key_fields(made.key, root), token=made.token)


def connection_body(connection: Connection, root: str = "") -> ConnectionBody:
    return ConnectionBody(
        name=connection.name,
        kind=connection.kind,
        target=dict(connection.target),
        fields=list(connection.fields),
        created_at=connection.created_at,
        updated_at=connection.updated_at,
        links={"self": connection_address(connection.name, root)},
    )


def entry_body(entry: Entry) -> EntryBody:
    event = entry.event
    return EntryBody(
        id=entry.id,
        at=entry.at,
        actor=event.actor,
        key_name=entry.key_name,
        action=event.action,
        resource=event.resource,
        address=event.address,
        status=event.status,
        request_id=event.request_id,
    )


def key_address(key_id: str, root: str = "") -> str:
    return f"{root}/v1/keys/{key_id}"


def connection_address(name: str, root: str = "") -> str:
    return f"{root}/v1/connections/{quote(name, safe='')}"


def _key_fields(key: ApiKey, root: str) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope.value,
        "requests_per_minute": key.requests_per_minute,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "links": {"self": key_address(key.id, root)},
    }
