"""The folder of parts of a run: what is there already was made from the same plan."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from app.engine.execution.worker import part_path, plan_digest
from app.engine.files import boot_id, file_stem, write_whole
from app.engine.formats import FormatOptions

if TYPE_CHECKING:
    from app.engine.plan.plan import TablePlan

PARTS = ".parts"


@dataclass(frozen=True, slots=True)
class PartsFolder:
    """Parts of the tables of one plan, and the plan itself for the workers to read."""

    path: Path
    plan_digest: str
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


def open_parts(
    root: Path, tables: tuple[TablePlan, ...], options: FormatOptions, *, durable: bool = False
) -> PartsFolder:
    """The folder below `root` of what these tables, options and versions make on this machine.

    Everything that decides what a part holds stands in the folder's name, so a run never meets
    parts that are not its own, and never removes those that another run is still working on.

    Parts are not forced to the disk, which can take as long as making them: after a failure of
    the machine, which a new boot id tells, they are made again. They are forced where there are
    no boot ids, and where other machines make them (`durable`).
    """
    boot = None if durable else boot_id()
    data = pickle.dumps(tables)
    state = {
        "plan": plan_digest(data),
        "options": asdict(options),
        "boot": boot,
        "versions": {"pyarrow": pa.__version__, "numpy": np.__version__},
    }
    digest = hashlib.blake2b(json.dumps(state).encode(), digest_size=16).hexdigest()
    folder = PartsFolder(root / digest, plan_digest(data), durable=boot is None)
    for table in tables:
        folder.table(table.name).mkdir(parents=True, exist_ok=True)
    write_whole(folder.plan, data)
    return folder
