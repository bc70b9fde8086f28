"""Tables of a definition as a whole: added, renamed, removed, and the keys between them changed."""

from __future__ import annotations

from typing import Any

from app.ui.model.draft import Draft
from app.ui.model.tables import NameTaken, Table
from app.ui.model.values import put, read_number, show

# What a document of one table says of that table.
_OF_A_TABLE = (
    "from", "description", "n_samples", "primary_key", "foreign_keys", "rows", "features", "target",
    "correlations", "associations", "constraints", "rules",
)  # fmt: skip
NOT_IN_NAMES = frozenset('./\\:*?"<>|`')
ROWS = 1000


def is_several(draft: Draft) -> bool:
    """Whether the document has tables by name."""
    return draft.tables()[0].name != ""


def add_table(draft: Draft) -> str:
    """A new table behind the others, with a key; its name. A document of one table becomes one of
    several, in which that table has the document's name."""
    tables = _as_several(draft)
    number = len(tables) + 1
    while f"table_{number}" in tables:
        number += 1
    name = f"table_{number}"
    tables[name] = {
        "n_samples": ROWS,
        "primary_key": "id",
        "features": {"id": {"type": "id", "format": "sequence"}},
    }
    return name


def remove_table(draft: Draft, name: str) -> None:
    """Take a table out, and the keys that refer to it; the last one stays."""
    tables = _home(draft)
    if len(tables) < 2:
        return
    tables.pop(name, None)
    for table in draft.tables():
        keys = _keys(table)
        for column in [key for key, spec in keys.items() if _parent(spec) == name]:
            remove_key(table, column)


def rename_table(draft: Draft, name: str, new: str) -> None:
    """Another name, in its place, and in the keys that refer to it.

    Raises:
        NameTaken: it is empty, another table has it, or no table can be called so.
    """
    tables = _home(draft)
    if new == name or name not in tables:
        return
    if not new.strip() or set(new) & NOT_IN_NAMES:
        raise NameTaken("a table's name holds letters, digits, blanks and _")
    if new in tables:
        raise NameTaken("another table has this name")
    renamed = {new if key == name else key: node for key, node in tables.items()}
    tables.clear()
    tables.update(renamed)
    for table in draft.tables():
        for column, spec in _keys(table).items():
            if _parent(spec) == name:
                goal = show(key_spec(table, column).get("references")).partition(".")[2]
                key_spec(table, column)["references"] = f"{new}.{goal}"


def primary_key(table: Table) -> str:
    """The columns of the primary key as text."""
    found = table.node.get("primary_key")
    return ", ".join(map(show, found)) if isinstance(found, list) else show(found)


def set_primary_key(table: Table, name: str) -> None:
    names = [each.strip() for each in name.split(",") if each.strip()]
    put(table.node, "primary_key", names[0] if len(names) == 1 else names or None)


def goals(draft: Draft) -> dict[str, str]:
    """Columns that a key may refer to, as `table.column`: those that have another value in every
    row."""
    found: dict[str, str] = {}
    for table in draft.tables():
        names = [primary_key(table)] if primary_key(table) else []
        names += [
            each.name for each in table.columns() if each.kind == "id" or each.spec.get("unique")
        ]
        rows = table.node.get("rows")
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            names += list(rows[0])[:1]
        found |= {
            f"{table.name}.{name}": f"{table.name}.{name}" for name in names if "," not in name
        }
    return found


def key_columns(table: Table) -> list[str]:
    """The columns that refer to other tables, in their order."""
    return list(_keys(table))


def add_key(table: Table, references: str) -> str:
    """A column that refers to another table; its name."""
    keys = table.node.setdefault("foreign_keys", {})
    parent, _, column = references.partition(".")
    stem = f"{parent}_{column}" if column else "key"
    name, number = stem, 2
    while name in keys or table.column(name) is not None:
        name, number = f"{stem}_{number}", number + 1
    keys[name] = {"references": references}
    return name


def remove_key(table: Table, column: str) -> None:
    keys = _keys(table)
    keys.pop(column, None)
    if not keys:
        table.node.pop("foreign_keys", None)
    names = [each.strip() for each in primary_key(table).split(",")]
    if column in names:
        set_primary_key(table, ", ".join(each for each in names if each != column))
    _settle_rows(table)


def rename_key(table: Table, column: str, new: str) -> None:
    """Raises:
    NameTaken: it is empty, or another column has it.
    """
    keys = _keys(table)
    if new == column:
        return
    if not new.strip():
        raise NameTaken("a column must have a name")
    if new in keys or table.column(new) is not None:
        raise NameTaken("another column has this name")
    renamed = {new if key == column else key: spec for key, spec in keys.items()}
    keys.clear()
    keys.update(renamed)
    names = [new if each.strip() == column else each for each in primary_key(table).split(",")]
    set_primary_key(table, ", ".join(names))
    for each in table.columns():
        if each.spec.get("per") == column:
            each.spec["per"] = new


def key_value(table: Table, column: str, name: str) -> str:
    """What a key says under a name, as text: `references`, `children`, `missing`,
    `unique`, `hidden`."""
    found = key_spec(table, column, keep=True).get(name)
    if name != "children" or not isinstance(found, dict):
        return show(found)
    plain = {key: value for key, value in found.items() if key != "distribution"}
    is_mean = set(plain) == {"mean"} and found.get("distribution", "poisson") == "poisson"
    return show(found["mean"]) if is_mean else ""


def has_own_children(table: Table, column: str) -> bool:
    """Whether children are declared by more than their mean, which the text alone shows."""
    found = key_spec(table, column, keep=True).get("children")
    return isinstance(found, dict) and not key_value(table, column, "children")


def set_key_value(table: Table, column: str, name: str, text: str) -> None:
    """Change what a key says. Where children are counted the table has no rows of its own."""
    spec = key_spec(table, column)
    if name == "children":
        mean = read_number(text)
        whole = isinstance(mean, int) and mean == 1
        put(spec, name, None if mean is None else 1 if whole else {"mean": mean})
        _settle_rows(table)
    elif name in {"unique", "hidden"}:
        put(spec, name, text == "true" or None)
    else:
        put(spec, name, text if name == "references" else read_number(text))


def _settle_rows(table: Table) -> None:
    counted = any(isinstance(each, dict) and "children" in each for each in _keys(table).values())
    if counted:
        table.node.pop("n_samples", None)
    else:
        table.node.setdefault("n_samples", ROWS)


def _as_several(draft: Draft) -> dict[str, Any]:
    if is_several(draft):
        return _home(draft)
    document = draft.document
    inner = document.get("schema")
    home = inner if isinstance(inner, dict) else document
    node = {}
    for key in _OF_A_TABLE:
        for holder in (home, document):
            if key in holder:
                node[key] = holder.pop(key)
    node.setdefault("features", {})
    name = "".join("_" if sign in NOT_IN_NAMES else sign for sign in show(document.get("name")))
    home["tables"] = {name.strip() or "table_1": node}
    tables: dict[str, Any] = home["tables"]
    return tables


def _home(draft: Draft) -> dict[str, Any]:
    """Where the tables stand by name."""
    inner = draft.document.get("schema")
    home = inner if isinstance(inner, dict) and "tables" in inner else draft.document
    tables: dict[str, Any] = home.get("tables", {})
    return tables


def _keys(table: Table) -> dict[str, Any]:
    found = table.node.get("foreign_keys")
    return found if isinstance(found, dict) else {}


def _parent(spec: Any) -> str:
    target = spec.get("references") if isinstance(spec, dict) else spec
    return show(target).partition(".")[0]


def key_spec(table: Table, column: str, *, keep: bool = False) -> dict[str, Any]:
    """What a key says, as a mapping; a text alone becomes one, unless it is to stay as it is."""
    keys = _keys(table)
    found = keys.get(column)
    if isinstance(found, dict):
        return found
    made = {"references": found} if found else {}
    if not keep and column in keys:
        keys[column] = made
    return made
