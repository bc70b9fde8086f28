"""The reports of jobs as JSON, one shape for each thing that is reported on.

They describe what `app.engine.reports` writes, and are answered as files: nothing is made of them.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from app.api.models.plain_json import Document
from app.api.models.response_models import Answer
from app.engine.evaluation.documents import JudgedKey, MeasuredFact, VerificationDocument
from app.engine.plan.explanation import TargetExplanation
from app.engine.synthesizers.explanation import ExplainedColumn

Figure = float | None
Ceiling = Annotated[float | None, Field(description="The same of real rows.")]
Floor = Annotated[float | None, Field(description="The same of independent columns.")]
NotTested = Annotated[list[str], Field(description="What the answer does not cover.")]
Matrix = list[list[float]]


class ReportAnswerBody(Answer):
    """One question of page one."""

    question: str = Field(examples=["likeness"])
    title: str = Field(examples=["Is it like the real data?"])
    verdict: str = Field(description="In a word.", examples=["as real"])
    figure: str | None = Field(description="The name of the figure that answers it.")
    sentence: str
    not_tested: NotTested


class MadeAnswerBody(ReportAnswerBody):
    """One question of page one of made tables."""

    shown: list[list[str]] = Field([], description="Names and values that stand beside it.")


class ReportFigureBody(Answer):
    """One figure beside what is possible."""

    name: str = Field(examples=["two_sample_auc"])
    question: str
    title: str
    value: Figure
    low: Figure = Field(description="Of the interval of the value, 95 of 100.")
    high: Figure
    ceiling: Ceiling
    floor: Floor
    copied: Figure = Field(alias="copy", description="The same of a copy of the learned rows.")
    best: Figure = Field(description="Nothing betters it; null where there is no such value.")
    decides: bool = Field(description="Whether it has a word; checks of overfitting have none.")
    says: str
    does_not_show: str
    note: str
    details: Document
    verdict: str | None


class ReportColumnBody(Answer):
    """How far one column lies from real rows."""

    name: str
    distance: float
    ceiling: float
    measure: str
    moved: float | None
    missing: float
    missing_real: float
    outside: float


class ReportPairBody(Answer):
    """How far a pair of columns lies from real rows."""

    columns: list[str]
    distance: float
    ceiling: float
    floor: float


class ReportPairsBody(Answer):
    """Means over all pairs of columns; null where there are none."""

    distance: float | None
    ceiling: Ceiling
    floor: Floor
    farthest: list[ReportPairBody]


class ReportScoreBody(Answer):
    """One score of a trained model."""

    value: Figure
    low: Figure
    high: Figure


class ReportModelBody(Answer):
    """A model that was trained on some rows and tried on real ones."""

    learner: str
    trained_on: str
    rows: int
    threshold: float | None
    scores: dict[str, ReportScoreBody]


class ReportCompositeBody(Answer):
    """One figure of several parts, which are never shown alone."""

    value: Figure
    parts: dict[str, Figure]
    weights: dict[str, float]


class ReportMarginBody(Answer):
    """Shares of rows by the values of one column."""

    column: str
    is_label: bool
    places: list[str]
    real: list[float | None] = Field(description="null where fewer than five rows lie.")
    synthetic: list[float]


class ReportAssociationsBody(Answer):
    """Cramér's V of each two columns."""

    columns: list[str]
    real: Matrix
    synthetic: Matrix
    difference: Matrix


class ReportThreatBody(Answer):
    """A threat, and the figures that tell of it; none means that it was not tested."""

    threat: str
    meaning: str
    figures: list[str]


class ReportFileBody(Answer):
    """A table as its owner calls it."""

    name: str
    sha256: str | None


class ReportProvenanceBody(Answer):
    """Where the rows come from, for those who answer for them."""

    files: dict[str, ReportFileBody]
    purpose: str
    method: str
    epsilon: float | None
    seed: int | None
    settings: list[list[str]] = Field(description="Names and values.")


class ReportLimitsBody(Answer):
    """Most columns of each section."""

    univariate: int
    bivariate: int
    phik: int
    knn: int | None


class ReportRowsBody(Answer):
    """Rows that are reported on."""

    synthetic: int


class JudgedRowsBody(ReportRowsBody):
    """Rows of each table."""

    real: int
    holdout: int


class ReportStageBody(Answer):
    """A stage of the job."""

    stage: str
    started_at: str
    finished_at: str | None


class ReportTableFileBody(Answer):
    """A file of a made table."""

    path: str
    format: str
    media_type: str
    bytes: int
    sha256: str
    delimiter: str | None = None


class ReportTableBody(Answer):
    """A made table."""

    name: str
    rows: int
    files: list[ReportTableFileBody]


class MadeColumnBody(Answer):
    """A column of a made table."""

    name: str
    kind: str = Field(description="As declared, or what became of a column of a real table.")
    type: str = Field(description="Of its values.", examples=["integer"])
    description: str | None


class MadeForeignKeyBody(Answer):
    """A foreign key of a made table: its columns with those that they refer to."""

    table: str
    columns: dict[str, str]


class MadeSchemaBody(Answer):
    """What a made table is made of."""

    name: str
    description: str | None
    columns: list[MadeColumnBody]
    primary_key: list[str]
    foreign_keys: list[MadeForeignKeyBody]


class DrawnColumnBody(Answer):
    """Shares of rows by the values of one column, beside what was declared."""

    table: str
    column: str
    is_label: bool
    places: list[str]
    declared: list[float] = Field(description="Empty where no distribution was declared.")
    made: list[float]


class TargetReportBody(TargetExplanation):
    """The target of a table: what was asked of it, and what was planned."""

    table: str


class FairnessFigureBody(Answer):
    """One figure of real rows and of synthetic ones."""

    name: str = Field(examples=["parity_difference"])
    before: float | None = Field(description="Of real rows.")
    after: float | None = Field(description="Of synthetic rows.")


class ReportFairnessBody(Answer):
    """How differently groups fare."""

    protected: str = Field(description="The column whose values are the groups.")
    target: str
    groups: int = Field(description="That are compared.")
    left_out: int = Field(description="Groups with too few rows in one of the tables.")
    figures: list[FairnessFigureBody]


class ReportBody(Answer):
    """What every report has."""

    title: str
    figures: list[ReportFigureBody]
    threats: list[ReportThreatBody]
    provenance: ReportProvenanceBody
    limits: ReportLimitsBody
    seed: int
    notes: list[str]


class EvaluationReportBody(ReportBody):
    """The report of a job of kind `evaluate`."""

    rows: JudgedRowsBody
    target: str | None
    questions: list[ReportAnswerBody]
    columns: list[ReportColumnBody] = Field(description="The farthest first.")
    pairs: ReportPairsBody
    models: list[ReportModelBody]
    composite: ReportCompositeBody
    fairness: ReportFairnessBody | None = Field(
        None, description="null where no protected column was named."
    )
    margins: list[ReportMarginBody]
    associations: ReportAssociationsBody | None


class MadeReportBody(ReportBody):
    """The report of a job that makes tables."""

    name: str
    licence: str
    about: str
    rows: ReportRowsBody
    tables: list[ReportTableBody]
    schemas: list[MadeSchemaBody] = Field(alias="schema")
    questions: list[MadeAnswerBody]
    facts: list[MeasuredFact] = Field(description="Those that do not hold first.")
    targets: list[TargetReportBody]
    verification: VerificationDocument | None
    drawn: list[DrawnColumnBody]
    left_out: int = Field(description="Columns that could be drawn and are not.")
    timeline: list[ReportStageBody]
    asked_at: str | None


class ModelReportBody(ReportBody):
    """The report of a job of kind `train`."""

    about: str
    rows: ReportRowsBody
    tables: list[Any] = Field(max_length=0)
    questions: list[ReportAnswerBody]
    learned: list[ExplainedColumn]
    made: list[str]
    rules: list[str]
    timeline: list[ReportStageBody]
    asked_at: str | None


class SeveralReportBody(Answer):
    """The report of a job of kind `evaluate` whose real data holds several tables."""

    title: str
    tables: dict[str, EvaluationReportBody] = Field(description="By name.")
    keys: list[JudgedKey]
    seed: int
    notes: list[str]


REPORTS = (EvaluationReportBody, SeveralReportBody, MadeReportBody, ModelReportBody)
