"""A document as YAML text that reads back as the same data, laid out for people."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

import yaml

from app.engine.schema.yaml.scalars import resolve_plain

# Collections that fit are written in one line, as `{type: int, min: 3}`: the columns, not what
# holds them.
WIDTH = 96
BLOCK_LEVELS = 2
_STR = "tag:yaml.org,2002:str"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.1 or 1.2 would read as something else than a text, dates excepted."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute
        first: [pair for pair in resolvers if pair[0] != _TIMESTAMP]
        for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    special = resolve_plain(text)[0] != text
    return dumper.represent_scalar(_STR, text, style="'" if special else None)


_Dumper.add_representer(str, _text)


def write_yaml(document: Mapping[str, Any]) -> str:
    """The document in YAML. Keys keep their order; comments are not part of a document."""
    dumper = _Dumper(StringIO(), sort_keys=False)
    node = dumper.represent_data(dict(document))
    _lay_out(node, 0)
    text: str = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=10**6)
    return text


def _lay_out(node: yaml.Node, level: int) -> int:
    """Choose a style for every collection; the width of the node in one line."""
    if isinstance(node, yaml.MappingNode):
        pairs = node.value
        width = sum(_lay_out(key, level) + _lay_out(value, level + 1) + 4 for key, value in pairs)
    elif isinstance(node, yaml.SequenceNode):
        width = sum(_lay_out(item, level + 1) + 2 for item in node.value)
    else:
        return len(node.value) + 2
    node.flow_style = not node.value or (level >= BLOCK_LEVELS and width <= WIDTH)
    return width + 2
