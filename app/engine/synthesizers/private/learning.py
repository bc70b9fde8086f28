"""From a table to a private model of it: the one way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ValidationError

from app.engine.errors import DefinitionError, Fault
from app.engine.privacy.budget import Budget
from app.engine.privacy.curator import Curator
from app.engine.privacy.declared_domain import declared_domain
from app.engine.privacy.domain import Domain
from app.engine.privacy.mechanisms import KeyedNoise
from app.engine.privacy.statement import PrivacyRequest, privacy_statement
from app.engine.seeds import NoiseKey
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.private.estimation import estimated_rows, observed
from app.engine.synthesizers.private.registry import PRIVATE_SYNTHESIZERS
from app.engine.synthesizers.values import Protection

NO_SEED = 0
"""Said of models that no seed took part in."""


def learn_privately(
    table: pa.Table,
    privacy: Mapping[str, Any],
    settings: Mapping[str, Any] | None = None,
    *,
    target: str | None = None,
    key: NoiseKey | None = None,
    noise_error: Fraction | None = None,
) -> LearnedTable:
    """Fit a private synthesizer. Nothing comes out of the rows but through a curator; the types of
    the table's columns are taken as public.

    Args:
        privacy: fields of `PrivacyRequest`.
        settings: those that differ from the synthesizer's defaults.
        target: the column whose relations matter most.
        key: of the noise, where an execution is repeated over the same table; a new one if None.
        noise_error: as `Budget` has it.

    Returns:
        The model, with its `privacy`; `rows` is an estimate by noisy counts.

    Raises:
        DefinitionError: every fault of what is asked, undeclared columns among them.
        SourceError: a column's type does not fit its domain.
        BudgetError: the budget is too small for what the synthesizer has to ask.
    """
    asked = asked_privately(table.column_names, privacy, settings or {}, target)
    request, domain, chosen = asked.request, asked.domain, asked.settings
    synthesizer = PRIVATE_SYNTHESIZERS[request.algorithm]
    budget = Budget(request.epsilon, request.delta, noise_error)
    curator = Curator(
        table,
        domain,
        budget,
        KeyedNoise(key or NoiseKey.fresh()),
        unit=request.unit,
        max_contributions=request.max_contributions,
        max_cells=request.max_cells,
    )
    model = synthesizer.fit(curator, chosen, target)
    rows = estimated_rows(observed(domain, curator.transcript.measurements))
    said = privacy_statement(request, domain, budget, curator.transcript)
    return LearnedTable(
        request.algorithm, chosen, Protection(1), NO_SEED, round(rows), model, target, privacy=said
    )


@dataclass(frozen=True, slots=True)
class AskedPrivately:
    """What is asked of a table, checked without a look at its rows."""

    request: PrivacyRequest
    domain: Domain
    settings: BaseModel


def asked_privately(
    columns: Sequence[str],
    privacy: Mapping[str, Any],
    settings: Mapping[str, Any],
    target: str | None,
) -> AskedPrivately:
    """Check what `learn_privately` is asked for, by the names of the columns alone. Raises
    DefinitionError."""
    request: PrivacyRequest = _checked(PrivacyRequest, privacy, "privacy")
    domain = _domain(columns, request, target)
    kind = PRIVATE_SYNTHESIZERS[request.algorithm].settings
    return AskedPrivately(request, domain, _checked(kind, settings, "settings"))


def _domain(columns: Sequence[str], request: PrivacyRequest, target: str | None) -> Domain:
    """The declared domain. Raises DefinitionError."""
    names = [name for name in columns if name != request.unit]
    faults = list(_faults(columns, names, request, target))
    if faults:
        raise DefinitionError(faults)
    domain = declared_domain(names, request.bounds, request.categories)
    large = [each for each in domain.columns if each.cells > request.max_cells]
    if large:
        message = f"it has {large[0].cells} cells, more than {request.max_cells}"
        raise DefinitionError([Fault(f"privacy.{large[0].name}", message, "fewer bins or labels")])
    return domain


def _faults(
    columns: Sequence[str], names: list[str], request: PrivacyRequest, target: str | None
) -> list[Fault]:
    faults = []
    if len(set(columns)) < len(columns) or not names:
        faults.append(Fault("table", "it has no columns, or two of one name"))
    if request.unit is not None and request.unit not in columns:
        faults.append(Fault("privacy.unit", f"there is no column {request.unit!r}"))
    if request.unit is None and request.max_contributions > 1:
        faults.append(Fault("privacy.max_contributions", "says nothing without `unit`"))
    if request.algorithm not in PRIVATE_SYNTHESIZERS:
        known = ", ".join(PRIVATE_SYNTHESIZERS)
        faults.append(Fault("privacy.algorithm", "there is none of this name", f"one of {known}"))
    if target is not None and target not in names:
        faults.append(Fault("target", f"there is no column {target!r} that is learned"))
    return faults


def _checked(kind: type[Any], given: Mapping[str, Any], path: str) -> Any:
    """A model of what is given. Raises DefinitionError."""
    try:
        return kind(**given)
    except ValidationError as error:
        faults = [
            Fault(".".join([path, *map(str, each["loc"])]), each["msg"]) for each in error.errors()
        ]
    raise DefinitionError(faults)
