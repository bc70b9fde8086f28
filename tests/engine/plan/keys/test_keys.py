"""Foreign keys: every row refers to one that is there, as often as was declared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import ConflictError, DefinitionError
from app.engine.plan.compiler import compile_plan
from app.engine.plan.keys import planning
from app.engine.schema.load import load_definition
from tests.engine.plan.keys.families import child, drawn, made, parent, planned

MANY = 70_000  # more than a block


def children_of(tables: dict[str, Any], key: str = "parent") -> np.ndarray:
    counts = tables["children"].groupby(key).size()
    return counts.reindex(tables["parents"]["id"], fill_value=0).to_numpy()


CHILDREN = st.one_of(
    st.integers(0, 4),
    st.builds(lambda share: {"share": share}, st.floats(0, 1)),
    st.builds(lambda mean: {"mean": mean, "max": 30}, st.floats(0.1, 6)),
    st.builds(lambda skew: {"skew": skew, "max": 40}, st.floats(1.2, 4)),
    st.builds(
        lambda share: {"distribution": {"poisson": {"mean": 2}}, "share": share}, st.floats(0, 1)
    ),
)


@settings(deadline=None, max_examples=40)
@given(
    rows=st.integers(0, 400),
    children=st.none() | CHILDREN,
    missing=st.sampled_from([0.0, 0.1, 0.75]),
    sampling=st.sampled_from(["exact", "random"]),
    seed=st.integers(0, 9),
)
def test_every_key_refers_to_a_row(
    rows: int, children: Any, missing: float, sampling: str, seed: int
) -> None:
    key: dict[str, Any] = {"missing": missing}
    own = {"n_samples": 100} if children is None else {}
    if children is not None:
        key["children"] = children
    elif rows == 0:
        return
    tables = made(
        {"parents": parent(rows), "children": child(key, **own)}, seed=seed, sampling=sampling
    )
    found = tables["children"]["parent"]
    assert found.dropna().isin(tables["parents"]["id"]).all()
    if sampling == "exact":
        assert abs(found.isna().sum() - missing * len(found)) < 1
    if isinstance(children, int):
        assert (children_of(tables) == children).all()
    if children is None:
        assert len(found) == 100


def test_children_follow_their_distribution_over_many_blocks() -> None:
    tables = made(
        {"parents": parent(MANY), "children": child({"children": {"mean": 2.5, "max": 9}})}
    )
    counts = children_of(tables)
    assert counts.max() <= 9
    assert counts.mean() == pytest.approx(2.5, abs=0.005)
    assert counts.var() == pytest.approx(2.5, abs=0.03)
    assert not tables["children"]["parent"].astype(int).is_monotonic_increasing


def test_children_of_very_many_parents_stand_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MIXED_BLOCKS", 0)
    tables = made({"parents": parent(50), "children": child({"children": 3, "missing": 0.1})})
    found = tables["children"]["parent"]
    assert found.dropna().astype(int).is_monotonic_increasing
    assert found.isna().sum() == found[150:].isna().sum() == 17


def test_a_share_of_the_parents_has_children() -> None:
    children = {"distribution": {"constant": 3}, "share": 0.4}
    tables = made({"parents": parent(1000), "children": child({"children": children})})
    assert np.unique(children_of(tables), return_counts=True)[1].tolist() == [600, 400]


@pytest.mark.parametrize("rows", [50, MANY])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_unique_keys_refer_to_another_row_each(rows: int, missing: float) -> None:
    body = child({"unique": True, "missing": missing}, n_samples=rows)
    found = made({"parents": parent(rows), "children": body})["children"]["parent"]
    assert found.dropna().is_unique
    assert found.isna().sum() == round(rows * missing)


def test_rows_of_the_same_table_refer_to_earlier_ones() -> None:
    staff = parent(MANY)
    staff["foreign_keys"] = {"manager": {"references": "staff.id", "missing": 0.01}}
    found = made({"staff": staff})["staff"]
    place = {key: row for row, key in enumerate(found["id"])}
    managed = found["manager"].dropna().map(place)
    assert (managed < managed.index).all()
    assert found["manager"].isna()[0]
    assert found["manager"].isna().sum() == MANY // 100


def test_the_first_row_refers_to_itself_where_every_row_must_refer() -> None:
    staff = parent(20)
    staff["foreign_keys"] = {"manager": {"references": "staff.id"}}
    plan = planned({"staff": staff})
    found = drawn(plan)["staff"].to_pandas()
    assert found["manager"][0] == found["id"][0]
    assert (found["manager"][1:].astype(int) < found["id"][1:].astype(int)).all()
    assert [warning.path for warning in plan.warnings] == ["tables.staff.foreign_keys.manager"]


@pytest.mark.parametrize("children", [None, {"mean": 4, "max": 20}])
def test_no_two_rows_of_a_link_table_have_the_same_pair(children: Any) -> None:
    keys: dict[str, Any] = {
        "student": {"references": "students.id"},
        "course": {"references": "courses.id"},
    }
    link: dict[str, Any] = {"primary_key": ["student", "course"], "foreign_keys": keys}
    if children is None:
        link["n_samples"] = 1900
    else:
        keys["student"]["children"] = children
    found = made({"students": parent(100), "courses": parent(20), "link": link})["link"]
    assert not found.duplicated().any()
    assert found["course"].nunique() == 20
    if children is None:
        assert len(found) == 1900


def test_a_unique_key_of_a_link_table_is_so_by_itself() -> None:
    keys: dict[str, Any] = {
        "student": {"references": "students.id", "unique": True},
        "course": {"references": "courses.id", "weights": {"skew": 0.5}},
    }
    link = {"primary_key": ["student", "course"], "foreign_keys": keys, "n_samples": 90}
    tables = {"students": parent(100), "courses": parent(20), "link": link}
    assert made(tables)["link"]["student"].is_unique
    keys["student"]["children"] = 2
    with pytest.raises(DefinitionError, match="up to 2 children, and the key is unique"):
        planned({**tables, "link": {**link, "n_samples": None}})


def test_two_keys_may_say_how_many_rows_there_are_where_they_agree() -> None:
    keys = {
        "a": {"references": "parents.id", "children": 4},
        "b": {"references": "others.id", "children": 10},
    }
    tables = {"parents": parent(50), "others": parent(20), "children": {"foreign_keys": keys}}
    found = made(tables)
    assert (children_of(found, "a") == 4).all()
    assert (found["children"].groupby("b").size() == 10).all()
    assert not found["children"]["b"].astype(int).is_monotonic_increasing


def test_the_rows_asked_for_are_those_of_the_tables_that_others_follow() -> None:
    tables = {
        "kinds": {"primary_key": "kind", "rows": [{"kind": "a"}, {"kind": "b"}]},
        "parents": {**parent(10), "foreign_keys": {"kind": {"references": "kinds.kind"}}},
        "children": child({"children": 2}),
    }
    found = made(tables, rows=30)
    assert {name: len(rows) for name, rows in found.items()} == {
        "kinds": 2, "parents": 30, "children": 60,
    }  # fmt: skip


def test_rows_said_of_children_are_those_of_the_declared_parents() -> None:
    tables = {"parents": parent(10), "children": child({"children": 2}, n_samples=20)}
    assert len(made(tables)["children"]) == 20
    assert len(made(tables, rows=30)["children"]) == 60


def test_literal_rows_come_as_they_are() -> None:
    rows = [{"k": 1, "x": 0.5, "on": True}, {"k": 2, "x": 1, "on": None}, {"k": 3}]
    table = drawn(planned({"t": {"primary_key": "k", "rows": rows}}))["t"]
    assert table.to_pylist() == [
        {"k": 1, "x": 0.5, "on": True},
        {"k": 2, "x": 1.0, "on": None},
        {"k": 3, "x": None, "on": None},
    ]


def test_another_table_leaves_the_others_as_they_were() -> None:
    tables = {"parents": parent(300), "children": child({"children": {"mean": 2}})}
    before = drawn(planned(tables))
    after = drawn(planned({"first": parent(5), **tables, "last": child({}, n_samples=7)}))
    assert all(after[name].equals(table) for name, table in before.items())


def test_another_column_or_target_leaves_the_others_as_they_were() -> None:
    tables = {"parents": parent(90), "children": child({"children": {"mean": 900}})}
    before = drawn(planned(tables))["children"]
    effect = {"type": "bool", "proportion": 0.5}
    more = child(
        {"children": {"mean": 900}},
        features={"late": {"type": "formula", "expr": "if(parents.big, 2, 1) * value"}},
        target={"good": {"type": "bool", "proportion": 0.3}},
        rules=[{"if": "parents.big", "then": {"true": 0.4}}],
    )
    after = drawn(planned({"parents": parent(90, big=effect), "children": more}))["children"]
    assert after.select(before.schema.names).equals(before)
    assert before.num_rows > 65_536


def test_blocks_do_not_depend_on_one_another() -> None:
    tables = {"parents": parent(MANY), "children": child({"children": {"mean": 3}})}
    plan, again = planned(tables).table("children"), planned(tables).table("children")
    assert plan.blocks > 2
    assert again.block(plan.blocks - 1) == plan.block(plan.blocks - 1)
    assert again.block(0) == plan.block(0)


def pair(**more: Any) -> dict[str, Any]:
    keys = {"a": {"references": "parents.id"}, "b": {"references": "others.id"}}
    return {"primary_key": ["a", "b"], "foreign_keys": keys, **more}


REFUSED = {
    "disagree": (child({"children": 2}, n_samples=21), "20 rows by parent, 21 rows by n_samples"),
    "unique": (child({"unique": True}, n_samples=11), "11 rows refer to one parents each"),
    "many unique": (child({"unique": True, "children": 2}), "up to 2 children"),
    "all missing": (child({"missing": 1, "children": 2}), "all refer to nothing"),
    "pairs": (pair(n_samples=51), "there are 50"),
    "key": (child({}, primary_key=["parent", "value"], n_samples=5), "cannot be promised"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_had_is_refused(name: str) -> None:
    body, message = REFUSED[name]
    with pytest.raises(DefinitionError, match=message):
        planned({"parents": parent(10), "others": parent(5), "children": body})


def test_more_children_than_there_are_others_are_refused() -> None:
    body = pair()
    body["foreign_keys"]["a"]["children"] = 6
    with pytest.raises(DefinitionError, match="up to 6 children, and b has 5 rows"):
        planned({"parents": parent(10), "others": parent(5), "children": body})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"foreign_keys": {"x": {"references": "t.id", "children": 2}}}, "its own rows"),
        ({"foreign_keys": {"x": {"references": "t.id", "unique": True}}}, "cannot be unique"),
    ],
)
def test_a_key_to_the_same_table_says_no_more_than_it_can(
    table: dict[str, Any], message: str
) -> None:
    with pytest.raises(DefinitionError, match=message):
        planned({"t": {**parent(5), **table}})


def test_a_key_to_a_column_with_nulls_is_refused() -> None:
    body = parent(5, code={"type": "id", "missing": 0.5})
    keys = {"x": {"references": "parents.code"}}
    with pytest.raises(DefinitionError, match="missing in some rows"):
        planned({"parents": body, "children": {"n_samples": 3, "foreign_keys": keys}})


def test_rows_are_bounded_before_children_are_counted() -> None:
    tables = {"parents": parent(10**12), "children": child({"children": 3})}
    definition = load_definition({"tables": tables}, name="family").definition
    with pytest.raises(DefinitionError, match="1,000,000,000,000 rows are asked for"):
        compile_plan(definition, most_rows=10_000)


def test_parents_without_rows_cannot_be_referred_to() -> None:
    with pytest.raises(DefinitionError, match="has no rows"):
        planned({"parents": parent(0), "children": child({}, n_samples=3)})


def test_the_column_that_is_the_primary_key_is_unique() -> None:
    table = {"n_samples": 500, "primary_key": "n", "features": {"n": {"type": "int", "min": 1,
             "max": 500}}}  # fmt: skip
    assert made({"t": table})["t"]["n"].is_unique
    with pytest.raises(DefinitionError, match="unique"):
        planned({"t": {**table, "n_samples": 501}})


def linked() -> dict[str, Any]:
    """A link table, of which neither key is unique by itself."""
    return {"parents": parent(10), "others": parent(5), "link": pair(n_samples=20)}


def profiles(**key: Any) -> dict[str, Any]:
    """Rows that share the key of their parent."""
    keys = {"parent": {"references": "parents.id", "unique": True, **key}}
    return {"parents": parent(10), "profiles": {"n_samples": 8, "foreign_keys": keys}}


@pytest.mark.parametrize(
    ("tables", "key", "message"),
    [
        (linked(), "link.a", "`a` of `link` is not unique"),
        (profiles(unique=False), "profiles.parent", "`parent` of `profiles` is not unique"),
        (profiles(missing=0.2), "profiles.parent", "missing in some rows"),
        ({"rates": {"rows": [{"x": [1]}]}}, "rates.x", "a single value is wanted"),
    ],
)
def test_a_key_refers_to_a_column_that_tells_rows_apart(
    tables: dict[str, Any], key: str, message: str
) -> None:
    with pytest.raises(DefinitionError, match=message):
        planned({**tables, "last": {"n_samples": 5, "foreign_keys": {"x": {"references": key}}}})


def test_a_key_that_is_unique_can_be_referred_to() -> None:
    keys = {"profile": {"references": "profiles.parent", "children": 2}}
    found = made({**profiles(), "last": {"foreign_keys": keys}})
    assert found["last"]["profile"].isin(found["profiles"]["parent"]).all()


@pytest.mark.parametrize("table", [
    parent(20, id={"type": "id", "missing": 0.2}),
    {**profiles(missing=0.2)["profiles"], "primary_key": "parent"},
])  # fmt: skip
def test_a_primary_key_is_never_missing(table: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError, match="primary_key: part of a primary key is never"):
        planned({"parents": parent(10), "t": table})


@pytest.mark.parametrize("rows", [10, 1000, MANY])
def test_more_children_than_a_table_can_have_are_refused(rows: int) -> None:
    tables = {"parents": parent(rows), "children": child({"children": 10**18})}
    with pytest.raises(DefinitionError, match=r"foreign_keys.parent: some .* more rows"):
        planned(tables)


def literal(rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"t": {"primary_key": "k", "rows": rows, **more}}


def test_rows_that_break_a_constraint_are_refused() -> None:
    rows = [{"k": 3}, {"k": 1}]
    with pytest.raises(ConflictError, match=r"constraints\[0\]: rows\[1\] breaks it"):
        planned(literal(rows, constraints=["k > 2"]))
    assert len(made(literal(rows, constraints=["k > 0"]))["t"]) == 2


def test_whole_numbers_that_would_be_rounded_are_refused() -> None:
    rows = [{"k": 2**60}, {"k": 2**60 + 1}, {"k": 0.5}]
    with pytest.raises(DefinitionError, match="rows: the values of k do not fit one column"):
        planned(literal(rows))
