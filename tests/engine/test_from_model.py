"""Tables that a model draws: what a definition may declare of them, and what is refused."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import ConflictError, DefinitionError
from app.engine.evaluation.verification import verify
from app.engine.plan.explain import explain
from app.engine.schema import dump_definition, load_definition
from app.engine.schema.learned import model_references, with_digests
from tests.engine.evaluation.measuring import unmet
from tests.engine.learned_tables import (
    SHA256,
    VISITS,
    Visits,
    learned_visits,
    plan_from_visits,
    visits_model,
)
from tests.engine.planning import drawn

LEARNED = ["id", "region", "visits", "spent", "score", "first", "last", "again"]


def table_of(document: dict[str, Any]) -> pa.Table:
    return drawn(plan_from_visits({"from": VISITS, "seed": 7, **document}))


def refused(document: dict[str, Any]) -> list[str]:
    """The faults of a definition, each with its path."""
    with pytest.raises(DefinitionError) as caught:
        plan_from_visits({"from": VISITS, "n_samples": 500, "seed": 7, **document})
    return [f"{fault.path}: {fault.message}" for fault in caught.value.faults]


def test_rows_are_those_that_the_model_draws_with_the_seed() -> None:
    table = table_of({"n_samples": 300})
    assert table.schema.names == LEARNED
    real = learned_visits().block(300, 7, 0)
    assert table["spent"].combine_chunks().equals(real.column("spent"))
    assert table["region"].to_pylist() == real.column("region").to_pylist()
    assert set(table["again"].to_pylist()) == {"Yes", "No"}
    assert table["visits"].type == pa.int64() and table["first"].type == pa.date32()
    assert len(set(table["id"].to_pylist())) == 300


def test_as_many_rows_are_made_as_the_source_has_where_nobody_says() -> None:
    assert table_of({}).num_rows == 600
    assert load_definition({"from": VISITS}, models=Visits()).warnings == ()


def test_declared_columns_leave_the_learned_ones_as_they_were() -> None:
    plain = table_of({"n_samples": 200})
    more = table_of(
        {
            "n_samples": 200,
            "features": {
                "visits": {"correlation": "positive", "strength": "high"},
                "fee": {"type": "float", "min": 1, "max": 5},
                "each": {"type": "formula", "expr": "spent / visits"},
                "back": {"type": "datetime", "after": "last", "end_date": "2026-01-01"},
            },
            "target": {"won": {"type": "bool", "proportion": 0.25}},
        }
    )
    assert more.schema.names == [*LEARNED, "fee", "each", "back", "won"]
    assert all(more[name].equals(plain[name]) for name in LEARNED)
    assert more["each"].to_pylist()[0] == plain["spent"][0].as_py() / plain["visits"][0].as_py()
    assert Counter(more["won"].to_pylist()) == {True: 50, False: 150}


def test_a_hidden_column_is_read_and_not_written() -> None:
    each = {"type": "formula", "expr": "spent / visits"}
    table = table_of({"n_samples": 50, "features": {"spent": {"hidden": True}, "each": each}})
    assert table.schema.names == [*(name for name in LEARNED if name != "spent"), "each"]


def test_shares_are_exact_and_what_goes_with_a_label_stays() -> None:
    plain = table_of({"n_samples": 20_000}).to_pandas()
    document = {"n_samples": 20_000, "features": {"again": {"cats": {"Yes": 0.9}}}}
    found = table_of(document).to_pandas()
    assert found["again"].value_counts().to_dict() == {"Yes": 18_000, "No": 2_000}
    for label in ("Yes", "No"):
        spent = [frame.loc[frame["again"] == label, "spent"].mean() for frame in (plain, found)]
        assert spent[0] == pytest.approx(spent[1], rel=0.05)


def test_shares_of_several_columns_are_exact_at_once() -> None:
    shares = {"region": {"cats": {"west": 0.25}, "missing": 0.05}, "visits": {"cats": {"1": 0.4}}}
    document = {"features": {**shares, "again": {"cats": {"Yes": 0.7}}}, "n_samples": 1_999}
    table = table_of(document)
    region = Counter(table["region"].to_pylist())
    assert abs(region[None] - 0.05 * 1_999) < 1
    assert abs(region["west"] - 0.25 * (1_999 - region[None])) < 1
    assert abs(Counter(table["visits"].to_pylist())[1] - 0.4 * 1_999) < 1
    assert abs(Counter(table["again"].to_pylist())["Yes"] - 0.7 * 1_999) < 1


def test_labels_without_a_share_divide_what_is_left_as_learned() -> None:
    loaded = load_definition(
        {"from": VISITS, "features": {"region": {"cats": ["east", {"north": 0.8}]}}},
        models=Visits(),
    )
    cats = {each.label: each.proportion for each in loaded.definition.tables["data"].features[
        "region"].cats}  # type: ignore[attr-defined]  # fmt: skip
    learned = visits_model().columns["region"].shares
    assert cats["north"] == 0.8 and sum(cats.values()) == pytest.approx(1)
    assert cats["south"] / cats["east"] == pytest.approx(learned["south"] / learned["east"])


def test_constraints_on_learned_columns_choose_among_rows() -> None:
    document = {
        "n_samples": 2_000,
        "features": {"each": {"type": "formula", "expr": "spent / visits"}, "spent": {"min": 60}},
        "constraints": ["each < 50", "region is null or region != 'west'"],
    }
    frame = table_of(document).to_pandas()
    assert (frame["spent"] >= 60).all() and (frame["spent"] / frame["visits"] < 50).all()
    assert "west" not in set(frame["region"])


def test_a_learned_row_moves_as_a_whole() -> None:
    """Where a constraint reads a declared column, too, its values are exchanged."""
    document = {
        "n_samples": 1_000,
        "features": {"limit": {"type": "float", "min": 0, "max": 600}},
        "constraints": ["spent <= limit + 60"],
    }
    table, plain = table_of(document), table_of({"n_samples": 1_000})
    own = [name for name in LEARNED if name != "id"]
    rows, before = (sorted(map(str, each.select(own).to_pylist())) for each in (table, plain))
    assert rows == before
    assert all(s <= limit + 60 for s, limit in zip(table["spent"].to_pylist(),
        table["limit"].to_pylist(), strict=True))  # fmt: skip


def test_declared_columns_correlate_with_learned_ones() -> None:
    document = {
        "n_samples": 6_000,
        "features": {
            "a": {"type": "float", "mean": 0, "std": 1},
            "b": {"type": "int", "min": 0, "max": 99},
        },
        "correlations": [
            {"between": ["a", "spent"], "r": 0.6},
            {"between": ["score", "a"], "r": -0.3, "method": "spearman"},
            {"between": ["a", "b"], "r": 0.2},
        ],
    }
    frame = table_of(document).to_pandas()
    assert frame["a"].corr(frame["spent"]) == pytest.approx(0.6, abs=0.02)
    assert frame["a"].corr(frame["score"], method="spearman") == pytest.approx(-0.3, abs=0.02)
    assert frame["a"].corr(frame["b"]) == pytest.approx(0.2, abs=0.02)
    assert frame["a"].std() == pytest.approx(1, abs=0.01)


def test_a_learned_column_is_made_again_as_predictable_as_the_dial_says(tmp_path: Path) -> None:
    reached = {}
    for auc in (0.65, None, 0.95):
        target = {
            "again": {"cats": {"Yes": 0.3}, "positive": "Yes", **({"auc": auc} if auc else {})}
        }
        plan = plan_from_visits({"from": VISITS, "n_samples": 8_000, "seed": 7, "target": target})
        assert unmet(plan, tmp_path) == []
        table = drawn(plan)
        assert Counter(table["again"].to_pylist())["Yes"] == 2_400
        assert table.schema.names == [*(n for n in LEARNED if n != "again"), "again"]
        assert table["spent"].equals(table_of({"n_samples": 8_000})["spent"])
        reached[auc] = explain(plan)["expected"]["auc"]
    assert reached[0.65] == pytest.approx(0.65, abs=0.005)
    assert reached[0.95] == pytest.approx(0.95, abs=0.005)
    assert 0.7 < reached[None] < 0.95  # spent and region tell it, as in the source


def test_declared_effects_take_the_place_of_the_learned_ones() -> None:
    document = {
        "from": VISITS,
        "n_samples": 6_000,
        "seed": 7,
        "features": {"visits": {"correlation": "negative", "strength": 0.3}},
        "target": {"again": {"cats": {"Yes": 0.3}, "positive": "Yes"}},
    }
    plan = plan_from_visits(document)
    assert "and not on what the model has learned" in plan.warnings[0].message
    frame = drawn(plan).to_pandas()
    assert frame["visits"].corr(frame["again"] == "Yes") == pytest.approx(-0.3, abs=0.02)


def test_rules_hold_beside_what_was_learned() -> None:
    document = {
        "n_samples": 6_000,
        "target": {"again": {"cats": {"Yes": 0.4}, "positive": "Yes"}},
        "rules": [{"if": "visits == 6", "then": {"Yes": 0.9}}],
    }
    frame = table_of(document).to_pandas()
    assert (frame["again"] == "Yes").sum() == 2_400
    share = (frame.loc[frame["visits"] == 6, "again"] == "Yes").mean()
    assert share == pytest.approx(0.9, abs=0.04)


def test_learned_and_declared_tables_stand_in_one_dataset(tmp_path: Path) -> None:
    document = {
        "name": "shop",
        "seed": 5,
        "tables": {
            "visits": {
                "from": VISITS,
                "n_samples": 500,
                "primary_key": "id",
                "features": {"spent": {"correlation": "positive", "strength": "high"}},
            },
            "items": {
                "primary_key": "item",
                "foreign_keys": {"visit": {"references": "visits.id", "children": 2}},
                "features": {
                    "item": {"type": "id", "format": "sequence"},
                    "price": {"type": "formula", "expr": "visits.spent / 2"},
                },
                "target": {"returned": {"type": "bool", "proportion": 0.2}},
            },
        },
    }
    plan = plan_from_visits(document)
    visits, items = (table.block(0).to_pandas() for table in plan.tables)
    joined = items.merge(visits, left_on="visit", right_on="id")
    assert len(items) == 1_000 and (joined["price"] == joined["spent"] / 2).all()
    assert joined["returned"].sum() == 200
    assert joined.loc[joined["returned"], "spent"].mean() > visits["spent"].mean()
    alone = table_of({"n_samples": 500}).to_pandas()
    assert not alone["spent"].equals(visits["spent"])  # its streams are keyed by its name


def test_learned_rows_have_parents_and_moments_follow_those_of_learned_parents() -> None:
    document = {
        "name": "shop",
        "seed": 5,
        "tables": {
            "shops": {
                "n_samples": 10,
                "primary_key": "shop",
                "features": {"shop": {"type": "id", "format": "sequence"}},
            },
            "visits": {
                "from": VISITS,
                "primary_key": "id",
                "foreign_keys": {"shop": {"references": "shops.shop", "children": 30}},
                "features": {"again": {"cats": {"Yes": 0.3}}},
            },
            "calls": {
                "foreign_keys": {"visit": {"references": "visits.id", "children": 1}},
                "features": {"at": {"type": "datetime", "after": "visits.last"}},
            },
        },
    }
    _, visits, calls = (table.block(0).to_pandas() for table in plan_from_visits(document).tables)
    assert visits["shop"].value_counts().to_dict() == dict.fromkeys(range(1, 11), 30)
    assert (visits["again"] == "Yes").sum() == 90
    joined = calls.merge(visits, left_on="visit", right_on="id")
    assert len(joined) == 300 and (joined["at"] > joined["last"]).all()


def test_random_sampling_draws_shares_at_random() -> None:
    document = {"sampling": "random", "n_samples": 4_000}
    found = table_of({**document, "features": {"again": {"cats": {"Yes": 0.8}}}})
    count = Counter(found["again"].to_pylist())["Yes"]
    assert count != 3_200 and count == pytest.approx(3_200, abs=120)


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_few_rows_hold_what_whole_numbers_allow(rows: int) -> None:
    document = {
        "n_samples": rows,
        "features": {"region": {"cats": {"west": 0.5}, "missing": 0}, "spent": {"min": 20}},
        "target": {"again": {"cats": {"Yes": 0.5}, "positive": "Yes", "auc": 0.8}},
    }
    table = table_of(document)
    assert table.num_rows == rows
    assert abs(Counter(table["region"].to_pylist())["west"] - rows / 2) < 1
    assert abs(Counter(table["again"].to_pylist())["Yes"] - rows / 2) < 1


def test_blocks_are_the_same_in_another_process_and_shares_hold_over_all() -> None:
    document = {
        "from": VISITS,
        "n_samples": 70_000,
        "seed": 7,
        "features": {"region": {"cats": {"west": 0.2}}},
        "constraints": ["spent >= 10 * visits"],
        "target": {"again": {"positive": "Yes", "auc": 0.8}},
    }
    plan = plan_from_visits(document)
    again = pickle.loads(pickle.dumps(plan))
    table = drawn(plan)
    assert again.tables[0].block(1).equals(plan.tables[0].block(1))
    present = table["region"].drop_null().to_pylist()
    assert abs(Counter(present)["west"] - 0.2 * len(present)) < 1
    assert len(pickle.dumps(plan)) < 3_000_000


def test_a_model_that_sees_the_rows_finds_the_target(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    from app.engine.evaluation.reading import TableFile

    target = {"again": {"cats": {"Yes": 0.4}, "positive": "Yes", "auc": 0.85}}
    plan = plan_from_visits({"from": VISITS, "n_samples": 20_000, "seed": 7, "target": target})
    pq.write_table(drawn(plan), tmp_path / "t.parquet")
    told = verify({"data": TableFile(tmp_path / "t.parquet", "parquet")}, plan, seed=1)
    assert told is not None
    assert told.figures["auc"] == pytest.approx(0.85, abs=0.02)


def test_a_definition_says_the_same_when_it_is_written_again() -> None:
    document = {
        "from": VISITS,
        "n_samples": 100,
        "features": {
            "region": {"cats": {"west": {"proportion": 0.3, "correlation": "positive"}}},
            "visits": {"max": 4, "correlation": "negative", "strength": 0.2},
            "last": {"start_date": "2024-02-01"},
        },
        "target": {"again": {"positive": "Yes", "auc": 0.7}},
    }
    loaded = load_definition(document, models=Visits()).definition
    written = dump_definition(loaded)
    assert written["from"] == {"model": VISITS, "sha256": SHA256}
    assert set(written["features"]) == {"id", "region", "visits", "last"}
    again = load_definition(written, models=Visits()).definition
    assert dump_definition(again) == written


def test_documents_are_stamped_with_the_models_that_they_name() -> None:
    document = {
        "schema": {"from": "a"},
        "tables": [{"x": {"from": {"model": "b"}}}, {"y": None, "from": "c"}, {"z": {}}],
    }
    assert model_references(document) == ("a", "b", "c")
    stamped = with_digests(document, {"a": "1", "b": "2"})
    assert stamped["schema"]["from"] == {"model": "a", "sha256": "1"}
    assert stamped["tables"][0]["x"]["from"] == {"model": "b", "sha256": "2"}
    assert stamped["tables"][1]["from"] == "c"


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"from": "other.tsm"}, "from: there is no model 'other.tsm'"),
        ({"from": {"model": VISITS, "sha256": "1"}}, "from.sha256: `visits.tsm` is another model"),
        ({"from": {"model": VISITS, "at": 1}}, "from.at: unknown key"),
        ({"from": 3}, "from: the path of a model"),
        ({"features": {"spent": {"mean": 3}}}, "features.spent.mean: `mean` cannot be declared"),
        ({"features": {"spent": {"unique": True}}}, "features.spent.unique: `unique` cannot"),
        ({"features": {"spent": {"type": "date"}}}, "features.spent.type: `spent` is a learned"),
        ({"features": {"spent": 3}}, "features.spent: a mapping of what is declared"),
        ({"features": {"spent": {"min": 900}}}, "features.spent.min: the model draws `spent` from"),
        ({"features": {"first": {"end_date": "2020-01-01"}}}, "features.first.end_date: the model"),
        ({"features": {"spent": {"cats": {"1": 1}}}}, "features.spent.cats: `spent` has too many"),
        ({"features": {"region": {"cats": {"wst": 0.1}}}}, "features.region.cats.wst: the model"),
        ({"features": {"region": {"cats": {"west": 1.5}}}}, "features.region.cats.west"),
        ({"features": {"region": {"cats": {"west": 0.9, "east": 0.6}}}}, "features.region.cats"),
        ({"features": {"again": {"cats": {"Yes": [1]}}}}, "features.again.cats.Yes: a mapping or"),
        ({"primary_key": "visits"}, "primary_key: `visits` is learned, so that no value"),
        ({"rows": [{"a": 1}]}, "rows: `rows` does not go with `from`"),
        ({"target": {"again": {}}}, "target.again: says nothing of a learned column"),
        ({"target": {"spent": {"r2": 0.5}}}, "target.spent: `spent` is a learned column of type"),
        ({"target": {"again": {"r2": 0.5}}}, "target.again.r2: `r2` does not fit"),
        ({"target": {"again": {"auc": 0.7, "positive": "Maybe"}}}, "target.again.positive"),
    ],
)
def test_what_cannot_be_declared_is_a_fault_with_its_place(
    document: dict[str, Any], fault: str
) -> None:
    faults = refused(document)
    assert len(faults) == 1 and faults[0].startswith(fault), faults


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"features": {"region": {"cats": {"west": 0.95}}}},
            r"share of region=west: 0\.95 declared, 0\.\d+ is the most that can be had: the model "
            r"draws it in \d\.\d+% of the rows",
        ),
        (
            {"constraints": ["spent > 500", "visits == 1"]},
            r"spent > 500 and visits == 1: 0\.0\d% of the rows that the model draws keep it, and "
            r"6\.25% have to",
        ),
        (
            {"correlations": [{"between": ["spent", "visits"], "r": 0.2}]},
            "spent and visits are both learned, and correlate as the model has it",
        ),
        (
            {"correlations": [{"between": ["region", "x"], "r": 0.2}],
             "features": {"x": {"type": "int", "min": 0, "max": 9}}},
            "'region' has no order to correlate by",
        ),
        (
            {"associations": [{"between": ["region", "again"], "cramers_v": 0.3}]},
            "region is learned, and its labels go with others as the model has it",
        ),
        (
            {"features": {"visits": {"correlation": "positive", "strength": 0.99}},
             "target": {"y": {"type": "bool", "proportion": 0.1}}},
            r"correlation of visits with y=true: 0\.99 declared",
        ),
        (
            {"target": {"again": {"positive": "Yes", "cats": {"Yes": 0.5}, "accuracy": 0.4}}},
            r"accuracy of again: 0\.4 declared, from 0\.5000 to 0?1?\.\d+ can be reached with what "
            r"the model has learned",
        ),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_refused_with_what_can_be_reached(
    document: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConflictError, match=message):
        plan_from_visits({"from": VISITS, "n_samples": 500, "seed": 7, **document})


def test_models_cannot_be_named_where_nobody_finds_them() -> None:
    with pytest.raises(DefinitionError, match="models cannot be named here") as caught:
        load_definition({"from": VISITS, "constraints": ["a > b"], "target": {"x": {}}})
    assert len(caught.value.faults) == 1


def test_scores_are_numbers_that_a_processor_does_not_change() -> None:
    """Points of the learned score stand on whole steps."""
    target = {"again": {"positive": "Yes", "auc": 0.8}}
    plan = plan_from_visits({"from": VISITS, "n_samples": 500, "seed": 7, "target": target})
    generator = plan.tables[0].source.columns["again"]  # type: ignore[attr-defined]
    for card in generator.model.cards:
        assert np.array_equal(card.points * 2.0**24, np.rint(card.points * 2.0**24))
