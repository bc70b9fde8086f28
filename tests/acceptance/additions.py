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

    def read(self, path, schema):
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
