"""The text of definitions: YAML read with lines, and written."""
