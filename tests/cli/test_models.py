"""`train` and `synthesize`: a real table in, a model file, new rows out."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.engine.synthesizers.model_file.files import load_model
from tests.cli.conftest import Run
from tests.engine.learned_tables import without_times

RUN = CliRunner()
ROWS = 120


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("train") / "shops.csv"
    shops = [(row, "yes" if row % 5 > 2 else "no") for row in range(ROWS)]
    lines = [f"{row % 5:03d},{is_open},{row % 40 / 2}" for row, is_open in shops]
    path.write_text("\n".join(["shop,open,size", *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model(source: Path) -> Path:
    out = source.with_suffix(".tsm")
    result = RUN.invoke(app, ["train", str(source), "-o", str(out), "--seed", "3"])
    assert result.exit_code == 0, result.output
    assert "sequential of 120 rows x 3 columns" in result.stdout and "seed 3" in result.stdout
    return out


def test_rows_are_written_as_the_source_was(model: Path, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.csv"
    result = RUN.invoke(app, ["synthesize", str(model), "-o", str(out), "--seed", "1"])
    assert result.exit_code == 0, result.output
    real, made = (path.read_text().splitlines() for path in (source, out))
    assert made[0] == real[0] and len(made) == ROWS + 1
    assert {line.split(",")[0] for line in made[1:]} <= {f"{n:03d}" for n in range(5)}
    pairs = {tuple(line.split(",")[:2]) for line in real[1:]}
    assert {tuple(line.split(",")[:2]) for line in made[1:]} <= pairs


def test_the_same_seed_writes_the_same_bytes(model: Path, tmp_path: Path) -> None:
    outs = [tmp_path / name for name in ("a.csv", "b.csv")]
    for out in outs:
        command = ["synthesize", str(model), "-o", str(out), "--rows", "7e1", "--seed", "8"]
        assert RUN.invoke(app, command).exit_code == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_copies_are_files_of_the_next_seeds(model: Path, tmp_path: Path) -> None:
    many, one = tmp_path / "copies", tmp_path / "one.csv"
    asked = ["synthesize", str(model), "--rows", "70"]
    result = RUN.invoke(app, [*asked, "-o", str(many), "--seed", "8", "--copies", "3"])
    assert result.exit_code == 0, result.output
    assert sorted(each.name for each in many.iterdir()) == [f"copies_{n}.csv" for n in (1, 2, 3)]
    assert RUN.invoke(app, [*asked, "-o", str(one), "--seed", "10"]).exit_code == 0
    assert (many / "copies_3.csv").read_bytes() == one.read_bytes()
    refused = RUN.invoke(app, [*asked, "-o", str(one), "--copies", "2"])
    assert refused.exit_code == 2 and "2 tables need a folder" in refused.stderr


def test_files_with_types_have_typed_columns(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.parquet"
    command = ["synthesize", str(model), "-o", str(out), "--rows", "30", "--json"]
    result = RUN.invoke(app, command)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["rows"] == 30
    assert str(pq.read_schema(out).field("size").type) == "double"


def test_training_is_told_as_json_and_the_same_again(source: Path, tmp_path: Path) -> None:
    outs = [tmp_path / "one.tsm", tmp_path / "two.tsm"]
    for out in outs:
        command = ["train", str(source), "-o", str(out), "--seed", "5", "--target", "open"]
        result = RUN.invoke(app, [*command, "--synthesizer", "independent", "--json"])
        assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["target"], told["synthesizer"], told["rows"]) == ("open", "independent", ROWS)
    assert without_times(outs[0].read_bytes()) == without_times(outs[1].read_bytes())


def test_what_is_wrong_ends_with_a_status_and_words(source: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.csv"
    small.write_text("a\n1\n2\n", encoding="utf-8")
    refused = RUN.invoke(app, ["train", str(small), "-o", str(tmp_path / "m.tsm")])
    assert refused.exit_code == 1 and "too small" in refused.stderr
    unknown = RUN.invoke(app, ["train", str(source), "-o", str(small), "--target", "zzz"])
    assert unknown.exit_code == 2 and "no column 'zzz'" in unknown.stderr
    no_model = RUN.invoke(app, ["synthesize", str(source), "-o", str(tmp_path / "x.csv")])
    assert no_model.exit_code == 1 and "not a model file" in no_model.stderr


SOURCES = Path(__file__).parents[1] / "data" / "sources"


def trained(tmp_path: Path, *options: str) -> tuple[int, str]:
    arguments = ["train", str(SOURCES / "telco.csv"), "-o", str(tmp_path / "m.tsm"), "--seed", "1"]
    done = RUN.invoke(app, [*arguments, *options])
    return done.exit_code, done.output


def drawn(tmp_path: Path, *options: str) -> list[dict[str, str]]:
    arguments = ["synthesize", str(tmp_path / "m.tsm"), "-o", str(tmp_path / "o.csv")]
    done = RUN.invoke(app, [*arguments, "--seed", "2", *options])
    assert done.exit_code == 0, done.output
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_keys_are_new_and_in_the_form_of_the_source(tmp_path: Path) -> None:
    assert trained(tmp_path)[0] == 0
    rows = drawn(tmp_path, "--rows", "500", "--workers", "1")
    with (SOURCES / "telco.csv").open(encoding="utf-8", newline="") as file:
        source = list(csv.DictReader(file))
    assert list(rows[0]) == list(source[0])
    ids = {row["customerID"] for row in rows}
    assert len(ids) == 500
    assert all(re.fullmatch(r"\d{4}-[A-Z]{5}", each) for each in ids)
    assert not ids & {row["customerID"] for row in source}
    assert drawn(tmp_path, "--rows", "500", "--workers", "2") == rows


def test_a_definition_says_what_is_learned_faked_and_left_out(tmp_path: Path) -> None:
    definition = tmp_path / "synthesis.yaml"
    definition.write_text(
        "tables:\n  telco:\n    rows: 40\n    columns:\n"
        "      customerID: drop\n"
        "      gender: {treatment: fake, provider: first_name}\n"
        "      tenure: {kind: category}\n"
    )
    assert trained(tmp_path, "--definition", str(definition))[0] == 0
    rows = drawn(tmp_path)
    assert len(rows) == 40
    assert "customerID" not in rows[0]
    assert not {row["gender"] for row in rows} & {"Male", "Female"}
    definition.write_text("tables: {telco: {columns: {tenur: drop, gender: keep}}}")
    status, output = trained(tmp_path, "--definition", str(definition))
    assert status == 2
    assert "tables.telco.columns.tenur" in output


FROM_MODEL = """
from: {model}
n_samples: 200
features:
  fee: {{type: float, min: 0, max: 5, decimals: 2}}
constraints: ["fee <= size"]
target: {{open: {{cats: {{"yes": 0.25}}, positive: "yes"}}}}
"""


def test_a_definition_takes_its_table_from_a_model_beside_it(model: Path, tmp_path: Path) -> None:
    """Paths are those from the definition's folder; the manifest names the very model."""
    (tmp_path / "m.tsm").write_bytes(model.read_bytes())
    definition = tmp_path / "visits.yaml"
    definition.write_text(FROM_MODEL.format(model="m.tsm"), encoding="utf-8")
    command = ["generate", str(definition), "-o", str(tmp_path / "out"), "--manifest", "--strict"]
    result = RUN.invoke(app, [*command, "--seed", "1", "--key-dir", str(tmp_path / "keys")])
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader((tmp_path / "out" / "visits.csv").read_text().splitlines()))
    assert list(rows[0]) == ["shop", "size", "fee", "open"]
    assert sum(row["open"] == "yes" for row in rows) == 50
    kept = json.loads((tmp_path / "out" / "manifest.json").read_text())["definition"]
    assert kept["from"]["model"] == "m.tsm" and len(kept["from"]["sha256"]) == 64
    (tmp_path / "kept.json").write_text(json.dumps(kept))
    again = RUN.invoke(app, ["generate", str(tmp_path / "kept.json"), "-o",
        str(tmp_path / "again.csv"), "--seed", "1"])  # fmt: skip
    assert again.exit_code == 0, again.output
    made = (tmp_path / "again.csv").read_bytes()
    assert made == (tmp_path / "out" / "visits.csv").read_bytes()
    other = RUN.invoke(app, ["generate", "-", "-o", str(tmp_path / "x.csv")],
        input=FROM_MODEL.format(model=str(model)))  # fmt: skip
    assert other.exit_code == 0, other.output


def test_a_model_that_is_not_there_is_one_fault_with_its_line(tmp_path: Path) -> None:
    definition = tmp_path / "visits.yaml"
    definition.write_text(FROM_MODEL.format(model="none.tsm"), encoding="utf-8")
    for name, content in (("none.tsm", None), ("text.tsm", "no model")):
        if content:
            (tmp_path / name).write_text(content)
            definition.write_text(FROM_MODEL.format(model=name), encoding="utf-8")
        result = RUN.invoke(app, ["validate", str(definition)])
        assert result.exit_code == 2
        assert len(result.output.strip().splitlines()) == 1
        assert result.output.startswith("error: line 2, from: ")


HONOURED = (
    "tables: {shops: {columns: {size: drop}}}\n"
    "synthesizer: {name: independent}\ntarget: open\nseed: 21\nprivacy: {k: 9}\n"
)


def _described(source: Path, tmp_path: Path, definition: str, *options: str) -> dict[str, Any]:
    (tmp_path / "d.yaml").write_text(definition)
    arguments = ["train", str(source), "-o", str(tmp_path / "m.tsm"), "--json"]
    done = RUN.invoke(app, [*arguments, "--definition", str(tmp_path / "d.yaml"), *options])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_all_that_a_definition_says_is_honoured(source: Path, tmp_path: Path) -> None:
    told = _described(source, tmp_path, HONOURED)
    names = ("synthesizer", "target", "seed", "k", "columns")
    assert [told[name] for name in names] == ["independent", "open", 21, 9, ["shop", "open"]]
    options = ["--synthesizer", "copula", "--target", "shop", "--seed", "4"]
    told = _described(source, tmp_path, HONOURED, *options)
    assert [told[name] for name in names] == ["copula", "shop", 4, 9, ["shop", "open"]]


def test_settings_of_a_definition_are_those_of_its_synthesizer(
    source: Path, tmp_path: Path
) -> None:
    definition = "tables: {shops: {}}\nseed: 1\nsynthesizer: {max_rounds: 7, model_size: large}\n"
    _described(source, tmp_path, definition)
    learned = load_model(tmp_path / "m.tsm")
    assert learned.settings.model_dump()["max_rounds"] == 7
    arguments = ["train", str(source), "-o", str(tmp_path / "m.tsm")]
    done = RUN.invoke(app, [*arguments, "--definition", str(tmp_path / "d.yaml")])
    assert "model_size" not in done.stderr
    done = RUN.invoke(
        app, [*arguments, "--definition", str(tmp_path / "d.yaml"), "--synthesizer", "copula"]
    )
    assert "synthesizer.model_size has no effect" in done.stderr


def test_values_that_are_not_protected_are_warned_of(source: Path, tmp_path: Path) -> None:
    definition = "tables: {shops: {}}\nprivacy: {value_protection: false}\n"
    told = _described(source, tmp_path, definition)
    assert told["k"] == 1 and any("not protected" in each for each in told["warnings"])


@pytest.mark.parametrize(
    ("definition", "path"), [("privacy: {epsilon: 1, delta: 0.000001}", "privacy.epsilon")]
)
def test_what_cannot_be_carried_out_is_refused(
    source: Path, tmp_path: Path, definition: str, path: str
) -> None:
    (tmp_path / "d.yaml").write_text(f"tables: {{shops: {{}}}}\n{definition}\n")
    arguments = ["train", str(source), "-o", str(tmp_path / "m.tsm")]
    done = RUN.invoke(app, [*arguments, "--definition", str(tmp_path / "d.yaml")])
    assert done.exit_code == 2 and path in done.stderr


def test_a_folder_of_tables_is_refused_with_what_can_be_done(tmp_path: Path) -> None:
    done = RUN.invoke(app, ["train", str(SOURCES / "northwind"), "-o", str(tmp_path / "m.tsm")])
    assert done.exit_code == 2 and not (tmp_path / "m.tsm").exists()
    assert "tables.Categories: has 8 rows" in done.stderr and "original: true" in done.stderr


def test_a_table_of_a_database_is_learned(source: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "shop.db", tmp_path / "m.tsm"
    with source.open(encoding="utf-8") as file, closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE shops (shop TEXT, open TEXT, size REAL)")
        database.execute("CREATE TABLE others (x INTEGER)")
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
        database.executemany("INSERT INTO shops VALUES (?, ?, ?)", rows)
        database.commit()
    url = f"sqlite:///{path}"
    arguments = ["-o", str(out), "--seed", "1", "--synthesizer", "independent"]
    refused = RUN.invoke(app, ["train", url, *arguments])
    assert refused.exit_code == 1 and "2 tables: others, shops" in refused.stderr
    for options in (["--table", "shops"], ["--query", "SELECT * FROM shops WHERE size < 10"]):
        done = RUN.invoke(app, ["train", url, *options, *arguments])
        assert done.exit_code == 0, done.output
        learned = load_model(out)
        assert learned.schema.names == ["shop", "open", "size"]
        assert learned.rows == (ROWS if options[0] == "--table" else 60)


@pytest.mark.parametrize(
    "options",
    [["x.csv", "--table", "a"], ["x.csv", "--query", "SELECT 1"],
     ["sqlite:///x.db", "--table", "a", "--query", "SELECT 1"]],
)  # fmt: skip
def test_options_of_a_database_are_of_one_thing(options: list[str], tmp_path: Path) -> None:
    done = RUN.invoke(app, ["train", *options, "-o", str(tmp_path / "m.tsm")])
    assert done.exit_code == 2 and "--query" in done.stderr


def test_columns_that_are_kept_are_given(tmp_path: Path) -> None:
    definition = tmp_path / "synthesis.yaml"
    definition.write_text("tables: {telco: {columns: {gender: keep, tenure: keep}}}")
    options = ("--definition", str(definition), "--synthesizer", "independent")
    assert trained(tmp_path, *options)[0] == 0
    model, out = str(tmp_path / "m.tsm"), str(tmp_path / "o.csv")
    refused = RUN.invoke(app, ["synthesize", model, "-o", out])
    assert refused.exit_code == 2
    assert "has to give the columns that keep their own values: gender, tenure" in refused.output
    rows = drawn(tmp_path, "--given", str(SOURCES / "telco.csv"))
    with (SOURCES / "telco.csv").open(encoding="utf-8", newline="") as file:
        source = list(csv.DictReader(file))
    assert list(rows[0]) == list(source[0])
    kept = {"customerID": False, "gender": True, "tenure": True, "Churn": False}
    for name, same in kept.items():
        assert ([row[name] for row in rows] == [row[name] for row in source]) is same


def test_rows_meet_conditions_and_holes_are_filled(tmp_path: Path) -> None:
    assert trained(tmp_path, "--synthesizer", "independent")[0] == 0
    asked = tmp_path / "asked.yaml"
    asked.write_text(
        "conditions: [{where: \"Churn == 'Yes' and tenure > 10\", rows: 30}]\n"
        "shares: {gender: {Female: 0.25}}\n"
    )
    rows = drawn(tmp_path, "--rows", "80", "--conditions", str(asked))
    assert len(rows) == 80 and sum(row["gender"] == "Female" for row in rows) == 20
    assert sum(row["Churn"] == "Yes" and int(row["tenure"]) > 10 for row in rows) == 30
    holed = tmp_path / "holed.csv"
    lines = [row | {"tenure": "", "extra": "x"} for row in rows]
    with holed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    filled = drawn(tmp_path, "--impute", str(holed))
    assert all(row["tenure"] for row in filled) and "extra" not in filled[0]
    assert [{**row, "tenure": ""} for row in filled] == [{**row, "tenure": ""} for row in rows]
    asked.write_text("[{where: tenure > 900, rows: 3}]")
    command = ["synthesize", str(tmp_path / "m.tsm"), "-o", str(tmp_path / "o.csv")]
    refused = RUN.invoke(app, [*command, "--conditions", str(asked)])
    assert refused.exit_code == 2 and "0 of 3 can be had" in refused.output


def test_rows_have_a_card_that_says_what_the_model_was_worth(
    run: Run, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "made" / "rows.csv"
    assert run("synthesize", model, "-o", out, "--rows", 20, "--seed", 3, "--card").exit_code == 0
    card = (out.parent / "data-card.md").read_text()
    assert "Rows drawn by a model" in card and "| learned |" in card
    assert "None was given" in card and "license" not in card
    described = json.loads((out.parent / "croissant.json").read_text())
    assert described["recordSet"][0]["field"] and "license" not in described
