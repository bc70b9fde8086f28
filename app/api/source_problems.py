"""The problems of sources."""

from __future__ import annotations

from collections.abc import Mapping

from app.api.problem_documents import ProblemType
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
}
