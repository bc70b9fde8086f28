"""`--csv KEY=VALUE`: how CSV is written."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from app.engine.formats.shared.csv_options import CsvOptions, csv_option_faults, csv_options

_WORDS = {"true": True, "false": False}


def csv_options_of(given: Sequence[str]) -> CsvOptions:
    """The options of the command line.

    Raises:
        typer.BadParameter: for the first that is none.
    """
    pairs = [item.partition("=") for item in given]
    missing = next((key for key, equals, _ in pairs if not equals), None)
    if missing is not None:
        raise typer.BadParameter(f"--csv {missing}: write KEY=VALUE, such as --csv 'delimiter=;'")
    options = {key: _WORDS.get(text, text) if key == "bom" else text for key, _, text in pairs}
    for key, message, hint in csv_option_faults(options):
        raise typer.BadParameter(f"--csv {key}: {message} ({hint})")
    return csv_options(options)
