"""What a training with differential privacy is checked by before it is queued: names of columns,
and what is declared of them. No row is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.engine.errors import DefinitionError, Fault, SourceError
from app.workers.source_tasks import SourceFile, told_in_words

_TEXT = frozenset({".csv", ".tsv", ".tab", ".txt", ".data"})


@dataclass(frozen=True, slots=True)
class AssessedPrivacy:
    """What would be learned.

    Args:
        columns: that are learned, and the places in the domain of each.
    """

    columns: Mapping[str, int]


def assess_private(
    privacy: Mapping[str, Any],
    settings: Mapping[str, Any],
    file: SourceFile,
    drop: Sequence[str],
    target: str | None,
) -> AssessedPrivacy:
    """Hold a declared domain against the names of a file's columns.

    Args:
        privacy: fields of the engine's `PrivacyRequest`.
        settings: of its algorithm.
        drop: columns that are left out.

    Raises:
        DefinitionError: every fault; a column that nothing is declared of is one.
    """
    from app.engine.synthesizers.private.learning import asked_privately
    from app.engine.training.private_tables import private_columns

    try:
        with told_in_words(file.path.name):
            names = private_columns(file.path, file.reading)
    except SourceError as error:
        raise DefinitionError([Fault("source", str(error))]) from None
    kept = [name for name in names if name not in drop]
    if faults := list(_faults(file.path, names, kept, privacy, drop)):
        raise DefinitionError(faults)
    asked = asked_privately(kept, privacy, settings, target)
    return AssessedPrivacy({each.name: each.cells for each in asked.domain.columns})


def _faults(
    path: Path,
    names: Sequence[str],
    kept: Iterable[str],
    privacy: Mapping[str, Any],
    drop: Sequence[str],
) -> Iterable[Fault]:
    """Columns that are not there, and columns that nothing is declared of; names of a text file
    are not shown: without a header they are somebody's values."""
    for name in drop:
        if name not in names:
            yield Fault("privacy.drop", f"there is no column {name!r}")
    declared = {*privacy["bounds"], *privacy["categories"], privacy["unit"]}
    open_ones = [name for name in kept if name not in declared]
    if open_ones:
        shown = "" if path.suffix.lower() in _TEXT else f" ({', '.join(open_ones[:10])})"
        yield Fault(
            "privacy.bounds",
            f"nothing is declared of {len(open_ones)} columns of the table{shown}, and nothing "
            "may be read from rows",
            "`bounds` for numbers and dates, `categories` for labels, `drop` for texts and keys",
        )
