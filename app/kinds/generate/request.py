"""What is posted for a job of kind `generate`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, StrictBool

from app.engine.errors import Fault
from app.jobs.models import Document, JobRequest
from app.jobs.requests import JobEnvelope, Name, Options, Rows, Seed


class JobSubmission(JobEnvelope):
    """A job request. Exactly one of `schema`, `schema_yaml` and `schema_name` is given."""

    kind: Literal["generate"] = "generate"
    definition: dict[str, Any] | None = Field(None, alias="schema", description="A definition.")
    schema_yaml: str | None = Field(None, description="A definition as YAML text.")
    schema_name: Name | None = Field(None, description="The name of a stored definition.")
    name: Name | None = Field(None, description="Overrides the definition's name.")
    n_samples: Rows | None = Field(None, description="Overrides the rows of the root table.")
    seed: Seed | None = Field(None, description="Overrides the definition's seed.")
    verify: StrictBool = False
    options: Options = Options()

    def faults(self) -> list[Fault]:
        sources = {
            "schema": self.definition,
            "schema_yaml": self.schema_yaml,
            "schema_name": self.schema_name,
        }
        given = [key for key, value in sources.items() if value is not None]
        if len(given) == 1:
            return []
        hint = "give exactly one of `schema`, `schema_yaml` and `schema_name`"
        message = "excludes " + " and ".join(given[1:]) if given else "is missing"
        return [Fault(given[0] if given else "schema", message, hint)]

    def request(self, document: Document) -> JobRequest:
        """The job that is asked for, with the definition in the place of whatever named it."""
        return self.job_request(
            document,
            n_samples=self.n_samples,
            seed=self.seed,
            verify=self.verify,
            options=self.options.model_dump(exclude_unset=True),
        )
