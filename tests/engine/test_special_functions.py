from __future__ import annotations

import subprocess
import sys

import numpy as np

from app.engine.special_functions import lean_numpy


def test_numpy_names_what_is_loaded_and_after_it_all_again() -> None:
    before = np.__all__, np.__dir__
    with lean_numpy():
        assert set(np.__all__) <= set(dir(np)) <= set(vars(np))
    assert (np.__all__, np.__dir__) == before


def printed(code: str) -> list[str]:
    """Words that the code prints in a fresh interpreter, where the special functions stand by."""
    code = f"import sys, app.engine.special_functions as functions\n{code}"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return found.stdout.split()


def test_special_functions_load_neither_numpys_tools_nor_scipys_variants() -> None:
    loaded = set(printed("print(*sys.modules)"))
    assert "scipy.special._ufuncs" in loaded
    assert not loaded & {"numpy.f2py", "numpy.testing"}
    assert not loaded & {"scipy.special._basic", "scipy._lib._array_api"}


def test_scipys_package_is_whole_as_soon_as_more_of_it_is_wanted() -> None:
    code = (
        "import scipy.special, scipy.stats\n"
        "from scipy.special import zeta\n"
        "print(scipy.special.ndtri is functions.ndtri, zeta(2), scipy.stats.norm.ppf(0.5))\n"
        "print(type(scipy.special).__name__, scipy.special._ufuncs.__name__)"
    )
    assert printed(code) == [
        "True",
        "1.6449340668482264",
        "0.0",
        "module",
        "scipy.special._ufuncs",
    ]


def test_threads_that_want_the_package_at_once_wait_for_one_another() -> None:
    code = (
        "import threading, scipy\n"
        "start, found = threading.Barrier(8), []\n"
        "def ask(): start.wait(); found.append(scipy.special.lambertw(0.0).real)\n"
        "threads = [threading.Thread(target=ask) for _ in range(8)]\n"
        "for each in threads: each.start()\n"
        "for each in threads: each.join()\n"
        "print(*found)"
    )
    assert printed(code) == ["0.0"] * 8


def test_a_missing_name_of_the_package_is_an_attribute_error() -> None:
    code = "import scipy\ntry: scipy.special.nothing\nexcept AttributeError as e: print('no', e)"
    assert printed(code)[0] == "no"
