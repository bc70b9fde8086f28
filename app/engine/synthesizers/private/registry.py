"""The private synthesizers, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine.synthesizers.private import aim, independent, mst
from app.engine.synthesizers.private.base import PrivateSynthesizer

PRIVATE_SYNTHESIZERS: Mapping[str, PrivateSynthesizer[Any]] = {
    each.name: each for each in (aim.SYNTHESIZER, mst.SYNTHESIZER, independent.SYNTHESIZER)
}
