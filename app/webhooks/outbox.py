"""The outbox: messages are written in the transaction of the change that they report.

So nothing is lost or invented where a process dies in between, whenever that is: either both the
state and the message are there, or neither.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from app.store.repositories.webhooks import PENDING, OutboxRepository
from app.store.tables.job_tables import JobRow
from app.store.tables.webhook_tables import WebhookMessageRow
from app.webhooks.events import events_of, message_body, message_id

# The topic of `app.store.notifications` that wakes the sender of this process.
OUTBOX = "outbox"


async def write_messages(session: AsyncSession, row: JobRow) -> bool:
    """Write the messages that the new state of a job has for its subscriber.

    Called in the transaction that has changed the row, with the row as it is after the change.
    A message that is stored already is not written again. True where one was written.
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
                fencing_token=0,
                due_at=row.updated_at,
                created_at=row.updated_at,
            )
            written |= await OutboxRepository(session).put(message)
    return written
