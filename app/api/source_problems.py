"""The problems of sources."""

from __future__ import annotations

from collections.abc import Mapping

from app.api.problem_documents import ProblemType
from app.engine.errors import BudgetError
from app.privacy import errors as privacy
from app.sources import errors as sources

SOURCE_PROBLEMS: Mapping[type[Exception], ProblemType] = {
    sources.SourceNotFound: ProblemType(
        "source-not-found", "No such source", 404, "No source has this id; it may be deleted."
    ),
    sources.UnknownSourceTable: ProblemType(
        "source-table-not-found",
        "The source has no such table",
        404,
        "The source has no table of this name; its profile lists them.",
    ),
    sources.SynthesisNotFound: ProblemType(
        "source-definition-not-found",
        "No such version of the synthesis definition",
        404,
        "The source's synthesis definition has no such version; 0 is what the source suggests.",
    ),
    sources.SourceNotReady: ProblemType(
        "source-not-ready",
        "The source is not ready",
        409,
        "The source is still read, or it could not be read; its status says which, and `error` "
        "why.",
    ),
    sources.SourceTooLarge: ProblemType(
        "source-too-large",
        "The source is too large",
        413,
        "The file has more bytes than one may have (TABLESMITH_MAX_SOURCE_BYTES). Upload fewer "
        "rows, or the same in Parquet.",
    ),
    sources.SourceStorageFull: ProblemType(
        "source-storage-full",
        "The disk has no room for the source",
        503,
        "The service has no room for files at the moment. Delete sources or jobs.",
    ),
    BudgetError: ProblemType(
        "privacy-budget-exhausted",
        "The privacy budget is used up",
        409,
        "The privacy account of this data has less left than was asked for; `detail` says how "
        "much. What was spent is never given back, also where the source was deleted meanwhile.",
    ),
    privacy.SourceIsPrivate: ProblemType(
        "source-is-private",
        "The source is read with differential privacy alone",
        409,
        "The privacy account of this data has the policy `dp_only`: no rows, no profile, no other "
        "training and no evaluation beside its rows.",
    ),
    privacy.AccountChangeRefused: ProblemType(
        "account-change-refused",
        "The account cannot be changed so",
        409,
        "Once something was spent, an account can only become stricter; `detail` says what is "
        "settled.",
    ),
    privacy.ExecutionRefused: ProblemType(
        "execution-refused",
        "The job may not read private rows",
        409,
        "It has no reservation, or the rows are not those that it had begun to read.",
    ),
    privacy.AccountDamaged: ProblemType(
        "privacy-account-damaged",
        "The privacy account cannot be trusted",
        409,
        "Entries are missing or were changed, or the database is older than what was done with "
        "it. Nothing is read on such an account; restore the newest backup.",
    ),
}
