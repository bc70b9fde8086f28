"""Bodies about webhooks: what is asked, what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from app.api.models.response_models import Answer
from app.jobs.requests import RequestBody, WebhookSecret, WebhookUrl
from app.webhooks.models import Endpoint, Message

DAY = 24 * 3600


class EndpointRequest(RequestBody):
    """An address that events are to be posted to."""

    url: WebhookUrl
    secret: WebhookSecret | None = None


class EndpointChange(RequestBody):
    """Whether the endpoint is notified of events."""

    enabled: StrictBool


class Rotation(RequestBody):
    """A new secret for an endpoint."""

    secret: WebhookSecret | None = None
    overlap_seconds: Annotated[int, Field(ge=0, le=30 * DAY, strict=True)] = Field(
        DAY, description="How long the present secret signs besides the new one."
    )


class EndpointBody(Answer):
    """An address that events are posted to, without its secret."""

    id: str
    url: str
    enabled: bool = Field(description="False after it answered 410, or was switched off.")
    created_at: datetime
    disabled_at: datetime | None
    old_secret_until: datetime | None = Field(
        description="How long an earlier secret signs besides the present one."
    )
    links: dict[str, str]


class SecretBody(EndpointBody):
    """An endpoint with a new secret."""

    secret: str | None = Field(
        description="The secret that was made, shown this once; null where the request gave one."
    )


class EndpointPageBody(Answer):
    """A page of endpoints."""

    items: list[EndpointBody]
    next_cursor: str | None


class AttemptBody(Answer):
    number: int
    started_at: datetime
    finished_at: datetime | None = Field(
        description="null while it is under way, or where its process died on the way."
    )
    answer: int | None = Field(description="HTTP status of the answer; null where none came.")
    error: str | None = Field(description="Why it was no success.")


class MessageBody(Answer):
    """An event of a job as it is sent, with every attempt at it."""

    id: str = Field(description="The `webhook-id`, the same in every attempt.")
    event: str
    url: str
    status: Literal["pending", "delivered", "failed"]
    created_at: datetime
    next_attempt_at: datetime | None
    attempts: list[AttemptBody]
    links: dict[str, str]


class MessagesBody(Answer):
    """What a job has sent, oldest first."""

    items: list[MessageBody]


def endpoint_body(endpoint: Endpoint, root: str = "") -> EndpointBody:
    return EndpointBody(
        id=endpoint.id,
        url=endpoint.url,
        enabled=endpoint.disabled_at is None,
        created_at=endpoint.created_at,
        disabled_at=endpoint.disabled_at,
        old_secret_until=endpoint.old_secret_until,
        links={"self": endpoint_address(endpoint.id, root)},
    )


def secret_body(endpoint: Endpoint, secret: str | None, root: str = "") -> SecretBody:
    return SecretBody(**endpoint_body(endpoint, root).model_dump(), secret=secret)


def message_body(message: Message, job_id: str, root: str = "") -> MessageBody:
    address = f"{root}/v1/webhooks/{job_id}/deliveries/{message.id}/replay"
    return MessageBody(
        id=message.id,
        event=message.event,
        url=message.url,
        status=message.status,
        created_at=message.created_at,
        next_attempt_at=message.next_attempt_at,
        attempts=[AttemptBody.model_validate(attempt) for attempt in message.attempts],
        links={} if message.status == "pending" else {"replay": address},
    )


def endpoint_address(endpoint_id: str, root: str = "") -> str:
    return f"{root}/v1/webhooks/{endpoint_id}"
