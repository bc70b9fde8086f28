"""What a database declares of a table: types, keys, what is unique.

A table that was read from a database carries it in the metadata of its Parquet file, so that it
goes wherever the file goes. Nothing of a row is in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

SqlKind = Literal[
    "boolean", "integer", "decimal", "double", "date", "datetime", "zoned", "time", "text", "uuid"
]
"""Types of columns in databases; `zoned` are moments with a time zone."""
KEY = b"tablesmith.declared"
MOST_BYTES = 4 << 20

Name = Annotated[str, Field(min_length=1, max_length=1_000)]
Names = tuple[Name, ...]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DeclaredColumn(_Declared):
    """A column.

    Args:
        nullable: whether it may be missing.
        precision, scale: of a decimal: its digits, and those of them behind the point.
        length: characters of the longest text; None where nothing bounds it.
        labels: of an enumeration.
    """

    kind: SqlKind
    nullable: bool = True
    precision: int = Field(0, ge=0, le=1_000)
    scale: int = Field(0, ge=0, le=1_000)
    length: int | None = Field(None, ge=1)
    labels: tuple[str, ...] = ()


class DeclaredKey(_Declared):
    """A foreign key: columns that refer to as many of another table."""

    columns: Names = Field(min_length=1)
    table: Name
    parent_columns: Names

    @model_validator(mode="after")
    def _as_many(self) -> DeclaredKey:
        if len(self.columns) != len(self.parent_columns):
            raise ValueError("a key refers to another number of columns")
        return self


class DeclaredTable(_Declared):
    """A table.

    Args:
        columns: by name; those that are not named are not declared.
        unique: columns of which no two rows have the same values, beside the primary key.
    """

    columns: dict[str, DeclaredColumn] = {}
    primary_key: Names = ()
    unique: tuple[Names, ...] = ()
    foreign_keys: tuple[DeclaredKey, ...] = ()

    def limited(
        self, columns: Collection[str], tables: Mapping[str, Collection[str]] | None = None
    ) -> DeclaredTable:
        """What it declares of some columns alone.

        Args:
            tables: columns of the tables that keys may refer to, by name; None for any.
        """
        kept = set(columns)

        def leads(key: DeclaredKey) -> bool:
            there = set(key.parent_columns if tables is None else tables.get(key.table, ()))
            return kept.issuperset(key.columns) and there.issuperset(key.parent_columns)

        return DeclaredTable(
            columns={name: each for name, each in self.columns.items() if name in kept},
            primary_key=self.primary_key if kept.issuperset(self.primary_key) else (),
            unique=tuple(each for each in self.unique if kept.issuperset(each)),
            foreign_keys=tuple(each for each in self.foreign_keys if leads(each)),
        )


def as_metadata(declared: DeclaredTable) -> dict[bytes, bytes]:
    """What a schema of Arrow carries for it."""
    return {KEY: declared.model_dump_json().encode()}


def declared_in(
    metadata: Mapping[bytes, bytes] | None, columns: Collection[str]
) -> DeclaredTable | None:
    """What the metadata of a schema says of some columns; None where it says nothing, or nothing
    that is valid: a file may be a stranger's."""
    text = (metadata or {}).get(KEY)
    if text is None or len(text) > MOST_BYTES:
        return None
    try:
        return DeclaredTable.model_validate_json(text).limited(columns)
    except ValidationError:
        return None
