"""Files that add something to the program, as one who extends it would write them."""

from __future__ import annotations

FORMAT = '''
"""Streams: the blocks of a table as streams of Arrow's IPC format, one behind the other."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from app.engine.formats.shared.base import Concatenation, Format
from app.engine.formats.shared.streams import encode_stream


@dataclass(frozen=True, slots=True)
class Streams(Format):
    def check(self, schema, rows, options):
        pass

    def encode(self, batch, options):
        return encode_stream(batch)

    def assembler(self, path, name, schema, options):
        return Concatenation(path)

    def read(self, path, schema, options=None):
        with pa.memory_map(str(path)) as source:
            while source.tell() < source.size():
                with pa.ipc.open_stream(source) as reader:
                    yield from reader


FORMAT = Streams(
    name="streams", label="Streams", suffix="ipcs", media_type="application/vnd.example.streams"
)
'''

DISTRIBUTION = '''
"""The Gumbel distribution of largest values."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import scaled_density
from app.engine.distributions.shared.parameters import Loc


class Gumbel(Distribution):
    family = "gumbel"
    other_names = ("gumbel_r",)
    suggested: ClassVar = {"loc": 0, "beta": 1}

    loc: Loc = 0.0
    beta: Annotated[float, Field(gt=0, description="How far apart the largest values lie.")] = 1.0

    def law(self):
        from scipy import stats

        return stats.gumbel_r(self.loc, self.beta)

    def density(self, low, high):
        def standard(z):
            return math.exp(-z - math.exp(-z))

        return scaled_density(standard, (-2, 6), (self.loc, self.beta), low, high)


DISTRIBUTION = Gumbel
'''

SINK = '''
"""A journal: the names of what was delivered, one on a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from app.sinks.base import SinkKind
from app.sinks.targets import TargetModel, read_target


class JournalTarget(TargetModel):
    page: str = Field(description="Which page of the journal.")


@dataclass(frozen=True, slots=True)
class JournalSink:
    target: ClassVar = JournalTarget
    credentials: ClassVar = None
    formats: ClassVar = ("streams",)
    foreign: ClassVar = False

    root: Path

    def check(self, target):
        read_target(JournalTarget, target)

    def deliver(self, files, target, credentials, attempt):
        page = self.root / read_target(JournalTarget, target).page
        page.write_text("\\n".join(file.name for file in files))
        return {"files": [{"path": file.name, "bytes": file.bytes} for file in files]}


def _make(environment):
    return None if environment.local_root is None else JournalSink(environment.local_root)


KIND = SinkKind("journal", "Journal of names", JournalSink, _make)
'''

METRIC = '''
"""Mean negative logarithm of the probability that a row's label was given."""

from __future__ import annotations

import numpy as np

from app.engine.evaluation.metrics.shared.base import LabelMetric


def _value(found):
    given = found.probabilities[np.arange(len(found.truth)), found.truth]
    return float(-np.log(np.maximum(given, 1e-12)).mean())


METRIC = LabelMetric(
    name="log_loss",
    label="Log loss",
    perfect=0.0,
    sentence="Log loss {value}: how surprised it is by the right label, in nats.",
    is_headline=True,
    value=_value,
)
'''

COLUMN = '''
"""Dice: whole numbers from 1 to as many sides as there are, each as often as any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from app.engine.generators.base import Block, Scope
from app.engine.schema.json_schema.parts import key
from app.engine.schema.models import Column


class DieColumn(Column):
    type: Literal["die"]
    sides: Annotated[int, Field(ge=2)] = 6


def read_die(section, common, kind):
    fields = {**common, "type": kind, **section.take_all("sides")}
    section.close()
    return section.build(DieColumn, fields)


def die():
    return "A throw of a die.", {"sides": key("Of the die.", type="integer", minimum=2)}, ()


@dataclass(frozen=True, slots=True)
class DieGenerator:
    sides: int

    type = pa.int64()
    reads = frozenset()

    def draw(self, block: Block) -> pa.Array:
        sides = np.resize(np.arange(1, self.sides + 1), block.rows)
        return pa.array(block.stream.generator().permutation(sides))


def plan_die(column: DieColumn, scope: Scope) -> DieGenerator:
    return DieGenerator(column.sides)
'''

COLUMN_TYPE = """\
    ColumnType(
        name="die",
        spellings=(("die", "dice"),),
        reader="generators.numbers.dice:read_die",
        described="generators.numbers.dice:die",
        planner="generators.numbers.dice:plan_die",
    ),
"""
