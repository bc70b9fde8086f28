"""Which process a fork server belongs to; apart, so that the fork server can import it first."""

from __future__ import annotations

import os

# Variable of the environment that carries the process id of the fork server's parent.
END_WITH = "TABLESMITH_FORK_SERVER_PARENT"
LOOK_SECONDS = 0.1


def name_parent() -> None:
    """Say in the environment, which a fork server inherits, whom it belongs to."""
    os.environ[END_WITH] = str(os.getpid())
