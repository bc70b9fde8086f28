"""Every spelling of the language and what it means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.engine.distributions import Distribution
from app.engine.distributions.binomial import Binomial
from app.engine.distributions.constant import Constant
from app.engine.distributions.empirical import Empirical
from app.engine.distributions.exponential import Exponential
from app.engine.distributions.geometric import Geometric
from app.engine.distributions.lognormal import Lognormal
from app.engine.distributions.normal import Normal
from app.engine.distributions.poisson import Poisson
from app.engine.distributions.uniform import Uniform
from app.engine.distributions.zipf import Zipf
from app.engine.schema import Definition, Table, dump_definition, load_definition
from app.engine.schema.models import (
    CategoryColumn,
    IdColumn,
    MomentColumn,
    NumberColumn,
    ProviderColumn,
)

EXAMPLES = Path(__file__).parents[3] / "examples"
GOOD = ["churn", "churn_patent", "fig6", "house_prices", "shop"]


def table(text: str) -> Table:
    [found] = load_definition(text).definition.tables.values()
    return found


def column(body: str) -> Any:
    return table(f"n_samples: 9\nfeatures:\n  a: {body}").features["a"]


def warnings(text: str) -> list[str]:
    return [fault.message for fault in load_definition(text).warnings]


def example(name: str) -> Definition:
    return load_definition((EXAMPLES / f"{name}.yaml").read_bytes()).definition


@pytest.mark.parametrize("name", GOOD)
def test_examples_load_without_faults_and_come_back(name: str) -> None:
    definition = example(name)
    document = json.loads(json.dumps(dump_definition(definition)))
    again = load_definition(document)
    assert again.definition == definition
    assert again.warnings == ()


def test_the_patents_sample() -> None:
    definition = example("churn_patent")
    assert definition.name == "churn_dataset"
    churn = definition.tables["churn_dataset"]
    assert churn.n_samples == 100
    assert list(churn.columns())[-1] == "Churned"
    assert churn.target is not None
    assert churn.target.positive == "Inactive"
    cats = churn.features["Dummy_Category"]
    assert isinstance(cats, CategoryColumn)
    assert [cat.proportion for cat in cats.cats] == pytest.approx([1 / 3] * 3)


def test_figure_6_is_read_as_printed() -> None:
    definition = load_definition((EXAMPLES / "fig6.yaml").read_bytes())
    plan = definition.definition.tables["data"].features["Plan Type"]
    assert isinstance(plan, CategoryColumn)
    assert [(cat.label, cat.proportion) for cat in plan.cats] == [
        ("Gold", 0.375),
        ("Bronze", 0.625),
    ]
    assert plan.cats[0].correlation == "negative"
    [warning] = definition.warnings
    assert (warning.path, warning.line) == ("features.Plan Type.cats", 19)
    assert "sum to 0.8" in warning.message


def test_shop_example() -> None:
    tables = example("shop").tables
    assert tables["countries"].rows is not None
    key = tables["orders"].foreign_keys["customer_id"]
    assert (key.table, key.column) == ("customers", "id")
    assert key.children is not None
    assert key.children.distribution == Poisson(mean=3)
    assert tables["orders"].n_samples is None
    assert tables["orders"].constraints[0].table == "orders"


@pytest.mark.parametrize(
    ("body", "distribution"),
    [
        ("{type: int, min: 1, max: 3}", Uniform()),
        ("{type: float, mean: 1, std: 2}", Normal(mean=1, std=2)),
        ("{type: float, distribution: normal, mean: 1, std: 2}", Normal(mean=1, std=2)),
        ("{type: float, distribution: {normal: {mean: 1, std: 1}}}", Normal(mean=1)),
        ("{type: float, distribution: {normal: }}", Normal()),
        (
            "{type: float, distribution: {family: normal, loc: 1, scale: 3}}",
            Normal(mean=1, std=3),
        ),
        ("{type: number, distribution: {poisson: {mu: 3}}}", Poisson(mean=3)),
        ("{type: integer, distribution: {poisson: 3}}", Poisson(mean=3)),
        ("{type: numeric, distribution: {constant: 3}}", Constant(value=3)),
        ("{type: float, distribution: {expon: {scale: 3}}}", Exponential(scale=3)),
        ("{type: float, distribution: {lognorm: {s: 2, scale: 1}}}", Lognormal(mean=0, std=2)),
        ("{type: float, distribution: {uniform: {loc: 2, scale: 3}}}", Uniform(min=2, max=5)),
        ("{type: float, distribution: {empirical: [1, 2]}}", Empirical(values=(1, 2))),
        ("{type: int, distribution: {binomial: {n: 1e1, p: 0.5}}}", Binomial(n=10, p=0.5)),
    ],
)
def test_spellings_of_distributions(body: str, distribution: Distribution) -> None:
    found = column(body)
    assert isinstance(found, NumberColumn)
    assert found.distribution == distribution
    assert type(found.distribution) is type(distribution)


@pytest.mark.parametrize(
    "body",
    [
        "{type: float, buckets: {mean: 1, std: 2}}",
        "{type: float, buckets: [{mean: 1, std: 2, proportion: 1}]}",
        "{type: float, distribution: {buckets: [{mean: 1, std: 2}]}}",
        "{type: float, distribution: buckets, buckets: [{mu: 1, sigma: 2}]}",
    ],
)
def test_spellings_of_buckets(body: str) -> None:
    found = column(body)
    [bucket] = found.buckets
    assert (bucket.mean, bucket.std, bucket.proportion) == (1, 2, 1)
    assert found.distribution is None


@pytest.mark.parametrize(
    "cats",
    [
        "{x: {proportion: 0.25}, y: }",
        "{x: 0.25, y: 0.75}",
        "[{x: {proportion: 0.25}}, y]",
        "[{x: 0.25}, {y: }]",
        "[{x: , proportion: 0.25}, {y: }]",
        "[{label: x, proportion: 0.25}, {name: y, proportion: 0.75}]",
    ],
)
def test_spellings_of_categories(cats: str) -> None:
    found = column(f"{{type: categorical, cats: {cats}}}")
    assert [(cat.label, cat.proportion) for cat in found.cats] == [("x", 0.25), ("y", 0.75)]


def test_labels_stay_as_written_through_the_stored_document() -> None:
    text = "n_samples: 1\nfeatures: {a: {type: category, cats: [01067, 2.50, Yes, true, 1e3]}}"
    loaded = load_definition(text)
    again = load_definition(json.loads(json.dumps(loaded.document)))
    for definition in (loaded.definition, again.definition):
        cats = definition.tables["data"].features["a"]
        assert isinstance(cats, CategoryColumn)
        assert [cat.label for cat in cats.cats] == ["01067", "2.50", "Yes", "true", "1e3"]


def test_the_rest_of_a_proportion_is_exact() -> None:
    found = column("{type: category, cats: {x: 0.9, y: }}")
    assert found.cats[1].proportion == 0.1


@pytest.mark.parametrize(
    ("target", "positive", "warned"),
    [
        ("{type: category, cats: {no: 0.9, yes: 0.1}}", "yes", True),
        ("{type: category, cats: [0, 1]}", "1", True),
        ("{type: category, cats: [Yes, No], positive: Yes}", "Yes", False),
        ("{type: bool, proportion: 0.8}", "false", True),
        ("{type: bool, positive: True}", "true", False),
        ("{type: float, mean: 1, std: 1, r2: 0.5}", None, False),
    ],
)
def test_the_positive_label(target: str, positive: str | None, warned: bool) -> None:
    text = f"n_samples: 9\nfeatures: {{a: {{type: bool}}}}\ntarget: {{t: {target}}}"
    found = table(text).target
    assert found is not None
    assert found.positive == positive
    assert any("no positive label" in each for each in warnings(text)) == warned


def test_features_as_a_list_and_target_with_a_name() -> None:
    features = "features: [{b: {type: bool}}, {a: {type: name}}]"
    text = f"n_samples: 9\n{features}\ntarget: {{name: t, type: bool}}"
    assert list(table(text).columns()) == ["b", "a", "t"]


@pytest.mark.parametrize(
    ("body", "start", "end"),
    [
        ("{type: date, start_date: 2020-01-01, end_date: 2020-12-31}", "2020-01-01", "2020-12-31"),
        ("{type: datetime, start: 2020-01-01 8:30}", "2020-01-01T08:30:00", None),
        ("{type: datetime, end: 2020-01-01}", None, "2020-01-01"),
        ("{type: time, start: 8:30, end: 17:00:30}", "08:30:00", "17:00:30"),
    ],
)
def test_moments(body: str, start: str | None, end: str | None) -> None:
    found = column(body)
    assert isinstance(found, MomentColumn)
    assert (found.start, found.end) == (start, end)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{type: id}", {"format": "uuid"}),
        ("{type: id, pattern: C-##}", {"format": "pattern", "pattern": "C-##"}),
        ("{type: id, format: {pattern: C-##}}", {"format": "pattern", "pattern": "C-##"}),
        ("{type: id, format: {sequence: {start: 5}}}", {"format": "sequence", "start": 5}),
        ("{type: id, format: isbn13}", {"format": "isbn13"}),
    ],
)
def test_identifiers(body: str, expected: dict[str, Any]) -> None:
    found = column(body)
    assert isinstance(found, IdColumn)
    assert {key: getattr(found, key) for key in expected} == expected


def test_providers() -> None:
    found = column("{type: phone, locale: de-DE}")
    assert isinstance(found, ProviderColumn)
    assert (found.type, found.locale) == ("phone_number", "de_DE")


@pytest.mark.parametrize("name", ["country_code", "json", "words", "profile"])
def test_whatever_faker_has_is_a_type(name: str) -> None:
    assert column(f"{{type: {name}}}").type == name


@pytest.mark.parametrize(
    ("children", "distribution"),
    [
        ("1", Constant(value=1)),
        ("{distribution: poisson, mean: 3}", Poisson(mean=3)),
        ("{mean: 3}", Poisson(mean=3)),
        ("{distribution: {geometric: {p: 0.5}}, max: 4}", Geometric(p=0.5)),
        ("{share: 0.6}", Binomial(n=1, p=0.6)),
        ("{skew: 2.5}", Zipf(a=2.5)),
    ],
)
def test_children(children: str, distribution: Distribution) -> None:
    text = f"""
tables:
  parents: {{n_samples: 5, primary_key: i, features: {{i: {{type: id}}}}}}
  kids: {{foreign_keys: {{p: {{references: parents, children: {children}}}}}}}
"""
    key = load_definition(text).definition.tables["kids"].foreign_keys["p"]
    assert key.references == "parents.i"
    assert key.children is not None
    assert key.children.distribution == distribution


def test_numbers_of_rows() -> None:
    text = """
n_samples: 50
tables:
  a: {features: {i: {type: id}}}
  b: {n_samples: 7, features: {i: {type: id}}}
  c: {foreign_keys: {k: a.i}}
"""
    loaded = load_definition(text)
    assert [each.n_samples for each in loaded.definition.tables.values()] == [50, 7, 1000]
    [warning] = loaded.warnings
    assert warning.path == "tables.c"


@pytest.mark.parametrize(
    ("text", "fallback", "name"),
    [
        ("name: x", "y", "x"),
        ("output_file: out/z.tar.csv", "y", "y"),
        ("output_file: out/z.csv", None, "z"),
        ("output_file: 'C:\\out\\z.csv'", None, "z"),
        ("seed: 1", None, "data"),
    ],
)
def test_names(text: str, fallback: str | None, name: str) -> None:
    source = f"{text}\nfeatures: {{a: {{type: bool}}}}"
    definition = load_definition(source, name=fallback).definition
    assert definition.name == name
    assert list(definition.tables) == [name]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("features: {a: {type: bool}}", "1,000 are made"),
        ("features: {a: {type: bool, strength: high}}", "without a direction"),
        ("features: {a: {type: bool, correlation: positive}}", "no target"),
        ("features: {a: {type: category, cats: {x: 1, y: }}}", "nothing is left"),
    ],
)
def test_warnings(text: str, says: str) -> None:
    assert any(says in each for each in warnings(text))


def test_correlations_name_columns_by_snake_case() -> None:
    text = """
features: {Tenure (Months): {type: int, min: 0, max: 9}, b: {type: bool}}
correlations: [{between: [tenure_months, "`b`"], r: 0.1}]
"""
    assert table(text).correlations[0].between == ("Tenure (Months)", "b")
