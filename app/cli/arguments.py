"""How values of options are written on the command line."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import typer

# No table has as many rows; a number of so many digits would take long to write out.
MOST_DIGITS = 20


def whole_number(text: str) -> int:
    """A whole number from 0 as people write it: 100000, 100_000, 1e5.

    Raises:
        typer.BadParameter: where it is none.
    """
    try:
        number = Decimal(text.replace("_", ""))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or number.adjusted() > MOST_DIGITS or number != int(number):
        raise typer.BadParameter(f"{text!r} is no whole number; write for instance 100000 or 1e5")
    if number < 0:
        raise typer.BadParameter(f"{text} is below 0")
    return int(number)
