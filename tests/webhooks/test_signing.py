"""Signatures are those that the Standard Webhooks libraries verify."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.webhooks.signing import PREFIX, headers, new_secret, read_secret

BODY = '{"type":"job.succeeded","data":{"name":"äöü"}}'.encode()


def test_what_is_signed_is_verified_by_a_library() -> None:
    secret = new_secret()
    signed = headers("msg_1", datetime.now(UTC), BODY, [secret])
    assert Webhook(secret).verify(BODY, signed)["type"] == "job.succeeded"


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of its reference libraries."""
    moment = datetime.fromtimestamp(1614265330, UTC)
    signed = headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        moment,
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signed["webhook-signature"] == expected
    assert signed["webhook-timestamp"] == "1614265330"


def test_every_secret_in_force_signs() -> None:
    old, new = new_secret(), new_secret()
    signed = headers("msg_1", datetime.now(UTC), BODY, [new, old])
    for secret in (old, new):
        Webhook(secret).verify(BODY, signed)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, signed)


@pytest.mark.parametrize("change", [{"webhook-id": "msg_2"}, {"webhook-timestamp": "1"}])
def test_what_was_changed_on_the_way_is_found(change: dict[str, str]) -> None:
    secret = new_secret()
    signed = headers("msg_1", datetime.now(UTC), BODY, [secret])
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, {**signed, **change})
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", signed)


def test_new_secrets_differ_and_can_be_read() -> None:
    assert new_secret() != new_secret()
    assert len(read_secret(new_secret())) == 32


@pytest.mark.parametrize("size", [24, 64])
def test_a_secret_of_ones_own_may_have_24_to_64_bytes(size: int) -> None:
    text = base64.b64encode(b"x" * size).decode()
    assert read_secret(text) == read_secret(PREFIX + text) == b"x" * size


@pytest.mark.parametrize(
    "text", ["", "whsec_", "password", "ä" * 32, "A" * 31, "A" * 88, "A B" * 20]
)
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not base64|has \d+ bytes"):
        read_secret(text)
