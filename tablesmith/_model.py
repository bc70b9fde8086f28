"""Models that learned a real table, and the rows that they draw."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from app.engine import (
    Combined,
    DefinitionError,
    Fault,
    Fit,
    LearnedTable,
    Plan,
    Request,
    SourceError,
    combine_fits,
    learn_privately,
    learned_plan,
    load_model,
    progress_bar,
    read_given,
    save_model,
    train_file,
    train_table,
    typed_given,
)
from tablesmith._arguments import (
    need_bytes,
    need_mappings,
    need_natural_numbers,
    need_path,
    need_whole_numbers,
)
from tablesmith._arrow_tables import arrow_table
from tablesmith._dataset import Dataset
from tablesmith._loose_cells import cell_by_cell
from tablesmith._tables_model import TablesModel, fit_tables

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    TableSource: TypeAlias = pd.DataFrame | pl.DataFrame | pa.Table | str | Path
    SynthesisSource: TypeAlias = Mapping[str, Any] | str | Path

TABLE = "synthetic"
_SHAPES = {"settings": '{"max_rounds": 100}', "privacy": '{"epsilon": 1, "bounds": {…}}'}
# More than the letter of a drive; a Path has one slash of the two.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+_]+:/")


class Rows(Dataset):
    """Rows drawn from a model: the same for the same model, number and seed.

    Of several copies each is a table: `synthetic_1`, `synthetic_2` and so on.
    """

    def combine(self, fits: Sequence[Fit]) -> dict[str, Combined]:
        """What was fitted to each of these copies as one, by the rule for how they were made:
        Reiter's where a table gave cells, else Raab's.

        Args:
            fits: of each copy, in the order of `tables`, as `ts.combine` takes them.

        Raises:
            DefinitionError: there are not as many fits as copies, or they cannot be combined.
        """
        if len(fits) != len(self.tables):
            message = f"{len(fits)} fits of {len(self.tables)} copies"
            raise DefinitionError([Fault("fits", message, "one of each of `tables`")])
        return combine_fits(self.plan, fits)

    def __repr__(self) -> str:
        return f"<Rows {self.plan!r}>"


class Model:
    """What was learned of one table. It only draws: it holds no row of the source."""

    def __init__(self, learned: LearnedTable) -> None:
        self._learned = learned

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the source."""
        return tuple(self.schema.names)

    @cached_property
    def schema(self) -> pa.Schema:
        """Names and Arrow types of the columns, as `sample` gives them."""
        return self._plan(1, 0, self._had_types).tables[0].source.schema

    @property
    def synthesizer(self) -> str:
        """Name of what learned it."""
        return self._learned.synthesizer

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that it was learned with, defaults included."""
        return self._learned.settings.model_dump()

    @property
    def seed(self) -> int:
        """The seed that it was learned with; 0 of a private model, which none took part in."""
        return self._learned.seed

    @property
    def rows(self) -> int:
        """Rows of the source; of a private model, an estimate by noisy counts."""
        return self._learned.rows

    @property
    def held_out(self) -> int:
        """Rows of the source that were set aside before anything was learned."""
        return self._learned.held_out

    @property
    def evaluation(self) -> dict[str, Any] | None:
        """What the model was found to be worth by rows that it did not learn, right after it was
        fitted: `figures` beside their ceiling (real rows) and floor (independent columns), and
        `notes`. None where no rows were set aside."""
        found = self._learned.evaluation
        return None if found is None else found.model_dump(mode="json")

    @property
    def provenance(self) -> dict[str, Any]:
        """When it was fitted (`trained_at`), how long that took (`seconds`), with which versions
        (`libraries`), and of which source (`fingerprint`); None of what nobody noted."""
        found = self._learned.provenance
        return {} if found is None else found.model_dump(mode="json")

    @property
    def privacy(self) -> dict[str, Any] | None:
        """The differential privacy that it was made with: ε and δ as asked, what was spent
        (`epsilon_spent`, and `rho` in units of 1e-12), `band`, `unit`, the `domain` of each column,
        all `events`, and the hash of the `transcript`. None for none."""
        found = self._learned.privacy
        return None if found is None else found.model_dump(mode="json")

    @property
    def target(self) -> str | None:
        """The column that was named as target."""
        return self._learned.target

    @property
    def fairness(self) -> dict[str, str] | None:
        """The column that was made fair (`target`), between the groups of which one (`protected`),
        and in what sense (`notion`); None for none."""
        found = self._learned.fairness
        return None if found is None else found.model_dump()

    @property
    def rules(self) -> tuple[str, ...]:
        """Orders and sums that hold in every row it draws, as expressions."""
        return self._learned.model.rules.texts

    @property
    def warnings(self) -> tuple[str, ...]:
        """What will be weak, in words."""
        return self._learned.warnings

    def sample(
        self,
        rows: int | None = None,
        *,
        conditions: Sequence[Mapping[str, Any]] | None = None,
        shares: Mapping[str, Mapping[Any, float]] | None = None,
        given: TableSource | None = None,
        copies: int = 1,
        seed: int | None = None,
        as_written: bool | None = None,
        workers: int = 1,
        progress: bool = True,
    ) -> Rows:
        """Synthetic rows; they are drawn when they are first asked for.

        Args:
            rows: as many as the source had where None, or as conditions and `given` come to.
            conditions: `{"where": "income == '>50K'", "rows": 500}`: so many rows of the table
                fulfil it, and no other ones; without `rows` all of them do.
            shares: of some values of columns, such as `{"churn": {"Yes": 0.3}}`; met exactly.
            given: a table of some columns, whose cells come out as they are; the others are drawn
                given them. Not together with conditions or shares.
            copies: how many tables of so many rows are drawn; copy after copy has the next seed.
            seed: drawn where None, see `Rows.seed`.
            as_written: whether cells look like the source's: its types, leading zeros, patterns of
                dates, what stands for missing. None: where the source had types, as a data frame
                or a Parquet file has; else values are typed by what was found in the file.
            workers: processes that draw; the rows do not depend on it.
            progress: whether a terminal or notebook shows a bar while rows are drawn.

        Raises:
            ValueError: a negative number of rows or a negative seed.
            DefinitionError: every fault of what is asked.
            ConflictError: counts that the model cannot meet, with those that it can.
        """
        need_whole_numbers(rows=rows, copies=copies, seed=seed, workers=workers)
        if (rows or 0) < 0 or (seed or 0) < 0:
            raise ValueError("rows and seed are 0 or more")
        chosen = self._had_types if as_written is None else as_written
        table = None if given is None else _given(given, self._learned)
        request = Request(conditions, shares, table)
        plan = self._plan(rows, seed, chosen, request, copies)
        return Rows(plan, workers=workers, progress=progress)

    def impute(
        self,
        table: TableSource,
        *,
        draw: bool = False,
        seed: int | None = None,
        as_written: bool | None = None,
        workers: int = 1,
        progress: bool = True,
    ) -> Rows:
        """The rows of a table with their missing cells filled in; all others stay as they are.

        Args:
            table: of some or all columns of the model; those that it has not are made up.
            draw: fill cells with draws from what the model thinks likely, which keep the spread of
                a column, in place of what is expected, which is nearest to the truth cell by cell.
            seed: drawn where None, see `Rows.seed`.
            as_written, workers, progress: as for `sample`.

        Raises:
            ValueError: a negative seed.
            DefinitionError: the table does not fit the model.
            SourceError, OSError: the file cannot be read.
        """
        need_whole_numbers(seed=seed, workers=workers)
        if (seed or 0) < 0:
            raise ValueError("the seed is 0 or more")
        request = Request(impute=_given(table, self._learned), draw=draw)
        chosen = self._had_types if as_written is None else as_written
        return Rows(self._plan(None, seed, chosen, request), workers=workers, progress=progress)

    def _plan(
        self,
        rows: int | None,
        seed: int | None,
        as_written: bool,
        request: Request | None = None,
        copies: int = 1,
    ) -> Plan:
        return learned_plan(
            self._learned, TABLE, rows=rows, seed=seed, as_written=as_written, request=request,
            copies=copies,
        )  # fmt: skip

    @property
    def _had_types(self) -> bool:
        """Whether the source had columns of another type than text."""
        written = {each.name for each in self._learned.cells}
        # What was made in place of a column with a type has no cells that are written as text.
        has_made = not written.issuperset(self._learned.made)
        return has_made or any(not each.format.is_text for each in self._learned.cells)

    def save(self, path: str | Path) -> None:
        """Write the model to one file, whole or not at all; `load` reads it again."""
        need_path(path, "a model")
        save_model(self._learned, Path(path))

    def __repr__(self) -> str:
        size = f"{self.rows:,} rows × {len(self.columns):,} columns"
        return f"<Model {self.synthesizer!r} of {size}>"


@overload
def fit(
    table: Mapping[str, TableSource],
    *,
    target: str | None = None,
    settings: Mapping[str, Any] | None = None,
    holdout: float | None = None,
    seed: int | None = None,
    definition: SynthesisSource | None = None,
    fingerprint_key: bytes | None = None,
    workers: int = 1,
    progress: bool = True,
) -> TablesModel: ...


@overload
def fit(
    table: TableSource,
    *,
    target: str | None = None,
    synthesizer: str | None = None,
    settings: Mapping[str, Any] | None = None,
    holdout: float | None = None,
    seed: int | None = None,
    definition: SynthesisSource | None = None,
    fingerprint_key: bytes | None = None,
    privacy: Mapping[str, Any] | None = None,
    workers: int = 1,
    progress: bool = True,
) -> Model: ...


def fit(
    table: TableSource | Mapping[str, TableSource],
    *,
    target: str | None = None,
    synthesizer: str | None = None,
    settings: Mapping[str, Any] | None = None,
    holdout: float | None = None,
    seed: int | None = None,
    definition: SynthesisSource | None = None,
    fingerprint_key: bytes | None = None,
    privacy: Mapping[str, Any] | None = None,
    workers: int = 1,
    progress: bool = True,
) -> Model | TablesModel:
    """Learn a real table, or several with the keys between them. It is profiled first: keys are
    made new and columns that look personal are faked, unless the definition says otherwise.

    Args:
        table: a pandas or polars data frame, an Arrow table, or the path of a file; a dict of them
            by name: several tables, as `fit_tables` learns them.
        target: the column that models will be trained on; kept with the model.
        synthesizer: its name: `sequential`, `copula` or `independent`.
        settings: those that differ from the synthesizer's defaults.
        holdout: share of the rows that is set aside before anything is learned, from 0 to 0.5; 0.1
            where nobody says one. The model is judged by them, see `Model.evaluation`. Of fewer
            than 1,000 rows all are learned, and a second model, of 80 %, is judged. 0: none is.
        seed: of the fit; drawn where nobody says one, see `Model.seed`.
        definition: a synthesis definition (dict or path), in which a table in memory is `table`;
            what the table suggests where None. Other arguments go before it.
        fingerprint_key: a secret of yours, by which models of the same table have the same
            fingerprint in their `provenance`. None: they have none.
        privacy: differential privacy: `{"epsilon": 1, "bounds": …}`, of a table in memory.
        workers: processes that learn side by side. progress: whether a bar is shown meanwhile.

    Raises:
        BudgetError: `privacy` asks for more than ε is enough for.
        SourceError: what cannot be read or learned, and why; fewer than 20 rows among it.
        DefinitionError: a definition at fault, an unknown synthesizer, setting or target.
        OSError, TypeError, ValueError: no such file; no table; an empty `fingerprint_key`.
    """
    asked: dict[str, Any] = {"seed": seed, "target": target, "holdout": holdout}
    asked |= {"synthesizer": synthesizer, "settings": settings, "workers": workers}
    _check(asked, privacy)
    if privacy is not None:
        beside = {"definition": definition, "fingerprint_key": fingerprint_key}
        return _private(table, privacy, asked | beside)
    if isinstance(table, Mapping):
        asked |= {"fingerprint_key": fingerprint_key, "progress": progress}
        return fit_tables(table, definition=definition, **asked)
    return _fitted(table, definition, asked | {"key": fingerprint_key}, bar=progress)


def _check(asked: Mapping[str, Any], privacy: object) -> None:
    """Raises DefinitionError for arguments of another type, and negative numbers."""
    need_natural_numbers(seed=asked["seed"], workers=asked["workers"])
    need_mappings(_SHAPES, settings=asked["settings"], privacy=privacy)


def _fitted(
    table: TableSource, definition: SynthesisSource | None, asked: Mapping[str, Any], *, bar: bool
) -> Model:
    """The model of one table."""
    need_bytes(fingerprint_key=asked["key"])
    said = Path(definition).read_bytes() if isinstance(definition, str | Path) else definition
    with progress_bar(wanted=bar, unit="columns") as shown:
        options = {**asked, "definition": said, "judged": True, "progress": shown}
        if isinstance(table, str | os.PathLike):
            return Model(train_file(_path(table), **options))
        return Model(train_table(arrow_table(table), **options))


def _path(path: str | os.PathLike[str]) -> Path:
    """The path of a file. Raises SourceError for a URL, without what stands in it."""
    if _URL.match(str(path)):
        raise SourceError(
            "this is the URL of a database or of another place: read a table of it as a data "
            "frame, such as by pandas.read_sql, or learn it by `tablesmith train URL --table NAME`"
        )
    return Path(path)


def _private(table: Any, privacy: Mapping[str, Any], asked: Mapping[str, Any]) -> Model:
    """A model with differential privacy; nearly every other argument is a fault beside it."""
    hint = "leave it out: `privacy` says which algorithm, and its noise has no seed"
    faults = [
        Fault(name, "cannot be given beside `privacy`", hint)
        for name in ("synthesizer", "holdout", "seed", "definition", "fingerprint_key")
        if asked[name] is not None
    ]
    if asked["workers"] != 1:
        faults.append(Fault("workers", "one process alone learns privately", "leave it out"))
    if isinstance(table, str | os.PathLike):
        why = "a file's columns have the types that are found in its rows"
        faults.append(Fault("table", f"{why}, which is not private", "a table in memory"))
    if isinstance(table, Mapping):
        faults.append(Fault("table", "several tables cannot be learned privately", "one table"))
    if faults:
        raise DefinitionError(faults)
    bounds = privacy.get("bounds")
    cells = cell_by_cell(table, bounds if isinstance(bounds, Mapping) else {})
    learned = learn_privately(cells, privacy, asked["settings"], target=asked["target"])
    return Model(learned)


def load(path: str | Path) -> Model:
    """Read a model file that `Model.save` or `tablesmith train` wrote; a stranger's may be read.

    Raises:
        ModelError: it is not a model file, is damaged or of another version.
        OSError: where there is no such file.
        TypeError: anything else than a path.
    """
    need_path(path, "a model")
    return Model(load_model(Path(path)))


def _given(table: TableSource, learned: LearnedTable) -> pa.Table:
    """A table of given cells. Raises SourceError, OSError, TypeError."""
    if isinstance(table, str | os.PathLike):
        return read_given(Path(table), learned)
    return typed_given(arrow_table(table), learned)
