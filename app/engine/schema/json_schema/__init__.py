"""The language of definitions as a JSON Schema."""
