"""The packages beside this one: `app` and `migrations` are names that others have, too."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = ("app", "migrations")


def put_own_packages_first() -> None:
    """Have this process, and processes that it starts, import the packages of this distribution
    where they would import others of their names."""
    specs = {name: find_spec(name) for name in OWN}
    if not all(spec and _is_own(name, spec.origin) for name, spec in specs.items()):
        sys.path.insert(0, str(ROOT))


def import_own_app() -> None:
    """Import the `app` of this distribution into a program, whose path stays as it is.

    Raises:
        ImportError: where the program has imported another package of that name.
    """
    if "app" not in sys.modules:
        sys.path.insert(0, str(ROOT))
        try:
            import_module("app")
        finally:
            sys.path.remove(str(ROOT))
    imported = sys.modules["app"].__file__
    if not _is_own("app", imported):
        raise ImportError(
            f"Tablesmith's own package `app`, {ROOT / 'app'}, cannot be imported beside another "
            f"one, {imported}: make tables in a program that does not import that one, or with the "
            "command `tablesmith`"
        )


def _is_own(name: str, file: str | None) -> bool:
    return file is not None and Path(file).resolve() == ROOT / name / "__init__.py"
