"""What is posted for a job of kind `synthesize`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool
from typing_extensions import TypeAliasType

from app.engine.errors import Fault
from app.jobs.models import JobRequest
from app.jobs.requests import JobEnvelope, Options, RequestBody, Rows, Seed
from app.kinds.train.request import Definition, Holdout, Settings, SourceId

SynthesizerId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=36,
        pattern="^[a-z0-9_]+$",
        description="The id of a synthesizer.",
        examples=["syn_0b9f6c0e6d1f4b2c8a7e5d4c3b2a1908"],
    ),
]
Share = Annotated[float, Field(ge=0, le=1)]
# Mappings have names, for generators of clients.
ValueShares = TypeAliasType("ValueShares", dict[str, Share])
ColumnShares = TypeAliasType("ColumnShares", dict[str, ValueShares])


class CountedCondition(RequestBody):
    """A condition, and how many rows of the table fulfil it."""

    where: str = Field(
        min_length=1,
        max_length=10_000,
        description="In the language of expressions; rows for which it is null do not fulfil it.",
        examples=["income == '>50K' and age >= 30"],
    )
    rows: Rows | None = Field(None, description="Just so many; all rows where left out.")


class SynthesizeRequest(JobEnvelope):
    """Rows that are drawn from what a synthesizer has learned, or from a source that is learned
    first."""

    kind: Literal["synthesize"]
    synthesizer: SynthesizerId | None = None
    source: SourceId | None = Field(
        None, description="In place of a synthesizer: a source that is learned first."
    )
    definition: Definition | None = None
    settings: Settings = Field({})
    holdout: Holdout | None = None
    n_samples: Rows | None = Field(
        None,
        description="When left out as many rows as the source has, or as `conditions`, `given` or "
        "`impute` come to.",
    )
    seed: Seed | None = Field(None, description="Drawn when left out.")
    conditions: list[CountedCondition] | None = Field(
        None,
        max_length=50,
        description="Each with a number of rows that fulfil it; all other rows do not.",
    )
    shares: ColumnShares | None = Field(
        None,
        max_length=50,
        description="Shares of some values of columns, met exactly; other values share the rest.",
        examples=[{"churn": {"Yes": 0.3}}],
    )
    given: SourceId | None = Field(
        None,
        description="A source with some of the columns: its cells come out as they are, the others "
        "are drawn given them. Wants a key of scope `source`.",
    )
    impute: SourceId | None = Field(
        None,
        description="A source with missing cells, which are filled; all others come out as they "
        "are. Wants a key of scope `source`.",
    )
    draw: StrictBool = Field(
        False,
        description="Of `impute`: fill cells with draws, in place of what is expected of them.",
    )
    copies: int = Field(
        1,
        ge=1,
        le=100,
        description="Tables of so many rows, each with the next seed: statistics of several copies "
        "say how much of them chance makes.",
    )
    options: Options = Options()

    def faults(self) -> list[Fault]:
        found = []
        if (self.synthesizer is None) == (self.source is None):
            message = "name what rows are drawn from" if self.source is None else "names two models"
            found.append(Fault("synthesizer", message, "a `synthesizer` or a `source`"))
        if self.source is None:
            said = {"definition": self.definition, "settings": self.settings or None}
            found += [
                Fault(name, "belongs to a `source` that is learned", "leave it out")
                for name, value in {**said, "holdout": self.holdout}.items()
                if value is not None
            ]
        return [*found, *self._excluded()]

    def request(self) -> JobRequest:
        """The job that is asked for."""
        own = self.model_dump(
            include={"synthesizer", "conditions", "shares", "given", "impute"}, exclude_none=True
        )
        if self.source is not None:
            own |= self.model_dump(include={"source", "definition", "settings", "holdout"})
        if self.draw:
            own["draw"] = True
        if self.copies > 1:
            own["copies"] = self.copies
        return self.job_request(
            own,
            n_samples=self.n_samples,
            seed=self.seed,
            options=self.options.model_dump(exclude_unset=True),
        )

    def _excluded(self) -> list[Fault]:
        """What does not go together."""
        asked = {
            "conditions": self.conditions is not None or self.shares is not None,
            "given": self.given is not None,
            "impute": self.impute is not None,
        }
        names = [name for name, is_there in asked.items() if is_there]
        found = []
        if len(names) > 1:
            message = f"does not go together with `{names[0]}`"
            found.append(Fault(names[1], message, "ask for one of them"))
        if self.copies > 1 and self.impute is not None and not self.draw:
            found.append(Fault("copies", "of estimates are all the same", "`draw` the cells"))
        if self.draw and self.impute is None:
            found.append(Fault("draw", "is about `impute`", "leave it out"))
        return found
