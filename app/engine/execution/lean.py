"""Keeping pandas out of a process that does not use it."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder

import numpy as np
import pyarrow as pa


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is kept out", name=fullname)


def keep_pandas_out() -> None:
    """Let pyarrow conclude that there is no pandas, unless pandas is loaded already.

    `pyarrow.array` imports an installed pandas to ask whether its argument is a Series, which
    costs seconds and some 60 MB in every worker. Pyarrow asks once a process; pandas can still
    be imported afterwards, but a Series given to pyarrow is not known as one any more.
    """
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array(np.zeros(1))  # asks from Cython
        pa.array([""])  # asks from C++
    finally:
        sys.meta_path.remove(finder)
