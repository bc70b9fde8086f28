"""The language as models: what a definition says once every spelling has been read.

`load_definition` turns a document (any spelling) into these; everything behind it sees only these.
"""

from __future__ import annotations

import datetime as dt
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
LONE_TABLE = "data"
Strength = NamedStrength | Annotated[float, Field(ge=0, le=1)]


class Model(BaseModel):
    # A validator is made when a model is first used: most documents use few of them.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


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

    type: str
    missing: Probability = 0.0
    unique: bool = False
    hidden: bool = False  # drawn to be read by others, and not written
    description: str | None = None
    effects: dict[str, Effect] = {}  # multi-class targets: effect by target label


class NumberColumn(Column):
    """`int` or `float`. Exactly one of distribution and buckets is given after loading
    (a column with min and max only is uniform)."""

    type: Literal["int", "float"]
    min: float | None = None
    max: float | None = None
    decimals: Annotated[Whole, Field(ge=0, le=15)] | None = None
    fixed_decimals: bool = False
    bounds: Literal["clip", "truncate"] = "clip"
    distribution: SerializeAsAny[Distribution] | None = None
    buckets: tuple[Bucket, ...] = ()


LabelKind = Literal["text", "int", "float", "bool", "date"]


MaxLength = Annotated[Whole, Field(ge=1, le=1_000_000)]


class CategoryColumn(Column):
    """Labels are kept as texts; `kind` is what all of them are, and what the column holds."""

    type: Literal["category"]
    kind: LabelKind = "text"
    cats: tuple[Category, ...]
    max_length: MaxLength | None = None


class BoolColumn(Column):
    type: Literal["bool"]
    proportion: Probability = 0.5


DurationUnit = Literal["hours", "days", "months"]


class Within(Model):
    """How long after, or before, another column's moments: a distribution of a duration, cut to
    [min, max]. Months are whole months of the calendar."""

    unit: DurationUnit
    distribution: SerializeAsAny[Distribution]
    min: NonNegative | None = None
    max: NonNegative | None = None


class MomentColumn(Column):
    """`date`, `datetime`, `time`: uniform over [start, end] unless a distribution over the range
    (0 = start, 1 = end) is given. `start` and `end` are ISO texts; `after` and `before` name
    columns, from whose moments the range of each row then starts, or at which it ends; `within`
    says how far from them."""

    type: Literal["date", "datetime", "time"]
    start: str | None = None
    end: str | None = None
    after: str | None = None
    before: str | None = None
    within: Within | None = None
    format: str | None = None
    distribution: SerializeAsAny[Distribution] | None = None

    @property
    def crosses_midnight(self) -> bool:
        """Whether times of day begin late and end early on the next day."""
        both = self.type == "time" and self.start is not None and self.end is not None
        return both and str(self.start) > str(self.end)


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
    max_length: MaxLength | None = None


class ProviderColumn(Column):
    """Realistic values: `type` is the name of a Faker provider."""

    type: str
    locale: str | None = None
    args: dict[str, Any] = {}
    max_length: MaxLength | None = None


class JointColumn(Column):
    """A part of a person or a place: the columns of a table that are of the same one fit each
    other in every row. `of` tells several persons or places of a row apart."""

    type: Literal["person", "place"]
    part: str
    of: str = ""
    locale: str | None = None


class ComputedColumn(Column):
    """What is computed from other columns of the same row."""

    decimals: Annotated[Whole, Field(ge=0, le=15)] | None = None
    fixed_decimals: bool = False
    max_length: MaxLength | None = None


class FormulaColumn(ComputedColumn):
    type: Literal["formula"]
    expr: str


ScriptResult = Literal["int", "float", "bool", "text", "date", "datetime", "time"]


class ScriptColumn(ComputedColumn):
    """`script` is Starlark with a function `value` of a row; `returns` is what it gives."""

    type: Literal["script"]
    returns: ScriptResult
    script: str


class LineNumberColumn(Column):
    """`start`, `start` + 1, … within the rows that refer to one row of a parent, by the foreign key
    `per`; resolved where the table has only one."""

    type: Literal["line_number"]
    per: str = ""
    start: Whole = 1


class Target(Model):
    """What is to be predicted. `column` is a CategoryColumn, a BoolColumn or a NumberColumn;
    at most one of the dials is given. `is_learned` says that the table's model has learned it."""

    name: str
    column: SerializeAsAny[Column]
    positive: str | None = None  # resolved for labels: never None after loading
    auc: Annotated[float, Field(ge=0.5, le=1)] | None = None
    accuracy: Probability | None = None
    r2: Probability | None = None
    is_learned: bool = False


class Rule(Model):
    """A rule written by the user: first match wins."""

    model_config = ConfigDict(populate_by_name=True)

    condition: str = Field(alias="if")
    then: dict[str, float]  # label -> probability; for numeric targets {"mean": value}


class Correlation(Model):
    between: tuple[str, str]
    r: Annotated[float, Field(ge=-1, le=1)]
    method: Literal["pearson", "spearman"] = "pearson"


class Association(Model):
    """How the labels of two columns go together: by Cramér's V, labels in their order, or by the
    shares of the second column's labels beside each label of the first (every row sums to 1)."""

    between: tuple[str, str]
    cramers_v: Probability | None = None
    shares: dict[str, dict[str, Probability]] | None = None


class Constraint(Model):
    expr: str
    table: str | None = None


class Children(Model):
    """How many children a parent has; `share` is the share of parents that have any to draw."""

    distribution: SerializeAsAny[Distribution]
    min: Annotated[Whole, Field(ge=0)] | None = None
    max: Annotated[Whole, Field(ge=0)] | None = None
    share: Probability = 1.0


class ParentWeights(Model):
    """How often each row of the parent is referred to, beside its other rows: in proportion to a
    column of numbers of the parent, to a number drawn for the row, or, by `skew`, to 1/k**skew for
    the k-th most popular row. Exactly one of the three is given."""

    column: str | None = None
    distribution: SerializeAsAny[Distribution] | None = None
    skew: Annotated[float, Field(gt=0, le=100)] | None = None


class ForeignKey(Model):
    """`references` is `table.column`; the names of tables hold no dot. `columns` are further
    columns of a key that refers to several of the parent's together, each with the parent's."""

    references: str
    columns: dict[str, str] = {}
    children: Children | None = None
    weights: ParentWeights | None = None
    missing: Probability = 0.0
    unique: bool = False
    hidden: bool = False
    description: str | None = None

    @property
    def table(self) -> str:
        return self.references.partition(".")[0]

    @property
    def column(self) -> str:
        return self.references.partition(".")[2]


class Origin(Model):
    """The model whose columns a table has: the path of its file, or the id of a synthesizer;
    `sha256` is that of the file where the definition is to be made of no other."""

    model: str
    sha256: str | None = None


class Table(Model):
    """`is_lone` says that the document has no `tables`: the table bears the name of the whole.

    Learned columns stand among the features. The model itself stays behind where a table is
    pickled."""

    name: str
    is_lone: bool = False
    origin: Origin | None = None
    description: str | None = None
    n_samples: Annotated[Whole, Field(ge=0)] | None = None
    primary_key: tuple[str, ...] = ()
    foreign_keys: dict[str, ForeignKey] = {}
    rows: tuple[dict[str, Any], ...] | None = None  # a lookup table given literally
    features: dict[str, SerializeAsAny[Column]] = {}
    target: Target | None = None
    correlations: tuple[Correlation, ...] = ()
    associations: tuple[Association, ...] = ()
    rules: tuple[Rule, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    _model: Any = PrivateAttr(None)

    @property
    def model(self) -> Any:
        """The `TableModel` that the learned columns are of; None where all are declared."""
        return self._model

    def drawn_from(self, model: Any) -> Table:
        """The same table with the model of its learned columns."""
        copy = self.model_copy()
        copy._model = model
        return copy

    @property
    def key(self) -> str:
        """What streams of random numbers and sheets are named by: the table's name as it stands
        under `tables`, one and the same for every lone table. What a document or its file is
        called decides no byte."""
        return LONE_TABLE if self.is_lone else self.name

    def columns(self) -> dict[str, Column]:
        """Every declared column in output order: features as written, the target last."""
        target = {self.target.name: self.target.column} if self.target else {}
        return {**self.features, **target}

    def hidden(self) -> tuple[str, ...]:
        """The columns that are drawn and not written, in their order."""
        return tuple(name for name, each in self._written().items() if each.hidden)

    def written(self) -> tuple[str, ...]:
        """The columns of its files: keys, features, the target last."""
        return tuple(name for name, each in self._written().items() if not each.hidden)

    def key_columns(self) -> dict[str, ForeignKey]:
        """Every column that a foreign key makes, with its key."""
        return {
            name: key for first, key in self.foreign_keys.items() for name in (first, *key.columns)
        }

    def _written(self) -> dict[str, Column | ForeignKey]:
        return {**self.key_columns(), **self.columns()}


class Definition(Model):
    """A whole definition; a document without `tables` has one table that carries its name.
    `today` is the day that providers take for today."""

    name: str
    seed: Annotated[Whole, Field(ge=0)] | None = None
    sampling: Literal["exact", "random"] = "exact"
    output_file: str | None = None
    today: dt.date | None = None
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
