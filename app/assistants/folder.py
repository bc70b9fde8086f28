"""The one folder that an assistant may read and write: names of files in it, and none outside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.engine.errors import ModelError, TablesmithError
from app.engine.schema.learned import TableModel
from app.engine.synthesizers.catalog import read_table_model


class FolderError(TablesmithError):
    """A name that leads out of the folder, or that cannot be read or written there."""


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """A folder with all that is below it.

    Names are relative to it. One with `..`, with a part that begins with a dot, an absolute one,
    and one that a symbolic link leads out of the folder are refused.

    Args:
        root: as `Path.resolve` gives it, without links.
    """

    root: Path

    @classmethod
    def of(cls, path: Path) -> WorkFolder:
        """Raises FolderError where there is no such folder."""
        if not path.is_dir():
            raise FolderError(f"{path} is no folder")
        return cls(path.resolve())

    def file(self, name: str) -> Path:
        """A file that is there. Raises FolderError."""
        path = self._below(name)
        if not path.is_file():
            why = "is a folder, and a file is wanted" if path.is_dir() else "is not there"
            raise FolderError(f"{name!r} {why}")
        return path

    def source(self, name: str) -> Path:
        """A file, or a folder of files none of which lies elsewhere. Raises FolderError."""
        path = self._below(name)
        if not path.is_dir():
            return self.file(name)
        for each in path.iterdir():
            if not each.resolve().is_relative_to(self.root):
                raise FolderError(f"{each.name!r} in {name!r} is a link out of the folder")
        return path

    def output(self, name: str) -> Path:
        """Where something may be written, be it there or not. Raises FolderError."""
        return self._below(name)

    def shown(self, path: Path) -> str:
        """A path below the folder as a name."""
        return path.relative_to(self.root).as_posix()

    def named(self, text: str) -> str:
        """A text that names files by their names in the folder, not by where it lies."""
        return text.replace(f"{self.root}/", "").replace(str(self.root), ".")

    def _below(self, name: str) -> Path:
        given = Path(name)
        if not name or "\0" in name or given.is_absolute():
            raise FolderError(f"{name!r} is no name of a file in the folder, such as out/churn.csv")
        if hidden := [part for part in given.parts if part.startswith((".", "~"))]:
            raise FolderError(f"{name!r}: no part of a name may begin as {hidden[0]!r} does")
        try:
            path = (self.root / given).resolve()
        except (OSError, RuntimeError):  # links in a circle, or longer than any path
            raise FolderError(f"{name!r} leads nowhere") from None
        if not path.is_relative_to(self.root):
            raise FolderError(f"{name!r} leads out of the folder")
        return path


@dataclass(frozen=True, slots=True)
class ModelsBelow:
    """The models that definitions may name: files of the folder."""

    folder: WorkFolder

    def find(self, reference: str) -> TableModel:
        """Raises ModelError."""
        try:
            path = self.folder.file(reference)
        except FolderError as error:
            raise ModelError(f"no model can be read: {error}") from None
        return read_table_model(path, reference)
