"""What a request says about a webhook, checked: address, events, secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine.errors import Fault
from app.sinks.egress import EgressPolicy, EgressRefused
from app.webhooks.events import END_EVENTS, Event
from app.webhooks.signing import read_secret

DEFAULT_EVENTS = tuple(event.value for event in END_EVENTS)


def webhook_faults(webhook: Mapping[str, Any] | None, egress: EgressPolicy) -> list[Fault]:
    """Everything that is wrong with the `webhook` of a request; nothing is looked up."""
    if webhook is None:
        return []
    faults = url_faults(webhook["url"], egress, "webhook.url")
    known = [event.value for event in Event]
    for place, event in enumerate(webhook.get("events") or ()):
        if event not in known:
            path, hint = f"webhook.events[{place}]", f"one of {', '.join(known)}"
            faults.append(Fault(path, f"there is no event {event!r}", hint))
    return [*faults, *secret_faults(webhook.get("secret"), "webhook.secret")]


def without_secret(webhook: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The webhook of a request as it may be stored and shown."""
    if webhook is None:
        return None
    return {key: value for key, value in webhook.items() if key != "secret"}


def with_secret(webhook: Mapping[str, Any] | None, secret: str | None) -> Mapping[str, Any] | None:
    """A kept webhook as it came."""
    return webhook if webhook is None or secret is None else {**webhook, "secret": secret}


def url_faults(url: str, egress: EgressPolicy, path: str = "url") -> list[Fault]:
    try:
        egress.check_url(url)
    except EgressRefused as error:
        return [Fault(path, str(error))]
    return []


def secret_faults(secret: str | None, path: str = "secret") -> list[Fault]:
    """What is wrong with a secret, without the secret."""
    if secret is None:
        return []
    try:
        read_secret(secret)
    except ValueError as error:
        hint = "give 24 to 64 random bytes in base64, such as: openssl rand -base64 32"
        return [Fault(path, str(error), hint)]
    return []
