"""The sender: takes messages that are due and posts them until they arrive or are given up.

Several processes may send from one database: a message is taken with a token and a time, after
which another sender takes it over. A sender that died, or was slow, changes nothing any more.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog

from app.store.clock import now
from app.store.database import Database, DatabaseUnavailable
from app.store.encryption.secrets import SecretsError
from app.store.notifications import Notifications
from app.store.repositories.webhooks import DELIVERED, FAILED, EndpointRepository, MessageRepository
from app.store.tables.webhook_tables import WebhookEndpointRow, WebhookMessageRow
from app.webhooks.keyring import Keyring, unseal
from app.webhooks.outbox import OUTBOX
from app.webhooks.posting import MAX_RECEIVED, Outcome, post
from app.webhooks.signing import headers
from app.webhooks.subscriptions import Subscriptions

# Messages on their way at the same time, and how many are taken at once.
AT_ONCE = 32
TAKEN_AT_ONCE = 4
# An endpoint with so many on their way waits: slow ones do not hold up others.
AT_ONE_ENDPOINT = 4
# A tenant with so many on their way waits, however many endpoints it has.
OF_ONE_TENANT = 12
# Beyond the time limit of an attempt, for writing how it ended.
SPARE_SECONDS = 15.0
STOP_SECONDS = 5.0
CLEAR_AWAY_SECONDS = 600.0
# Pauses before writing an outcome again where the database is away for a moment.
_PAUSES = (0.5, 1.0, 2.0, 4.0)
_STOPPED = Outcome(error="the service stopped")

log = structlog.get_logger(__name__)


def spread(seconds: float) -> float:
    """Give or take a fifth, so that many messages that failed together do not come together."""
    return seconds * random.uniform(0.8, 1.2)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long and how often.

    Args:
        timeout: seconds of one attempt.
        retries: seconds before each further attempt; their number is the number of retries.
        poll: seconds between looks for messages that other processes have written.
        spread: makes the seconds before a retry somewhat uneven.
    """

    timeout: float
    retries: tuple[float, ...]
    poll: float
    spread: Callable[[float], float] = spread


class WebhookSender:
    """Sends what the outbox holds, of all tenants."""

    def __init__(
        self,
        database: Database,
        notifications: Notifications,
        subscriptions: Subscriptions,
        policy: RetryPolicy,
        *,
        clock: Callable[[], datetime] = now,
        count: Callable[[bool], None] = lambda arrived: None,
    ) -> None:
        """`count` is called after every attempt that ended here: whether it was a success."""
        self._database = database
        self._notifications = notifications
        self._box = subscriptions.box
        self._egress = subscriptions.egress
        self._policy = policy
        self._clock = clock
        self._count = count
        self._sending: dict[asyncio.Task[None], tuple[str | None, str]] = {}
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False
        self._client: asyncio.Task[httpx.AsyncClient] | None = None
        self._cleared_at: datetime | None = None

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Claim nothing more; what is on its way has a moment, then it is queued again."""
        self._stopping = True
        self._notifications.notify(OUTBOX)
        if self._loop is not None:
            await self._loop
        if self._sending:
            _, late = await asyncio.wait(self._sending, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._client is not None:
            await (await self._client).aclose()

    async def _run(self) -> None:
        with self._notifications.watch(OUTBOX) as watch:
            while not self._stopping:
                wait = self._policy.poll
                try:
                    wait = min(wait, await self.send_due())
                except DatabaseUnavailable as error:
                    log.warning("outbox not read", error=str(error.__cause__))
                except Exception:
                    log.exception("outbox not read")
                await watch.wait(wait)

    async def send_due(self) -> float:
        """Begin to send what is due while there is room; seconds until something more is due."""
        while not self._stopping and len(self._sending) < AT_ONCE:
            wait = await self._until_due()
            if wait > 0:
                await self._clear_away()
                return wait
            taken = await self._take()
            if not taken:
                break
        return self._policy.poll

    async def settled(self) -> None:
        """Wait until nothing is on its way."""
        while self._sending:
            await asyncio.wait(self._sending)

    async def _until_due(self) -> float:
        async with self._database.read() as session:
            due = await MessageRepository(session).next_due()
        return float("inf") if due is None else (due - self._clock()).total_seconds()

    async def _take(self) -> int:
        """Take some messages that are due and begin to send them; their number."""
        moment = self._clock()
        until = moment + timedelta(seconds=self._policy.timeout + SPARE_SECONDS)
        endpoints = Counter(endpoint for endpoint, _ in self._sending.values())
        tenants = Counter(tenant for _, tenant in self._sending.values())
        busy = [each for each, count in endpoints.items() if each and count >= AT_ONE_ENDPOINT]
        full = [tenant for tenant, count in tenants.items() if count >= OF_ONE_TENANT]
        async with self._database.write() as session:
            rows = await MessageRepository(session).take(
                now=moment, until=until, limit=TAKEN_AT_ONCE, busy=busy, full=full
            )
        for row in rows:
            task = asyncio.create_task(self._start(row))
            self._sending[task] = row.endpoint_id, row.tenant
            task.add_done_callback(self._put_down)
        return len(rows)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        del self._sending[task]
        self._notifications.notify(OUTBOX)

    async def _start(self, row: WebhookMessageRow) -> None:
        """One attempt at one message, from start to end."""
        with structlog.contextvars.bound_contextvars(job_id=row.job_id, webhook_id=row.id):
            try:
                await self._settle_in_time(row, await self._attempt(row))
            except asyncio.CancelledError:
                await self._settle(row, _STOPPED)
                raise
            except DatabaseUnavailable as error:
                # Not even the outcome could be written: the message is due again later.
                log.warning("webhook abandoned", error=str(error.__cause__))
            except Exception:
                log.exception("webhook abandoned")

    async def _settle_in_time(self, row: WebhookMessageRow, outcome: Outcome) -> None:
        """Write an outcome before another sender takes the message over.

        Raises DatabaseUnavailable.
        """
        self._count(outcome.error is None)
        for pause in _PAUSES:
            try:
                return await self._settle(row, outcome)
            except DatabaseUnavailable:
                await asyncio.sleep(pause)
        return await self._settle(row, outcome)

    async def _attempt(self, row: WebhookMessageRow) -> Outcome:
        async with self._database.read() as session:
            endpoint = await EndpointRepository(session).get(row.endpoint_id or "")
        if endpoint is None:
            return Outcome(error="not sent: the endpoint was removed", hopeless=True)
        if endpoint.disabled_at is not None:
            return Outcome(error="not sent: the endpoint is disabled", hopeless=True)
        try:
            keyring = self._keyring(row, endpoint)
        except SecretsError as error:
            return Outcome(error=f"not sent: {error}")
        moment, body = self._clock(), row.body.encode()
        signed = headers(row.id, moment, body, keyring.in_force(moment))
        return await post(await self._http(), row.url, body, signed, self._policy.timeout)

    def _keyring(self, row: WebhookMessageRow, endpoint: WebhookEndpointRow) -> Keyring:
        """The secrets that came with the job, else those of the endpoint. Raises SecretsError."""
        if row.secret is not None:
            return unseal(self._box, row.secret, "job", row.job_id)
        return unseal(self._box, endpoint.secrets, endpoint.tenant, endpoint.url)

    async def _settle(self, row: WebhookMessageRow, outcome: Outcome) -> None:
        """Write how the attempt ended and what follows from it, in one transaction."""
        moment = self._clock()
        values = self._after(row, outcome, moment)
        async with self._database.write() as session:
            messages = MessageRepository(session)
            held = await messages.change(row.id, values, fencing_token=row.fencing_token)
            await messages.end_attempt(
                row.id, row.attempts, now=moment, answer=outcome.answer, error=outcome.error
            )
            if outcome.gone and row.endpoint_id is not None:
                await EndpointRepository(session).change(row.endpoint_id, {"disabled_at": moment})
        say = log.info if outcome.error is None else log.warning
        say("webhook sent", answer=outcome.answer, error=outcome.error, held=held)

    def _after(self, row: WebhookMessageRow, outcome: Outcome, moment: datetime) -> dict[str, Any]:
        """What is written into the message after an attempt."""
        if outcome is _STOPPED:
            return {"due_at": moment}
        if outcome.error is None:
            return {"status": DELIVERED, "ended_at": moment}
        if outcome.hopeless or row.retries >= len(self._policy.retries):
            return {"status": FAILED, "ended_at": moment}
        wait = self._policy.spread(self._policy.retries[row.retries])
        due = moment + timedelta(seconds=max(wait, outcome.retry_after))
        return {"due_at": due, "retries": row.retries + 1}

    async def _clear_away(self) -> None:
        """Now and then, remove the messages of jobs that are deleted."""
        moment = self._clock()
        pause = timedelta(seconds=CLEAR_AWAY_SECONDS)
        if self._cleared_at is not None and moment - self._cleared_at < pause:
            return
        self._cleared_at = moment
        async with self._database.write() as session:
            await MessageRepository(session).clear_away()

    async def _http(self) -> httpx.AsyncClient:
        """Made at the first message, in a thread: a context for TLS takes time and memory."""
        if self._client is None:
            self._client = asyncio.create_task(asyncio.to_thread(self._new_client))
        return await asyncio.shield(self._client)

    def _new_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=self._egress.async_transport(received=MAX_RECEIVED),
            timeout=self._policy.timeout,
            follow_redirects=False,
        )
