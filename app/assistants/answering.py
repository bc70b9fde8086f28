"""How the work of a tool ends: with its answer, or with words that a model can act on."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from mcp.server.mcpserver.exceptions import ToolError

from app.assistants.folder import WorkFolder
from app.assistants.results import MOST_FAULTS, MOST_TEXT, cut
from app.engine.errors import DefinitionError, TablesmithError

_LOG = logging.getLogger(__name__)
# One call works at a time: each may use the whole machine.
_WORKING = threading.Lock()


@contextmanager
def answering(folder: WorkFolder) -> Iterator[None]:
    """Turns errors into the text of a failed call; of a definition, every fault with its line.

    Raises:
        ToolError: for whatever went wrong. A fault of the program is logged by its place alone:
            the text of its error might quote a row.
    """
    try:
        with _WORKING:
            yield
    except ToolError:
        raise
    except DefinitionError as error:
        lines = [str(each) for each in error.faults[:MOST_FAULTS]]
        if more := len(error.faults) - len(lines):
            lines.append(f"and {more:,} more")
        raise ToolError(_said(folder, "\n".join(lines))) from None
    except TablesmithError as error:
        raise ToolError(_said(folder, str(error))) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        name = "" if error.filename is None else f"{error.filename}: "
        raise ToolError(_said(folder, f"{name}{why.lower()}")) from None
    except Exception as error:
        place = "".join(traceback.format_tb(error.__traceback__))
        _LOG.error("%s in a tool, at\n%s", type(error).__name__, place)
        raise ToolError(f"the program failed ({type(error).__name__}); its log has more") from None


def _said(folder: WorkFolder, text: str) -> str:
    return cut(folder.named(text), MOST_TEXT)
