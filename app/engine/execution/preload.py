"""What the fork server imports once, so that workers start in milliseconds.

Imported by name in the fork server only (`set_forkserver_preload`), never by other modules: it
changes how that process ends and how it starts its children.
"""

from __future__ import annotations

import importlib
import os
import signal
from multiprocessing import spawn
from types import FrameType

from app.engine.execution.parents import ask_at_end_of_parent, has_parent, kill_children

# Taken out in a worker, whose own children are none of the fork server's.
_servers = [os.getpid()]


def _end_without_parent(number: int = 0, frame: FrameType | None = None) -> None:
    """End this fork server, and all workers, unless its parent lives: the signal also comes when
    a thread of the parent ends, and from whoever wakes up a halted process. A process that was
    just forked has this handler for a moment, and another parent."""
    if os.getpid() in _servers and not has_parent():
        kill_children()
        os._exit(1)


def _end_with_server() -> None:
    """Tie the life of a process that was just forked from the fork server to it."""
    if not _servers:
        return
    server = _servers.pop()
    signal.signal(signal.SIGCONT, signal.SIG_DFL)
    ask_at_end_of_parent(signal.SIGKILL)
    if os.getppid() != server:
        os._exit(1)


# By itself the fork server looks for the end of its parent only once everything is imported, which
# can take seconds, and by a pipe that its workers hold too. So the kernel tells it. While modules
# are loaded no handler would run; the thread that waits for this process lives until it is ready.
ask_at_end_of_parent(signal.SIGKILL)
_end_without_parent()

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    # Libraries read these when they are loaded, so they come before the import below.
    os.environ[_variable] = "1"

# A worker runs functions of this package alone. Importing the caller's main module, as
# multiprocessing does by default, would load the whole service into every worker and would run
# scripts that have no `if __name__ == "__main__"` a second time.
for _name in ("_fixup_main_from_name", "_fixup_main_from_path"):
    setattr(spawn, _name, lambda _main: None)

for _name in (
    "app.engine.execution.worker",
    "app.engine.execution.lean",
    "app.engine.plan.plan",
    # What most files are written with; formats load the rest when they are first used.
    "app.engine.formats.shared.text",
    "pyarrow.parquet",
):
    importlib.import_module(_name)

# From here on threads of the parent may end. The signal also wakes this process up if it is halted.
signal.signal(signal.SIGCONT, _end_without_parent)
ask_at_end_of_parent(signal.SIGCONT)
_end_without_parent()
os.register_at_fork(after_in_child=_end_with_server)
