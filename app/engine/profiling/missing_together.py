"""Columns in which values are missing in the same rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from app.engine.profiling.column_profiles import ProfiledColumn
from app.engine.profiling.models import MissingTogether


def find_missing_together(columns: Sequence[ProfiledColumn]) -> tuple[MissingTogether, ...]:
    """Groups of columns that are missing in exactly the same rows, in some but not in all."""
    groups: dict[bytes, list[ProfiledColumn]] = defaultdict(list)
    for each in columns:
        if 0 < each.profile.missing < 1:
            groups[np.packbits(each.codes < 0).tobytes()].append(each)
    return tuple(
        MissingTogether(
            columns=tuple(each.profile.name for each in group),
            rows=int((group[0].codes < 0).sum()),
        )
        for group in groups.values()
        if len(group) > 1
    )
