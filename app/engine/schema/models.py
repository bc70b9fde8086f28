"""The language as models: what a definition says once every spelling has been read.

`load_definition` turns a document (any spelling) into these; everything behind it sees only these.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SerializeAsAny

from app.engine.distributions import Distribution
from app.engine.distributions.shared.parameters import NonNegative, Probability, Whole
from app.engine.errors import Fault
from app.engine.schema.locating import Locator
from app.engine.schema.source import Source

Direction = Literal["positive", "negative", "neutral"]
NamedStrength = Literal["low", "medium", "high"]
Strength = NamedStrength | Annotated[float, Field(ge=0, le=1)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Effect(Model):
    """How a value, bucket or category goes with the target's positive label."""

    correlation: Direction = "neutral"
    strength: Strength | None = None


class Bucket(Effect):
    """One Gaussian of a mixture; `proportion` is resolved: the proportions of a column sum to 1."""

    mean: float
    std: NonNegative
    proportion: Probability
    effects: dict[str, Effect] = {}  # multi-class targets: effect by target label


class Category(Effect):
    """One label; `proportion` is resolved: the proportions of a column sum to 1."""

    label: str
    proportion: Probability
    effects: dict[str, Effect] = {}  # multi-class targets: effect by target label


class Column(Effect):
    """What every column may say."""

    missing: Probability = 0.0
    unique: bool = False
    effects: dict[str, Effect] = {}  # multi-class targets: effect by target label


class NumberColumn(Column):
    """`int` or `float`. Exactly one of distribution and buckets is given after loading
    (a column with min and max only is uniform)."""

    type: Literal["int", "float"]
    min: float | None = None
    max: float | None = None
    decimals: Annotated[Whole, Field(ge=0, le=15)] | None = None
    bounds: Literal["clip", "truncate"] = "clip"
    distribution: SerializeAsAny[Distribution] | None = None
    buckets: tuple[Bucket, ...] = ()


class CategoryColumn(Column):
    type: Literal["category"]
    cats: tuple[Category, ...]


class BoolColumn(Column):
    type: Literal["bool"]
    proportion: Probability = 0.5


class MomentColumn(Column):
    """`date`, `datetime`, `time`: uniform over [start, end] unless a distribution over the range
    (0 = start, 1 = end) is given. `start` and `end` are ISO texts; `after` and `before` name
    columns."""

    type: Literal["date", "datetime", "time"]
    start: str | None = None
    end: str | None = None
    after: str | None = None
    before: str | None = None
    format: str | None = None
    distribution: SerializeAsAny[Distribution] | None = None


class IdColumn(Column):
    """`format` is uuid, sequence, bban, iban, ean13, pattern, or a Faker provider's name."""

    type: Literal["id"]
    format: str = "uuid"
    pattern: str | None = None
    start: Whole = 1
    prefix: str = ""
    width: Annotated[Whole, Field(ge=0, le=18)] = 0
    locale: str | None = None
    args: dict[str, Any] = {}


class ProviderColumn(Column):
    """Realistic values: `type` is the name of a Faker provider."""

    type: str
    locale: str | None = None
    args: dict[str, Any] = {}


class FormulaColumn(Column):
    type: Literal["formula"]
    expr: str
    decimals: Annotated[Whole, Field(ge=0, le=15)] | None = None


AnyColumn = (
    NumberColumn
    | CategoryColumn
    | BoolColumn
    | MomentColumn
    | IdColumn
    | FormulaColumn
    | ProviderColumn
)


class Target(Model):
    """What is to be predicted. `column` is a CategoryColumn, a BoolColumn or a NumberColumn;
    at most one of the dials is given."""

    name: str
    column: AnyColumn
    positive: str | None = None  # resolved for labels: never None after loading
    auc: Annotated[float, Field(ge=0.5, le=1)] | None = None
    accuracy: Probability | None = None
    r2: Probability | None = None


class Rule(Model):
    """A rule written by the user: first match wins."""

    model_config = ConfigDict(populate_by_name=True)

    condition: str = Field(alias="if")
    then: dict[str, float]  # label -> probability; for numeric targets {"mean": value}


class Correlation(Model):
    between: tuple[str, str]
    r: Annotated[float, Field(ge=-1, le=1)]
    method: Literal["pearson", "spearman"] = "pearson"


class Constraint(Model):
    expr: str
    table: str | None = None


class Children(Model):
    """How many children a parent has; `share` is the share of parents that have any to draw."""

    distribution: SerializeAsAny[Distribution]
    min: Annotated[Whole, Field(ge=0)] | None = None
    max: Annotated[Whole, Field(ge=0)] | None = None
    share: Probability = 1.0


class ForeignKey(Model):
    """`references` is `table.column`; the names of tables hold no dot."""

    references: str
    children: Children | None = None
    missing: Probability = 0.0
    unique: bool = False

    @property
    def table(self) -> str:
        return self.references.partition(".")[0]

    @property
    def column(self) -> str:
        return self.references.partition(".")[2]


class Table(Model):
    name: str
    n_samples: Annotated[Whole, Field(ge=0)] | None = None
    primary_key: tuple[str, ...] = ()
    foreign_keys: dict[str, ForeignKey] = {}
    rows: tuple[dict[str, Any], ...] | None = None  # a lookup table given literally
    features: dict[str, AnyColumn] = {}
    target: Target | None = None
    correlations: tuple[Correlation, ...] = ()
    rules: tuple[Rule, ...] = ()
    constraints: tuple[Constraint, ...] = ()

    def columns(self) -> dict[str, AnyColumn]:
        """Every declared column in output order: features as written, the target last."""
        target = {self.target.name: self.target.column} if self.target else {}
        return {**self.features, **target}


class Definition(Model):
    """A whole definition; a document without `tables` has one table that carries its name."""

    name: str
    seed: Annotated[Whole, Field(ge=0)] | None = None
    sampling: Literal["exact", "random"] = "exact"
    output_file: str | None = None
    tables: dict[str, Table]
    _locator: Locator = PrivateAttr(default_factory=Locator)

    def placed(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Faults of this definition at the places where its document has what they speak of."""
        return self._locator.placed(faults)

    def located_in(self, source: Source) -> Definition:
        """The same definition, knowing the document that it was read from."""
        copy = self.model_copy()
        copy._locator = Locator(source)
        return copy
