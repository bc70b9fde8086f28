# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong with stored models.

ServiceError
└── SynthesizerNotFound  no synthesizer of the tenant has this id
"""

from __future__ import annotations

from app.store.errors import ServiceError


class SynthesizerNotFound(ServiceError):
    def __init__(self, synthesizer_id: str) -> None:
        super().__init__(f"there is no synthesizer {synthesizer_id!r}")
        self.synthesizer_id = synthesizer_id
