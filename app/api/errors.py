"""The only place where an error becomes a status code.

Every answer that is no success is a problem document (RFC 9457): `type` is the address of a page
that explains it, `errors` lists faults of the input with path, line, message and hint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.responses import Response

from app.accounts import errors as accounts
from app.api import http_errors
from app.api.problem_documents import MAX_FAULTS, ProblemType, problem_response
from app.api.source_problems import SOURCE_PROBLEMS
from app.connections import errors as connections
from app.definitions import errors as definitions
from app.engine import errors as engine
from app.engine.errors import Fault
from app.jobs import errors as jobs
from app.models import errors as models
from app.store import errors as store
from app.store.blobs.objects import ObjectsUnavailable
from app.store.database import DatabaseUnavailable
from app.webhooks import errors as webhooks
from app.workers import errors as workers

INTERNAL = ProblemType(
    "internal-error",
    "Internal error",
    500,
    "The service failed. Its log has the cause under the request's id (header X-Request-Id).",
)
NOT_FOUND = ProblemType("not-found", "Not found", 404, "Nothing stands at this address.")
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed",
    "Method not allowed",
    405,
    "The address exists, but not with this method; the header Allow says which ones it has.",
)
INVALID_REQUEST = ProblemType(
    "invalid-request",
    "The request is at fault",
    422,
    "A parameter, header or field of the body cannot be used; `errors` names each one.",
)

UNAUTHENTICATED = ProblemType(
    "unauthenticated",
    "A key is wanted",
    401,
    "Send a key of this service as `Authorization: Bearer <key>`. One that has expired or was "
    "revoked is no key any more.",
)

INSUFFICIENT_SCOPE = ProblemType(
    "insufficient-scope",
    "The key is not for this",
    403,
    "Keys have a scope: read, write, source or admin; each includes those before it. Rows of "
    "sources want `source`, and so does a training that learns sensitive columns or protects "
    "values less than by default.",
)

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    engine.DefinitionError: ProblemType(
        "invalid-definition",
        "The definition is at fault",
        422,
        "`errors` lists every fault: its path in the document, its line where the document was "
        "YAML, what is wrong and what would be right.",
    ),
    engine.ConflictError: ProblemType(
        "conflicting-facts",
        "The declared facts cannot hold together",
        422,
        "Each fault names a fact in the conflict and what can be reached.",
    ),
    engine.FormatError: ProblemType(
        "unfit-format",
        "The format cannot hold the data",
        422,
        "The file format asked for has no room for these columns or values. Ask for another one.",
    ),
    engine.RowLimitError: ProblemType(
        "too-many-rows",
        "The format cannot hold as many rows",
        422,
        "Spreadsheets end at 1,048,576 rows. Ask for another format.",
    ),
    engine.SourceError: ProblemType(
        "unreadable-source",
        "The source cannot be read",
        422,
        "The file is broken, too large or no table; `detail` says what of it and where, and shows "
        "no value of it.",
    ),
    engine.ModelError: ProblemType(
        "unreadable-model",
        "The model file cannot be read",
        422,
        "It is no model file, of another version, too large when unpacked, or damaged; `detail` "
        "says which. Files that `tablesmith train` or a job of kind train wrote are taken in.",
    ),
    models.SynthesizerNotFound: ProblemType(
        "synthesizer-not-found", "No such synthesizer", 404, "No synthesizer has this id."
    ),
    store.JobNotFound: ProblemType(
        "job-not-found", "No such job", 404, "No job has this id; it may have been deleted."
    ),
    definitions.DefinitionNotFound: ProblemType(
        "schema-not-found",
        "No such stored definition",
        404,
        "No definition is stored under this name, or not in this version.",
    ),
    jobs.DeliveryNotFound: ProblemType(
        "delivery-not-found",
        "No such delivery",
        404,
        "The job has fewer deliveries; they count from 0 in the order of its `deliveries`.",
    ),
    DatabaseUnavailable: ProblemType(
        "database-unavailable",
        "The database cannot be used at the moment",
        503,
        "Try again. With an Idempotency-Key a request that came through all the same is not "
        "carried out twice.",
    ),
    ObjectsUnavailable: ProblemType(
        "results-unavailable",
        "The store of results cannot be used at the moment",
        503,
        "The files are where they were; try again.",
    ),
    jobs.UnknownTable: ProblemType(
        "table-not-found", "No such table", 404, "The result has no table of this name."
    ),
    jobs.ArtifactNotFound: ProblemType(
        "artifact-not-found",
        "No such artifact",
        404,
        "Jobs of this kind make no such file, or not in this format; `result.artifacts` of the job "
        "lists what was made.",
    ),
    jobs.NoRules: ProblemType(
        "no-rules", "The job has no rules", 404, "Jobs of this kind work by no compiled rules."
    ),
    store.InvalidTransition: ProblemType(
        "invalid-transition",
        "The job's state does not allow this",
        409,
        "A job that has ended cannot be cancelled.",
    ),
    store.IdempotencyConflict: ProblemType(
        "idempotency-conflict",
        "The idempotency key belongs to another request",
        409,
        "The same Idempotency-Key came with another body before. Use a new key for a new request.",
    ),
    jobs.ResultNotReady: ProblemType(
        "result-not-ready",
        "The job has no result",
        409,
        "The job is still at work, or it has failed or been cancelled; its status says which.",
    ),
    store.InvalidCursor: ProblemType(
        "invalid-cursor",
        "The cursor is not one of this list",
        422,
        "Use `next_cursor` of the page before as it is, or leave the cursor out to start.",
    ),
    jobs.CredentialsGone: ProblemType(
        "credentials-gone",
        "The request came with credentials that are gone",
        409,
        "Credentials in a request live until its job ends. Submit the request again with them, or "
        "store them as a connection and name that.",
    ),
    **SOURCE_PROBLEMS,
    accounts.KeyNotFound: ProblemType(
        "key-not-found", "No such key", 404, "No API key of this tenant has this id."
    ),
    connections.ConnectionNotFound: ProblemType(
        "connection-not-found", "No such connection", 404, "No connection has this name."
    ),
    connections.ConnectionExists: ProblemType(
        "connection-exists",
        "A connection of this name is stored already",
        409,
        "Use PUT /v1/connections/{name} to replace it.",
    ),
    connections.InvalidCredentials: ProblemType(
        "invalid-credentials",
        "The credentials cannot be used",
        422,
        "`errors` names each field at fault, never its value.",
    ),
    webhooks.EndpointNotFound: ProblemType(
        "endpoint-not-found", "No such endpoint", 404, "No endpoint of webhooks has this id."
    ),
    webhooks.EndpointExists: ProblemType(
        "endpoint-exists",
        "There is an endpoint at this address",
        409,
        "An address has one endpoint; a job that names a new one stores it. "
        "POST /v1/webhooks/{id}/rotate gives it another secret.",
    ),
    webhooks.MessageNotFound: ProblemType(
        "message-not-found", "No such message", 404, "The job has sent no message with this id."
    ),
    webhooks.InvalidWebhook: ProblemType(
        "invalid-webhook",
        "The endpoint cannot be used",
        422,
        "`errors` names each field at fault, never the secret.",
    ),
    accounts.BeyondQuota: ProblemType(
        "beyond-quota",
        "The job is more than there may be",
        413,
        "The job alone has more rows or bytes than a tenant may have. Ask for fewer rows, or for "
        "fewer formats.",
    ),
    accounts.QuotaExceeded: ProblemType(
        "quota-exceeded",
        "The quota is used up",
        429,
        "The tenant has as many jobs, rows, bytes, definitions, sources, connections, keys or "
        "endpoints as it may have. The header Retry-After says when there is room again, where "
        "time makes room; deleting frees what is stored.",
    ),
    jobs.StorageFull: ProblemType(
        "storage-full",
        "The disk is full",
        503,
        "The service has no room for files at the moment. Try again later, or delete jobs.",
    ),
    workers.QueueFull: ProblemType(
        "queue-full",
        "Too many requests are waiting",
        503,
        "As many requests as may wait are waiting for their turn, or their answers to be read. "
        "Send fewer at the same time, read the answers, and try again after Retry-After.",
    ),
    workers.AnswerTooLarge: ProblemType(
        "answer-too-large",
        "The answer would be too large",
        422,
        "An answer has at most 8 MiB, and making it may take only so much memory. Ask for fewer "
        "`rows`, shorten the values of the definition, or submit a job.",
    ),
    workers.Overloaded: ProblemType(
        "overloaded",
        "The answer took too long",
        503,
        "Reading or compiling the definition took longer than the service allows. Try again "
        "later, or make the definition smaller.",
    ),
    http_errors.MalformedRequest: ProblemType(
        "malformed-request", "The request is no HTTP", 400, "A line or header of it is malformed."
    ),
    http_errors.ForeignSite: ProblemType(
        "foreign-site",
        "The request comes from a page of another site",
        403,
        "A browser sent this from a page that is not this service's. Programs and the service's "
        "own pages may ask, and whoever sends a key.",
    ),
    http_errors.MisdirectedRequest: ProblemType(
        "misdirected-request",
        "The service does not answer to this name",
        421,
        "Without API keys only requests to localhost are answered, or to a name in "
        "TABLESMITH_HOST_NAMES: a web page must not reach the service through a name of its own.",
    ),
    http_errors.RequestTimeout: ProblemType(
        "request-timeout",
        "The request came too slowly",
        408,
        "The head of a request, and its body, have to arrive within some seconds.",
    ),
    http_errors.Unauthenticated: UNAUTHENTICATED,
    accounts.KeyRefused: UNAUTHENTICATED,
    http_errors.InsufficientScope: INSUFFICIENT_SCOPE,
    accounts.ScopeWanted: INSUFFICIENT_SCOPE,
    http_errors.TooManyRequests: ProblemType(
        "too-many-requests",
        "The key asks too often",
        429,
        "Each key has a number of requests a minute; Retry-After says when the next one may come.",
    ),
    http_errors.TooManyStreams: ProblemType(
        "too-many-streams",
        "The key has too many streams",
        429,
        "Each key may have a number of downloads and streams of events at the same time. End those "
        "that are not read, or ask for the job itself now and then.",
    ),
    http_errors.MalformedBody: ProblemType(
        "malformed-body",
        "The body cannot be read",
        400,
        "The body is not UTF-8 text, or not the JSON that its Content-Type announces.",
    ),
    http_errors.UnsupportedMediaType: ProblemType(
        "unsupported-media-type",
        "The body is of a kind that is not read here",
        415,
        "Definitions are sent as application/json or application/yaml, sources as what they are "
        "(`detail` lists the types), everything else as application/json; text in UTF-8, and "
        "nothing with a Content-Encoding.",
    ),
    http_errors.BodyTooLarge: ProblemType(
        "body-too-large", "The body is too large", 413, "The body has more bytes than are read."
    ),
    http_errors.InvalidRequest: INVALID_REQUEST,
    http_errors.NotAcceptable: ProblemType(
        "not-acceptable",
        "Nothing here fits the Accept header",
        406,
        "Name a format by `?format=`, or accept one of the media types that `detail` lists.",
    ),
    http_errors.RangeNotSatisfiable: ProblemType(
        "range-not-satisfiable",
        "The range lies outside the file",
        416,
        "The header Content-Range says how long the file is.",
    ),
    http_errors.PreconditionFailed: ProblemType(
        "precondition-failed",
        "The precondition does not hold",
        412,
        "If-Match or If-None-Match is about other contents than there are; the header ETag names "
        "the present ones.",
    ),
    http_errors.ResultGone: ProblemType(
        "result-gone", "The result is gone", 410, "The files of this result were removed."
    ),
    http_errors.DefinitionExists: ProblemType(
        "schema-exists",
        "A definition of this name is stored already",
        409,
        "Use PUT /v1/schemas/{name} to store a new version of it.",
    ),
    http_errors.NoReport: ProblemType(
        "no-report",
        "The job has no report",
        404,
        "Jobs of this kind have no report, or none in this format. What was measured on a job's "
        "data, its facts and its verification, is part of the job's `result`, too.",
    ),
    http_errors.NotReady: ProblemType(
        "not-ready",
        "The service is not ready",
        503,
        "`errors` names what cannot be used: the database, the process pool, the disk.",
    ),
    http_errors.ProblemNotFound: NOT_FOUND,
}

CATALOGUE: Mapping[str, ProblemType] = {
    kind.slug: kind for kind in (*PROBLEMS.values(), NOT_FOUND, METHOD_NOT_ALLOWED, INTERNAL)
}

BY_STATUS: Mapping[int, ProblemType] = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED, 500: INTERNAL}


def problem_type(error: Exception) -> ProblemType | None:
    """The problem that stands for an error, by its nearest class; None for one nobody foresaw."""
    return next((PROBLEMS[cls] for cls in type(error).__mro__ if cls in PROBLEMS), None)


def respond(error: Exception) -> Response:
    """The answer to an error that some layer raised; unforeseen ones tell nothing of the inside."""
    if isinstance(error, accounts.ScopeWanted):
        error = http_errors.InsufficientScope(error.wanted, error.has, str(error))
    kind = problem_type(error)
    if kind is None:
        return problem_response(INTERNAL, "the service failed; its log has the cause")
    faults = tuple(getattr(error, "faults", ()))
    headers = dict(getattr(error, "headers", {}))
    if retry_after := getattr(error, "retry_after", None):
        headers["Retry-After"] = str(retry_after)
    if kind.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "5"
    return problem_response(kind, _detail(error, faults), faults=faults, headers=headers)


def _detail(error: Exception, faults: Sequence[Fault]) -> str:
    if len(faults) > 1:
        listed = "" if len(faults) <= MAX_FAULTS else f", {MAX_FAULTS} of them listed"
        return f"{len(faults)} faults{listed}; the first: {faults[0]}"
    return str(faults[0]) if faults else str(error)


def status_problem(status: int, detail: str, headers: Mapping[str, str]) -> Response:
    """The problem that stands for a status which the framework chose."""
    phrase = HTTPStatus(status).phrase
    slug = phrase.lower().replace(" ", "-")
    kind = BY_STATUS.get(status) or ProblemType(slug, phrase, status, phrase)
    return problem_response(kind, detail, headers=headers)
