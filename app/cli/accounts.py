"""The privacy account of a file, and trainings that it pays for.

Accounts are those of the service over the same data folder: a file that was uploaded there has the
same account here.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from app.cli.faults import exit_status, print_json
from app.cli.keys import AsJson, DataDir, in_database

if TYPE_CHECKING:
    from app.kinds.train.privacy import PrivacyOrder
    from app.privacy.accounts import AccountState, PrivacyAccounts
    from app.privacy.entries import AccountSettings
    from app.store.database import Database

T = TypeVar("T")

File = Annotated[Path, typer.Argument(metavar="SOURCE", help="A CSV, TSV, Parquet or Arrow file.")]
Epsilon = Annotated[
    float | None,
    typer.Option(help="Learn with differential privacy: ε that is spent of the source's account."),
]
Privacy = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="What is learned privately, as YAML or JSON: epsilon, algorithm, target, bounds, "
        "categories, drop, max_cells, settings.",
    ),
]


class Policy(StrEnum):
    """Who may read the rows; as that of accounts, which commands that need none do not load."""

    DP_ONLY = "dp_only"
    MIXED = "mixed"


def account(
    source: File,
    epsilon_limit: Annotated[
        float | None, typer.Option(help="ε of all executions together, at δ.")
    ] = None,
    delta: Annotated[
        float | None, typer.Option(help="δ, far less than one by the number of individuals.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column that says whose a row is.")
    ] = None,
    max_contributions: Annotated[
        int | None, typer.Option(help="Rows of one individual, at most.")
    ] = None,
    policy: Annotated[
        Policy | None, typer.Option(help="Whether the service shows rows without a budget.")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the privacy account of a file; with options, set what it allows first."""
    given = {
        "epsilon_limit": epsilon_limit, "delta": delta, "unit": unit,
        "max_contributions": max_contributions, "policy": policy and policy.value,
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value is not None}

    async def work(accounts: PrivacyAccounts, own: str) -> AccountState:
        found = await accounts.state(own)
        if not changes:
            return found
        return await accounts.change(own, _changed(found.ledger.settings, changes))

    with exit_status(as_json=as_json):
        _print(_with_account(source, data_dir, work), as_json=as_json)


def refuse_beside_privacy(**given: Any) -> None:
    """Raises typer.BadParameter for an option that says nothing beside `--epsilon` or
    `--privacy`."""
    for name, value in given.items():
        if value is not None:
            raise typer.BadParameter(f"--{name} cannot be given with --epsilon or --privacy")


def train_privately(
    source: Path,
    out: Path,
    privacy: Path | None,
    given: Mapping[str, Any],
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Learn a file within the budget of its account, and write the model to a file.

    Args:
        privacy: a document with fields of `PrivacyOrder`, and `settings`.
        given: fields that go before it.

    Raises:
        DefinitionError, BudgetError, SourceError: as the engine has them.
    """
    from app.engine.synthesizers.model_file.files import save_model
    from app.engine.training.private_tables import check_lines
    from app.kinds.train.private_steps import PrivateTraining, learned_file
    from app.privacy.accounts import Spending
    from app.workers.private_tasks import assess_private
    from app.workers.source_tasks import SourceFile

    order, settings = _order(privacy, given)
    job, file = uuid.uuid4().hex, SourceFile(source)

    async def begin(accounts: PrivacyAccounts, own: str) -> tuple[PrivateTraining, Any]:
        ledger = (await accounts.state(own)).ledger
        request = order.request(ledger.settings)
        assess_private(request, settings, file, order.drop, order.target)
        check_lines(source, file.reading)
        spending = Spending(own, order.epsilon, order.algorithm, ledger.settings)
        key = await accounts.spend(job, spending)
        return PrivateTraining(order, request, settings, ledger.noise_error), key

    training, key = _with_account(source, data_dir, begin)
    learned = learned_file(file, training, key)
    size, said = save_model(learned, out), learned.privacy
    assert said is not None

    async def commit(accounts: PrivacyAccounts, own: str) -> AccountState:
        return await accounts.commit(own, job, said.rho, said.transcript, said.events)

    state = _with_account(source, data_dir, commit)
    if not as_json:
        typer.echo(f"{out}: {size:,} bytes, learned with ε {said.epsilon:g} ({said.band})")
    _print(state, as_json=as_json)


def _order(privacy: Path | None, given: Mapping[str, Any]) -> tuple[PrivacyOrder, dict[str, Any]]:
    """What is asked for, and settings of its algorithm. Raises DefinitionError."""
    from pydantic import ValidationError

    from app.engine.errors import DefinitionError, Fault
    from app.engine.schema.yaml.core import read_yaml
    from app.kinds.train.privacy import PrivacyOrder

    document: Any = {}
    if privacy is not None:
        read = read_yaml(privacy.read_bytes())
        document = read.data
        if read.faults or not isinstance(document, dict):
            raise DefinitionError(read.faults or [Fault("privacy", "a mapping is wanted")])
    settings = document.pop("settings", {})
    own = {name: value for name, value in given.items() if value is not None}
    try:
        return PrivacyOrder.model_validate({**document, **own}), settings
    except ValidationError as error:
        faults = [
            Fault(".".join(["privacy", *map(str, each["loc"])]), each["msg"])
            for each in error.errors(include_url=False, include_input=False)
        ]
    raise DefinitionError(faults)


def _changed(settings: AccountSettings, changes: Mapping[str, Any]) -> AccountSettings:
    from pydantic import ValidationError

    from app.engine.errors import DefinitionError, Fault
    from app.privacy.entries import AccountSettings

    try:
        return AccountSettings.model_validate({**settings.model_dump(), **changes})
    except ValidationError as error:
        faults = [Fault(str(each["loc"][0]), each["msg"]) for each in error.errors()]
    raise DefinitionError(faults)


def _with_account(
    source: Path, data_dir: Path | None, work: Callable[[PrivacyAccounts, str], Awaitable[T]]
) -> T:
    """The outcome of `work` with the account of a file's bytes. Ends the command where the account
    does not allow it."""
    from app.cli.configuration import read_settings
    from app.engine.sources.content import content_digest
    from app.privacy.accounts import PrivacyAccounts, recognised_by
    from app.privacy.witness import Witness
    from app.store.encryption.secrets import make_box
    from app.store.errors import ServiceError
    from app.store.tables.base import DEFAULT_TENANT

    settings = read_settings(data_dir=data_dir)
    named = settings.secret_keys
    box = make_box(settings.data_dir, None if named is None else named.get_secret_value())
    witness = Witness(settings.data_dir.resolve() / "privacy")
    with source.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    holds = content_digest(source)

    async def run(database: Database) -> T:
        accounts = PrivacyAccounts(database, box, witness, DEFAULT_TENANT)
        own = await accounts.account_of(digest)
        if holds is not None:
            own = await accounts.recognise(own, recognised_by(holds))
        return await work(accounts, own)

    try:
        return in_database(settings, run)
    except ServiceError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None


def _print(state: AccountState, *, as_json: bool) -> None:
    from app.kinds.train.privacy import AccountFigures

    found, settings = AccountFigures.of(state.ledger), state.ledger.settings
    entries = [entry.model_dump(mode="json", exclude={"events"}) for entry in state.entries]
    if as_json:
        own = {"unit": settings.unit, "max_contributions": settings.max_contributions}
        print_json({"id": state.id, **own, **found.model_dump(mode="json"), "entries": entries})
        return
    limit = "none" if found.epsilon_limit is None else f"{found.epsilon_limit:g}"
    typer.echo(f"account {state.id}: {found.policy.value}, ε limit {limit} at δ {found.delta:g}")
    typer.echo(
        f"spent: ε {found.spent.epsilon:.6f}; left for one more: {found.remaining.epsilon:.6f}"
    )
    if found.unbounded:
        typer.echo(f"unbounded: {', '.join(found.unbounded)}")
