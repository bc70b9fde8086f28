"""Keys made anew look like the source's."""

from __future__ import annotations

import uuid

import pyarrow as pa
import pytest

from app.engine.profiling.column_profiles import profile_column
from app.engine.synthesis.new_keys import new_key_column

ROWS = 300


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ([str(7 * i) for i in range(ROWS)], {"format": "sequence"}),
        ([7 * i for i in range(ROWS)], {"format": "sequence"}),
        ([f"AB-{i:05}" for i in range(ROWS)], {"format": "pattern", "pattern": "??-#####"}),
        ([f"{i:03}" for i in range(ROWS)], {"format": "sequence", "width": 3}),
        ([f"{i:08}" for i in range(ROWS)], {"format": "pattern", "pattern": "########"}),
        ([str(uuid.UUID(int=i * 10**30)) for i in range(ROWS)], {"format": "uuid"}),
        ([f"x{i}" for i in range(ROWS)], {"format": "uuid"}),
    ],
)
def test_they_have_the_shape_of_the_source(cells: list[object], wanted: dict[str, object]) -> None:
    profile = profile_column("customer_id", pa.chunked_array([pa.array(cells)])).profile
    assert profile.kind == "id"
    assert new_key_column(profile, ROWS) == {"type": "id", **wanted}
