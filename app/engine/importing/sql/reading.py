"""An SQL script read for what it says of tables; everything else in it is listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.engine.importing.sql.alterations import read_alteration
from app.engine.importing.sql.column_definitions import key_columns, read_column
from app.engine.importing.sql.schema import SqlKey, SqlSchema, SqlTable
from app.engine.importing.sql.statements import Script, Statement
from app.engine.importing.sql.table_items import read_item
from app.engine.importing.sql.tokens import Cursor, Token, items

MOST_ITEMS = 2_000
"""Columns and keys of a table that are looked at."""
_MODIFIERS = ("OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "FOREIGN",
              "EXTERNAL", "TRANSIENT")  # fmt: skip
# What stands behind the columns of a table and would have made other columns or rows.
_BEHIND = {
    "INHERITS": "columns of the tables it inherits from",
    "PARTITION": "its partitions",
    "AS": "the columns of the query it is made from",
}
_ROWS = frozenset({"COPY", "INSERT", "REPLACE", "LOAD", "MERGE"})
_SILENT = frozenset({
    "SET", "SELECT", "USE", "GO", "BEGIN", "COMMIT", "START", "LOCK", "UNLOCK", "PRAGMA", "GRANT",
    "REVOKE", "ANALYZE", "VACUUM", "PRINT", "EXEC", "EXECUTE", "DROP", "TRUNCATE", "COMMENT",
    "DELETE", "REM", "REMARK", "PROMPT", "SHOW", "REINDEX", "IF", "END",
})  # fmt: skip
_OBJECTS = frozenset({
    "TABLE", "VIEW", "FUNCTION", "PROCEDURE", "TRIGGER", "PACKAGE", "INDEX", "SEQUENCE", "TYPE",
    "SCHEMA", "DATABASE", "EXTENSION", "POLICY", "RULE", "EVENT", "ROLE", "USER",
})  # fmt: skip
_NO_COLUMNS = frozenset({
    "SEQUENCE", "SCHEMA", "DATABASE", "EXTENSION", "INDEX", "CLUSTERED", "NONCLUSTERED", "OWNER",
    "TYPE", "FUNCTION", "VIEW", "TABLE", "USER", "ROLE", "TABLESPACE", "DEFAULT", "PUBLICATION",
})  # fmt: skip


def read_schema(text: str) -> SqlSchema:
    """Every table of a script, with its keys, and in `left_out` what is not taken."""
    script, reader = Script.of(text), _Reader(text)
    for statement in script.statements():
        reader.read(statement)
    reader.finish(script)
    return reader.schema


@dataclass
class _Reader:
    """`passed` counts statements that make no table, by their first words."""

    text: str
    schema: SqlSchema = field(default_factory=SqlSchema)
    passed: dict[str, list[int]] = field(default_factory=dict)

    def read(self, statement: Statement) -> None:
        cursor = Cursor(statement.tokens)
        kinds: Mapping[str, Callable[[Cursor, int], bool]] = {
            "CREATE": self._create,
            "ALTER": self._alter,
            "COMMENT": self._comment,
        }
        kind = kinds.get(cursor.word())
        if kind is None or not kind(cursor, statement.line):
            self._pass(statement)

    def finish(self, script: Script) -> None:
        for line in script.passed_programs:
            self.passed.setdefault("stored programs", []).append(line)
        for line, inner in script.lexer.conditional:
            if not inner.lstrip("0123456789 \n").upper().startswith("SET"):
                self.passed.setdefault("comments that MySQL carries out", []).append(line)
        self._tell_passed()
        if script.trouble:
            where, _, what = script.trouble.partition(": ")
            said = f"nothing is read from here on: {what}"
            self.schema.leave_out(int(where.removeprefix("line ")), said)
        self.schema.left_out.sort(key=lambda each: each.line)

    def _tell_passed(self) -> None:
        """One line for rows, one for each kind of thing that a definition has none of, and one for
        all that says nothing of tables at all."""
        silent = {words: lines for words, lines in self.passed.items() if _is_silent(words)}
        for words, lines in self.passed.items():
            if words in silent:
                continue
            times = f" ({len(lines):,} times)" if len(lines) > 1 else ""
            said = "its rows are not taken" if words in _ROWS else "not taken"
            self.schema.leave_out(lines[0], f"{words}{times}: {said}")
        if silent:
            label = ", ".join(
                f"{words} ({len(lines):,})" if len(lines) > 1 else words
                for words, lines in silent.items()
            )
            first = min(lines[0] for lines in silent.values())
            self.schema.leave_out(first, f"without a word of columns: {label}")

    def _pass(self, statement: Statement) -> None:
        words = statement.words
        label = " ".join(words[:1])
        if label in {"CREATE", "ALTER", "DROP"}:
            kinds = [word for word in words[1:] if word in _OBJECTS] or words[1:2]
            label = " ".join([label, *kinds[:1]])
        self.passed.setdefault(label or "signs", []).append(statement.line)

    def _create(self, cursor: Cursor, line: int) -> bool:
        cursor.take()
        while cursor.word() in _MODIFIERS:
            cursor.take()
        if cursor.accept("TABLE"):
            return self._create_table(cursor, line)
        if cursor.accept("TYPE"):
            return self._create_type(cursor)
        if cursor.accept("DOMAIN"):
            return self._create_domain(cursor, line)
        return cursor.accept("UNIQUE") and self._create_unique_index(cursor, line)

    def _create_table(self, cursor: Cursor, line: int) -> bool:
        cursor.accept("IF", "NOT", "EXISTS")
        name = cursor.qualified()
        if not name or not cursor.is_sign("("):
            return False
        if self.schema.find(name) in self.schema.tables and self._is_again(name, line):
            return True
        table = SqlTable(name, line)
        self.schema.add(table)
        parts = items(cursor.group())
        if len(parts) > MOST_ITEMS:
            said = f"{len(parts):,} columns and keys are more than the {MOST_ITEMS:,} of one table"
            self.schema.leave_out(line, f"{said}: the table is not taken", table)
            return True
        for item in parts:
            if not read_item(item, table, self.schema, self.text):
                read_column(item, table, self.schema, self.text)
        self._read_options(cursor, table)
        return True

    def _is_again(self, name: tuple[str, ...], line: int) -> bool:
        there = self.schema.find(name)
        if there is None or len(there.name) != len(name) or there.name[0] != name[0]:
            return False
        self.schema.leave_out(line, f"the table {'.'.join(name)} is made a second time", there)
        return True

    def _read_options(self, cursor: Cursor, table: SqlTable) -> None:
        """What stands behind the columns: comments are taken, ways of storing pass."""
        while (token := cursor.token) is not None:
            if token.upper == "COMMENT":
                cursor.take()
                if cursor.is_sign("="):
                    cursor.take()
                said = cursor.take()
                table.comment = said.text if said else ""
                continue
            if (what := _BEHIND.get(token.upper)) is not None:
                self.schema.leave_out(token.line, f"{what} are not taken", table)
                return
            cursor.skip()

    def _create_type(self, cursor: Cursor) -> bool:
        """`CREATE TYPE name AS ENUM (…)`."""
        name = cursor.qualified()
        if not name or not cursor.accept("AS", "ENUM") or not cursor.is_sign("("):
            return False
        labels = tuple(token.text for token in cursor.group() if token.kind == "text")
        for key in _names(name):
            self.schema.enums.setdefault(key, labels)
        return True

    def _create_domain(self, cursor: Cursor, line: int) -> bool:
        """A domain is a column without a table: a type, a default and conditions of `VALUE`."""
        name = cursor.qualified()
        cursor.accept("AS")
        rest = cursor.tokens[cursor.place :]
        if not name or not rest:
            return False
        home = SqlTable(name, line)
        read_column([Token("name", name[-1], line, 0, 0), *rest], home, self.schema, self.text)
        column = home.column(name[-1])
        if column is None:
            return False
        for key in _names(name):
            self.schema.domains.setdefault(key, (column, tuple(home.checks)))
        return True

    def _create_unique_index(self, cursor: Cursor, line: int) -> bool:
        for word in ("CLUSTERED", "NONCLUSTERED", "INDEX", "CONCURRENTLY"):
            cursor.accept(word)
        cursor.accept("IF", "NOT", "EXISTS")
        if cursor.word() != "ON":
            cursor.qualified()
        if not cursor.accept("ON"):
            return False
        cursor.accept("ONLY")
        table = self.schema.find(cursor.qualified())
        if cursor.accept("USING"):
            cursor.name()
        columns = key_columns(cursor.group()) if cursor.is_sign("(") else None
        if table is None or not columns:
            self.schema.leave_out(line, "a unique index of an expression is not taken", table)
        elif cursor.word() == "WHERE":
            self.schema.leave_out(line, "a unique index of some rows only is not taken", table)
        else:
            table.unique.append(SqlKey(columns, line))
        return True

    def _alter(self, cursor: Cursor, line: int) -> bool:
        if not cursor.accept("ALTER", "TABLE"):
            return False
        cursor.accept("IF", "EXISTS")
        cursor.accept("ONLY")
        name = cursor.qualified()
        if cursor.is_sign("*"):
            cursor.take()
        table = self.schema.find(name)
        if table is None:
            said = f"ALTER TABLE {'.'.join(name)}: no such table is made here"
            self.schema.leave_out(line, said)
            return True
        for item in items(cursor.tokens[cursor.place :]):
            read_alteration(item, table, self.schema, self.text)
        return True

    def _comment(self, cursor: Cursor, line: int) -> bool:
        """`COMMENT ON TABLE t IS '…'`, `COMMENT ON COLUMN t.c IS '…'`."""
        cursor.accept("COMMENT", "ON")
        kind = cursor.word()
        if kind not in {"TABLE", "COLUMN"}:
            return False
        cursor.take()
        name = cursor.qualified()
        said = cursor.take() if cursor.accept("IS") else None
        if said is None or said.kind != "text":
            return said is not None and said.upper == "NULL"
        table = self.schema.find(name if kind == "TABLE" else name[:-1])
        column = table.column(name[-1]) if table and kind == "COLUMN" else None
        if column is not None:
            column.comment = said.text
        elif table is not None and kind == "TABLE":
            table.comment = said.text
        else:
            self.schema.leave_out(line, f"a comment on {'.'.join(name)}, which is not made here")
        return True


def _is_silent(words: str) -> bool:
    first, _, second = words.partition(" ")
    if first == "CREATE":
        return second in _NO_COLUMNS - {"TYPE", "FUNCTION", "VIEW", "TABLE"}
    return first in _SILENT or (first == "ALTER" and second in _NO_COLUMNS)


def _names(name: tuple[str, ...]) -> tuple[str, ...]:
    return ".".join(name).casefold(), name[-1].casefold()
