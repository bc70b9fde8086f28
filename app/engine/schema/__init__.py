"""The language of definitions: reading a document, its models, its JSON Schema, writing it back."""

from app.engine.schema.dump import dump_definition
from app.engine.schema.json_schema.document import definition_json_schema
from app.engine.schema.load import Loaded, load_definition
from app.engine.schema.models import Definition, Table, Target

__all__ = [
    "Definition",
    "Loaded",
    "Table",
    "Target",
    "definition_json_schema",
    "dump_definition",
    "load_definition",
]
