"""SciPy's special functions, which most laws are made of, loaded in a third of the time.

They stand in one compiled module. The package around it makes variants for other libraries of
arrays, which nobody asks for here: its own code waits until something else of it is wanted.

SciPy copies the name space of numpy, and so loads what numpy leaves until somebody asks for it: its
test tools, its Fortran wrapper. While SciPy loads, numpy names only what it has loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType
from typing import Any

import numpy as np


@contextmanager
def lean_numpy() -> Iterator[None]:
    """Numpy names what it has loaded alone, for the time of the block."""
    kept = {name: vars(np)[name] for name in ("__all__", "__dir__")}
    vars(np).update(__all__=[name for name in np.__all__ if name in vars(np)])
    vars(np).update(__dir__=lambda: list(vars(np)))
    try:
        yield
    finally:
        vars(np).update(kept)


class _RunningPackage(ModuleType):
    """A package whose code is running; other threads wait for its end, as for any import."""

    def __getattr__(self, name: str) -> Any:
        with _RUNNING:
            if name in vars(self):
                return vars(self)[name]
        raise AttributeError(f"{self.__name__} has no {name}")


class _WaitingPackage(ModuleType):
    """A package whose own code runs when a name is asked for that is not there yet. Its modules can
    be imported without that: they find its path and each other."""

    def __getattr__(self, name: str) -> Any:
        with _RUNNING:
            if type(self) is _WaitingPackage:
                _run(self)
            return getattr(self, name)


def _run(package: ModuleType) -> None:
    assert package.__spec__ is not None and package.__spec__.loader is not None
    package.__class__ = _RunningPackage
    with lean_numpy():
        package.__spec__.loader.exec_module(package)
    package.__class__ = ModuleType


_RUNNING = RLock()


def _let_wait(name: str) -> None:
    """Import a package without running its code; nothing happens where it is loaded already."""
    if name in sys.modules:
        return
    spec = find_spec(name)
    assert spec is not None
    package = module_from_spec(spec)
    package.__class__ = _WaitingPackage
    sys.modules[name] = package


with lean_numpy():
    _let_wait("scipy.special")
    from scipy.special._ufuncs import (
        betainc,
        betaincc,
        betaincinv,
        expm1,
        gamma,
        gammainc,
        gammaincc,
        gammaincinv,
        gammaln,
        log1p,
        ndtr,
        ndtri,
        pdtr,
        pdtrc,
        pdtrik,
        stdtr,
        stdtrit,
        xlogy,
    )

__all__ = [
    "betainc",
    "betaincc",
    "betaincinv",
    "expm1",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammaincinv",
    "gammaln",
    "lean_numpy",
    "log1p",
    "ndtr",
    "ndtri",
    "pdtr",
    "pdtrc",
    "pdtrik",
    "stdtr",
    "stdtrit",
    "xlogy",
]
