"""Keys made anew look like the source's."""

from __future__ import annotations

import uuid

import pyarrow as pa
import pytest

from app.engine.profiling.column_profiles import profile_column
from app.engine.synthesis.new_keys import new_key_column, without_letters

ROWS = 300


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ([str(7 * i) for i in range(ROWS)], {"format": "sequence"}),
        ([7 * i for i in range(ROWS)], {"format": "sequence"}),
        ([f"AB-{i:05}" for i in range(ROWS)], {"format": "pattern", "pattern": "AB-#####"}),
        (
            [f"{'AB'[i % 2]}1-{i:05}x" for i in range(ROWS)],
            {"format": "pattern", "pattern": "?#-#####x"},
        ),
        ([f"C{i:03}" for i in range(ROWS)], {"format": "sequence", "prefix": "C", "width": 3}),
        ([f"{i:03}" for i in range(ROWS)], {"format": "sequence", "width": 3}),
        ([f"{i:08}" for i in range(ROWS)], {"format": "pattern", "pattern": "########"}),
        ([str(uuid.UUID(int=i * 10**30)) for i in range(ROWS)], {"format": "uuid"}),
        ([f"x{i}" for i in range(ROWS)], {"format": "sequence", "prefix": "x"}),
        ([f"{'xyz'[i % 3]}{i}" for i in range(ROWS)], {"format": "uuid"}),
    ],
)
def test_they_have_the_shape_of_the_source(cells: list[object], wanted: dict[str, object]) -> None:
    profile = profile_column("customer_id", pa.chunked_array([pa.array(cells)])).profile
    assert profile.kind == "id"
    assert new_key_column(profile, ROWS) == {"type": "id", **wanted}


def test_letters_of_fewer_keys_than_protect_a_value_are_not_kept() -> None:
    cells = [f"MEIER-{i:07}" for i in range(ROWS)]
    profile = profile_column("id", pa.chunked_array([pa.array(cells)])).profile
    assert new_key_column(profile, ROWS)["pattern"] == "MEIER-#######"
    assert new_key_column(profile, ROWS, k=ROWS + 1)["pattern"] == "?????-#######"
    assert without_letters(new_key_column(profile, ROWS))["pattern"] == "?????-#######"
    few = profile_column("id", pa.chunked_array([pa.array([*cells[:4], *[None] * 20])])).profile
    assert few.format.mask == "?????-#######"
