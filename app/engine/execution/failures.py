"""Errors of a worker as plain data, and errors of the machine in the user's words."""

from __future__ import annotations

import errno
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.engine.errors import GenerationError, TablesmithError

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Failure:
    """What a worker returns in place of a result; the error is known to survive pickling."""

    error: TablesmithError


def guarded(function: Callable[..., Any], *arguments: Any) -> Any:
    """The function's result, or a Failure: an exception that cannot be unpickled breaks a pool."""
    try:
        return function(*arguments)
    except Exception as error:
        return Failure(_portable(engine_error(error)))


def engine_error(error: Exception) -> TablesmithError:
    """The engine's error for any exception, with its traceback as a note."""
    if isinstance(error, TablesmithError):
        return error
    if isinstance(error, MemoryError):
        known = GenerationError("a worker ran out of memory; raise its limit or use fewer workers")
    elif isinstance(error, OSError) and is_full(error):
        known = GenerationError(
            f"the disk is full ({error.strerror}): {error.filename or 'the result folder'} could "
            "not be written; free some space or choose another folder"
        )
    else:
        known = GenerationError(f"{type(error).__name__}: {error}")
    known.add_note("".join(traceback.format_exception(error)))
    return known


def is_full(error: OSError) -> bool:
    """Whether the disk, a quota or the largest file allowed is what stood in the way."""
    return error.errno in _DISK_FULL


def _portable(error: TablesmithError) -> TablesmithError:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return GenerationError(str(error))
    return error
