"""Synthetic tables judged by real ones."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from app.engine import (
    DefinitionError,
    Fault,
    MatchRisk,
    NamedFile,
    Provenance,
    ReportLimits,
    judged_report,
    several_report,
    tables_in,
)
from app.engine import match_risk as risk_of_tables
from tablesmith._arguments import (
    need_mappings,
    need_names,
    need_natural_numbers,
    need_numbers,
)
from tablesmith._arrow_tables import arrow_table
from tablesmith._dataset import Dataset
from tablesmith._report import Report, TablesReport

if TYPE_CHECKING:
    import pyarrow as pa

    from tablesmith._model import TableSource

    SeveralSources: TypeAlias = Mapping[str, TableSource]


@overload
def evaluate(
    real: SeveralSources,
    synthetic: SeveralSources | Dataset | str | Path,
    *,
    holdout: SeveralSources | str | Path | None = None,
    target: str | None = None,
    seed: int = 0,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
    limits: Mapping[str, int] | None = None,
    keys: Sequence[Mapping[str, str]] | None = None,
) -> TablesReport: ...


@overload
def evaluate(
    real: TableSource,
    synthetic: TableSource | Dataset,
    *,
    holdout: TableSource | None = None,
    target: str | None = None,
    protected: str | None = None,
    seed: int = 0,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
    limits: Mapping[str, int] | None = None,
) -> Report: ...


def evaluate(
    real: TableSource | SeveralSources,
    synthetic: TableSource | SeveralSources | Dataset,
    *,
    holdout: TableSource | SeveralSources | None = None,
    target: str | None = None,
    protected: str | None = None,
    seed: int = 0,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
    limits: Mapping[str, int] | None = None,
    keys: Sequence[Mapping[str, str]] | None = None,
) -> Report | TablesReport:
    """Judge synthetic rows by real ones. The judge knows nothing of how they were made.

    Args:
        real: the table that was learned: a pandas or polars data frame, an Arrow table, or a path;
            a dict of them by name: several tables, with the keys between them.
        synthetic: such a table, or what `Model.sample` gives; of several tables a dict, what
            `TablesModel.sample` gives, or the path of a folder.
        holdout: real rows that were set aside before anything was learned; without them nothing is
            said of what the synthetic rows give away.
        target: a column that models are to predict.
        protected: a column between whose values the target is to be fair.
        seed: of samples and orders; the same tables and seed give the same report.
        weights: of fidelity, diversity and privacy in the composite figure.
        limits: most columns of sections of the report: `univariate` that are drawn (50), pairs
            that are listed (`bivariate`, 30), columns of the matrices (`phik`, 30), the first ones
            by which neighbours are looked for where diversity is measured (`knn`, all).
        keys: between several tables, `{"from": "orders.customer", "to": "customers.id"}` each;
            those that are found in the real tables where None.

    Raises:
        SourceError: a table that cannot be read, or be compared with the others.
        DefinitionError: there is no such target, protected column, limit or key, or weights are
            none.
        OSError: there is no such file.
        TypeError: anything else than a table or a path.
    """
    need_natural_numbers(seed=seed)
    need_numbers("weights", weights, "(1, 1, 1): of fidelity, diversity and privacy")
    asked: dict[str, Any] = {"target": target, "seed": seed, "weights": weights}
    asked["limits"] = _limits(limits)
    _refuse(isinstance(real, Mapping), protected, keys)
    if isinstance(real, Mapping):
        return TablesReport(_several(real, synthetic, holdout, {**asked, "keys": keys}))
    made = synthetic.to_arrow() if isinstance(synthetic, Dataset) else synthetic
    asked |= {"protected": protected, "holdout": None if holdout is None else _source(holdout)}
    known = Provenance(_files(real, made, holdout))
    return Report(judged_report(_source(real), _source(made), **asked, provenance=known))


def _refuse(several: bool, protected: object, keys: object) -> None:
    """Raises DefinitionError for what is of one table alone, or of several."""
    if several and protected is not None:
        hint = "leave it out, or judge that table by itself"
        raise DefinitionError([Fault("protected", "is a column of one table", hint)])
    if not several and keys is not None:
        hint = "a dict of tables by name as `real`"
        raise DefinitionError([Fault("keys", "lie between several tables", hint)])


def _several(
    real: Mapping[str, Any], synthetic: Any, holdout: Any, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """The document of several tables."""
    need_names(real)
    given = {"real": real, "synthetic": synthetic, "holdout": holdout}
    tables: dict[str, Any] = {
        role: _tables(each) for role, each in given.items() if each is not None
    }

    def known(table: str) -> Provenance:
        files = {
            role: NamedFile.of(each[table])
            for role, each in tables.items()
            if isinstance(each.get(table), Path)
        }
        return Provenance(files)

    return several_report(**tables, **asked, known=known)


def _tables(given: Any) -> dict[str, Path | pa.Table]:
    """Several tables by name. Raises TypeError, and SourceError for a data frame that is none."""
    if isinstance(given, Dataset):
        return {name: given.to_arrow(name) for name in given.tables}
    if isinstance(given, Mapping):
        need_names(given)
        return {name: _source(each) for name, each in given.items()}
    if isinstance(given, str | os.PathLike):
        return dict(tables_in(Path(given)))
    wanted = "a dict of tables by name, or the path of a folder"
    raise TypeError(f"several tables are {wanted}, not {type(given).__name__}")


def match_risk(
    real: Any,
    copies: Dataset | Sequence[Any],
    keys: Sequence[str],
    *,
    within: Mapping[str, float] | None = None,
) -> MatchRisk:
    """The risk that people are found in partly synthetic copies of their table, by somebody who
    knows some columns of them (Reiter & Mitra 2009).

    Args:
        real: the table that was learned: a pandas or polars data frame, or an Arrow table.
        copies: what `Model.sample(given=real, copies=…)` gives, or such tables: rows in the order
            of the real ones, some of whose cells are synthetic.
        keys: the columns that are known.
        within: how far off a number may lie, in its own unit, by the name of a key; others match
            where they are equal.

    Raises:
        DefinitionError: no copy, no key, or one that is in no table or is no number.
        SourceError: a copy has another number of rows.
        TypeError: anything else than tables.
    """
    need_mappings({"within": '{"age": 2}'}, within=within)
    if isinstance(keys, str) or not isinstance(copies, Dataset | list | tuple):
        raise TypeError('`copies` are a list of tables, and `keys` a list of names: ["age", "sex"]')
    if isinstance(copies, Dataset):
        made = [copies.to_arrow(name) for name in copies.tables]
    else:
        made = [arrow_table(each) for each in copies]
    return risk_of_tables(arrow_table(real), made, keys, within)


def _limits(given: Mapping[str, int] | None) -> ReportLimits:
    need_mappings({"limits": '{"univariate": 50}'}, limits=given)
    limits = given or {}
    known = [each.name for each in fields(ReportLimits)]
    if unknown := [name for name in limits if name not in known]:
        hint = f"one of {', '.join(known)}"
        raise DefinitionError([Fault(f"limits.{each}", "is no limit", hint) for each in unknown])
    need_natural_numbers(**{f"limits.{name}": each for name, each in limits.items()})
    return ReportLimits(**limits)


def _files(real: object, synthetic: object, holdout: object) -> dict[str, NamedFile]:
    given = {"real": real, "synthetic": synthetic, "holdout": holdout}
    paths = {role: each for role, each in given.items() if isinstance(each, str | os.PathLike)}
    return {role: NamedFile.of(Path(each)) for role, each in paths.items()}


def _source(table: Any) -> Path | pa.Table:
    return Path(table) if isinstance(table, str | os.PathLike) else arrow_table(table)
