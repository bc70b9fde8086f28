"""What else than columns stands between the parentheses of `CREATE TABLE`, or is added later:
keys, conditions, indexes."""

from __future__ import annotations

from app.engine.importing.sql.column_definitions import (
    key_columns,
    read_condition,
    read_reference,
)
from app.engine.importing.sql.schema import SqlKey, SqlSchema, SqlTable
from app.engine.importing.sql.tokens import Cursor, Token

_LATER = frozenset({"PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE"})


def read_item(tokens: list[Token], table: SqlTable, schema: SqlSchema, text: str) -> bool:
    """Take a key, a condition or an index; whether it is one, and no column."""
    cursor = Cursor(tokens)
    line = cursor.line
    if cursor.word() == "CONSTRAINT":
        cursor.take()
        if cursor.word() not in _LATER or cursor.word(1) in _LATER:
            cursor.name()
    if cursor.accept("PRIMARY", "KEY"):
        return _primary_key(cursor, line, table, schema)
    if cursor.word() == "UNIQUE" and not _is_column(cursor):
        return _unique(cursor, line, table, schema)
    if cursor.accept("FOREIGN", "KEY"):
        return _foreign_key(cursor, line, table, schema)
    if cursor.word() == "CHECK" and cursor.is_sign("(", 1):
        cursor.take()
        table.checks.append(read_condition(cursor, text))
        return True
    if cursor.word() in {"EXCLUDE", "LIKE"} and not _is_column(cursor):
        said = {"EXCLUDE": "EXCLUDE: rows may overlap", "LIKE": "LIKE: columns of another table"}
        schema.leave_out(line, f"{said[cursor.word()]} (not taken)", table)
        return True
    return _is_index(cursor)


def _primary_key(cursor: Cursor, line: int, table: SqlTable, schema: SqlSchema) -> bool:
    columns = _listed(cursor)
    if columns:
        table.primary_key = SqlKey(columns, line)
    else:
        schema.leave_out(line, "a primary key that names no columns", table)
    return True


def _unique(cursor: Cursor, line: int, table: SqlTable, schema: SqlSchema) -> bool:
    cursor.take()
    columns = _listed(cursor)
    if columns:
        table.unique.append(SqlKey(columns, line))
    else:
        schema.leave_out(line, "UNIQUE of an expression is not taken", table)
    return True


def _listed(cursor: Cursor) -> tuple[str, ...] | None:
    """The columns in the parentheses that come next: `KEY name USING BTREE (a, b)`."""
    while cursor.token is not None and not cursor.is_sign("("):
        cursor.take()
    return key_columns(cursor.group()) or None


def _foreign_key(cursor: Cursor, line: int, table: SqlTable, schema: SqlSchema) -> bool:
    columns = _listed(cursor)
    found = read_reference(cursor, columns, line) if columns else None
    if found is not None:
        table.references.append(found)
    else:
        schema.leave_out(line, "a foreign key that cannot be read", table)
    return True


def _is_column(cursor: Cursor) -> bool:
    """Whether a keyword is the name of a column here: a type follows it."""
    return cursor.token is not None and cursor.word(1) in _TYPES


def _is_index(cursor: Cursor) -> bool:
    """`KEY name (a)`, `FULLTEXT INDEX name (a)`: how rows are found, not what they hold."""
    if cursor.word() in {"FULLTEXT", "SPATIAL"} and cursor.word(1) in {"KEY", "INDEX"}:
        return True
    if cursor.word() not in {"KEY", "INDEX"} or _is_column(cursor):
        return False
    return any(token.text == "(" for token in cursor.tokens)


_TYPES = frozenset({
    "BIGINT", "BOOL", "BOOLEAN", "CHAR", "CHARACTER", "DATE", "DATETIME", "DECIMAL", "DOUBLE",
    "FLOAT", "INT", "INTEGER", "JSON", "JSONB", "NUMBER", "NUMERIC", "NVARCHAR", "REAL", "SERIAL",
    "SMALLINT", "TEXT", "TIME", "TIMESTAMP", "TINYINT", "UUID", "VARCHAR", "VARCHAR2",
})  # fmt: skip
