"""How several databases write names, texts and types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.exporting.columns import SqlColumn
from app.engine.sources.declarations import SqlKind

DEFAULT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class SqlDialect:
    """One kind of database.

    Args:
        quotes: what stands before and behind a name.
        types: the types without parameters, by kind.
        decimal: the type of decimals.
        text: the type of texts with a length, `{}` for the length.
        longest: the largest length; longer texts are `long_text`.
        long_text: texts of any length.
        comments: how a description is said: `statement`, `clause`, or empty where it is not.
        booleans: how false and true are written.
        moment_words: whether `DATE` and the like stand before the text of a moment.
        backslashes: whether a backslash in a text stands for more than itself.
        ending: what ends the statement that makes a table.
    """

    name: str
    quotes: tuple[str, str]
    types: Mapping[SqlKind, str]
    decimal: str
    text: str
    longest: int
    long_text: str
    comments: str = ""
    booleans: tuple[str, str] = ("FALSE", "TRUE")
    moment_words: bool = False
    backslashes: bool = False
    ending: str = ";"

    def quoted(self, name: str) -> str:
        """A name as SQL, whatever is in it."""
        first, last = self.quotes
        return first + name.replace(last, last * 2) + last

    def literal(self, text: str) -> str:
        """A text as SQL."""
        if self.backslashes:
            text = text.replace("\\", "\\\\")
        return "'" + text.replace("'", "''") + "'"

    def moment(self, text: str, kind: SqlKind) -> str:
        """A moment as SQL."""
        if not self.moment_words:
            return self.literal(text)
        word = {"date": "DATE", "time": "TIME"}.get(kind, "TIMESTAMP")
        return f"{word} {self.literal(text)}"

    def type(self, column: SqlColumn, *, in_key: bool = False) -> str:
        """The type of a column."""
        if column.kind == "decimal":
            return f"{self.decimal}({column.precision}, {column.scale})"
        if column.kind == "text":
            return self._text(column.length, in_key=in_key)
        return self.types[column.kind]

    def _text(self, length: int | None, *, in_key: bool) -> str:
        if length is not None and length <= self.longest:
            return self.text.format(length)
        if in_key and self.longest < MOST_ANYWHERE:
            return self.text.format(DEFAULT_LENGTH)
        return self.long_text


MOST_ANYWHERE = 10_000_000

POSTGRESQL = SqlDialect(
    "postgresql",
    ('"', '"'),
    {
        "boolean": "boolean", "integer": "bigint", "double": "double precision", "date": "date",
        "datetime": "timestamp", "time": "time", "zoned": "timestamptz", "uuid": "uuid",
    },
    "numeric",
    "varchar({})",
    MOST_ANYWHERE,
    "text",
    comments="statement",
    moment_words=True,
)  # fmt: skip
SQLITE = SqlDialect(
    "sqlite",
    ('"', '"'),
    {
        "boolean": "BOOLEAN", "integer": "INTEGER", "double": "REAL", "date": "DATE",
        "datetime": "DATETIME", "time": "TIME", "zoned": "DATETIME", "uuid": "CHAR(36)",
    },
    "NUMERIC",
    "VARCHAR({})",
    MOST_ANYWHERE,
    "TEXT",
    booleans=("0", "1"),
)  # fmt: skip
MYSQL = SqlDialect(
    "mysql",
    ("`", "`"),
    {
        "boolean": "TINYINT(1)", "integer": "BIGINT", "double": "DOUBLE", "date": "DATE",
        "datetime": "DATETIME(6)", "time": "TIME(6)", "zoned": "DATETIME(6)", "uuid": "CHAR(36)",
    },
    "DECIMAL",
    "VARCHAR({})",
    16_000,
    "LONGTEXT",
    comments="clause",
    booleans=("0", "1"),
    backslashes=True,
    ending=" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;",
)  # fmt: skip
MSSQL = SqlDialect(
    "mssql",
    ("[", "]"),
    {
        "boolean": "BIT", "integer": "BIGINT", "double": "FLOAT", "date": "DATE",
        "datetime": "DATETIME2(6)", "time": "TIME(6)", "zoned": "DATETIMEOFFSET(6)",
        "uuid": "UNIQUEIDENTIFIER",
    },
    "DECIMAL",
    "NVARCHAR({})",
    4000,
    "NVARCHAR(MAX)",
    booleans=("0", "1"),
)  # fmt: skip
ORACLE = SqlDialect(
    "oracle",
    ('"', '"'),
    {
        "boolean": "NUMBER(1)", "integer": "NUMBER(19)", "double": "BINARY_DOUBLE", "date": "DATE",
        "datetime": "TIMESTAMP(6)", "time": "VARCHAR2(15 CHAR)",
        "zoned": "TIMESTAMP(6) WITH TIME ZONE", "uuid": "CHAR(36)",
    },
    "NUMBER",
    "VARCHAR2({} CHAR)",
    1000,
    "CLOB",
    comments="statement",
    booleans=("0", "1"),
    moment_words=True,
)  # fmt: skip
DIALECTS: Mapping[str, SqlDialect] = {
    each.name: each for each in (POSTGRESQL, SQLITE, MYSQL, MSSQL, ORACLE)
}
