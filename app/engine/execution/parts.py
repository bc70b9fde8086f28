"""The folder of parts of a run: what is there already belongs to the same plan, or goes."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from app.engine.execution.files import boot_id, file_stem, write_whole
from app.engine.execution.formats import FormatOptions
from app.engine.execution.worker import part_path

if TYPE_CHECKING:
    from app.engine.plan.plan import TablePlan

PARTS = ".parts"
STATE = "state.json"


@dataclass(frozen=True, slots=True)
class PartsFolder:
    """Parts of the tables of one plan, and the plan itself for the workers to read."""

    path: Path
    digest: str
    durable: bool

    @property
    def plan(self) -> Path:
        return self.path / "plan.pickle"

    def table(self, name: str) -> Path:
        return self.path / file_stem(name)

    def present(self, table: TablePlan, formats: Collection[str]) -> set[int]:
        """Numbers of the blocks whose parts are there in every one of the formats."""
        folder = self.table(table.name)
        names = {path.name for path in folder.iterdir()}
        return {
            number
            for number in range(table.blocks)
            if all(part_path(folder, number, name).name in names for name in formats)
        }

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def open_parts(path: Path, tables: tuple[TablePlan, ...], options: FormatOptions) -> PartsFolder:
    """The folder of parts at `path`, emptied where it belongs to another plan or version.

    Parts are not forced to the disk, which can take as long as making them: after a failure of
    the machine, which a new boot id tells, they are made again. Without boot ids they are forced.
    """
    boot = boot_id()
    data = pickle.dumps(tables)
    state = json.dumps(
        {
            "plan": hashlib.blake2b(data, digest_size=16).hexdigest(),
            "options": asdict(options),
            "boot": boot,
            "versions": {"pyarrow": pa.__version__, "numpy": np.__version__},
        }
    ).encode()
    digest = hashlib.blake2b(state, digest_size=16).hexdigest()
    folder = PartsFolder(path, digest, durable=boot is None)
    if not _same(path / STATE, state):
        folder.remove()
    for table in tables:
        folder.table(table.name).mkdir(parents=True, exist_ok=True)
    write_whole(folder.plan, data)
    write_whole(path / STATE, state)
    return folder


def _same(path: Path, state: bytes) -> bool:
    try:
        return path.read_bytes() == state
    except OSError:
        return False
