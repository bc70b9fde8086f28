"""A fork server that still loads modules ends with its parent, and before anything else."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil
import pytest

PATIENCE = 120.0
# The child is busy without an end, as a module that takes its time; its parent waits for it.
PARENT = """
import os, sys
from app.engine.execution.parents import ending_with_parent, name_parent
name_parent()
if child := os.fork():
    os.waitpid(child, 0)
else:
    with ending_with_parent():
        os.write(1, b"%d\\n" % os.getpid())
        while True:
            pass
"""


def has_ended(process: psutil.Process) -> bool:
    """Whether nothing of a process runs; nobody may have asked for its exit status yet."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of the end of a parent")
def test_a_fork_server_that_loads_modules_ends_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        try:
            child = psutil.Process(int(parent.stdout.readline()))
            assert child.is_running()
        finally:
            parent.kill()
        deadline = time.monotonic() + PATIENCE
        while not has_ended(child):
            assert time.monotonic() < deadline, "the child goes on without its parent"
            time.sleep(0.01)
