"""A column of `CREATE TABLE`: its name, its type, and clause by clause what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.engine.importing.sql.schema import (
    Check,
    SqlColumn,
    SqlKey,
    SqlReference,
    SqlSchema,
    SqlTable,
    SqlType,
)
from app.engine.importing.sql.tokens import Cursor, Token, items

# Words that go on with a type; the others begin a clause.
_GOES_ON = frozenset({"PRECISION", "VARYING", "UNSIGNED", "SIGNED", "ZEROFILL", "LARGE", "OBJECT",
                      "RAW"})  # fmt: skip
_TWO_WORDS = frozenset({"LONG", "NATIONAL", "CHARACTER", "CHAR", "DOUBLE", "BIT", "BINARY"})
# How Oracle counts.
_SEQUENCES = frozenset({
    "MINVALUE", "MAXVALUE", "INCREMENT", "START", "CACHE", "NOCACHE", "ORDER", "NOORDER", "CYCLE",
    "NOCYCLE", "BY", "WITH", "NOMINVALUE", "NOMAXVALUE", "KEEP", "NOKEEP", "SCALE", "NOSCALE",
})  # fmt: skip
_CLAUSES = frozenset({
    "AS", "AUTO_INCREMENT", "AUTOINCREMENT", "CHARACTER", "CHARSET", "CHECK", "COLLATE", "COMMENT",
    "CONSTRAINT", "DEFAULT", "DEFERRABLE", "DISABLE", "ENABLE", "GENERATED", "IDENTITY",
    "INITIALLY", "INVISIBLE", "NOT", "NULL", "ON", "PRIMARY", "REFERENCES", "SPARSE", "STORED",
    "UNIQUE", "VIRTUAL", "VISIBLE", "WITH",
})  # fmt: skip
# Clauses that say nothing of the values of one's own rows, and how many words each has.
_SILENT = (
    ("NOT", "DEFERRABLE"), ("NOT", "FOR", "REPLICATION"), ("NOT", "VALID"), ("NOT", "ENFORCED"),
    ("NO", "INHERIT"), ("INITIALLY", "DEFERRED"), ("INITIALLY", "IMMEDIATE"), ("DEFERRABLE",),
    ("ENABLE", "VALIDATE"), ("ENABLE", "NOVALIDATE"), ("ENABLE",), ("VALIDATE",), ("ENFORCED",),
    ("CLUSTERED",), ("NONCLUSTERED",), ("ASC",), ("DESC",), ("ROWGUIDCOL",), ("SPARSE",),
    ("VISIBLE",), ("INVISIBLE",), ("STORED",), ("VIRTUAL",), ("PERSISTED",),
    ("ZEROFILL",), ("UNSIGNED",), ("SIGNED",), ("BINARY",),
)  # fmt: skip


def read_column(tokens: list[Token], table: SqlTable, schema: SqlSchema, text: str) -> None:
    """Add the column that these tokens define to its table; keys and conditions, too.

    Args:
        text: the script, of which conditions are cut.
    """
    cursor = Cursor(tokens)
    name = cursor.name()
    if not name:
        schema.leave_out(cursor.line, f"`{tokens[0].text[:40]} …` is no column", table)
        return
    if table.column(name) is not None:
        schema.leave_out(tokens[0].line, f"the column {name} stands there twice", table)
        return
    column = SqlColumn(name, tokens[0].line, read_type(cursor))
    table.columns[name.casefold()] = column
    _Clauses(cursor, column, table, schema, text).read()


def read_type(cursor: Cursor) -> SqlType | None:
    """A type; None where a clause follows the name at once, as SQLite allows."""
    if cursor.word() in _CLAUSES - {"CHARACTER", "BINARY"} or cursor.token is None:
        return None
    name = ".".join(cursor.qualified()).upper()
    if not name:
        return None
    while cursor.word() in _GOES_ON or (name in _TWO_WORDS and cursor.word() in _TYPE_WORDS):
        name = f"{name} {cursor.name().upper()}"
    arguments: tuple[str, ...] = ()
    if cursor.is_sign("("):
        arguments = tuple(part[0].text for part in items(cursor.group()))
    while cursor.word() in _GOES_ON:
        name = f"{name} {cursor.name().upper()}"
    if cursor.word() in {"WITH", "WITHOUT"} and cursor.word(1) in {"TIME", "LOCAL"}:
        cursor.place += 4 if cursor.word(1) == "LOCAL" else 3
    return SqlType(name, arguments, _is_array(cursor))


_TYPE_WORDS = frozenset({"VARCHAR", "CHAR", "CHARACTER", "VARYING", "TEXT", "VARBINARY"})


def _is_array(cursor: Cursor) -> bool:
    found = cursor.accept("ARRAY")
    while cursor.is_sign("["):
        found = True
        while cursor.token is not None and not cursor.is_sign("]"):
            cursor.take()
        cursor.take()
    return found


@dataclass
class _Clauses:
    """What stands behind the type of a column, read from left to right."""

    cursor: Cursor
    column: SqlColumn
    table: SqlTable
    schema: SqlSchema
    text: str

    def read(self) -> None:
        while (token := self.cursor.token) is not None:
            if any(self.cursor.accept(*words) for words in _SILENT):
                continue
            clause = _READERS.get(token.upper)
            if clause is None or not clause(self):
                said = f"`{token.text[:40]}` of the column {self.column.name} is not read"
                self.schema.leave_out(token.line, said, self.table)
                self.cursor.skip()

    def constraint(self) -> bool:
        self.cursor.take()
        return bool(self.cursor.name())

    def not_(self) -> bool:
        self.column.not_null = self.cursor.accept("NOT", "NULL")
        return self.column.not_null

    def null(self) -> bool:
        return self.cursor.accept("NULL")

    def primary(self) -> bool:
        if not self.cursor.accept("PRIMARY", "KEY"):
            return False
        self.table.primary_key = SqlKey((self.column.name,), self.cursor.line)
        return True

    def unique(self) -> bool:
        self.cursor.take()
        self.cursor.accept("KEY")
        self.table.unique.append(SqlKey((self.column.name,), self.cursor.line))
        return True

    def identity(self) -> bool:
        self.cursor.take()
        if self.cursor.is_sign("("):
            self.cursor.group()
        while self.cursor.word() in _SEQUENCES:
            self.cursor.take()
            token = self.cursor.token
            if token is not None and token.kind == "number":
                self.cursor.take()
        self.column.identity = self.column.not_null = True
        return True

    def generated(self) -> bool:
        for words in (("ALWAYS",), ("BY", "DEFAULT", "ON", "NULL"), ("BY", "DEFAULT")):
            if self.cursor.accept("GENERATED", *words):
                break
        if self.cursor.word() == "AS" and self.cursor.word(1) == "IDENTITY":
            self.cursor.take()
            return self.identity()
        return self.cursor.word() == "AS" and self.computed()

    def computed(self) -> bool:
        if not self.cursor.is_sign("(", 1):
            return False
        self.cursor.take()
        self.column.computed = read_condition(self.cursor, self.text)
        return True

    def default(self) -> bool:
        self.cursor.take()
        start = self.cursor.place
        self.cursor.skip()
        while self.cursor.token is not None and self.cursor.word() not in _CLAUSES - {"AS"}:
            if self.cursor.is_sign("::"):
                self.cursor.take()
                read_type(self.cursor)
            else:
                self.cursor.skip()
        self.column.default = self.cursor.tokens[start : self.cursor.place]
        return True

    def check(self) -> bool:
        if not self.cursor.is_sign("(", 1):
            return False
        self.cursor.take()
        self.table.checks.append(read_condition(self.cursor, self.text))
        return True

    def references(self) -> bool:
        line = self.cursor.line
        found = read_reference(self.cursor, (self.column.name,), line)
        if found is None:
            return False
        self.table.references.append(found)
        return True

    def comment(self) -> bool:
        self.cursor.take()
        token = self.cursor.take()
        self.column.comment = token.text if token else ""
        return True

    def named(self) -> bool:
        """`COLLATE x`, `CHARACTER SET x`: how texts are compared and kept."""
        self.cursor.take()
        self.cursor.accept("SET")
        return bool(self.cursor.qualified())

    def on(self) -> bool:
        """`ON UPDATE CURRENT_TIMESTAMP`; `ON CONFLICT …` of SQLite."""
        if self.cursor.accept("ON", "UPDATE"):
            self.cursor.take()
            if self.cursor.is_sign("("):
                self.cursor.group()
            return True
        return self.cursor.accept("ON", "CONFLICT") and bool(self.cursor.name())


_READERS: Mapping[str, Callable[[_Clauses], bool]] = {
    "CONSTRAINT": _Clauses.constraint,
    "NOT": _Clauses.not_,
    "NULL": _Clauses.null,
    "PRIMARY": _Clauses.primary,
    "UNIQUE": _Clauses.unique,
    "AUTO_INCREMENT": _Clauses.identity,
    "AUTOINCREMENT": _Clauses.identity,
    "IDENTITY": _Clauses.identity,
    "GENERATED": _Clauses.generated,
    "AS": _Clauses.computed,
    "DEFAULT": _Clauses.default,
    "CHECK": _Clauses.check,
    "REFERENCES": _Clauses.references,
    "COMMENT": _Clauses.comment,
    "COLLATE": _Clauses.named,
    "CHARACTER": _Clauses.named,
    "CHARSET": _Clauses.named,
    "STORAGE": _Clauses.named,
    "COMPRESSION": _Clauses.named,
    "ON": _Clauses.on,
}


def read_condition(cursor: Cursor, text: str) -> Check:
    """What stands in the parentheses at hand, as it was written."""
    line = cursor.line
    inner = cursor.group()
    if not inner:
        return Check("", line)
    quotes = (text[token.start] for token in inner if token.kind == "name")
    return Check(text[inner[0].start : inner[-1].end], line, next(quotes, ""))


def read_reference(cursor: Cursor, columns: tuple[str, ...], line: int) -> SqlReference | None:
    """`REFERENCES table (columns) …`; None where no table is named."""
    cursor.accept("REFERENCES")
    parent = cursor.qualified()
    if not parent:
        return None
    named = key_columns(cursor.group()) if cursor.is_sign("(") else ()
    while _accept_action(cursor):
        pass
    return SqlReference(columns, parent, named or (), line)


def _accept_action(cursor: Cursor) -> bool:
    """`ON DELETE SET NULL`, `MATCH FULL`: what is done to other rows."""
    if cursor.accept("MATCH"):
        return bool(cursor.name())
    for event in ("DELETE", "UPDATE"):
        if cursor.accept("ON", event):
            return cursor.accept("NO", "ACTION") or cursor.accept("SET", "NULL") or (
                cursor.accept("SET", "DEFAULT") or bool(cursor.name())
            )  # fmt: skip
    return False


def key_columns(tokens: list[Token]) -> tuple[str, ...] | None:
    """The columns of a key; None where one is an expression."""
    parts = items(tokens)
    if not all(part[0].kind in {"word", "name"} for part in parts):
        return None
    if any(len(part) > 2 and part[1].text == "(" and part[2].kind != "number" for part in parts):
        return None
    return tuple(part[0].text for part in parts)
