"""Adding something takes the files that the recipes of docs/design.md name, and no other edit.

A copy of the program is given the files; what runs then runs in processes of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from scipy.stats import gumbel_r, kstest

from tests.acceptance import additions
from tests.acceptance.http.server import running_server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
Python = Callable[..., str]

DEFINITION = """\
name: people
seed: 7
n_samples: 3000
features:
  id: {type: id, format: sequence}
  age: {type: int, min: 18, max: 90}
  score: {type: float, mean: 3, std: 2}
  flood: {type: float, distribution: {gumbel_r: {loc: 2, beta: 1.5}}}
  city: {type: category, cats: [Rome, Oslo]}
  throw: {type: dice, sides: 20}
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with everything that `additions` holds."""
    root = tmp_path_factory.mktemp("extended")
    for name in ("app", "migrations", "docs", "examples"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "app/engine/formats/streams.py").write_text(additions.FORMAT, "utf-8")
    (root / "app/engine/distributions/gumbel.py").write_text(additions.DISTRIBUTION, "utf-8")
    (root / "app/sinks/kinds/journal.py").write_text(additions.SINK, "utf-8")
    (root / "app/engine/evaluation/metrics/log_loss.py").write_text(additions.METRIC, "utf-8")
    (root / "app/engine/generators/numbers/dice.py").write_text(additions.COLUMN, "utf-8")
    _insert(root / "app/engine/schema/column_types.py", additions.COLUMN_TYPE, after="TYPES = (\n")
    (root / "app/kinds/count").mkdir()
    (root / "app/kinds/count/__init__.py").touch()
    shutil.copy(ROOT / "tests/kinds/toy.py", root / "app/kinds/count/kind.py")
    (root / "people.yaml").write_text(DEFINITION, "utf-8")
    return root


def _insert(path: Path, text: str, *, after: str) -> None:
    before, found, rest = path.read_text("utf-8").partition(after)
    assert found, path
    path.write_text(before + found + text + rest, "utf-8")


@pytest.fixture
def python(extended: Path) -> Python:
    """Run the copy in a fresh interpreter; what it printed."""

    def run(*arguments: object) -> str:
        environment = os.environ | {"PYTHONPATH": str(extended)}
        result = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=extended,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    return run


def test_a_format_is_written_signed_and_checked_by_the_command_line(
    python: Python, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    generate = ("-m", "app.cli", "generate", "people.yaml", "-o", out, "--format", "streams")
    keys = ("--key-dir", tmp_path / "keys")
    made = json.loads(python(*generate, "--manifest", *keys, "--workers", 1, "--json"))
    assert (out / "people.ipcs").stat().st_size == made["tables"][0]["files"][0]["bytes"]
    assert {fact["holds"] for fact in made["facts"]} == {True}
    assert len(made["facts"]) > 5
    assert "streams" in python("-m", "app.cli", "generate", "--help")
    assert "are as they were signed" in python("-m", "app.cli", "verify-manifest", out)


@pytest.fixture(scope="module")
def sink_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sink")


@pytest.fixture(scope="module")
def client(
    extended: Path, sink_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client of the copy's service."""
    folder = tmp_path_factory.mktemp("service")
    with (
        running_server(folder, extended, local_sink_root=str(sink_root)) as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        yield client


def test_a_format_is_made_measured_and_downloaded_over_http(client: httpx.Client) -> None:
    request = {"schema": yaml.safe_load(DEFINITION), "formats": ["streams"]}
    answer = client.post("/v1/jobs", json=request, headers={"Prefer": "wait=30"})
    job = answer.json()
    assert job["status"] == "succeeded", job
    assert job["warnings"] == []
    assert {fact["holds"] for fact in job["result"]["facts"]} == {True}
    link = f"/v1/jobs/{job['id']}/result"
    made = client.get(link, params={"format": "streams"})
    assert made.headers["content-type"] == "application/vnd.example.streams"
    assert "people.ipcs" in made.headers["content-disposition"]
    assert pa.ipc.open_stream(made.content).read_all().num_rows == 3000
    chosen = client.get(link, headers={"Accept": "text/plain, application/vnd.example.streams"})
    assert chosen.content == made.content


def test_a_format_is_made_at_download(client: httpx.Client) -> None:
    request = {"schema": yaml.safe_load(DEFINITION), "formats": ["csv"]}
    job = client.post("/v1/jobs", json=request, headers={"Prefer": "wait=30"}).json()
    made = client.get(f"/v1/jobs/{job['id']}/result", params={"format": "streams"})
    assert pa.ipc.open_stream(made.content).read_all()["id"].to_pylist()[:2] == [1, 2]


def test_a_format_is_described_and_offered(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    operation = described["paths"]["/v1/jobs/{id}/result"]["get"]
    assert "streams" in described["components"]["schemas"]["FileFormat"]["enum"]
    assert "application/vnd.example.streams" in operation["responses"]["200"]["content"]
    refused = client.post("/v1/jobs", json={"schema": {}, "formats": ["nonsense"]})
    assert "streams" in refused.text


def test_a_distribution_is_drawn_and_measured(python: Python, tmp_path: Path) -> None:
    keys = ("--key-dir", tmp_path / "keys", "--manifest", "--workers", 1, "--json")
    run = (
        "-m",
        "app.cli",
        "generate",
        "people.yaml",
        "-o",
        tmp_path / "out",
        "--format",
        "parquet",
    )
    facts = json.loads(python(*run, *keys))["facts"]
    measured = [fact for fact in facts if fact["fact"] == "distribution of flood"]
    assert [fact["holds"] for fact in measured] == [True]
    drawn = pq.read_table(tmp_path / "out" / "people.parquet")["flood"].to_numpy()
    assert kstest(drawn, gumbel_r(2, 1.5).cdf).statistic < 0.001


def test_a_distribution_is_described_with_its_words(client: httpx.Client) -> None:
    described = client.get("/openapi.json").text
    assert "How far apart the largest values lie." in described
    document = {"features": {"x": {"type": "float", "distribution": {"gumbel": {"beta": -1}}}}}
    refused = client.post("/v1/schemas/validate", json=document)
    assert "must be above 0, not -1" in refused.text


PLOTTED = """
from app.ui.model import shapes
from app.ui.model.density import density

spec = {"type": "float"}
shapes.set_kind(spec, "gumbel")
assert spec["distribution"] == {"gumbel": {"loc": 0, "beta": 1}}
print(len(density(spec).x), "gumbel" in shapes.KINDS)
"""


def test_a_distribution_is_offered_and_plotted_by_the_pages(python: Python) -> None:
    assert python("-c", PLOTTED).split() == ["160", "True"]


def test_a_sink_is_offered_checked_and_delivered_to(client: httpx.Client, sink_root: Path) -> None:
    offered = {each["kind"]: each for each in client.get("/v1/sinks").json()["items"]}
    assert "Which page of the journal." in json.dumps(offered["journal"]["target"])
    definition = yaml.safe_load(DEFINITION)
    refused = client.post("/v1/jobs", json={"schema": definition, "sinks": [{"kind": "journal"}]})
    assert "page" in refused.text
    request = {"schema": definition, "sinks": [{"kind": "journal", "page": "one.txt"}]}
    job = client.post("/v1/jobs", json=request, headers={"Prefer": "wait=30"}).json()
    assert [each["status"] for each in job["deliveries"]] == ["delivered"], job
    assert "people.ipcs" in (sink_root / "one.txt").read_text().splitlines()


def test_a_metric_is_computed_of_a_trained_model(client: httpx.Client) -> None:
    cats = [{"label": "no", "proportion": 0.7}, {"label": "yes", "proportion": 0.3}]
    target = {"name": "y", "type": "category", "cats": cats, "positive": "yes", "auc": 0.8}
    age = {"type": "int", "min": 18, "max": 90, "correlation": "positive"}
    definition = {"n_samples": 2000, "seed": 1, "features": {"age": age}, "target": target}
    request = {"schema": definition, "verify": True}
    job = client.post("/v1/jobs", json=request, headers={"Prefer": "wait=30"}).json()
    assert job["status"] == "succeeded", job
    assert 0.3 < job["result"]["verification"]["log_loss"] < 0.7
    described = client.get("/openapi.json").json()["components"]["schemas"]
    assert "log_loss" in described["ClassificationResult"]["properties"]
    assert "log_loss" not in described["RegressionResult"]["properties"]


def test_a_type_of_columns_is_read_described_and_drawn(
    client: httpx.Client, python: Python, tmp_path: Path
) -> None:
    run = ("-m", "app.cli", "generate", "people.yaml", "-o", tmp_path / "out.parquet")
    python(*run, "--format", "parquet", "--workers", 1)
    drawn = pq.read_table(tmp_path / "out.parquet")["throw"].to_pylist()
    assert sorted(set(drawn)) == list(range(1, 21))
    assert drawn.count(1) == 150
    document = {"features": {"x": {"type": "die", "sides": 1, "side": 3}}}
    refused = client.post("/v1/schemas/validate", json=document).json()["errors"]
    assert sorted(fault["path"] for fault in refused) == ["features.x.side", "features.x.sides"]
    schema = json.loads(python("-m", "app.cli", "schema", "--json"))["$defs"]
    assert schema["die_column"]["properties"]["type"]["enum"] == ["die", "dice"]
    assert {"$ref": "#/$defs/die_column"} in schema["typed_column"]["oneOf"]


def test_a_kind_of_job_is_described_with_what_it_makes(client: httpx.Client) -> None:
    job = client.post(
        "/v1/jobs", json={"kind": "count", "text": "aab"}, headers={"Prefer": "wait=30"}
    )
    result = job.json()["result"]
    assert result["details"] == {"most": "a", "resumed": 0}
    assert [made["name"] for made in result["artifacts"]] == ["model", "report"]
    described = client.get("/openapi.json").json()
    schemas = described["components"]["schemas"]
    assert "pause" in schemas["CountRequest"]["properties"]
    details = schemas["ResultBody"]["properties"]["details"]["anyOf"]
    assert {"$ref": "#/components/schemas/Counted"} in details
    assert "count" in schemas["JobKindName"]["enum"]
    operation = described["paths"]["/v1/jobs/{id}/artifacts/{name}"]["get"]
    assert "application/vnd.example.letters" in operation["responses"]["200"]["content"]
