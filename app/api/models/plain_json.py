"""Plain JSON whose inside is not the API's to describe, under names that generated code can use."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypeAliasType

Document = TypeAliasType(
    "Document",
    Annotated[dict[str, Any], Field(description="A definition in the spelling it was sent in.")],
)
Record = TypeAliasType(
    "Record", Annotated[dict[str, Any], Field(description="A row: its values by column.")]
)
Receipt = TypeAliasType(
    "Receipt", Annotated[dict[str, Any], Field(description="What the sink said of a delivery.")]
)
# Read by the sinks themselves; `sink_components` says what is in them.
SinkCredentials = TypeAliasType("SinkCredentials", dict[str, Any])
JsonSchema = TypeAliasType(
    "JsonSchema", Annotated[dict[str, Any], Field(description="A JSON Schema (2020-12).")]
)
