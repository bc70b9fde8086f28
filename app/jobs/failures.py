"""Why a job failed, in words for its owner."""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.errors import DefinitionError, FormatError, GenerationError, TablesmithError
from app.engine.execution.failures import engine_error, is_full
from app.jobs.models import Delivery, JobError
from app.store.errors import ServiceError
from app.workers.errors import WorkersError

_DISK_FULL = "the disk is full"


def error_of(error: Exception) -> JobError:
    """What to report of an exception: everything of a known one, nothing of an unknown one."""
    if isinstance(error, OSError):
        # A full disk is reported in the engine's words wherever it shows.
        error = engine_error(error) if is_full(error) else error
    if isinstance(error, DefinitionError):
        return JobError("The definition is at fault", str(error), error.faults)
    if isinstance(error, FormatError):
        return JobError("A file format cannot hold the data", str(error))
    if isinstance(error, (TablesmithError, ServiceError, WorkersError)):
        return JobError("The data could not be made", str(error))
    return JobError("Internal error", "the service's log says more under this job's id")


def storage_full(error: Exception) -> bool:
    """Whether a full disk stood in the way: here, or in a worker, which tells it in the engine's
    words."""
    if isinstance(error, OSError):
        return is_full(error)
    return isinstance(error, GenerationError) and str(error).startswith(_DISK_FULL)


def undelivered(deliveries: Sequence[Delivery]) -> JobError | None:
    """The error of a job whose data is made but did not arrive everywhere."""
    failed = [delivery for delivery in deliveries if delivery.status == "failed"]
    if not failed:
        return None
    detail = "; ".join(f"{delivery.kind}: {delivery.error}" for delivery in failed)
    return JobError("The data was made but not delivered", detail)


def given_up(attempts: int) -> JobError:
    detail = (
        f"it was started {attempts} times and each time its process ended without progress; "
        "less memory may help: fewer rows, formats or workers"
    )
    return JobError("The job was given up", detail)
