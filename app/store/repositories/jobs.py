"""Every query about jobs. Repositories never commit: the block that opened the session does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CursorResult,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from app.store.tables.job_tables import JobRequestRow, JobRow

# Made once: a statement takes longer to make than to carry out.
_WITH_REQUEST = (
    select(JobRow, JobRequestRow.body)
    .join(JobRequestRow, JobRequestRow.job_id == JobRow.id)
    .where(JobRow.id.in_(bindparam("job_ids", expanding=True)))
)
# What a job works from, where that is not what was sent.
_ORIGINS = tuple(
    JobRequestRow.body[("document", name)].as_string() for name in ("source", "synthesizer")
)
_NEWEST_FIRST = JobRow.created_at.desc(), JobRow.id.desc()
_LARGE = JobRow.warnings, JobRow.error, JobRow.result, JobRow.deliveries
_SIZE = sum((func.coalesce(func.length(cast(each, Text)), 0) for each in _LARGE), literal(0))


class ListedJob(NamedTuple):
    """A job of a list; `size`: the characters of what it tells."""

    id: str
    created_at: datetime
    size: int


class JobRepository:
    """Jobs with their requests: those of one tenant, or of all of them for the runner (None)."""

    def __init__(self, session: AsyncSession, tenant: str | None = None) -> None:
        self._session = session
        self._tenant = tenant

    async def add(self, row: JobRow, request: Mapping[str, Any]) -> None:
        self._session.add(row)
        await self._session.flush()
        self._session.add(JobRequestRow(job_id=row.id, body=dict(request)))

    async def get(self, job_id: str) -> tuple[JobRow, dict[str, Any]] | None:
        """The job and its request."""
        return (await self.get_all([job_id])).get(job_id)

    async def get_all(self, job_ids: Collection[str]) -> dict[str, tuple[JobRow, dict[str, Any]]]:
        """Those of the jobs that there are, by their ids, each with its request."""
        query = _WITH_REQUEST.where(*self._own())
        found = await self._session.execute(query, {"job_ids": list(job_ids)})
        return {row.id: (row, request) for row, request in found}

    async def find(self, job_id: str) -> JobRow | None:
        """The job without its request."""
        query = select(JobRow).where(JobRow.id == job_id, *self._own())
        return (await self._session.scalars(query)).one_or_none()

    async def listed(
        self,
        *,
        status: str | None,
        kind: str | None,
        origin: str | None = None,
        limit: int,
        before: tuple[datetime, str] | None,
    ) -> list[ListedJob]:
        """Up to `limit` jobs, newest first, that are older than `before`.

        Args:
            origin: the id of the source or synthesizer that they work from.
        """
        query = select(JobRow.id, JobRow.created_at, _SIZE).where(*self._own())
        query = query.order_by(*_NEWEST_FIRST).limit(limit)
        if status is not None:
            query = query.where(JobRow.status == status)
        if kind is not None:
            query = query.where(JobRow.kind == kind)
        if origin is not None:
            query = query.join(JobRequestRow, JobRequestRow.job_id == JobRow.id)
            query = query.where(or_(*(each == origin for each in _ORIGINS)))
        if before is not None:
            query = query.where(tuple_(JobRow.created_at, JobRow.id) < before)
        return [ListedJob(*row) for row in await self._session.execute(query)]

    async def newest_first(self, ids: Collection[str]) -> Sequence[JobRow]:
        """Those of the jobs that there are."""
        query = select(JobRow).where(*self._own(), JobRow.id.in_(ids)).order_by(*_NEWEST_FIRST)
        return (await self._session.scalars(query)).all()

    async def sequences(self, ids: Collection[str]) -> dict[str, int]:
        """The number of the latest change of those jobs that there are."""
        query = select(JobRow.id, JobRow.sequence).where(*self._own(), JobRow.id.in_(ids))
        return {row[0]: row[1] for row in await self._session.execute(query)}

    async def counts(self) -> dict[str, int]:
        """Number of jobs by status."""
        query = select(JobRow.status, func.count()).where(*self._own()).group_by(JobRow.status)
        return {row[0]: row[1] for row in await self._session.execute(query)}

    async def rename(self, job_id: str, name: str) -> bool:
        change = update(JobRow).where(JobRow.id == job_id, *self._own()).values(name=name)
        return await self._touched(change)

    async def delete(self, job_id: str) -> bool:
        """Remove the job; its request, events, files and keys go with it."""
        return await self._touched(delete(JobRow).where(JobRow.id == job_id, *self._own()))

    def _own(self) -> tuple[ColumnElement[bool], ...]:
        return () if self._tenant is None else (JobRow.tenant == self._tenant,)

    async def _touched(self, statement: Any) -> bool:
        result = await self._session.execute(
            statement, execution_options={"synchronize_session": False}
        )
        assert isinstance(result, CursorResult)
        return result.rowcount > 0


_NOW: BindParameter[datetime] = bindparam("now", type_=JobRow.lease_until.type)


def _unattended(job: type[JobRow] = JobRow) -> ColumnElement[bool]:
    """Jobs that have not ended and that no runner holds at the moment `now`: never claimed, or
    the lease ran out."""
    free = or_(job.lease_until.is_(None), job.lease_until < _NOW)
    return and_(job.finished_at.is_(None), free)


def _next_in_turn(made: bool | None) -> Select[str]:
    """The id of the job to claim next, locked: of at most `most_cost`, of no tenant that is
    `busy`, and one whose data is made, is not, or either."""
    waiting, held = aliased(JobRow), aliased(JobRow)
    in_hand = (
        select(held.tenant, func.count().label("jobs"))
        .where(held.finished_at.is_(None), held.lease_until >= _NOW)
        .group_by(held.tenant)
        .subquery()
    )
    stage = {None: (), True: (waiting.result.is_not(null()),), False: (waiting.result.is_(null()),)}
    return (
        select(waiting.id)
        .outerjoin(in_hand, in_hand.c.tenant == waiting.tenant)
        .where(_unattended(waiting), waiting.cost <= bindparam("most_cost"), *stage[made])
        .where(waiting.tenant.not_in(bindparam("busy", expanding=True)))
        .order_by(func.coalesce(in_hand.c.jobs, 0), waiting.created_at, waiting.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=waiting)
    )


def _claim(made: bool | None) -> ReturningUpdate[JobRow]:
    return (
        update(JobRow)
        # The scalar comparison has the candidate chosen, and locked, exactly once.
        .where(JobRow.id == _next_in_turn(made).scalar_subquery())
        .values(
            lease_owner=bindparam("owner"),
            lease_until=bindparam("until"),
            fencing_token=JobRow.fencing_token + 1,
            attempts=JobRow.attempts + 1,
        )
        .returning(JobRow)
        .execution_options(synchronize_session=False)
    )


_CLAIMS = {made: _claim(made) for made in (None, True, False)}
ANY_COST = 2**63 - 1


class QueueRepository(JobRepository):
    """What a runner does with jobs: claim, renew, write under its token, end."""

    async def claim(
        self,
        *,
        owner: str,
        now: datetime,
        lease_until: datetime,
        most_cost: int = ANY_COST,
        made: bool | None = None,
        busy: Collection[str] = (),
    ) -> JobRow | None:
        """Take a job that nobody holds and that costs at most `most_cost`, in one statement.

        Args:
            made: whether its data is made; None: either.
            busy: tenants that are passed over.

        The tenant with the fewest jobs in hand comes first, then the oldest job.

        No two runners get the same job: SQLite lets one writer in at a time, other databases
        skip rows that another claim has locked.
        """
        values: dict[str, Any] = {"owner": owner, "now": now, "until": lease_until}
        values |= {"most_cost": most_cost, "busy": list(busy)}
        return (await self._session.scalars(_CLAIMS[made], values)).one_or_none()

    async def renew(
        self, job_id: str, fencing_token: int, lease_until: datetime, run_seconds: float
    ) -> bool | None:
        """Prolong the lease and write the seconds worked; tells whether a cancel was asked for,
        None when the lease is lost, or was given up."""
        renewal = (
            update(JobRow)
            .where(
                JobRow.id == job_id,
                JobRow.fencing_token == fencing_token,
                JobRow.lease_until.is_not(None),
            )
            .values(lease_until=lease_until, run_seconds=run_seconds)
            .returning(JobRow.cancel_requested)
            .execution_options(synchronize_session=False)
        )
        return (await self._session.execute(renewal)).scalar_one_or_none()

    async def change(
        self,
        job_id: str,
        values: Mapping[str, Any],
        *,
        now: datetime,
        fencing_token: int | None = None,
        sources: Collection[str] | None = None,
        with_result: bool = False,
    ) -> JobRow | None:
        """Write `values` and count the change; None (and nothing written) when another runner
        holds the job (`fencing_token`), its status is none of `sources`, or it has no result
        where it is to have one."""
        conditions = [JobRow.id == job_id]
        if with_result:
            conditions.append(JobRow.result.is_not(null()))
        if fencing_token is not None:
            conditions.append(JobRow.fencing_token == fencing_token)
        if sources is not None:
            conditions.append(JobRow.status.in_(sources))
        change = (
            update(JobRow)
            .where(*conditions)
            .values(**values, sequence=JobRow.sequence + 1, updated_at=now)
            .returning(JobRow)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        return (await self._session.scalars(change)).one_or_none()

    async def end_unattended(
        self, job_id: str, values: Mapping[str, Any], *, now: datetime
    ) -> JobRow | None:
        """End a job that no runner holds; one that still believes it does is fenced off."""
        change = (
            update(JobRow)
            .where(JobRow.id == job_id, _unattended())
            .values(
                **values,
                fencing_token=JobRow.fencing_token + 1,
                sequence=JobRow.sequence + 1,
                updated_at=now,
            )
            .returning(JobRow)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        return (await self._session.scalars(change, {"now": now})).one_or_none()

    async def request_cancel(self, job_id: str) -> bool:
        change = update(JobRow).where(JobRow.id == job_id).values(cancel_requested=True)
        return await self._touched(change)
