"""How the cells of one column are written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

Kind = Literal[
    "integer",
    "number",
    "category",
    "boolean",
    "date",
    "datetime",
    "time",
    "id",
    "text",
    "constant",
    "geo",
]
TEXT = "text"
# Labels that are kept once and pointed to: Arrow's dictionaries of texts.
LABELS = "labels"
# Generators of code know lists, and no tuples.
Labels = Annotated[
    tuple[str, str],
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}),
]


class CellFormat(BaseModel):
    """How the values of a column stand in the cells of its source.

    A number is written with at least `min_decimals` and as many further ones as it needs; where
    `min_decimals` and `max_decimals` are the same, every value has exactly so many.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    storage: str = Field(
        default=TEXT,
        description="`text`, `labels`, or the Arrow type of a column that has one.",
    )
    pattern: str | None = Field(
        default=None,
        description="Of moments: strftime's signs, `%-d` without a leading zero, `%3f` for three "
        "digits of a second.",
    )
    min_decimals: int = Field(default=0, ge=0)
    max_decimals: int = Field(default=0, ge=0)
    decimal_mark: str = "."
    thousands: str = Field(default="", description="What stands between groups of three digits.")
    prefix: str = Field(default="", description="Before every number, such as a currency.")
    suffix: str = Field(default="", description="Behind every number: its unit.")
    width: int = Field(
        default=0, ge=0, description="Of codes that begin with zeros: so many digits; 0 if not so."
    )
    mask: str | None = Field(
        default=None, description="Of ids of one shape: `#` for a digit, `?` for a letter."
    )
    labels: Labels | None = Field(
        default=None, description="Of truth values: what stands for false and for true."
    )
    missing: tuple[str | None, ...] = Field(
        default=(),
        description="Texts that mean that nothing is there, the most frequent first; null where "
        "the source has a null.",
    )
    exact: float = Field(
        default=1.0, ge=0, le=1, description="Share of the values whose text comes back as it was."
    )

    @property
    def is_text(self) -> bool:
        return self.storage == TEXT
