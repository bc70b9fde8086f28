"""Names that are loaded when they are first used are there when they are used."""

from __future__ import annotations

from types import ModuleType

import pytest

import app.engine
import tablesmith


@pytest.mark.parametrize("package", [app.engine, tablesmith])
def test_every_name_can_be_loaded_and_no_other(package: ModuleType) -> None:
    assert all(hasattr(package, name) for name in package.__all__)
    assert not hasattr(package, "no_such_name")


def test_errors_are_those_of_the_engine() -> None:
    names = [name for name in tablesmith.__all__ if name.endswith("Error")]
    assert len(names) == 10
    assert all(getattr(tablesmith, name) is getattr(app.engine, name) for name in names)
    assert all(issubclass(getattr(tablesmith, name), tablesmith.TablesmithError) for name in names)
