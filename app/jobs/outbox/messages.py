"""The outbox: what is to be told is written in the transaction in which it comes about.

So nothing is lost or invented where a process dies in between, whenever that is: either both the
state and the message are there, or neither.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.outbox.events import events_of, message_body, message_id
from app.store.rows import JobRow
from app.store.webhook_rows import WebhookMessageRow
from app.store.webhooks import PENDING, OutboxRepository

# The topic of `app.jobs.changes` that wakes the sender of this process.
OUTBOX = "outbox"


async def write_messages(session: AsyncSession, row: JobRow) -> bool:
    """Write what the new state of a job tells those who listen to it.

    Called in the transaction that has changed the row, with the row as it is after the change.
    What was told before is not told again. True where something was written.
    """
    due = events_of(row)
    listener = await OutboxRepository(session).listener(row.id) if due else None
    if listener is None:
        return False
    subscription, endpoint = listener
    written = False
    for event in due:
        if event.value in subscription.events:
            message = WebhookMessageRow(
                id=message_id(row, event),
                tenant=row.tenant,
                job_id=row.id,
                endpoint_id=endpoint.id,
                url=endpoint.url,
                secret=subscription.secret,
                event=event.value,
                body=message_body(row, event),
                status=PENDING,
                attempts=0,
                retries=0,
                token=0,
                due_at=row.updated_at,
                created_at=row.updated_at,
            )
            written |= await OutboxRepository(session).put(message)
    return written
