"""A training with differential privacy under way.

The noise key is given out before the first row is read, and erased once the model is kept in the
job's parts: an attempt that is broken off before that draws the same noise again, one after that
reads no row any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.engine.errors import Cancelled, TablesmithError
from app.jobs.queue.lease import JobLease
from app.jobs.service_context import ServiceContext
from app.kinds.train.privacy import AccountFigures, DomainColumn, PrivacyOrder, TrainedPrivacy
from app.kinds.train.private_steps import MODEL, PrivateTraining, examine, fit, write
from app.kinds.train.running import TrainingRun
from app.privacy.accounts import AccountState, recognised_by
from app.privacy.errors import ExecutionRefused
from app.sources.sources import PrivateSource
from app.store.private import make_private


class PrivateTrainingRun(TrainingRun):
    """The stages load, train and report of a held job.

    Attributes:
        privacy: what is to be said of it, once it was learned.
    """

    def __init__(
        self, lease: JobLease, context: ServiceContext, document: Mapping[str, Any]
    ) -> None:
        super().__init__(lease, context, document)
        self._sources = context.sources.of(self._row.tenant)
        self._accounts = self._sources.accounts
        self.privacy: TrainedPrivacy | None = None

    async def learn(self, out: Path) -> dict[str, Any]:
        """Learn the source within the budget that was reserved, and write the model's file; its
        description. Raises as `TrainingRun.learn`, ExecutionRefused, AccountDamaged."""
        try:
            return await self._learn(out)
        except Cancelled:
            raise
        except TablesmithError:
            await self._accounts.erase(self._row.id)
            raise

    async def _learn(self, out: Path) -> dict[str, Any]:
        await asyncio.to_thread(make_private, self._parts.folder)
        async with self._lease.stage("load"):
            found = await self._sources.private_source(self._document["source"])
        async with self._lease.stage("train"):
            if await asyncio.to_thread(self._parts.find, MODEL) is None:
                await self._fit(found)
            made = await self._step(write, out)
        state = await self._commit(made["statement"])
        self.privacy = _answer(made["statement"], state, self._row.id)
        description: dict[str, Any] = made["description"]
        return description

    async def _fit(self, found: PrivateSource) -> None:
        """Read the rows, with the key of this execution. Raises ExecutionRefused where these are
        not the rows that the budget was reserved for."""
        document, source = self._document, found.source
        if (found.account, source.version) != (document["account"], document["version"]):
            raise ExecutionRefused("the source was read again since this was asked for; ask again")
        training = PrivateTraining(
            PrivacyOrder.model_validate(document["privacy"]),
            document["request"],
            document["settings"],
            Fraction(document["noise_error"]),
        )
        await self._recognise(found)
        bound_to = {**document, "file": source.file}
        key = await self._accounts.begin(found.account, self._row.id, bound_to)
        await self._step(fit, found.file, training, key)

    async def _recognise(self, found: PrivateSource) -> None:
        """Look whether the rows are known of another account, which pays for them then. Raises
        ExecutionRefused, and SourceError where they cannot be learned."""
        content = await self._step(examine, found.file)
        if content is None:
            return
        account = await self._accounts.recognise(found.account, recognised_by(content))
        if account != found.account:
            raise ExecutionRefused(
                "the same data has a privacy account already, which is that of this source from "
                "now on; ask again"
            )

    async def _commit(self, statement: Mapping[str, Any]) -> AccountState:
        return await self._accounts.commit(
            self._document["account"],
            self._row.id,
            statement["rho"],
            statement["transcript"],
            statement["events"],
        )


def _answer(statement: Mapping[str, Any], state: AccountState, job: str) -> TrainedPrivacy:
    """What the job says of its privacy."""
    domain = {
        name: DomainColumn(
            origin=said["from"], kind=said["kind"], cells=said["cells"], missing=said["missing"]
        )
        for name, said in statement["domain"].items()
    }
    names = ("algorithm", "epsilon", "delta", "band", "unit", "max_contributions", "transcript")
    return TrainedPrivacy(
        **{name: statement[name] for name in names},
        epsilon_used=statement["epsilon_spent"],
        rho=state.ledger.executions[job].rho,
        domain=domain,
        account=AccountFigures.of(state.ledger),
    )
