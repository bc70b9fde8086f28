"""The synthesizers, by name.

A synthesizer is one module or package of this folder with a `SYNTHESIZER`; a conformance suite
runs over every one that is named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from app.engine.synthesizers.base import Synthesizer

DEFAULT_SYNTHESIZER = "sequential"
_MODULES = {
    "sequential": "app.engine.synthesizers.sequential.synthesizer",
    "copula": "app.engine.synthesizers.copula",
    "independent": "app.engine.synthesizers.independent",
}

SYNTHESIZERS: Mapping[str, Synthesizer[Any]] = {
    name: import_module(module).SYNTHESIZER for name, module in _MODULES.items()
}
