"""A synthesis definition while a person works on it: what happens to tables and their columns.

As with a declared definition the document itself is the state. Views change single places of it,
so that what they cannot show stays as it was.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from app.ui.model.draft import Draft
from app.ui.model.paths import Path
from app.ui.model.values import put, read_number, show

TREATMENTS = {
    "learn": "learn",
    "fake": "fake",
    "new": "new keys",
    "text": "learn as text",
    "keep": "keep as it is",
    "drop": "drop",
}
TAKING_IN = frozenset({"learn", "text", "keep"})
# What goes along from one way of making values to another.
LASTING = ("treatment", "kind", "missing")
MOST_DRAFTS = 5


class SynthesisDraft(Draft):
    """The definition of a source under work, and the stored version that it began with.

    Args:
        tag: that the API knows the stored version by.
    """

    def __init__(self, document: dict[str, Any], tag: str) -> None:
        super().__init__(document)
        self.stored, self.tag = Draft(document).document, tag
        # How columns were faked before something else happened to them.
        self.fakes: dict[tuple[str, str], dict[str, Any]] = {}

    @property
    def is_changed(self) -> bool:
        return bool(self.unread) or self.document != self.stored

    def renew(self, document: dict[str, Any], tag: str) -> None:
        """Take the stored version in the place of what stands here; every view is notified."""
        self.replace(document)
        self.keep_as_stored(tag)
        self.touched()

    def keep_as_stored(self, tag: str) -> None:
        """What stands here is what the API has stored under a tag."""
        self.stored, self.tag = Draft(self.document).document, tag

    def treated(self, name: str) -> TreatedTable:
        """A table of the source; one that the document leaves out has nothing said of it."""
        return TreatedTable(name, self)

    @property
    def target(self) -> str:
        return show(self.document.get("target"))

    @target.setter
    def target(self, text: str) -> None:
        put(self.document, "target", text)

    @property
    def protects_values(self) -> bool:
        return self._part("privacy").get("value_protection") is not False

    @protects_values.setter
    def protects_values(self, wanted: bool) -> None:
        """Without protection there is no number of rows that a value needs."""
        body = {"value_protection": wanted, **_without(self._part("privacy"), "value_protection")}
        self.document["privacy"] = body if wanted else _without(body, "k")

    def part(self, key: str, name: str) -> str:
        """A value of `synthesizer` or `privacy`, as text."""
        return show(self._part(key).get(name))

    def set_part(self, key: str, name: str, text: str) -> None:
        """Say a value of `synthesizer` or `privacy`; an empty text leaves it out."""
        body = dict(self._part(key))
        put(body, name, read_number(text))
        put(self.document, key, body or None)

    def _part(self, key: str) -> Mapping[str, Any]:
        body = self.document.get(key)
        if isinstance(body, str):
            return {"name": body}
        return body if isinstance(body, Mapping) else {}


class TreatedTable:
    """What a definition says of one table."""

    def __init__(self, name: str, draft: SynthesisDraft) -> None:
        self.name, self._draft = name, draft

    @property
    def path(self) -> Path:
        return ("tables", self.name)

    def get(self, key: str) -> str:
        """`rows` or `primary_key` as text."""
        return show(self._node().get(key))

    def set_rows(self, text: str) -> None:
        put(self._own_node(), "rows", read_number(text))

    def set_key(self, columns: list[str]) -> None:
        """The columns that are the table's key; none where the list is empty."""
        put(self._own_node(), "primary_key", columns[0] if len(columns) == 1 else columns or None)

    def place(self, column: str) -> Path:
        """Where the API reports a fault of a column."""
        return (*self.path, "columns", column)

    def treatment(self, column: str) -> str:
        return show(self._entry(column).get("treatment")) or "learn"

    def kind(self, column: str) -> str:
        """The kind that corrects what was found; empty where none does."""
        return show(self._entry(column).get("kind"))

    def maker(self, column: str) -> str:
        """The provider, or type of the language, that makes the values of a faked column."""
        entry = self._entry(column)
        return show(entry.get("provider") or entry.get("type"))

    def treat(self, column: str, treatment: str, made: Mapping[str, Any]) -> None:
        """Let another thing happen to a column.

        Args:
            made: what makes its values, where it is faked for the first time.
        """
        entry, place = self._entry(column), (self.name, column)
        if entry.get("treatment") == "fake":
            self._draft.fakes[place] = _without(entry, "treatment", "kind")
        said: dict[str, Any] = {"treatment": treatment}
        put(said, "kind", entry.get("kind"))
        if treatment == "fake":
            said |= self._draft.fakes.get(place) or made
        self._put(column, said)

    def correct(self, column: str, kind: str, found: str) -> None:
        """Read a column as of another kind than was found."""
        entry = {"treatment": self.treatment(column), **self._entry(column)}
        put(entry, "kind", "" if kind == found else kind)
        self._put(column, entry)

    def make_by(self, column: str, maker: str) -> None:
        """Have the values of a faked column made by another provider, or type of the language."""
        entry = self._entry(column)
        if maker == self.maker(column):
            return
        kept = {key: value for key, value in entry.items() if key in LASTING}
        put(kept, "provider", maker)
        self._put(column, kept)

    def _put(self, column: str, said: dict[str, Any]) -> None:
        node = self._own_node()
        columns = node["columns"] = _by_name(node.get("columns"))
        columns[column] = said

    def _entry(self, column: str) -> Mapping[str, Any]:
        entry = _by_name(self._node().get("columns")).get(column)
        if isinstance(entry, str):
            return {"treatment": entry}
        return entry if isinstance(entry, Mapping) else {}

    def _node(self) -> Mapping[str, Any]:
        node = _by_name(self._draft.document.get("tables")).get(self.name)
        return node if isinstance(node, Mapping) else {}

    def _own_node(self) -> dict[str, Any]:
        tables = self._draft.document["tables"] = _by_name(self._draft.document.get("tables"))
        node = tables.get(self.name)
        if not isinstance(node, dict):
            node = tables[self.name] = {}
        return node


def drafts_with(
    drafts: OrderedDict[str, SynthesisDraft], source: str, document: dict[str, Any], tag: str
) -> SynthesisDraft:
    """The draft of a source: the one that a browser has changed, or else what is stored. So many
    are remembered."""
    known = drafts.get(source)
    if known is None:
        known = drafts[source] = SynthesisDraft(document, tag)
    elif not known.is_changed and known.tag != tag:
        known.renew(document, tag)
    drafts.move_to_end(source)
    while len(drafts) > MOST_DRAFTS:
        drafts.popitem(last=False)
    return known


def _without(entry: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}


def _by_name(named: Any) -> dict[str, Any]:
    """What is said of tables or columns; also where it stands as a list of mappings of one name
    each."""
    if isinstance(named, dict):
        return named
    if not isinstance(named, list):
        return {}
    return {
        str(name): said
        for each in named
        if isinstance(each, dict) and len(each) == 1
        for name, said in each.items()
    }
