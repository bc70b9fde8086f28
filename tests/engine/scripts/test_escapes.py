"""Hundreds of hostile scripts: none gets out, each is refused or ends in words, within bounds."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.engine.scripts import ScriptError, limits, read_script, running, sandbox
from app.engine.scripts.checking import script_faults
from app.engine.scripts.interpreter import SIZES
from app.engine.scripts.running import run_script
from app.engine.scripts.sandbox import Sandbox
from tests.engine.scripts.hostile import LOADS, SCRIPTS, STATE, UNKNOWN_NAMES, whole

SECRET = "a-secret-of-the-service"
ROWS: dict[str, list[Any]] = {"a": [1, 2, 3], "t": ["x", "y", "z"], "n": [None, None, None]}
SECONDS = 1  # of CPU, of a check or of three rows, in place of 2 and 10
MOST_SECONDS = 60.0  # of CPU, of all scripts together
PATIENCE = 60.0  # of wall clock, however busy the machine


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Little time, something to find, and a place where a file would be seen."""
    monkeypatch.setattr(limits, "CHECK_SECONDS", SECONDS)
    monkeypatch.setattr(limits, "CHUNK_SECONDS", SECONDS)
    monkeypatch.setenv("TABLESMITH_TEST_SECRET", SECRET)
    monkeypatch.chdir(tmp_path)
    yield
    running.close_all()


def outcome(text: str, faults: list[Any]) -> str:
    """What came of a script, in words: why it was refused, how it ended, or what it gave."""
    if faults:
        return " | ".join(fault.text for fault in faults)
    script = read_script(text)
    if not script.columns.keys() <= ROWS.keys():
        return "reads a column that is not there"
    try:
        return f"gives {run_script(script, ROWS, 3)}"
    except ScriptError as error:
        return str(error)


def test_no_script_gets_out(tmp_path: Path) -> None:
    assert len(set(SCRIPTS)) >= 300
    pid, wild, before = os.getpid(), {}, seconds_of_children()
    for text, faults in zip(SCRIPTS, script_faults(SCRIPTS), strict=True):
        said = outcome(text, faults)
        if not said or SECRET in said or "root:" in said:
            wild[text] = said
    assert wild == {}
    assert os.getpid() == pid and not any(tmp_path.iterdir())
    running.close_all()
    assert seconds_of_children() - before < MOST_SECONDS


def seconds_of_children() -> float:
    """CPU time of all processes that have ended."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def test_what_names_the_outside_is_refused_before_a_row_is_computed() -> None:
    texts = [*map(whole, UNKNOWN_NAMES), *LOADS]
    unrefused = [t for t, faults in zip(texts, script_faults(texts), strict=True) if not faults]
    assert unrefused == []


def test_no_row_shows_in_another() -> None:
    """What a script keeps beside its row is frozen, or new in every row."""
    for text, faults in zip(STATE, script_faults(STATE), strict=True):
        said = outcome(text, faults)
        assert "gives" not in said or said == "gives [1, 1, 1]", text


def test_the_process_has_nothing_to_reach() -> None:
    """Even if Starlark had a hole: no file, no socket, no process can be opened, and nothing of
    this process is in its environment."""
    run_script(read_script("def value(row): return 1"), {}, 1)
    (kept,) = running._kept.values()
    proc = Path(f"/proc/{kept.pid}")
    bounds = {line[:26].strip(): line[26:].split()[:2] for line in open_text(proc / "limits")}
    assert bounds["Max open files"] == ["0", "0"] == bounds["Max processes"]
    assert bounds["Max file size"] == ["0", "0"] == bounds["Max core file size"]
    assert bounds["Max address space"] == [str(limits.MEMORY_BYTES)] * 2
    assert bounds["Max cpu time"][0] != "unlimited"
    assert (proc / "environ").read_bytes() == b"MALLOC_ARENA_MAX=1\0"
    assert len(list((proc / "fd").iterdir())) == 3
    assert (proc / "cwd").readlink() == Path("/")


def open_text(path: Path) -> list[str]:
    return path.read_text().splitlines()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("for i in range(1000000000): pass", "takes too many steps, at line 2, column 5"),
        ("return max(range(1000000000000 // 1000))", "takes more than 1 s of CPU time"),
        ("return 'a' * 2000000000", "takes more than 256 MiB of memory"),
        ("return value(row)", "call stack overflow, at line 2, column 12"),
        ("return ['x' * 100000] * 130", "gives texts that are too long"),
    ],
)
def test_each_bound_is_said_in_words(body: str, said: str) -> None:
    with pytest.raises(ScriptError, match=said.replace(".", r"\.")):
        run_script(read_script(whole(body)), {}, 3)
    assert run_script(read_script("def value(row): return 1"), {}, 2) == [1, 1]


def test_steps_are_the_same_on_every_run() -> None:
    """A script that just fits always fits, one that just does not never does."""

    def passes(count: int) -> str:
        text = f"def value(row):\n    for i in range({count}): pass\n    return 1\n"
        return outcome(text, [])

    assert {passes(limits.ROW_STEPS - 1000) for _ in range(3)} == {"gives [1, 1, 1]"}
    assert {passes(limits.ROW_STEPS + 1000)[:20] for _ in range(3)} == {"takes too many steps"}


@pytest.mark.parametrize(
    "answer",
    [b"", b"\0" * 7, SIZES.pack(2**31, 2**31), SIZES.pack(2, 0) + b"{]", SIZES.pack(9, 9) + b"{}"],
)
def test_an_interpreter_that_answers_nonsense_is_ended(
    answer: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "liar.py"
    program.write_text(f"import sys\nsys.stdout.buffer.write({answer!r})\nsys.stdout.flush()\n")
    monkeypatch.setattr(sandbox, "PROGRAM", program)
    with pytest.raises(ScriptError, match="made the interpreter fail"):
        run_script(read_script("def value(row): return 1"), {}, 1)
    program.unlink()


@pytest.mark.parametrize("element", ["[]", "{}", "0"])
def test_an_answer_that_takes_much_room_is_not_read(
    element: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists in lists take fifty times as much memory of this process as their text."""
    monkeypatch.setattr(running, "UNREAD", 1000)
    script = read_script(f"L = [{element}] * 300\ndef value(row): return L\n")
    with pytest.raises(ScriptError, match="gives values that cannot be read, at line 2"):
        run_script(script, {}, 4)


def test_a_long_answer_of_plain_values_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "UNREAD", 0)
    script = read_script("def value(row): return row['x']\n")
    values = ['a"],[\\', "ä\n\0", "", None, True, False, 0, -3, 1.5e300, 0.1, 2**60]
    assert run_script(script, {"x": values}, len(values)) == values
    assert run_script(script, {"x": values}, 1) == values[:1]


def test_threads_do_not_end_the_processes_of_one_another() -> None:
    """With more scripts at work than are kept, of which some are the same."""
    scripts = [read_script(f"def value(row): return row['a'] + {n}\n") for n in range(6)]
    wrong: list[str] = []

    def work(first: int) -> None:
        for turn in range(first, first + 12):
            number = turn * 5 % 6
            try:
                if run_script(scripts[number], {"a": [1, 2]}, 2) != [1 + number, 2 + number]:
                    wrong.append("values of another script")
            except ScriptError as error:
                wrong.append(str(error))

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(running._kept) == running.KEPT


def test_a_process_that_has_ended_meanwhile_is_replaced() -> None:
    script = read_script("def value(row): return 1")
    run_script(script, {}, 1)
    (kept,) = running._kept.values()
    kept.close()
    assert run_script(script, {}, 1) == [1]


def test_a_forked_process_asks_none_of_its_parent() -> None:
    run_script(read_script("def value(row): return 1"), {}, 1)
    assert len(running._kept) == 1
    child = os.fork()
    if not child:
        os._exit(len(running._kept))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_it_ends_when_nobody_waits() -> None:
    with Sandbox() as one:
        stream = one._process.stdin
        assert stream is not None
        stream.close()
        assert one._process.wait(timeout=PATIENCE) == 0
