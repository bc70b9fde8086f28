"""What every distribution promises; new ones are held to it by being there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.engine import compile_plan, load_definition
from app.engine.distributions import FAMILIES, FAMILY_SPELLINGS, Distribution
from app.engine.errors import DefinitionError, Fault
from app.engine.evaluation.marginal_cdf import cdf_of
from app.engine.schema.json_schema.document import definition_json_schema
from app.engine.schema.models import NumberColumn
from app.ui.model import shapes
from app.ui.model.density import density

# Parameters of families that have no numbers to begin with.
GIVEN: dict[str, dict[str, Any]] = {
    "uniform": {"min": 2, "max": 5},
    "empirical": {"quantiles": [0, 1, 1.5, 4]},
}
ROWS = 4000

pytestmark = pytest.mark.parametrize("name", FAMILIES)


def parameters(name: str) -> dict[str, Any]:
    return GIVEN.get(name) or dict(FAMILIES[name].suggested)


def declared(body: Any) -> Distribution:
    """What a column has that declares `distribution: body`."""
    document = {"features": {"x": {"type": "float", "distribution": body}}}
    (table,) = load_definition(document).definition.tables.values()
    column = table.columns()["x"]
    assert isinstance(column, NumberColumn)
    assert column.distribution is not None
    return column.distribution


def test_is_the_module_of_its_name(name: str) -> None:
    model = FAMILIES[name]
    assert model.family == name
    assert model.__module__ == f"app.engine.distributions.{name}"
    assert sum(model.__name__ == other.__name__ for other in FAMILIES.values()) == 1


def test_shares_its_names_with_no_other(name: str) -> None:
    names = (name, *FAMILIES[name].other_names)
    assert {FAMILY_SPELLINGS[each] for each in names} == {name}
    assert sum(FAMILY_SPELLINGS[each] == name for each in FAMILY_SPELLINGS) == len(names)


def test_is_read_in_every_spelling(name: str) -> None:
    model, given = FAMILIES[name], parameters(name)
    expected = model(**given)
    for spelling in (name, *model.other_names):
        assert declared({spelling: given}) == expected
        assert declared({"family": spelling, **given}) == expected
    for parameter, others in model.spellings.items():
        for other in others:
            renamed = {other if key == parameter else key: given[key] for key in given}
            assert declared({name: renamed}) == expected
    if model.lone is not None and set(given) == {model.lone}:
        assert declared({name: given[model.lone]}) == expected


def test_is_described_with_all_of_its_parameters(name: str) -> None:
    parts = definition_json_schema()["$defs"]
    by_name = parts["distribution_by_name"]["properties"]
    assert {name, *FAMILIES[name].other_names} <= set(by_name)
    described = parts[f"{name}_parameters"]["properties"]
    assert set(FAMILIES[name].model_fields) <= set(described)
    assert all(described[each]["description"] for each in FAMILIES[name].model_fields)
    assert name in parts["distribution"]["anyOf"][0]["examples"]


def test_is_drawn_as_its_law_says(name: str) -> None:
    given = parameters(name)
    column = {"type": "float", "distribution": {name: given}}
    plan = compile_plan(load_definition({"n_samples": ROWS, "features": {"x": column}}).definition)
    values = np.sort(plan.tables[0].block(0).column("x").to_numpy())
    seen = np.searchsorted(values, values, side="right") / ROWS
    assert len(values) == ROWS
    assert np.abs(seen - cdf_of(FAMILIES[name](**given))(values)).max() < 2 / ROWS + 1e-4


def test_is_plotted_as_its_law_says(name: str) -> None:
    given = parameters(name)
    found = density({"distribution": {name: given}})
    x, y = np.array(found.x), np.array(found.y)
    assert len(x) > 0
    cdf = cdf_of(FAMILIES[name](**given))
    if found.bars:
        expected = cdf(x) - cdf(np.nextafter(x, -np.inf))
    else:
        expected, y = np.diff(cdf(x)), np.diff(x) * (y[1:] + y[:-1]) / 2
    assert np.cumsum(y / y.sum()) == pytest.approx(np.cumsum(expected / expected.sum()), abs=5e-3)


def test_is_offered_by_the_pages_with_all_of_its_parameters(name: str) -> None:
    assert name in shapes.KINDS
    assert list(shapes.FAMILIES[name]) == list(FAMILIES[name].model_fields)
    spec: dict[str, Any] = {"type": "float"}
    shapes.set_kind(spec, name)
    assert shapes.shape(spec).kind == name
    found = shapes.shape({"distribution": {name: parameters(name)}})
    assert (found.kind, found.parameters) == (name, parameters(name))


def faults_of(document: dict[str, Any]) -> tuple[Fault, ...]:
    try:
        compile_plan(load_definition(document).definition)
    except DefinitionError as error:
        return error.faults
    return ()


@pytest.mark.parametrize("extreme", [5e-324, 1e-300, 1e-9, 1e9, 1e150, 1e290])
def test_extreme_parameters_are_computed_or_refused(name: str, extreme: float) -> None:
    given = {
        key: extreme if isinstance(value, int | float) else value
        for key, value in parameters(name).items()
    }
    document = {"n_samples": 5, "features": {"x": {"type": "float", "distribution": {name: given}}}}
    assert all(fault.path.startswith("features.x") for fault in faults_of(document))
