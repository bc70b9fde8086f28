"""A synthesis definition once every spelling has been read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SerializeAsAny

from app.engine.distributions.shared.parameters import Whole
from app.engine.formats.cells.cell_format import Kind
from app.engine.schema.models import Column, Model

TreatmentName = Literal["learn", "new", "fake", "text", "keep", "drop"]
TREATMENTS: tuple[TreatmentName, ...] = ("learn", "new", "fake", "text", "keep", "drop")
ModelSize = Literal["small", "medium", "large"]
MODEL_SIZES: tuple[ModelSize, ...] = ("small", "medium", "large")
SYNTHESIZERS = ("sequential", "copula", "independent")
K = 5
HOLDOUT = 0.1


class Treatment(Model):
    """What happens to a column.

    Args:
        treatment: `learn` it; `new` keys in the source's format; `fake` values of a generator;
            `text`: learned as text; `keep` the rows' own values; `drop` it.
        kind: a correction of what was detected.
        generator: of `fake`: any column of the schema language.
    """

    treatment: TreatmentName = "learn"
    kind: Kind | None = None
    generator: SerializeAsAny[Column] | None = None


class SynthesisTable(Model):
    """What happens to a table.

    Args:
        primary_key: empty where it has none.
        rows: of a root table; None for as many as the source has.
        original: the table comes out as it is: a lookup table.
        order_by: the column that says in which order the rows of one parent follow one another.
        columns: those that are treated otherwise than `learn`, or of which a kind is corrected.
        rules: that hold in every row, as expressions.
    """

    primary_key: tuple[str, ...] = ()
    rows: Annotated[Whole, Field(ge=1, le=10**12)] | None = None
    original: bool = False
    order_by: str | None = None
    columns: dict[str, Treatment] = Field(default_factory=dict)
    rules: tuple[str, ...] = ()

    def treatment(self, column: str) -> Treatment:
        """What happens to a column, whether it is named or not."""
        return self.columns.get(column, Treatment())


Orphans = Literal["refuse", "missing", "keep"]
ORPHANS: tuple[Orphans, ...] = ("refuse", "missing", "keep")


class SynthesisKey(Model):
    """A foreign key: columns of one table that refer to as many of another one.

    Args:
        orphans: what becomes of rows that refer to no row: the source is refused, or their keys
            are missing, or as many rows that are drawn refer to none.
    """

    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    orphans: Orphans = "refuse"


class SynthesizerSettings(Model):
    """Which synthesizer learns, and how hard it tries."""

    name: str = "sequential"
    model_size: ModelSize = "medium"
    validation_fraction: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    early_stop_delta: Annotated[float, Field(ge=0, le=1)] = 0.001
    max_rounds: Annotated[Whole, Field(ge=1, le=10_000)] = 200


class PrivacySettings(Model):
    """What is protected.

    Args:
        value_protection: no label or key of fewer than `k` individuals, no extreme beyond the
            k-th, nothing learned from fewer than k.
        epsilon: budget of differential privacy; None for none.
        delta: its second parameter; only beside `epsilon`.
    """

    value_protection: bool = True
    k: Annotated[Whole, Field(ge=2, le=10_000)] = K
    epsilon: Annotated[float, Field(gt=0, le=100)] | None = None
    delta: Annotated[float, Field(gt=0, lt=0.1)] | None = None

    @property
    def fewest(self) -> int:
        """Individuals that must stand for what comes out; 1 where values are not protected."""
        return self.k if self.value_protection else 1


Notion = Literal["unawareness", "demographic_parity"]
NOTIONS: tuple[Notion, ...] = ("unawareness", "demographic_parity")


class Fairness(Model):
    """Between which groups a column is to be fair, and what that means.

    Args:
        protected: the column whose values are the groups.
        target: the column that is made fair.
        notion: `unawareness`: it is drawn without looking at the protected column.
            `demographic_parity`: its values have the same shares in every group.
    """

    protected: str
    target: str
    notion: Notion


class SynthesisDefinition(Model):
    """Which tables and columns of a source are learned, and what comes out.

    Args:
        source: an id, or a path on the command line; None where it is given apart.
        target: what models will be trained on: `column`, or `table.column`.
        fairness: of one column between the groups of another; None for as in the source.
        holdout: share of the individuals that are set aside before anything is learned, where
            there are enough of them.
    """

    source: str | None = None
    tables: dict[str, SynthesisTable]
    foreign_keys: tuple[SynthesisKey, ...] = ()
    synthesizer: SynthesizerSettings = SynthesizerSettings()
    privacy: PrivacySettings = PrivacySettings()
    target: str | None = None
    fairness: Fairness | None = None
    holdout: Annotated[float, Field(ge=0, le=0.5)] = HOLDOUT
    seed: Annotated[Whole, Field(ge=0, lt=2**63)] | None = None
