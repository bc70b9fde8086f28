"""Targets and credentials as models, and what to say of one that is at fault."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import PurePosixPath
from types import ModuleType
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from app.sinks.base import MANIFEST, SinkFile, Target, TerminalSinkError

T = TypeVar("T", bound="TargetModel")
C = TypeVar("C", bound="Credentials")

Text = Annotated[str, Field(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
# Given beside a target's own fields and taken off before the target is looked at.
CREDENTIALS = "credentials"


# The name of a bucket or container, which becomes a part of an address.
Bucket = Annotated[
    str,
    Field(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9$_]([A-Za-z0-9_-]|\.[A-Za-z0-9_-])*$"),
]


class TargetModel(BaseModel):
    """The fields of a target; `connection` names stored credentials of the same kind.

    `below` names the fields that a job may add to a connection which fixes others: those that say
    where below the fixed place its data goes, or how, and cannot lead out of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: str
    connection: Text | None = None

    below: ClassVar[frozenset[str]] = frozenset()


class Credentials(BaseModel):
    """What only the owner of a target knows. Its text shows no secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class FileTarget(TargetModel):
    """What targets that take files as they are have in common.

    Args:
        prefix: folder that the files go to, each under its own name.
        key: full name instead; `{table}`, `{format}` and `{file}` are filled in and nothing is
            added, an extension included.
        manifest: whether the signed manifest goes along; not with a `key` unless asked for.
        if_exists: what to do where there is another file of that name.
    """

    below = frozenset({"bucket", "container", "prefix", "key", "manifest", "if_exists"})

    prefix: str | None = Field(None, max_length=1024, description="Folder for the files.")
    key: Text | None = Field(
        None,
        description="Name of the file instead, as it stands; `{table}`, `{format}` and `{file}` "
        "are filled in, no extension is added.",
    )
    manifest: bool | None = Field(
        None, description="Whether the signed manifest goes along; without `key` it does."
    )
    if_exists: Literal["replace", "fail"] = Field(
        "replace", description="What to do where another file has the name: `replace`, `fail`."
    )

    @model_validator(mode="after")
    def _one_place(self) -> FileTarget:
        if self.prefix is not None and self.key is not None:
            raise ValueError("give either prefix or key")
        return self

    def named(self, files: Sequence[SinkFile]) -> dict[str, SinkFile]:
        """The files by their names in the target.

        Raises TerminalSinkError where two files would have the same name.
        """
        names: dict[str, SinkFile] = {}
        for file in self._wanted(files):
            name = self._name(file)
            if name in names:
                hint = "put {table} and {format} into the key"
                raise TerminalSinkError(f"several files would be called {name!r}; {hint}")
            names[name] = file
        return names

    def _wanted(self, files: Sequence[SinkFile]) -> list[SinkFile]:
        manifest = self.key is None if self.manifest is None else self.manifest
        return [file for file in files if manifest or file.format != MANIFEST]

    def _name(self, file: SinkFile) -> str:
        if self.key is None:
            prefix = self.prefix or ""
            return f"{prefix}{'' if not prefix or prefix.endswith('/') else '/'}{file.name}"
        if file.format == MANIFEST:
            return str(PurePosixPath(self.key).with_name(file.name))
        return _fill(self.key, file)


def _fill(key: str, file: SinkFile) -> str:
    filled = key
    for name, value in (("table", file.table), ("format", file.format), ("file", file.name)):
        filled = filled.replace(f"{{{name}}}", value)
    return filled


def read_target(model: type[T], target: Target) -> T:
    """The target as its model. Raises TerminalSinkError with everything that is wrong."""
    own = {name: value for name, value in target.items() if name != CREDENTIALS}
    try:
        return model.model_validate(own)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise TerminalSinkError("; ".join(map(_told, faults))) from None


def _told(fault: ErrorDetails) -> str:
    place, message = ".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        message = "there is no such field"
    return f"{place}: {message}" if place else message


def read_credentials(model: type[C], credentials: BaseModel | None) -> C:
    """The credentials, which this sink cannot do without. Raises TerminalSinkError."""
    if isinstance(credentials, model):
        return credentials
    needed = ", ".join(needed_fields(model))
    raise TerminalSinkError(f"it needs credentials ({needed}): give them, or name a connection")


def needed_fields(model: type[BaseModel]) -> list[str]:
    """What credentials cannot do without; all fields where some of them must be chosen."""
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    try:
        model.model_validate({})
    except ValidationError:
        return required or list(model.model_fields)
    return []


def need(module: str, extra: str) -> ModuleType:
    """A module of an extra. Raises TerminalSinkError with the command that installs it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise TerminalSinkError(
            f"this installation lacks {module}; pip install 'tablesmith[{extra}]'"
        ) from None
