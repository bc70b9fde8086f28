"""What uvicorn answers to bytes that are no HTTP request: a problem, as everything else does."""

from __future__ import annotations

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.api.errors import respond
from app.api.refusals import MalformedRequest


class ProblemProtocol(H11Protocol):
    """HTTP/1.1 by h11; only the answer to a malformed request differs from uvicorn's own."""

    def send_400_response(self, msg: str) -> None:
        answer = respond(MalformedRequest(msg))
        headers = [*answer.raw_headers, (b"connection", b"close")]
        head = h11.Response(status_code=answer.status_code, headers=headers, reason=b"Bad Request")
        for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
