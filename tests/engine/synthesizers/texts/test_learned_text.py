"""Free text is learned with its class, and nothing of one individual comes out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError, ModelError
from app.engine.plan.learned import Request, learned_plan
from app.engine.synthesizers.cell_formats import encode_texts
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.model_file.archive import read_archive, write_archive
from app.engine.synthesizers.model_file.files import load_model, model_bytes, model_of, save_model
from app.engine.synthesizers.table import EncodedTable
from app.engine.synthesizers.values import Protection

SECRET = "my locker at Quarzellino station opens with xk7-plover-9931"
WORDS = ("Quarzellino", "plover", "07911123456", "4929123412341234", "Zbyszkowska")
GOOD = ["thanks", "the", "room", "was", "lovely", "and", "staff", "were", "kind"]
BAD = ["the", "room", "was", "dirty", "and", "nobody", "came", "to", "help", "us"]


def reviews(rows: int = 600, seed: int = 0) -> pa.Table:
    """Stars and what people wrote, with secrets that single people wrote, some of them often."""
    rng = np.random.default_rng(seed)
    stars = rng.choice(["one", "five"], rows, p=[0.3, 0.7])
    texts = []
    for star in stars:
        words = GOOD if star == "five" else BAD
        size = int(rng.integers(3, 12))
        texts.append(" ".join(rng.choice(words, size)).capitalize() + rng.choice([".", "!", "..."]))
    for place in range(3):
        texts[place] = f"call me on 07911123456, {WORDS[4]}, card 4929123412341234"
    return pa.table({"stars": stars, "wrote": pa.array(texts, mask=rng.random(rows) < 0.1)})


def encoded(table: pa.Table, individuals: np.ndarray | None = None) -> EncodedTable:
    return replace(encode_texts(table, ["wrote"], {}, (), ()), individuals=individuals)


@pytest.fixture(scope="module")
def model() -> LearnedTable:
    return learn(encoded(reviews()), seed=3, target="stars")


def drawn(learned: LearnedTable, rows: int = 2_000, seed: int = 5) -> pa.RecordBatch:
    return learned.block(rows, seed, 0)


def texts_of(rows: pa.RecordBatch) -> list[str]:
    return [each for each in rows.column("wrote").to_pylist() if each is not None]


def test_texts_have_the_words_of_their_class_and_the_source(model: LearnedTable) -> None:
    rows = drawn(model)
    assert rows.schema == pa.schema([("stars", pa.string()), ("wrote", pa.string())])
    assert rows.column("wrote").null_count == pytest.approx(200, abs=45)
    said: dict[str, list[str]] = {star: [] for star in ("one", "five")}
    for star, text in zip(*(rows.column(n).to_pylist() for n in rows.schema.names), strict=True):
        said[star].append(text or "")
    dirty = {
        star: np.mean(["dirty" in each.lower() for each in texts]) for star, texts in said.items()
    }
    assert dirty["one"] > 0.3 and dirty["five"] < 0.03
    lengths = [len(each) for each in texts_of(rows)]
    real = [len(each) for each in reviews()["wrote"].to_pylist() if each is not None]
    assert np.mean(lengths) == pytest.approx(np.mean(real), rel=0.15)
    assert np.mean([each[:1].isupper() for each in texts_of(rows)]) > 0.8
    assert np.mean([each[-1:] in ".!" for each in texts_of(rows)]) > 0.5
    assert not any("  " in each for each in texts_of(rows))


def test_nothing_that_fewer_than_k_individuals_wrote_comes_out(model: LearnedTable) -> None:
    for seed in range(3):
        text = "\n".join(texts_of(drawn(model, 4_000, seed)))
        assert not [word for word in WORDS if word.lower() in text.lower()]
    data = model_bytes(model)
    contents = read_archive(data)
    words = {
        each for array in contents.values if array.type == pa.string() for each in array.to_pylist()
    }
    assert not {each for each in words if any(word.lower() in each.lower() for word in WORDS)}


def test_a_sentence_of_one_individual_in_many_rows_never_comes_out() -> None:
    table = reviews()
    texts, owners = table["wrote"].to_pylist(), np.arange(table.num_rows)
    for place in range(100, 160):
        texts[place], owners[place] = SECRET, 100
    changed = table.set_column(1, "wrote", pa.array(texts))
    learned = learn(encoded(changed, owners), seed=3)
    text = "\n".join(texts_of(drawn(learned, 4_000)))
    for part in ("Quarzellino", "plover", "9931", "locker at", "opens with"):
        assert part not in text
    # Where each row is an individual of its own, sixty of them say so: it is common speech.
    assert "locker" in "\n".join(texts_of(drawn(learn(encoded(changed), seed=3), 4_000)))


def test_long_numbers_are_new_also_where_many_have_them() -> None:
    texts = [f"ring 08001112223 or {'ok' if place % 2 else 'no'}" for place in range(200)]
    table = pa.table({"stars": ["one", "five"] * 100, "wrote": texts})
    found = texts_of(drawn(learn(encoded(table), seed=1), 500))
    numbers = [each for text in found for each in re.findall(r"\d{5,}", text)]
    assert len(numbers) > 300 and "08001112223" not in numbers
    assert {each[:2] for each in numbers} == {"08"} and {len(each) for each in numbers} == {11}


def test_whole_texts_that_many_share_are_drawn_again() -> None:
    common = "The staff were kind."
    table = reviews()
    often = [each if place % 4 else common for place, each in enumerate(table["wrote"].to_pylist())]
    learned = learn(encoded(table.set_column(1, "wrote", pa.array(often))), seed=3)
    (text,) = learned.texts
    assert common in text.shared.to_pylist()
    found = texts_of(drawn(learned))
    plain = replace(text, shared=pa.array([], pa.string()))
    copied = texts_of(drawn(replace(learned, texts=(plain,))))
    assert copied.count(common) > 100 and found.count(common) < copied.count(common) / 2
    shared = {*text.shared.to_pylist()}
    assert all(new == old for new, old in zip(found, copied, strict=True) if old not in shared)


def test_numbers_in_groups_are_new_also_where_many_have_them() -> None:
    said = ("ring 0171 234-5678 please", "pay to 89 3704 0044 0532 0130 00 now", "on 12.03.2024 ok")
    texts = [said[place % 3] for place in range(300)]
    table = pa.table({"stars": ["one", "five"] * 150, "wrote": texts})
    learned = learn(encoded(table), seed=1)
    found = "\n".join(texts_of(drawn(learned, 600)))
    assert len(re.findall(r"\b\d{4} \d{3}-\d{4}\b", found)) > 50
    assert "234-5678" not in found and "3704 0044" not in found and "12.03.2024" in found
    # Whole texts stand in the model's file, but for those that never come out as they are.
    assert learned.texts[0].shared.to_pylist() == [said[2]]


def test_texts_are_empty_where_their_length_says_so_alone() -> None:
    texts = [
        "" if place % 4 < 2 else f"a good {'day' if place % 3 else 'week'}" for place in range(300)
    ]
    learned = learn(encoded(pa.table({"stars": ["one", "five"] * 150, "wrote": texts})), seed=1)
    plain = replace(learned, texts=())
    lengths = plain.block(2_000, 5, 0).column("wrote").to_pylist()
    found = drawn(learned).column("wrote").to_pylist()
    assert [not text for text in found] == [not length for length in lengths]


def test_no_text_of_one_row_stands_in_a_file_without_protection() -> None:
    learned = learn(encoded(reviews()), seed=1, protection=Protection(1))
    texts = reviews()["wrote"].to_pylist()
    assert all(texts.count(each) > 1 for each in learned.texts[0].shared.to_pylist())


def test_the_file_and_the_workers_change_no_byte(model: LearnedTable, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:

        def run(function: object, items: Iterable[object], /) -> Iterable[object]:
            return list(pool.map(function, items))  # type: ignore[arg-type]

        other = learn(encoded(reviews()), seed=3, target="stars", run=run)
    assert model_bytes(other) == model_bytes(model)
    save_model(model, tmp_path / "reviews.tsm")
    again = load_model(tmp_path / "reviews.tsm")
    assert drawn(again).equals(drawn(model)) and model_bytes(again) == model_bytes(model)


def test_damaged_texts_are_refused(model: LearnedTable) -> None:
    contents = read_archive(model_bytes(model))
    text = contents.document["texts"][0]
    for change in (
        {"name": "stars"},
        {"name": "nowhere"},
        {"ngrams": {**text["ngrams"], "tokens": 3}},
        {"ngrams": {**text["ngrams"], "orders": []}},
        {"tokens": text["words"]["forms"]},
    ):
        document = {**contents.document, "texts": [{**text, **change}]}
        with pytest.raises(ModelError, match="damaged"):
            model_of(write_archive(replace(contents, document=document)))
    document = {**contents.document, "texts": []}
    with pytest.raises(ModelError, match="texts are others"):
        model_of(write_archive(replace(contents, document=document)))


def test_given_texts_come_out_as_they_are(model: LearnedTable) -> None:
    given = pa.table({"wrote": pa.array(["One of a kind", None] * 50)})
    plan = learned_plan(model, "reviews", seed=1, request=Request(given=given))
    rows = plan.tables[0].source.block(0, plan.tables[0].layout)
    assert rows.column("wrote").to_pylist() == given["wrote"].to_pylist()
    plan = learned_plan(model, "reviews", seed=1, request=Request(impute=given))
    rows = plan.tables[0].source.block(0, plan.tables[0].layout)
    assert (
        rows.column("wrote")[0].as_py() == "One of a kind" and not rows.column("wrote").null_count
    )


def test_rows_are_not_chosen_by_texts(model: LearnedTable) -> None:
    for request in (
        Request(conditions=[{"where": "wrote == 'Thanks'"}]),
        Request(shares={"wrote": {"Thanks": 0.5}}),
    ):
        with pytest.raises(DefinitionError):
            learned_plan(model, "reviews", rows=100, seed=1, request=request)
    chosen = Request(conditions=[{"where": "stars == 'one'"}])
    plan = learned_plan(model, "reviews", rows=200, seed=1, request=chosen)
    found = texts_of(plan.tables[0].source.block(0, plan.tables[0].layout))
    assert np.mean(["dirty" in each.lower() for each in found]) > 0.3


def test_texts_of_nobody_come_out_empty_or_missing() -> None:
    table = pa.table({"stars": ["one", "five"] * 20, "wrote": pa.array([None] * 40, pa.string())})
    assert drawn(learn(encoded(table), seed=1), 50).column("wrote").null_count == 50
    few = pa.table({"stars": ["one", "five"] * 20, "wrote": [f"x{n} y{n} z{n}" for n in range(40)]})
    found = texts_of(drawn(learn(encoded(few), seed=1, protection=Protection(30)), 50))
    assert not set(found) & set(few["wrote"].to_pylist())
