"""Functions for worker processes of the tests."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa

from app.engine.errors import DefinitionError, Fault

HEAVY = ("pandas", "scipy", "sklearn", "lightgbm", "faker", "polars", "fastapi", "sqlalchemy")


class KeywordOnlyError(Exception):
    def __init__(self, *, code: int) -> None:
        super().__init__(f"code {code}")


def raise_definition_error() -> NoReturn:
    raise DefinitionError([Fault("a.b", "wrong", "right", 3)])


def raise_keyword_only_error() -> NoReturn:
    raise KeywordOnlyError(code=7)


def heavy_modules_after_encoding() -> list[str]:
    from app.engine.formats import FORMATS, FormatOptions

    batch = pa.record_batch({"n": np.arange(10), "t": ["x"] * 10, "x": np.ones(10) / 3})
    for format_ in FORMATS.values():
        format_.encode(batch, FormatOptions())
    return [name for name in HEAVY if name in sys.modules]


def process_settings() -> dict[str, Any]:
    return {
        "cpus": pa.cpu_count(),
        "omp": os.environ["OMP_NUM_THREADS"],
        "sigint": int(signal.getsignal(signal.SIGINT)),  # type: ignore[arg-type]
        "niceness": os.nice(0),
    }


def allocate(size: int) -> int:
    return np.ones(size, np.uint8).nbytes


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def spin() -> NoReturn:
    while True:
        sum(range(1000))
