# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong with stored definitions.

ServiceError
└── DefinitionNotFound  no stored definition has this name (or version)
"""

from __future__ import annotations

from app.store.errors import ServiceError


class DefinitionNotFound(ServiceError):
    def __init__(self, name: str, version: int | None = None) -> None:
        suffix = "" if version is None else f" in version {version}"
        super().__init__(f"there is no stored definition {name!r}{suffix}")
        self.name = name
        self.version = version
