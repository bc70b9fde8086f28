"""Keeping pandas out of a process that does not use it."""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa


def keep_pandas_out() -> None:
    """Let pyarrow conclude that there is no pandas, unless pandas is loaded already.

    `pyarrow.array` imports an installed pandas to ask whether its argument is a Series, which
    costs seconds and some 60 MB in every worker. Pyarrow asks once a process; afterwards pandas
    can still be imported, only pyarrow's own conversions to and from it are gone.
    """
    if "pandas" in sys.modules:
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        pa.array(np.zeros(1))
    finally:
        del sys.modules["pandas"]
