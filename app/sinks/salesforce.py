"""The few calls of Salesforce's REST API that a delivery makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from app.sinks.base import DeliveryAttempt, SinkError, TerminalSinkError, TransientSinkError
from app.sinks.http_answers import refusal, retry_after, unreachable

# Of the errors that Salesforce tells with a status of the client's, those that pass.
_PASSING = {
    "REQUEST_LIMIT_EXCEEDED",
    "SERVER_UNAVAILABLE",
    "UNABLE_TO_LOCK_ROW",
    "STORAGE_LIMIT_EXCEEDED",
}
_EXPIRED = "INVALID_SESSION_ID"
# Of one query. A page of Salesforce has 200 records or more.
MOST_PAGES, MOST_BYTES = 1000, 32 * 2**20


@dataclass(frozen=True, slots=True)
class Salesforce:
    """A session. Every call raises SinkError where it fails.

    Args:
        renewable: whether the next log-in gets a new token, so that an expired one passes.
    """

    client: httpx.Client
    version: str
    token: str
    renewable: bool
    attempt: DeliveryAttempt

    @classmethod
    def log_in(
        cls,
        client: httpx.Client,
        version: str,
        attempt: DeliveryAttempt,
        *,
        token: SecretStr | None,
        client_id: str | None,
        client_secret: SecretStr | None,
    ) -> Salesforce:
        """A session of a token, or of a connected app by OAuth 2.0's client credentials."""
        if token is not None:
            return cls(client, version, token.get_secret_value(), renewable=False, attempt=attempt)
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id or "",
            "client_secret": client_secret.get_secret_value() if client_secret else "",
        }
        answer = _sent(client, "POST", "/services/oauth2/token", data=form)
        given = _document(answer)
        if not answer.is_success or not isinstance(given, Mapping):
            said = given.get("error") if isinstance(given, Mapping) else ""
            raise refusal(answer, f"log-in refused ({said})")
        return cls(client, version, str(given["access_token"]), renewable=True, attempt=attempt)

    def create(self, kind: str, fields: Mapping[str, Any]) -> str:
        """A new record; its id."""
        return str(self._call("POST", f"sobjects/{kind}", json=fields)["id"])

    def update(self, kind: str, number: str, fields: Mapping[str, Any]) -> None:
        self._call("PATCH", f"sobjects/{kind}/{number}", json=fields)

    def get(self, kind: str, number: str, fields: Sequence[str]) -> Mapping[str, Any]:
        given: Mapping[str, Any] = self._call(
            "GET", f"sobjects/{kind}/{number}", params={"fields": ",".join(fields)}
        )
        return given

    def query(self, soql: str) -> list[dict[str, Any]]:
        """All records that a query finds, over as many pages as there may be."""
        answer = self._send("GET", "query", params={"q": soql})
        records, seen, size = [], set[str](), 0
        while True:
            page, size = self._checked(answer), size + len(answer.content)
            records += page["records"]
            if page.get("done", True):
                return records
            following = str(page["nextRecordsUrl"])
            if following in seen or len(seen) >= MOST_PAGES or size > MOST_BYTES:
                raise TerminalSinkError(
                    f"the result of a query does not end: {len(records)} records so far"
                )
            seen.add(following)
            self.attempt.go_on()
            answer = self._send("GET", following)

    def find(self, path: str) -> Mapping[str, Any] | None:
        """A resource; None where there is none."""
        answer = self._send("GET", path)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        found: Mapping[str, Any] = self._checked(answer)
        return found

    def _call(self, method: str, path: str, **options: Any) -> Any:
        return self._checked(self._send(method, path, **options))

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        full = path if path.startswith("/") else f"/services/data/v{self.version}/{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        return _sent(self.client, method, full, headers=headers, **options)

    def _checked(self, answer: httpx.Response) -> Any:
        given = _document(answer)
        if answer.is_success:
            return given
        first = given[0] if isinstance(given, list) and given else {}
        raise self._refusal(answer, str(first.get("errorCode", "")), str(first.get("message", "")))

    def _refusal(self, answer: httpx.Response, code: str, message: str) -> SinkError:
        said = f"{code}: {message[:300]}" if code else ""
        if code == _EXPIRED:
            kind = TransientSinkError if self.renewable else TerminalSinkError
            return kind(f"Salesforce knows the session no more ({code})")
        if code in _PASSING:
            return TransientSinkError(f"Salesforce refused: {said}", retry_after(answer))
        return refusal(answer, said)


def _sent(client: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
    try:
        return client.request(method, path, **options)
    except httpx.TransportError as error:
        raise unreachable(error) from None


def _document(answer: httpx.Response) -> Any:
    try:
        return answer.json() if answer.content else {}
    except ValueError:
        return {}
