"""`ALTER TABLE`: keys, columns and properties of columns that come after the table."""

from __future__ import annotations

from app.engine.importing.sql.column_definitions import read_column
from app.engine.importing.sql.schema import SqlColumn, SqlSchema, SqlTable
from app.engine.importing.sql.table_items import read_item
from app.engine.importing.sql.tokens import Cursor, Token, items

# Actions that say nothing of the values of rows.
_SILENT = frozenset({
    "OWNER", "ENABLE", "DISABLE", "CLUSTER", "REPLICA", "SET", "RESET", "ENGINE", "CHECK",
    "NOCHECK", "AUTO_INCREMENT", "CONVERT", "ORDER", "FORCE", "VALIDATE", "RENAME", "INHERIT",
})  # fmt: skip


def read_alteration(tokens: list[Token], table: SqlTable, schema: SqlSchema, text: str) -> None:
    """Carry one action out on the table, or list it."""
    cursor = Cursor(tokens)
    if cursor.accept("WITH", "CHECK") or cursor.accept("WITH", "NOCHECK"):
        pass
    if cursor.word() == "CHECK" and cursor.word(1) == "CONSTRAINT":
        return  # of SQL Server: the constraint counts from now on
    if cursor.accept("ADD"):
        _add(cursor, table, schema, text)
    elif cursor.accept("ALTER"):
        _alter_column(cursor, table, schema)
    elif cursor.word() in {"MODIFY", "CHANGE"}:
        _modify(cursor, table, schema, text)
    elif cursor.word() not in _SILENT:
        said = " ".join(token.text for token in tokens[:4])[:60]
        schema.leave_out(cursor.line, f"ALTER TABLE … {said}: not taken", table)


def _add(cursor: Cursor, table: SqlTable, schema: SqlSchema, text: str) -> None:
    """A key, a condition or a column; of Oracle several in parentheses."""
    many = cursor.is_sign("(")
    parts = items(cursor.group()) if many else [cursor.tokens[cursor.place :]]
    for part in parts:
        if not part or read_item(part, table, schema, text) or _default_for(part, table):
            continue
        rest = Cursor(part)
        rest.accept("COLUMN")
        rest.accept("IF", "NOT", "EXISTS")
        if part[rest.place :]:
            read_column(part[rest.place :], table, schema, text)


def _default_for(tokens: list[Token], table: SqlTable) -> bool:
    """`CONSTRAINT name DEFAULT value FOR column` of SQL Server; whether it is that."""
    cursor = Cursor(tokens)
    if cursor.accept("CONSTRAINT"):
        cursor.name()
    if not cursor.accept("DEFAULT") or len(tokens) < 3 or tokens[-2].upper != "FOR":
        return False
    column = table.column(tokens[-1].text)
    if column is not None:
        column.default = tokens[cursor.place : -2]
    return True


def _alter_column(cursor: Cursor, table: SqlTable, schema: SqlSchema) -> None:
    cursor.accept("COLUMN")
    line, column = cursor.line, table.column(cursor.name())
    if column is None:
        schema.leave_out(line, "ALTER COLUMN of a column that is not there", table)
        return
    if not _change(cursor, column):
        said = " ".join(token.text for token in cursor.tokens[:5])[:60]
        schema.leave_out(line, f"ALTER {said}: not taken", table)


def _change(cursor: Cursor, column: SqlColumn) -> bool:
    """Carry out what is said of a column; whether it could be read."""
    if cursor.accept("SET", "DEFAULT"):
        column.default = cursor.tokens[cursor.place :]
    elif cursor.accept("SET", "NOT", "NULL"):
        column.not_null = True
    elif cursor.accept("DROP", "NOT", "NULL"):
        column.not_null = False
    elif cursor.accept("DROP", "DEFAULT"):
        column.default = []
    elif cursor.accept("ADD", "GENERATED"):
        column.identity = column.not_null = True
    else:
        return cursor.word() == "SET" and cursor.word(1) in {"STATISTICS", "STORAGE"}
    return True


def _modify(cursor: Cursor, table: SqlTable, schema: SqlSchema, text: str) -> None:
    """`MODIFY column …`, `CHANGE old new …` of MySQL: the column again, at its place."""
    is_change = cursor.word() == "CHANGE"
    cursor.take()
    cursor.accept("COLUMN")
    rest = cursor.tokens[cursor.place :]
    old = table.column(rest[0].text) if rest else None
    if old is None:
        schema.leave_out(cursor.line, "MODIFY of a column that is not there", table)
        return
    place = list(table.columns).index(old.name.casefold())
    del table.columns[old.name.casefold()]
    read_column(rest[1:] if is_change else rest, table, schema, text)
    ordered = list(table.columns.items())
    ordered.insert(place, ordered.pop())
    table.columns = dict(ordered)
