"""Types of parameters, and what is said of those that several families have."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

LOC_WORDS = "Where the distribution begins or is centred, as in scipy."
SCALE_WORDS = "Its width, as in scipy."
SUCCESS_WORDS = "Probability of success."
MEAN_WORDS = "Mean."
STD_WORDS = "Standard deviation."


def whole_number(value: Any) -> Any:
    """1e5 and 3.0 are whole numbers although they are written as floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(whole_number)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Probability = Annotated[float, Field(ge=0, le=1)]

Mean = Annotated[float, Field(description=MEAN_WORDS)]
PositiveMean = Annotated[float, Field(gt=0, description=MEAN_WORDS)]
Std = Annotated[float, Field(ge=0, description=STD_WORDS)]
Loc = Annotated[float, Field(description=LOC_WORDS)]
Scale = Annotated[float, Field(gt=0, description=SCALE_WORDS)]
