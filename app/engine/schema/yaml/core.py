"""YAML by the 1.2 core schema: text to plain data, with the line of every part.

PyYAML's events are read with one explicit stack, so that nesting costs no recursion, and nothing
is built that a bound forbids: depth, number of values with aliases expanded, size of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import events as ev

from app.engine.errors import DefinitionError, Fault
from app.engine.schema.plain import scalar_problem, source_of_plain
from app.engine.schema.source import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    TOO_DEEP,
    TOO_MANY,
    Node,
    Path,
    Source,
    write_path,
)
from app.engine.schema.yaml.scalars import Scalar, resolve_plain, resolve_tagged

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOADER: Any = yaml.CLoader if yaml.__with_libyaml__ else yaml.Loader
_CORE = "tag:yaml.org,2002:"


class YamlSyntaxError(DefinitionError):
    """The text is not YAML at all."""


def read_yaml(source: str | bytes) -> Source:
    """Read one YAML 1.2 (or JSON) document.

    Returns:
        The plain data; faults that do not keep it from being read (repeated keys, NaN, foreign
        tags) are listed in `faults`, for the caller to report with everything else.

    Raises:
        DefinitionError: the text is no UTF-8, no YAML, empty, several documents, or past a bound.
    """
    text = _decode(source)
    try:
        return _Reader().read(text)
    except YamlSyntaxError:
        # JSON that PyYAML does not know as YAML: indented with tabs, or with surrogate escapes.
        if not text.lstrip().startswith("{"):
            raise
        parsed = _read_json(text)
        if parsed is None:
            raise
        return parsed


def _decode(source: str | bytes) -> str:
    """The text, its encoding and its characters checked."""
    if len(source) > MAX_BYTES:
        raise _fatal(f"the document is larger than {MAX_BYTES:,} bytes", "give the data as a file")
    text = source if isinstance(source, str) else _decode_bytes(source)
    text = text.removeprefix("\ufeff")
    bad = _UNPRINTABLE.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        raise _fatal(_character_problem(bad.group()), "save the text as UTF-8", line)
    return text


def _decode_bytes(source: bytes) -> str:
    if source.startswith((b"\xff\xfe", b"\xfe\xff")) or source[1:2] == b"\0":
        raise _fatal("the text is UTF-16 or UTF-32", "save it as UTF-8")
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise _fatal(
            f"byte 0x{source[error.start]:02x} is not valid UTF-8", "save the text as UTF-8", line
        ) from None


def _character_problem(character: str) -> str:
    if character == "\0":
        return "the text holds a NUL byte"
    if "\ud800" <= character <= "\udfff":
        return f"the text holds a lone surrogate (U+{ord(character):04X})"
    return f"the text holds the control character U+{ord(character):04X}"


def _fatal(message: str, hint: str | None = None, line: int | None = None) -> DefinitionError:
    return DefinitionError([Fault("document", message, hint, line)])


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open."""

    node: Node
    anchor: str | None
    size_before: int
    step: str | int | None = None
    height: int = 0
    awaits_key: bool = True


@dataclass(slots=True)
class _Reader:
    """One pass over the events of one text."""

    stack: list[_Frame] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    root: Node | None = None
    documents: int = 0
    size: int = 0

    def read(self, text: str) -> Source:
        handlers: dict[type[ev.Event], Callable[[Any], None]] = {
            ev.DocumentStartEvent: self._document,
            ev.ScalarEvent: self._scalar,
            ev.AliasEvent: self._alias,
            ev.MappingStartEvent: self._open,
            ev.SequenceStartEvent: self._open,
            ev.MappingEndEvent: self._close,
            ev.SequenceEndEvent: self._close,
        }
        for event in _events(text):
            handler = handlers.get(type(event))
            if handler:
                handler(event)
        if self.root is None or (self.root.value is None and self.root.text is not None):
            raise _fatal("the document is empty", "declare at least 'features'")
        return Source(self.root.plain(), self.root, tuple(self.faults))

    def _document(self, event: ev.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            line = _line(event)
            raise _fatal("a second document begins here", "give one document only", line)

    def _scalar(self, event: ev.ScalarEvent) -> None:
        line = _line(event)
        if self._takes_key():
            self._key(event.value, line)
            self._remember(event.anchor, Node(line, event.value, event.value))
            return
        self._count(1, line)
        value: Scalar = event.value
        problem = None
        if event.tag and event.tag != "!":
            value, problem = resolve_tagged(event.tag.removeprefix(_CORE), event.value)
        elif event.implicit[0] and event.tag is None:
            value, problem = resolve_plain(event.value)
        problem = problem or scalar_problem(value)
        if problem:
            self._fault(problem, line)
            value = None
        node = Node(line, value, event.value, is_block=event.style == "|")
        self._remember(event.anchor, node)
        self._add(node, line)

    def _alias(self, event: ev.AliasEvent) -> None:
        line = _line(event)
        anchor = str(event.anchor)
        node = self.anchors.get(anchor)
        if node is None:
            known = anchor in self.anchors
            problem = "contains itself" if known else "names no anchor"
            raise _fatal(f"the alias *{anchor} {problem}", None, line)
        if self._takes_key():
            if node.text is None:
                raise _fatal("a key must be a text", None, line)
            self._key(node.text, line)
            return
        self._count(node.size, line)
        if len(self.stack) + node.height > MAX_DEPTH:
            raise _fatal(TOO_DEEP, None, line)
        self._add(node, line)

    def _open(self, event: ev.MappingStartEvent | ev.SequenceStartEvent) -> None:
        line = _line(event)
        if self._takes_key():
            raise _fatal("a key must be a text", "lists and mappings cannot be keys", line)
        if len(self.stack) >= MAX_DEPTH:
            raise _fatal(TOO_DEEP, None, line)
        mapping = isinstance(event, ev.MappingStartEvent)
        if event.tag not in (None, "!", _CORE + ("map" if mapping else "seq")):
            self._fault(f"the tag {event.tag!r} is not part of YAML's core schema", line)
        node = Node(line, members={}) if mapping else Node(line, items=[])
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Frame(node, event.anchor, self.size, None if mapping else 0))
        self._count(1, line)

    def _close(self, event: ev.Event) -> None:
        frame = self.stack.pop()
        node = frame.node
        whole = Node(
            node.line,
            items=node.items,
            members=node.members,
            key_lines=node.key_lines,
            size=self.size - frame.size_before,
            height=frame.height + 1,
        )
        self._remember(frame.anchor, whole)
        self._add(whole, node.line)

    def _takes_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].node.items is None and self.stack[-1].awaits_key

    def _key(self, text: str, line: int) -> None:
        frame = self.stack[-1]
        frame.step, frame.awaits_key = text, False
        problem = scalar_problem(text)
        if problem:
            self._fault(problem, line)
        first = frame.node.key_lines.get(text)
        if first is None:
            frame.node.key_lines[text] = line
            return
        self._fault(
            f"the key `{text}` stands twice in one mapping, first on line {first}",
            line,
            f"where several are meant, write a list (`- {text}: …`)",
        )

    def _add(self, node: Node, line: int) -> None:
        """Put a complete value where it belongs; of a repeated key the first value stays."""
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        frame.height = max(frame.height, node.height)
        if frame.node.items is not None:
            frame.node.items.append(node)
            frame.step = len(frame.node.items)
        elif frame.node.members is not None:
            frame.node.members.setdefault(str(frame.step), node)
            frame.awaits_key = True

    def _remember(self, anchor: str | None, node: Node) -> None:
        if anchor:
            self.anchors[anchor] = node

    def _count(self, size: int, line: int) -> None:
        self.size += size
        if self.size > MAX_NODES:
            raise _fatal(TOO_MANY, "large tables belong in a file of their own", line)

    def _path(self) -> Path:
        return tuple(frame.step for frame in self.stack if frame.step is not None)

    def _fault(self, message: str, line: int, hint: str | None = None) -> None:
        self.faults.append(Fault(write_path(self._path()), message, hint, line))


def _line(event: ev.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _events(text: str) -> Iterator[ev.Event]:
    """PyYAML's events; its errors become a fault with a line."""
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        problem = error.problem or error.context or "cannot be read"
        written = text.splitlines()[mark.line : mark.line + 1] if mark else []
        tabs = any("\t" in part for part in written)
        hint = "indent with spaces, not tabs" if tabs else None
        raise YamlSyntaxError(
            [Fault("document", f"not valid YAML: {problem}", hint, line)]
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise YamlSyntaxError([Fault("document", f"not valid YAML: {error}")]) from None


def _read_json(text: str) -> Source | None:
    """The text as JSON, or None where it is no JSON either."""
    repeated: list[Fault] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                problem = f"the key `{key}` stands twice in one object"
                repeated.append(Fault("document", problem, "where several are meant, write a list"))
            found.setdefault(key, value)
        return found

    try:
        data = json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError):
        return None
    source = source_of_plain(data)
    return Source(source.data, None, (*repeated, *source.faults))
