"""What the fork server imports once, so that workers start in milliseconds.

Imported by name in the fork server only (`set_forkserver_preload`), never by other modules: it
changes how that process starts its children.
"""

from __future__ import annotations

import importlib
import os
from multiprocessing import spawn

from app.engine.execution.parents import end_with_parent, has_parent

# The fork server looks for the end of its parent only once everything is imported, which can take
# seconds; until then the kernel looks.
end_with_parent()
if not has_parent():
    os._exit(1)

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

# From here on the pipe to the parent tells; the thread that started this process may end.
end_with_parent(False)
