"""Modules that a fork server loads, from where this process has them."""

from __future__ import annotations

from multiprocessing import spawn
from pathlib import Path

import app

ROOT = Path(app.__path__[0]).parent


class PreloadList(list[str]):
    """Names of modules for `set_forkserver_preload`.

    A fork server is a Python of its own, which before 3.13 looks for modules in the folder where
    the program was started before anywhere else, and would load another `app` that lies there. It
    gets its modules as part of a program's text; the text of this list first takes over the path
    of this process, its own `app` before any other.
    """

    def __repr__(self) -> str:
        path = [str(ROOT), *spawn.get_preparation_data("fork server")["sys_path"]]
        take_over = f"__import__('sys').path.__setitem__(slice(None), {path!r})"
        return f"({take_over}, {list(self)!r})[1]"
