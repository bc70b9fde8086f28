"""Texts of one form, unique over the whole table by construction."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from app.engine.generators.base import Block
from app.engine.generators.text.check_digits import CheckDigits
from app.engine.generators.text.fixed_width import (
    FixedWidth,
    make_unique_numbers,
    text_array,
    write_chunks,
)

HEX = b"0123456789abcdef"
SLICE = 8_192  # rows worked on at a time: what is in hand stays in the processor's cache


@dataclass(frozen=True, slots=True)
class FormIds:
    """Texts of one form, with check digits where the form has some."""

    form: FixedWidth
    check: CheckDigits | None = None
    reads: frozenset[str] = frozenset()

    @property
    def type(self) -> pa.DataType:
        return pa.string()

    def draw(self, block: Block) -> pa.Array:
        chunks = self.form.chunks()
        unique = make_unique_numbers(chunks, block)
        matrix = self.form.empty(block.rows)
        for start in range(0, block.rows, SLICE):
            part = matrix[start : start + SLICE]
            numbers = unique.of(block.first_row + start, len(part))
            write_chunks(part, chunks, numbers)
            if self.check is not None:
                digits = self.check.of(chunks, numbers, len(part))
                write_chunks(part, [self.check.chunk], [digits])
        return text_array(matrix)


def form_of(shape: str, free: dict[str, bytes]) -> FixedWidth:
    """A form whose letters in `free` stand for alphabets, all others for themselves."""
    return FixedWidth(tuple(free.get(letter, letter.encode()) for letter in shape))


UUID4 = form_of("xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx", {"x": HEX, "y": b"89ab"})
# Forms of Faker's providers whose values fill them evenly, when they are called without arguments.
# Groups of an IPv6 address begin with no zero, which would be left out.
PROVIDER_FORMS = {
    "uuid4": UUID4,
    "md5": form_of("x" * 32, {"x": HEX}),
    "sha1": form_of("x" * 40, {"x": HEX}),
    "sha256": form_of("x" * 64, {"x": HEX}),
    "mac_address": form_of(":".join(["xe", *["xx"] * 5]), {"x": HEX, "e": HEX[::2]}),
    "ipv6": form_of(":".join(["nxxx"] * 8), {"x": HEX, "n": HEX[1:]}),
}
