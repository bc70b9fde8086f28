"""What the fork server imports once, so that workers start in milliseconds.

Imported by name in the fork server only (`set_forkserver_preload`), never by other modules: it
changes how that process starts its children.
"""

from __future__ import annotations

import importlib
import os
import signal
from multiprocessing import spawn

from app.engine.execution.parents import END_WITH, LOOK_SECONDS


def _end_without_parent(*_signal: object) -> None:
    """The fork server looks for the end of its parent only once everything is imported, which
    takes seconds; until then an alarm looks. A thread would be dangerous in a process that forks.
    """
    if os.environ.get(END_WITH, str(os.getppid())) != str(os.getppid()):
        os._exit(1)


_end_without_parent()
signal.signal(signal.SIGALRM, _end_without_parent)
signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS, LOOK_SECONDS)

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    # Libraries read these when they are loaded, so they come before the import below.
    os.environ[_variable] = "1"

# A worker runs functions of this package alone. Importing the caller's main module, as
# multiprocessing does by default, would load the whole service into every worker and would run
# scripts that have no `if __name__ == "__main__"` a second time.
for _name in ("_fixup_main_from_name", "_fixup_main_from_path"):
    setattr(spawn, _name, lambda _main: None)

for _name in ("app.engine.execution.worker", "app.engine.execution.lean", "app.engine.plan.plan"):
    importlib.import_module(_name)

signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_DFL)
