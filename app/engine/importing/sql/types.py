"""What the types of several databases mean for the values of a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.engine.importing.sql.schema import SqlType

Family = Literal[
    "integer", "decimal", "float", "boolean", "date", "datetime", "time", "text", "uuid", "labels",
    "fixed", "unknown",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """What values a type has.

    Args:
        most: the largest whole number.
        precision: digits of a decimal, `scale` of them behind the point.
        length: characters of the longest text; `is_full` says that all are as long.
        labels: of an enumeration.
        ends: of the whole numbers that are likely, where the type says them.
        value: the one value that is made of a type which no column of the language has, such as
            `{}` of JSON.
        identity: whether the database counts the rows itself.
    """

    family: Family
    most: int = 0
    precision: int | None = None
    scale: int = 0
    length: int | None = None
    is_full: bool = False
    labels: tuple[str, ...] = ()
    value: str = ""
    ends: tuple[int, int] | None = None
    identity: bool = False


_INTEGERS = {
    "TINYINT": 127, "INT1": 127, "SMALLINT": 2**15 - 1, "INT2": 2**15 - 1, "YEAR": 2155,
    "MEDIUMINT": 2**23 - 1, "INT3": 2**23 - 1, "INT": 2**31 - 1, "INTEGER": 2**31 - 1,
    "INT4": 2**31 - 1, "BIGINT": 2**53, "INT8": 2**53, "OID": 2**31 - 1,
}  # fmt: skip
_SERIALS = {"SMALLSERIAL": "SMALLINT", "SERIAL2": "SMALLINT", "SERIAL": "INT", "SERIAL4": "INT",
            "BIGSERIAL": "BIGINT", "SERIAL8": "BIGINT"}  # fmt: skip
_DECIMALS = frozenset({"DECIMAL", "NUMERIC", "DEC", "NUMBER", "FIXED"})
_MONEY = frozenset({"MONEY", "SMALLMONEY"})
_FLOATS = frozenset({
    "FLOAT", "REAL", "DOUBLE", "DOUBLE PRECISION", "FLOAT4", "FLOAT8", "BINARY_FLOAT",
    "BINARY_DOUBLE",
})  # fmt: skip
_BOOLEANS = frozenset({"BOOL", "BOOLEAN", "LOGICAL"})
_MOMENTS: Mapping[str, Family] = {
    "DATE": "date", "DATETIME": "datetime", "DATETIME2": "datetime", "SMALLDATETIME": "datetime",
    "TIMESTAMP": "datetime", "TIMESTAMPTZ": "datetime", "DATETIMEOFFSET": "datetime",
    "TIME": "time", "TIMETZ": "time",
}  # fmt: skip
# Texts, and how long they are where no length is said.
_TEXTS: Mapping[str, int | None] = {
    "CHAR": 1, "CHARACTER": 1, "NCHAR": 1, "BPCHAR": None, "VARCHAR": None, "VARCHAR2": None,
    "NVARCHAR": None, "NVARCHAR2": None, "CHARACTER VARYING": None, "CHAR VARYING": None,
    "NATIONAL CHARACTER VARYING": None, "NATIONAL VARCHAR": None, "NATIONAL CHARACTER": 1,
    "TEXT": None, "TINYTEXT": 255, "MEDIUMTEXT": None, "LONGTEXT": None, "CLOB": None,
    "NCLOB": None, "NTEXT": None, "CITEXT": None, "STRING": None, "NAME": 63, "SYSNAME": 128,
    "LONG": None, "LONG VARCHAR": None, "CHARACTER LARGE OBJECT": None,
}  # fmt: skip
_FULL = frozenset({"CHAR", "CHARACTER", "NCHAR", "NATIONAL CHARACTER", "BPCHAR"})
# What the language has no columns for: one value of the type stands in every row.
_FIXED: Mapping[str, str] = {
    "JSON": "{}", "JSONB": "{}", "XML": "<a/>", "XMLTYPE": "<a/>", "INTERVAL": "1 day",
    "INET": "192.0.2.1", "CIDR": "192.0.2.0/24", "MACADDR": "00:00:5e:00:53:01", "HSTORE": "",
    "TSVECTOR": "", "POINT": "(0,0)", "BYTEA": "", "VARBIT": "0", "BIT VARYING": "0",
    "INT4RANGE": "empty", "DATERANGE": "empty", "TSRANGE": "empty", "TSTZRANGE": "empty",
    "NUMRANGE": "empty", "BLOB": "", "TINYBLOB": "", "MEDIUMBLOB": "", "LONGBLOB": "",
    "BINARY": "", "VARBINARY": "", "IMAGE": "", "RAW": "", "LONG RAW": "",
}  # fmt: skip


def meaning(kind: SqlType | None) -> Meaning:
    """What a built-in type means; `unknown` where nobody can tell."""
    if kind is None:
        return Meaning("unknown")
    if kind.is_array:
        return Meaning("fixed", value="{}")
    name = kind.name.removesuffix(" ZEROFILL")
    unsigned = name.endswith(" UNSIGNED")
    name = name.removesuffix(" UNSIGNED").removesuffix(" SIGNED")
    name = name.rpartition(".")[2] if name.startswith(("PG_CATALOG.", "SYS.")) else name
    return _number(name, kind, unsigned) or _other(name, kind)


def _number(name: str, kind: SqlType, unsigned: bool) -> Meaning | None:
    if name in _SERIALS:
        return Meaning("integer", most=_INTEGERS[_SERIALS[name]], identity=True)
    if name == "TINYINT" and kind.length == 1:
        return Meaning("boolean")
    if name in _INTEGERS:
        most, ends = _INTEGERS[name], (1990, 2025) if name == "YEAR" else None
        return Meaning("integer", most=min(2 * most + 1, 2**53) if unsigned else most, ends=ends)
    if name in _DECIMALS:
        return _decimal(name, kind)
    if name in _MONEY:
        return Meaning("decimal", precision=10, scale=2)
    return Meaning("float") if name in _FLOATS else None


def _decimal(name: str, kind: SqlType) -> Meaning:
    """`NUMERIC(p, s)`; without a scale a whole number, unless nothing at all is said."""
    precision = kind.length
    if precision is None:
        return Meaning("float") if name != "NUMBER" else Meaning("integer", most=2**53)
    scale = kind.arguments[1] if len(kind.arguments) > 1 else "0"
    if not scale.isdecimal() or int(scale) == 0:
        return Meaning("integer", most=min(10 ** min(precision, 18) - 1, 2**53))
    return Meaning("decimal", precision=precision, scale=min(int(scale), precision, 15))


def _other(name: str, kind: SqlType) -> Meaning:
    if name in _BOOLEANS or (name == "BIT" and kind.length in {None, 1}):
        return Meaning("boolean")
    if name in {"UUID", "UNIQUEIDENTIFIER"}:
        return Meaning("uuid")
    if name in {"ENUM", "SET"}:
        return Meaning("labels", labels=kind.arguments)
    if name in _TEXTS:
        length = kind.length or (None if kind.arguments else _TEXTS[name])
        return Meaning("text", length=length, is_full=name in _FULL)
    return _moment_or_fixed(name) or _by_affinity(name, kind)


def _moment_or_fixed(name: str) -> Meaning | None:
    if name in _MOMENTS:
        return Meaning(_MOMENTS[name])
    return Meaning("fixed", value=_FIXED[name]) if name in _FIXED else None


def _by_affinity(name: str, kind: SqlType) -> Meaning:
    """Any word may be a type in SQLite, which goes by what is in it.

    https://www.sqlite.org/datatype3.html, section 3.1.
    """
    if "." in name:
        return Meaning("unknown")
    if "INT" in name:
        return Meaning("integer", most=2**53)
    if any(part in name for part in ("CHAR", "CLOB", "TEXT")):
        return Meaning("text", length=kind.length)
    if any(part in name for part in ("REAL", "FLOA", "DOUB")):
        return Meaning("float")
    return Meaning("unknown")
