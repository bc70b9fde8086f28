"""Scripts of definitions: Starlark, in a process of its own that can do nothing but compute.

`reading` says what a script reads without running it, `checking` finds its faults, `running`
computes the values of rows. Both ask `sandbox`, which starts `interpreter` as a process.
"""

from __future__ import annotations

from app.engine.scripts.errors import ScriptError, ScriptFault
from app.engine.scripts.limits import MAX_LENGTH
from app.engine.scripts.reading import read_script

__all__ = ["MAX_LENGTH", "ScriptError", "ScriptFault", "read_script"]
