"""Blocks made by a real Dask scheduler and two workers are the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.engine.errors import Cancelled, GenerationError
from app.engine.execution.results import CancelToken, Progress
from app.engine.execution.run import run_generation
from tests.components.dask import DaskCluster, start_dask
from tests.engine.execution.fake_plan import FakePlan, FakeTable

pytestmark = pytest.mark.slow

PLAN = FakePlan((FakeTable("many", 5500), FakeTable("none", 0)))


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskCluster]:
    with start_dask(2) as started:
        yield started


def _run(plan: FakePlan, folder: Path, **settings: Any) -> dict[str, bytes]:
    folder.mkdir(exist_ok=True)
    run_generation(plan, folder, ("csv", "parquet"), **settings)  # type: ignore[arg-type]
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_bytes_as_in_processes(cluster: DaskCluster, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    plan = FakePlan((FakeTable("many", 5500, made=made), FakeTable("none", 0)))
    there = _run(plan, tmp_path / "dask", executor=cluster.executor)
    assert sum(1 for _ in made.iterdir()) == 6
    assert there == _run(PLAN, tmp_path / "here")


def test_a_failing_block_fails_the_run(cluster: DaskCluster, tmp_path: Path) -> None:
    plan = FakePlan((FakeTable("many", 5500, fails_at=4),))
    with pytest.raises(GenerationError, match="block 4 cannot be made"):
        _run(plan, tmp_path / "out", executor=cluster.executor)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_run_can_be_cancelled(cluster: DaskCluster, tmp_path: Path) -> None:
    cancel = CancelToken()
    slow = FakePlan((FakeTable("many", 5500, seconds=0.05),))

    def stop(step: Progress) -> None:
        if step.done:
            cancel.cancel()

    with pytest.raises(Cancelled):
        _run(slow, tmp_path / "out", executor=cluster.executor, cancel=cancel, progress=stop)
    assert not list((tmp_path / "out").glob("*.*sv"))


def test_a_worker_that_is_killed_costs_nothing_but_time(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(step: Progress) -> None:
        if step.done and not killed:
            killed.append(step.done)
            cluster.kill_worker(0)

    slow = FakePlan((FakeTable("many", 5500, seconds=0.05), FakeTable("none", 0)))
    there = _run(slow, tmp_path / "dask", executor=cluster.executor, progress=kill)
    assert killed
    assert there == _run(PLAN, tmp_path / "here")


def test_a_scheduler_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.execution.dask_executor.CONNECT_SECONDS", 0.5)
    with pytest.raises(GenerationError, match="no Dask scheduler"):
        _run(PLAN, tmp_path / "out", executor="dask://127.0.0.1:1")


def test_an_unknown_executor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="process or dask"):
        _run(PLAN, tmp_path / "out", executor="ray://127.0.0.1:1")
