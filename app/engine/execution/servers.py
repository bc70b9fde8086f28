"""Fork servers besides the one that workers come from, each with modules loaded for its purpose.

`multiprocessing` has one fork server in a process. What that one loads, every worker waits for at
the start of a service, and has in its memory.
"""

from __future__ import annotations

import functools
import io
import os
from collections.abc import Callable
from multiprocessing import forkserver, popen_forkserver, spawn, util
from multiprocessing.connection import Connection
from multiprocessing.context import set_spawning_popen
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import dump
from typing import Any

from app.engine.execution.parents import name_parent
from app.engine.execution.pool import BASE, FORKING, PRELOAD, WorkerProcess
from app.engine.execution.preload_list import PreloadList


def new_pipe() -> tuple[Connection, Connection]:
    """Two ends, one for a process; each sends and receives."""
    ours, theirs = BASE.Pipe(duplex=True)
    return ours, theirs


def new_process(
    modules: tuple[str, ...], target: Callable[..., None], *arguments: Any
) -> BaseProcess:
    """A process, not yet started, of the fork server that has these modules loaded, which starts
    with the first of its processes. What the process is given reaches it by a pipe alone."""
    if not FORKING:
        return WorkerProcess(target=target, args=arguments, daemon=True)
    name_parent()
    process = _Served(target=target, args=arguments, daemon=True)
    process.modules = modules
    return process


@functools.lru_cache
def _server(modules: tuple[str, ...]) -> Any:
    server = forkserver.ForkServer()
    server.set_forkserver_preload(PreloadList([*PRELOAD, *modules]))
    return server


class _Popen(popen_forkserver.Popen):
    _fds: list[int]

    def _launch(self, process_obj: Any) -> None:
        """As the method that this overrides, with another fork server."""
        buffer = io.BytesIO()
        set_spawning_popen(self)
        try:
            dump(spawn.get_preparation_data(process_obj._name), buffer)
            dump(process_obj, buffer)
        finally:
            set_spawning_popen(None)
        server = _server(process_obj.modules)
        self.sentinel, writing = server.connect_to_new_process(self._fds)
        # The process knows by the end of this pipe that its parent has ended.
        parent = os.dup(writing)
        self.finalizer = util.Finalize(self, _close, (parent, self.sentinel))
        with os.fdopen(writing, "wb") as stream:
            stream.write(buffer.getbuffer())
        self.pid = forkserver.read_signed(self.sentinel)


class _Served(WorkerProcess):
    modules: tuple[str, ...]

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802
        return _Popen(process_obj)


def _close(*descriptors: int) -> None:
    for each in descriptors:
        os.close(each)
