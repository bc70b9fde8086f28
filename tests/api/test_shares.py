"""A key has so many streams, and so many requests that wait, at the same time."""

from __future__ import annotations

import pytest

from app.accounts.keys import Scope
from app.api.http_errors import TooManyStreams
from app.api.security import Caller
from app.api.shares import Shares
from tests.api.conftest import Send

ONE, OTHER = Caller("a", Scope.READ, "1"), Caller("a", Scope.READ, "2")


def test_each_key_has_its_own() -> None:
    shares = Shares(2)
    for _ in range(2):
        shares.take(ONE)
    with pytest.raises(TooManyStreams):
        shares.take(ONE)
    assert shares.has_room(OTHER)
    shares.give_back(ONE)
    with shares.held(ONE):
        assert not shares.has_room(ONE)
    assert shares.has_room(ONE)


def test_all_together_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.api.shares.ALL_STREAMS", 1)
    shares = Shares(2)
    shares.take(ONE)
    with pytest.raises(TooManyStreams):
        shares.take(OTHER)


@pytest.mark.anyio
async def test_above_it_streams_are_refused_and_nobody_waits(app: object, send: Send) -> None:
    shares: Shares = app.state.shares  # type: ignore[attr-defined]
    everybody = Caller("default", Scope.ADMIN)
    submitted = await send("POST", "/v1/jobs", json={"features": {}}, headers={"Prefer": "wait=1"})
    assert submitted.headers["preference-applied"] == "wait=1"
    path = f"/v1/jobs/{submitted.json()['id']}/events"
    for _ in range(60):  # more than there may be at once: each is given back at its end
        assert (await send("GET", path)).status_code == 200
    while shares.has_room(everybody):
        shares.take(everybody)
    refused = await send("GET", path)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    at_once = await send("POST", "/v1/jobs", json={"features": {}}, headers={"Prefer": "wait=1"})
    assert (at_once.status_code, "preference-applied" in at_once.headers) == (202, False)
