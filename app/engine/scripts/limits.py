"""What scripts may use, and how a process is held to it.

Steps are counted by the interpreter, so that a script stops at the same place on every machine.
What one step may cost is not known to it: `'a' * 10**10` is a single one. So the kernel bounds CPU
time and memory of the process besides.
"""

from __future__ import annotations

# Characters of one script.
MAX_LENGTH = 20_000
# Rows that are computed by one call: what a call takes is given back at its end.
CHUNK_ROWS = 1024
# Loop passes and calls of a script: while it is loaded, and for each row, on average of a chunk.
LOAD_STEPS = 1_000_000
ROW_STEPS = 10_000
# CPU seconds of a check, and of a chunk.
CHECK_SECONDS = 2
CHUNK_SECONDS = 10
# Address space of the process (RLIMIT_AS), the interpreter itself included.
MEMORY_BYTES = 256 * 2**20
# Calls inside each other.
CALL_DEPTH = 50
# Characters of a text that a script gives, and bytes of an answer for a chunk of them.
MAX_TEXT = 10_000
MAX_ANSWER = 32 * 2**20
