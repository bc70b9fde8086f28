"""Secrets are taken out of text by their form, of data by their names, and where they are known."""

from __future__ import annotations

import contextvars
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from app.telemetry.redaction import (
    _SECRETS,
    hide,
    is_secret_name,
    redact_event,
    redacted,
    redacted_data,
    redacted_within,
)

CANARY = "Kanarie7vogel"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql+asyncpg://user:{CANARY}@host/db",
        f"postgresql://user:p@{CANARY}@host/db",
        f"host: 'user:{CANARY}@host' is no name",
        f"postgresql://host/db?sslpassword={CANARY}&sslmode=require",
        f"host=db password={CANARY} user=u",
        f"host=db password='{CANARY} and more'",
        f"https://b.s3.amazonaws.com/k?X-Amz-Credential={CANARY}&X-Amz-Signature={CANARY}",
        f"https://b.s3.amazonaws.com/k?x-amz-security-token={CANARY}",
        f"https://x.blob.core.windows.net/c/b?sv=1&sig={CANARY}",
        f"https://storage.googleapis.com/b/k?X-Goog-Signature={CANARY}",
        f"Authorization: Bearer {CANARY}{CANARY}",
        f"Authorization: Basic {CANARY}",
        f"'authorization': 'Bearer {CANARY}'",
        f'{{"secret_access_key": "{CANARY}"}}',
        f'{{\\"client_secret\\": \\"{CANARY}\\"}}',
        f"SafeCredentials(user='u', password='{CANARY}')",
        f"access_token={CANARY}",
        f"AccountKey={CANARY};EndpointSuffix=x",
        f"ts_0123456789ab_{CANARY}{CANARY}",
        f"whsec_{CANARY}{CANARY}",
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
        f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}",
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str) -> None:
    assert CANARY not in redacted(text)
    assert CANARY not in redacted(json.dumps({"message": text}))


_WORDS = st.sampled_from(
    f"Password api_key = : ' \" \\ :// @ / host {CANARY} X-Amz- Bearer ſecret TOKEN sig ts_ "
    "0123456789ab _ whsk_ , & { }".split(" ")
)


@given(
    st.lists(_WORDS, max_size=12).flatmap(
        lambda words: st.sampled_from(["", " "]).map(lambda gap: gap.join(words))
    )
)
def test_a_text_is_spared_the_patterns_only_where_none_finds_anything(text: str) -> None:
    masked = text
    for secret in _SECRETS:
        masked = secret.pattern.sub(secret.mask, masked)
    assert redacted(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "line 2, features.password: min 90 is above max 18 (swap the two)",
        "https://host:8080/path?page=2&key=3",
        "there is no connection 'lake' of kind 's3' any more",
        "unexpected token: a number",
        "Basic authentication is not known here",
        "a.b@example.com asked for https://example.com/x",
        "the key 'n_samples' stands more than once",
        '{"event": "request", "path": "/v1/jobs", "status": 200}',
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_json_line_stays_json() -> None:
    line = json.dumps({"url": f"https://u:{CANARY}@h/?password={CANARY}", "password": CANARY})
    assert CANARY not in redacted(line)
    assert set(json.loads(redacted(line))) == {"url", "password"}


@pytest.mark.parametrize("name", ["password", "db_password", "sslpassword", "secretAccessKey"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)
    assert redacted_data({"a": [{name: CANARY}]}) == {"a": [{name: "***"}]}


@pytest.mark.parametrize("name", ["key", "name", "idempotency_key", "status", "design", "sha256"])
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


def test_a_task_hides_the_credentials_that_it_has_opened() -> None:
    class Credentials(BaseModel):
        user: str = "user"
        password: SecretStr = SecretStr('quo"te d/é')
        short: SecretStr = SecretStr("abc")

    def told() -> list[str]:
        hide(Credentials())
        texts = ['said quo"te d/é', json.dumps('quo"te d/é'), "quo%22te%20d%2F%C3%A9", "abc"]
        return [redacted(text) for text in texts]

    assert contextvars.copy_context().run(told) == ["said ***", '"***"', "***", "abc"]
    assert redacted('quo"te d/é') == 'quo"te d/é'


@pytest.mark.parametrize("length", range(20, 900, 40))
@pytest.mark.parametrize(
    "text", ["postgresql://user:{}@host/db", "say user:{}@host", "https://{}@host", "password={}"]
)
def test_a_secret_that_a_cut_goes_through_is_not_seen(text: str, length: int) -> None:
    shown = redacted_within(text.format(CANARY * 100), length)
    assert CANARY[:6] not in shown
    assert len(shown) <= length


def test_what_is_cut_says_so() -> None:
    assert redacted_within("k" * 10_000, 1_000) == "k" * 999 + "…"
    assert redacted_within("plain", 1_000) == "plain"


@pytest.mark.parametrize("piece", ["a", "://", "password", "=", "a.", "://a@", "-----BEGIN "])
def test_long_texts_take_no_long_time(piece: str) -> None:
    started = time.process_time()
    redacted(piece * (200_000 // len(piece)))
    assert time.process_time() - started < 2


SECRETS = [
    f"postgresql://user:{CANARY}@host/db",
    f"user:{CANARY}@host",
    f"password={CANARY}",
    f"'password': '{CANARY} and more'",
    f"X-Amz-Security-Token={CANARY}",
    f"Bearer {CANARY}{CANARY}",
    f"Authorization: Basic {CANARY}",
    f"ts_0123456789ab_{CANARY}{CANARY}",
    f"whsec_{CANARY}",
    f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("behind", ["", " and more " * 30, "@" + "x" * 600])
@pytest.mark.parametrize("before", ["-" * 600, f"password={CANARY} " * 20])
def test_a_secret_anywhere_near_the_cut_is_not_seen(secret: str, behind: str, before: str) -> None:
    for place in range(60, 420, 3):
        told = redacted_within(f"{before[:place]}; {secret}{behind}", 150)
        assert len(told) <= 150
        assert CANARY[:3] not in told, place


@pytest.mark.parametrize(
    "text",
    [
        f"a:b@[c:{CANARY}@host",
        f"password\u00a0=\u2003{CANARY}",
        f"half \ud800 of a pair, password={CANARY}",
    ],
)
def test_signs_beyond_ascii_and_neighbours_hide_nothing(text: str) -> None:
    assert CANARY not in redacted(text)


@pytest.mark.parametrize("piece", ["(a:", "a:", "X-Amz-", "[a:b,", "://u:", "token\\", "u:p@h "])
def test_an_event_of_any_size_takes_no_time(piece: str) -> None:
    started = time.process_time()
    redact_event(None, "info", {"event": "request", "path": piece * 1_000_000})
    assert time.process_time() - started < 0.5


def test_a_traceback_is_cut_and_redacted() -> None:
    trace = f"password={CANARY}\n" + "line\n" * 100_000
    line = redact_event(None, "error", {"event": "failed", "exception": trace})
    assert CANARY not in line["exception"]
    assert len(line["exception"]) < 50_000
