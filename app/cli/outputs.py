"""Where commands write, checked before the work whose results go there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import typer


def check_files(*files: Path | None, beside: Path | None = None) -> None:
    """Ends with status 1 for a file that cannot be written where it is to stand.

    Args:
        files: in folders that are there; None is left out.
        beside: what is made before them, with all the folders on its way.
    """
    made = () if beside is None else (beside, *beside.parents)
    for file in files:
        if file is None:
            continue
        if file.is_dir():
            _refuse(f"{file} is a folder, and a file is to be written")
        if not file.parent.is_dir() and file.parent not in made:
            _refuse(f"{file} cannot be written: there is no folder {file.parent}; make it first")
        _check_writable(file)


def check_tables(out: Path) -> None:
    """Ends with status 1 where no table can be written to a path, which `-` is none;
    folders that are not there are made then."""
    if str(out) != "-":
        _check_writable(out)


def check_other_than(source: Path, out: Path) -> None:
    """Ends with status 1 where a file that is read could be written over: by its own name, or as
    one of its folder."""
    own, place = source.resolve(), out.resolve()
    if place in {own, own.parent} or (place.parent == own and place.is_file()):
        _refuse(f"{out} would take the place of what is read from {source}: name another one")


def _check_writable(path: Path) -> None:
    """That its folder may be written, or the one in which that folder has to be made."""
    there = next(each for each in path.absolute().parents if each.exists())
    if not there.is_dir():
        _refuse(f"{path} cannot be written: {there} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        _refuse(f"{path} cannot be written: the folder {there} may not be changed")


def _refuse(why: str) -> NoReturn:
    """Say why on standard error, and end as other trouble of the system does."""
    typer.echo(f"error: {why}", err=True)
    raise typer.Exit(1)
