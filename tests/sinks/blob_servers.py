# ruff: noqa: N802 (the names of methods are those that http.server calls)
"""Google's and Microsoft's object stores on loopback, as far as uploads go.

After the "XML API" of Google Cloud Storage and the "Blob service REST API" of Azure.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from tests.sinks.servers import QuietHandler, serving


@dataclass
class Blob:
    content: bytes
    headers: dict[str, str]


@dataclass
class Blobs:
    """One bucket or container; `parts` are those of uploads that are not completed."""

    bucket: str
    secret: str
    blobs: dict[str, Blob] = field(default_factory=dict)
    parts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    started: dict[str, dict[str, str]] = field(default_factory=dict)


class BlobHandler(QuietHandler):
    """What both have in common: who may, which blob, what is asked of it."""

    blobs: Blobs
    meta: str

    def allowed(self) -> bool:
        raise NotImplementedError

    @property
    def query(self) -> dict[str, str]:
        values = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return {name: each[0] for name, each in values.items()}

    @property
    def key(self) -> str:
        return unquote(urlsplit(self.path).path).partition(f"/{self.blobs.bucket}/")[2]

    @property
    def kept_headers(self) -> dict[str, str]:
        return {
            name: value
            for name, value in self.headers.items()
            if name.lower().startswith(self.meta)
        }

    def refused(self) -> bool:
        """Answer what may not be or is not there; whether that was so."""
        if not self.allowed():
            self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        elif not self.key:
            self.answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        else:
            return False
        return True

    def do_HEAD(self) -> None:
        if self.refused():
            return
        blob = self.blobs.blobs.get(self.key)
        if blob is None:
            self.answer(404)
            return
        told = {
            "Content-Length": str(len(blob.content)),
            "Last-Modified": "Sun, 22 Nov 2026 06:00:00 GMT",
            "ETag": '"1"',
        }
        self.answer(200, headers={**blob.headers, **told})

    def keep(self, content: bytes, headers: dict[str, str]) -> None:
        self.blobs.blobs[self.key] = Blob(content, headers)


class GoogleHandler(BlobHandler):
    meta = "x-goog-meta-"

    def allowed(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.blobs.secret}"

    def do_PUT(self) -> None:
        content, query = self.body(), self.query
        if self.refused():
            return
        if "uploadId" in query:
            self.blobs.parts[query["uploadId"]][query["partNumber"]] = content
        else:
            self.keep(content, self.kept_headers)
        self.answer(200, headers={"ETag": '"1"'})

    def do_POST(self) -> None:
        content, query = self.body(), self.query
        if self.refused():
            return
        if "uploads" in query:
            number = f"upload-{len(self.blobs.started)}"
            self.blobs.parts[number], self.blobs.started[number] = {}, self.kept_headers
            told = f"<UploadId>{number}</UploadId>"
            answer = f"<InitiateMultipartUploadResult>{told}</InitiateMultipartUploadResult>"
        else:
            number = query["uploadId"]
            wanted = re.findall(r"<PartNumber>(\d+)</PartNumber>", content.decode())
            parts = self.blobs.parts.pop(number)
            self.keep(b"".join(parts[each] for each in wanted), self.blobs.started[number])
            answer = "<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>"
        self.answer(200, answer.encode(), {"ETag": '"1"'})

    def do_DELETE(self) -> None:
        self.blobs.parts.pop(self.query["uploadId"], None)
        self.answer(204)


class AzureHandler(BlobHandler):
    meta = "x-ms-meta-"

    def allowed(self) -> bool:
        return self.query.get("sig") == self.blobs.secret

    def do_PUT(self) -> None:
        content, query = self.body(), self.query
        if self.refused():
            return
        if query.get("comp") == "block":
            self.blobs.parts.setdefault(self.key, {})[query["blockid"]] = content
        elif query.get("comp") == "blocklist":
            wanted = re.findall(r"<Uncommitted>([^<]+)</Uncommitted>", content.decode())
            parts = self.blobs.parts.pop(self.key, {})
            self.keep(b"".join(parts[each] for each in wanted), self.kept_headers)
        elif self.headers.get("x-ms-blob-type") == "BlockBlob":
            self.keep(content, self.kept_headers)
        else:
            self.answer(400, b"<Error><Code>MissingRequiredHeader</Code></Error>")
            return
        self.answer(201, headers={"ETag": '"1"'})


@contextlib.contextmanager
def blob_server(kind: type[BlobHandler], blobs: Blobs) -> Iterator[str]:
    """The URL of a store for the time of the block."""

    class Handler(kind):  # type: ignore[misc, valid-type]
        pass

    Handler.blobs = blobs
    with serving(Handler) as url:
        yield url
