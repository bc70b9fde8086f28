from __future__ import annotations

import hashlib
import itertools
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from app.engine.errors import Cancelled, FormatError, GenerationError, RowLimitError
from app.engine.execution import parts, pool, run, worker
from app.engine.execution.executors import FEW_ROWS, INLINE, PROCESS, local_executor
from app.engine.execution.inline import InlineExecutor
from app.engine.execution.results import CancelToken, Progress
from app.engine.execution.run import render, run_generation
from app.engine.formats import FORMATS, FormatOptions
from tests.engine.execution.fake_plan import FakePlan, FakeTable

PLAN = FakePlan((FakeTable("many", 5500), FakeTable("none", 0)))


def _run(plan: FakePlan, folder: Path, formats: Any = ("csv",), **settings: Any) -> Any:
    folder.mkdir(exist_ok=True)
    return run_generation(plan, folder, formats, **settings)  # type: ignore[arg-type]


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_format_of_every_table(tmp_path: Path) -> None:
    generated = _run(PLAN, tmp_path, FORMATS)
    assert [(table.name, table.rows) for table in generated.tables] == [("many", 5500), ("none", 0)]
    files = [file for table in generated.tables for file in table.files]
    assert {path.name for path in tmp_path.iterdir()} == {file.path.name for file in files}
    for file in files:
        data = file.path.read_bytes()
        assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert pq.read_table(tmp_path / "many.parquet")["number"].to_pylist() == list(range(5500))


def test_same_bytes_for_any_number_of_workers(tmp_path: Path) -> None:
    for workers in (1, 2, 4):
        _run(PLAN, tmp_path / str(workers), FORMATS, workers=workers)
    assert _bytes(tmp_path / "1") == _bytes(tmp_path / "2") == _bytes(tmp_path / "4")


def test_progress_counts_all_rows(tmp_path: Path) -> None:
    seen: list[Progress] = []
    _run(PLAN, tmp_path, progress=seen.append)
    made = [step.done for step in seen if step.stage == "generate"]
    assert made[0] == 0
    assert made == sorted(made)
    assert made[-1] == seen[-1].done == seen[-1].total == 5500


def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path) -> None:
    _run(FakePlan((FakeTable("many", 5500),)), tmp_path / "calm")
    flag = tmp_path / "killed"
    plan = FakePlan((FakeTable("many", 5500, killed_once=flag),))
    _run(plan, tmp_path / "rough", workers=2)
    assert flag.exists()
    assert _bytes(tmp_path / "rough") == _bytes(tmp_path / "calm")


@pytest.mark.parametrize("refused", [0, 1])
def test_an_assembler_that_dies_before_it_takes_a_file_costs_no_file(
    refused: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submissions = itertools.count()

    class Dying(InlineExecutor):
        def submit(self, function: Any, *arguments: Any) -> Any:
            if next(submissions) == refused:
                raise BrokenProcessPool("died")
            return super().submit(function, *arguments)

    monkeypatch.setattr(run, "start_assembler", lambda _executor, _limits: Dying())
    generated = _run(FakePlan((FakeTable("few", 10),)), tmp_path)
    assert [file.path.name for table in generated.tables for file in table.files] == ["few.csv"]


def test_workers_that_always_die_end_the_run(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="died 3 times"):
        _run(FakePlan((FakeTable("many", 2000, deadly=True),)), tmp_path / "out")
    assert _bytes(tmp_path / "out") == {}


def test_a_failing_block_leaves_no_file(tmp_path: Path) -> None:
    plan = FakePlan((FakeTable("fine", 10), FakeTable("many", 5500, fails_at=4)))
    with pytest.raises(GenerationError, match="block 4 cannot be made"):
        _run(plan, tmp_path / "out", ("csv", "parquet"))
    assert _bytes(tmp_path / "out") == {}


def test_cancelling_leaves_nothing_and_a_rerun_is_the_same(tmp_path: Path) -> None:
    cancel = CancelToken()
    slow = FakePlan((FakeTable("many", 5500, seconds=0.05),))
    with pytest.raises(Cancelled):
        _run(slow, tmp_path / "out", progress=lambda _: cancel.cancel(), cancel=cancel)
    assert _bytes(tmp_path / "out") == {}
    _run(slow, tmp_path / "out")
    _run(FakePlan((FakeTable("many", 5500),)), tmp_path / "calm")
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "calm")


def test_cancelling_from_another_thread_is_prompt(tmp_path: Path) -> None:
    cancel = CancelToken()
    started = threading.Event()
    ended: list[float] = []

    def progress(step: Progress) -> None:
        if step.done:
            started.set()

    def work() -> None:
        with pytest.raises(Cancelled):
            _run(
                FakePlan((FakeTable("many", 20, block_size=10, seconds=30, instant=1),)),
                tmp_path / "out",
                progress=progress,
                cancel=cancel,
            )
        ended.append(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(60)
    asked = time.monotonic()
    cancel.cancel()
    thread.join(20)
    assert ended[0] - asked < 1
    assert _bytes(tmp_path / "out") == {}


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    plan = FakePlan((FakeTable("many", 5500, made=made),))
    cancel = CancelToken()

    def stop_late(step: Progress) -> None:
        if step.done >= 3000:
            cancel.cancel(keep_parts=True)

    with pytest.raises(Cancelled):
        _run(plan, tmp_path / "out", progress=stop_late, cancel=cancel)
    before = sum(1 for _ in made.iterdir())
    kept = len(list((tmp_path / "out" / ".parts").glob("*/many/*.csv")))
    assert kept >= 3
    _run(plan, tmp_path / "out")
    assert sum(1 for _ in made.iterdir()) == before + 6 - kept
    _run(FakePlan((FakeTable("many", 5500),)), tmp_path / "calm")
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "calm")


def test_parts_of_another_plan_are_not_used(tmp_path: Path) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        _run(
            FakePlan((FakeTable("many", 9000),)),
            tmp_path / "out",
            progress=lambda step: cancel.cancel(keep_parts=True) if step.done else None,
            cancel=cancel,
        )
    assert list((tmp_path / "out" / ".parts").glob("*/many/*.csv"))
    _run(PLAN, tmp_path / "out")
    _run(PLAN, tmp_path / "calm")
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "calm")


def _stop_halfway(plan: FakePlan, folder: Path) -> int:
    """Run a plan until some parts are there and leave them; how many blocks were made."""
    cancel = CancelToken()

    def stop(step: Progress) -> None:
        if step.done >= 3000:
            cancel.cancel(keep_parts=True)

    with pytest.raises(Cancelled):
        _run(plan, folder, progress=stop, cancel=cancel)
    made = plan.tables[0].made
    assert made is not None
    return sum(1 for _ in made.iterdir())


def test_parts_of_another_start_of_the_machine_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    plan = FakePlan((FakeTable("many", 5500, made=made),))
    monkeypatch.setattr(parts, "boot_id", lambda: "before the power failed")
    before = _stop_halfway(plan, tmp_path / "out")
    monkeypatch.setattr(parts, "boot_id", lambda: "after")
    _run(plan, tmp_path / "out")
    assert sum(1 for _ in made.iterdir()) == before + 6
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"many.csv"}


def test_runs_that_share_their_parts_do_not_disturb_each_other(tmp_path: Path) -> None:
    """A runner that lost its job goes on for a moment beside the one that has it now."""
    made = tmp_path / "made"
    made.mkdir()
    plan = FakePlan((FakeTable("many", 5500, made=made),))
    shared = tmp_path / "parts"
    inner: list[Any] = []

    def overtaken(step: Progress) -> None:
        if step.stage == "generate" and step.done >= 2000 and not inner:
            inner.append(_run(plan, tmp_path / "second", parts=shared))

    outer = _run(plan, tmp_path / "first", parts=shared, progress=overtaken)
    assert [file.sha256 for file in outer.tables[0].files] == [
        file.sha256 for file in inner[0].tables[0].files
    ]
    assert _bytes(tmp_path / "first") == _bytes(tmp_path / "second")
    assert not list(shared.glob("files-*"))
    assert list(shared.glob("*/many/*.csv"))


def test_a_format_made_later_is_the_same_file(tmp_path: Path) -> None:
    _run(PLAN, tmp_path / "run", ("parquet",))
    file = render(PLAN, "many", "parquet", tmp_path / "later.parquet")  # type: ignore[arg-type]
    assert file.path.read_bytes() == (tmp_path / "run" / "many.parquet").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"run", "later.parquet"}


def test_what_a_format_cannot_hold_is_refused_before_any_row(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    plan = FakePlan((FakeTable("many", 2_000_000, made=made),))
    with pytest.raises(RowLimitError):
        _run(plan, tmp_path / "out", ("csv", "xlsx"), options=FormatOptions(on_row_limit="refuse"))
    assert _bytes(tmp_path / "out") == _bytes(made) == {}


def test_an_unknown_format_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"'avro'.*csv.*parquet"):
        _run(PLAN, tmp_path, ("avro",))


def test_a_full_disk_is_said_in_plain_words(tmp_path: Path) -> None:
    plan = FakePlan((FakeTable("many", 5500, full_disk=True),))
    with pytest.raises(GenerationError, match="disk is full"):
        _run(plan, tmp_path / "out")
    assert _bytes(tmp_path / "out") == {}


def test_a_table_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    _run(FakePlan((FakeTable("../a/b", 10),)), tmp_path / "out")
    assert list(_bytes(tmp_path / "out")) == ["%2E.%2Fa%2Fb.csv"]


def test_a_run_in_this_thread_makes_the_same_files(tmp_path: Path) -> None:
    for executor in (INLINE, PROCESS):
        _run(PLAN, tmp_path / executor, FORMATS, executor=executor)
    assert _bytes(tmp_path / INLINE) == _bytes(tmp_path / PROCESS)


def test_a_run_in_this_thread_that_fails_leaves_no_file_and_holds_nothing(tmp_path: Path) -> None:
    plan = FakePlan((FakeTable("fine", 10), FakeTable("many", 5500, fails_at=4)))
    with pytest.raises(GenerationError, match="block 4 cannot be made"):
        _run(plan, tmp_path / "out", ("csv", "parquet"), executor=INLINE)
    assert _bytes(tmp_path / "out") == {}
    assert worker._assemblers == {}


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_what_a_caller_raises_ends_a_run_in_this_thread(form: str, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == "assemble":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run(PLAN, tmp_path / "out", (form,), progress=stop, executor=INLINE)
    assert _bytes(tmp_path / "out") == {}
    assert worker._assemblers == {}


@pytest.mark.parametrize(
    ("tables", "executor"),
    [
        ((FakeTable("one", 60_000, block_size=60_000),), INLINE),
        ((FakeTable("one", 1_001),), PROCESS),
        ((FakeTable("one", 10), FakeTable("two", 900)), INLINE),
        ((FakeTable("one", FEW_ROWS, block_size=FEW_ROWS), FakeTable("two", 1)), PROCESS),
        ((), INLINE),
    ],
)
def test_processes_start_where_they_have_something_to_share(
    tables: tuple[FakeTable, ...], executor: str
) -> None:
    assert local_executor(tables) == executor  # type: ignore[arg-type]


def test_what_must_be_stopped_or_bounded_runs_in_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    start = pool.start_pool
    monkeypatch.setattr(pool, "start_pool", lambda *given: started.append(1) or start(*given))
    plan = FakePlan((FakeTable("few", 10),))
    _run(plan, tmp_path / "here")
    assert not started
    _run(plan, tmp_path / "stoppable", cancel=CancelToken())
    assert started
    assert _bytes(tmp_path / "here") == _bytes(tmp_path / "stoppable")
