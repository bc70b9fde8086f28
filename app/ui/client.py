"""The JSON API as the pages see it: the same calls, keys and answers as for anyone else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import httpx

from app.ui.wording import plain

YAML = {"Content-Type": "application/yaml"}
Document = dict[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """One problem of the input, as the API tells it."""

    path: str
    message: str
    hint: str | None = None
    line: int | None = None

    @property
    def text(self) -> str:
        """What is wrong and what would be right, in one sentence or two."""
        said = self.message[:1].upper() + self.message[1:]
        return plain(f"{said}: {self.hint}" if self.hint else said)


class Problem(Exception):  # noqa: N818
    """The API refused, or did not answer; `faults` says why where the input was at fault."""

    def __init__(self, status: int, title: str, detail: str, faults: tuple[Fault, ...]) -> None:
        super().__init__(detail or title)
        self.status = status
        self.title = title
        self.faults = faults


class ApiClient:
    """A client of the JSON API for one browser session. Every call raises Problem."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        """One call; its answer as plain data, empty where there is none."""
        response = await self.send(method, path, **options)
        return cast(Answer, response.json()) if response.content else {}

    async def ask_large(self, method: str, path: str, **options: Any) -> Answer:
        """As `ask`, of an answer that may be large: it is read in a thread."""
        response = await self.send(method, path, **options)
        return cast(Answer, await asyncio.to_thread(response.json))

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = await self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise Problem(503, "The service does not answer", str(error), ()) from error
        if response.is_error:
            raise _problem(response)
        return response

    async def both_spellings(self, source: Document | str) -> Answer:
        """`{"document", "yaml"}` of a definition in either."""
        if isinstance(source, str):
            return await self.ask("POST", "/v1/schemas/read", content=source, headers=YAML)
        return await self.ask("POST", "/v1/schemas/read", json=source)

    async def imported(self, content: bytes, media_type: str) -> Answer:
        """A first definition of a script or file: `document`, `columns` and `left_out`."""
        headers = {"Content-Type": media_type}
        return await self.ask("POST", "/v1/schemas/import", content=content, headers=headers)

    async def validate(self, document: Document) -> Answer:
        return await self.ask("POST", "/v1/schemas/validate", json=document)

    async def compile(self, document: Document) -> Answer:
        return await self.ask("POST", "/v1/schemas/compile", json=document)

    async def preview(self, document: Document, rows: int) -> Answer:
        """First rows, and what each column looks like in them."""
        asked = {"rows": rows, "summary": True}
        return await self.ask("POST", "/v1/schemas/preview", params=asked, json=document)

    async def submit(self, request: Answer) -> Answer:
        return await self.ask("POST", "/v1/jobs", json=request)

    async def job(self, job_id: str) -> Answer:
        return await self.ask("GET", f"/v1/jobs/{job_id}")

    async def jobs(self, **filters: Any) -> Answer:
        given = {key: value for key, value in filters.items() if value}
        return await self.ask("GET", "/v1/jobs", params=given)


def _problem(response: httpx.Response) -> Problem:
    try:
        body = response.json()
        faults = tuple(
            Fault(each["path"], each["message"], each.get("hint"), each.get("line"))
            for each in body.get("errors") or ()
        )
        return Problem(response.status_code, body["title"], body.get("detail", ""), faults)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Problem(response.status_code, response.reason_phrase, response.text[:500], ())
