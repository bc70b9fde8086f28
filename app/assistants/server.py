"""A server of the Model Context Protocol: the tools of this project for a model of the user's
choice. It answers over standard input and output alone and opens no connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

from mcp.server import MCPServer
from mcp.types import ToolAnnotations
from pydantic import Field

from app.assistants.definition_tools import DefinitionTools, language_reference
from app.assistants.file_tools import FileTools
from app.assistants.folder import WorkFolder
from app.engine.schema.json_schema.document import definition_json_schema

MOST_ROWS = 10_000_000
LANGUAGE, JSON_SCHEMA = "tablesmith://language", "tablesmith://schema"
INSTRUCTIONS = """Tablesmith makes synthetic tables whose declared facts hold. A definition in YAML
says what the tables look like. To make data from what a person describes: read `language` first,
write a definition, call `validate` and mend every fault until it is valid, show a `preview`, and
call `generate` when the person agrees; `facts_unmet` says whether the files hold what was declared.
To make data like a real table: `profile` it, change the definition where that is wished, then go on
as above. All names of files are relative to one folder; nothing outside it can be reached."""

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)


def assistant_server(folder: WorkFolder, most_rows: int = MOST_ROWS) -> MCPServer:
    """The server with its tools, resources and prompt.

    Args:
        folder: all that may be read and written.
        most_rows: that a call of `generate` may make.
    """
    server: MCPServer = MCPServer(
        "tablesmith", instructions=INSTRUCTIONS, version=_version(), log_level="WARNING"
    )
    definitions = DefinitionTools(folder)
    files = FileTools(folder, definitions, most_rows)
    server.add_tool(definitions.language, annotations=_READS, structured_output=False)
    reading: tuple[Callable[..., object], ...] = (
        definitions.validate, definitions.compile, definitions.preview, files.profile,
        files.evaluate,
    )  # fmt: skip
    for each in reading:
        server.add_tool(each, annotations=_READS)
    server.add_tool(files.generate, annotations=_WRITES)
    server.resource(LANGUAGE, title="The language of definitions", mime_type="text/markdown")(
        language_reference
    )
    server.resource(JSON_SCHEMA, title="JSON Schema of definitions", mime_type="application/json")(
        _json_schema
    )
    server.prompt(title="Make a data set from a description")(data_set)
    return server


def data_set(description: Annotated[str, Field(description="What the data are to hold.")]) -> str:
    """Make a synthetic data set from a description in plain words."""
    return (
        f"Make a synthetic data set with Tablesmith:\n\n{description}\n\nRead the language first. "
        "Write a definition and validate it until it has no fault. Show me a preview and the "
        "facts that you declared, and ask me before you write files."
    )


def _json_schema() -> str:
    """The JSON Schema of definitions, as `tablesmith schema --json` prints it."""
    return json.dumps(definition_json_schema(), ensure_ascii=False)


def _version() -> str:
    try:
        return version("tablesmith")
    except PackageNotFoundError:
        return "0"
