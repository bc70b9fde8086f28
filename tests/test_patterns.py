"""Every regular expression takes a time that grows no faster than the text it is matched with.

The patterns are found in the code itself. Each is fed with texts that repeat what it begins with,
the worst that a stranger could send: whatever can be matched in many ways is met here.
"""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.engine.scripts import running
from app.engine.sources import dialects
from app.engine.training import private_tables
from app.telemetry import redaction

APP = Path(__file__).parents[1] / "app"
CALLS = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
LENGTH = 100_000
# A text of four times the length takes four times as long, or sixteen times where it is quadratic.
GROWTH = 9
# Seconds: shorter times say little about growth.
QUICK = 0.004
PIECES = 6


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(APP.rglob("*.py")):
        name = ".".join(file.relative_to(APP.parent).with_suffix("").parts)
        yield name.removesuffix(".__init__"), ast.parse(file.read_text())


def _uses(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls of `re.…` whose first argument is a pattern."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in CALLS
        ):
            yield node


def _flags(call: ast.Call) -> int:
    given = [each.value for each in call.keywords if each.arg == "flags"]
    given += [
        argument
        for argument in call.args[1:]
        if isinstance(argument, ast.Attribute | ast.BinOp) and "re." in ast.unparse(argument)
    ]
    return sum(int(eval(ast.unparse(each), {"re": re})) for each in given)


def _literal(call: ast.Call, module: str) -> str | None:
    """The pattern of a call, one of bytes as text; None where it is put together from what is known
    to it alone."""
    scope = vars(importlib.import_module(module))
    try:
        found = eval(compile(ast.Expression(call.args[0]), module, "eval"), dict(scope))
    except NameError:
        return None
    pattern = found if isinstance(found, str | bytes) else found.pattern
    return pattern.decode("latin-1") if isinstance(pattern, bytes) else str(pattern)


@dataclass(frozen=True)
class Use:
    """A pattern, and the ways in which the code matches it."""

    pattern: re.Pattern[str]
    methods: frozenset[str]


@cache
def _uses_of_all() -> dict[str, Use]:
    found: dict[str, Use] = {}
    for module, tree in _modules():
        names = _constants(tree)
        for call in _uses(tree):
            text = _literal(call, module)
            if text is None:
                continue
            assert isinstance(call.func, ast.Attribute)
            methods = {call.func.attr}
            if methods == {"compile"}:
                methods = _methods().get(names.get(call.lineno, ""), set()) & CALLS or {"sub"}
            found[f"{module}:{text[:60]}"] = Use(re.compile(text, _flags(call)), frozenset(methods))
    return found


def _constants(tree: ast.Module) -> dict[int, str]:
    """The names that are given to what begins on a line."""
    return {
        node.value.lineno: target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


@cache
def _methods() -> dict[str, set[str]]:
    """The methods that are called on what has a name, anywhere in the code."""
    found: dict[str, set[str]] = {}
    for _, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.setdefault(node.value.id, set()).add(node.attr)
    return found


def _unknown() -> list[str]:
    """Calls whose pattern is known only while the program runs."""
    return [
        f"{module}: {ast.unparse(call)}"
        for module, tree in _modules()
        for call in _uses(tree)
        if _literal(call, module) is None
    ]


def _samples(node: Any, depth: int = 0) -> Iterator[str]:
    """Short texts that parts of a parsed pattern match, in the order in which they stand."""
    from re import _constants as c  # type: ignore[attr-defined]

    for operation, argument in node:
        if operation is c.LITERAL:
            yield chr(argument)
        elif operation in (c.NOT_LITERAL, c.ANY):
            yield "a"
        elif operation is c.IN:
            yield from _of_class(argument)
        elif operation in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            yield from _samples(argument[2], depth + 1)
        elif operation is c.SUBPATTERN:
            yield from _samples(argument[3], depth + 1)
        elif operation is c.BRANCH:
            for branch in argument[1]:
                yield "".join(_samples(branch, depth + 1))
        elif operation in (c.ASSERT, c.ASSERT_NOT):
            yield from _samples(argument[1], depth + 1)


def _of_class(members: Any) -> Iterator[str]:
    """One or two characters of a class: the first that it has, and one of another kind."""
    compiled = re.compile("[" + "".join(map(_member, members)) + "]")
    usual = [each for each in "a0 \n-._A\"\\'(:;=@/[{<,é" if compiled.fullmatch(each)]
    yield from usual[:1] or [chr(members[0][1])] if isinstance(members[0][1], int) else usual[:1]


def _member(member: Any) -> str:
    from re import _constants as c  # type: ignore[attr-defined]

    operation, argument = member
    if operation is c.NEGATE:
        return "^"
    if operation is c.LITERAL:
        return re.escape(chr(argument))
    if operation is c.RANGE:
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    return {
        c.CATEGORY_DIGIT: r"\d", c.CATEGORY_NOT_DIGIT: r"\D", c.CATEGORY_SPACE: r"\s",
        c.CATEGORY_NOT_SPACE: r"\S", c.CATEGORY_WORD: r"\w", c.CATEGORY_NOT_WORD: r"\W",
    }[argument]  # fmt: skip


def _worst(pattern: re.Pattern[str]) -> list[Callable[[int], str]]:
    """Texts of a length: each part of the pattern repeated, alone, with what stands before it and
    with what stands after it, and at the end something that fits nothing."""
    from re import _parser  # type: ignore[attr-defined]

    pieces = list(_samples(_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)))[:24]
    whole = "".join(pieces)
    heads = {"", *("".join(pieces[:end]) for end in range(1, min(len(pieces), PIECES)))}
    repeated = {whole, " ", "\n", "a", *pieces}
    repeated |= {"".join(pieces[at : at + 2]) for at in range(len(pieces))}
    return [
        lambda length, head=head, again=again: head + again * (length // len(again)) + "\0"
        for head in sorted(heads)
        for again in sorted(filter(None, repeated))
    ]


def _seconds(work: Callable[[str], Any], text: str, *, tries: int = 3) -> float:
    best = float("inf")
    for _ in range(tries):
        started = time.thread_time()
        work(text)
        best = min(best, time.thread_time() - started)
        if best < QUICK / 4:
            break
    return best


def _works(use: Use) -> Iterator[Callable[[str], Any]]:
    """What matching a text comes to: with a search in all of it, or with what begins it."""
    if use.methods & {"match"}:
        yield use.pattern.match
    if use.methods & {"fullmatch"}:
        yield use.pattern.fullmatch
    if use.methods - {"match", "fullmatch"}:
        yield lambda text: use.pattern.sub("", text)


def _growth(work: Callable[[str], Any], text_of: Callable[[int], str]) -> float | None:
    """How many times as long a text of four times the length takes; None where all is quick."""
    length = LENGTH // 64
    while length <= LENGTH // 4:
        before = _seconds(work, text_of(length))
        if before > QUICK or length == LENGTH // 4:
            return None if before <= QUICK else _seconds(work, text_of(4 * length)) / before
        length *= 2
    return None


def _too_fast(use: Use) -> dict[str, float]:
    """The texts with which a use grows faster than they do; measured again before it is said."""
    return {
        repr(text_of(40)): growth
        for work in _works(use)
        for text_of in _worst(use.pattern)
        if (growth := _growth(work, text_of) or 0) > GROWTH
        and (growth := _growth(work, text_of) or 0) > GROWTH
    }


@pytest.mark.parametrize("name", sorted(_uses_of_all()))
def test_time_grows_with_the_length_at_most(name: str) -> None:
    assert not _too_fast(_uses_of_all()[name])


HOSTILE = ["(a:", "a:", "://", "a@", "password", "password=", "-----BEGIN ", " ", "sig", '"', "ts_"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_redactor_takes_linear_time(piece: str) -> None:
    growth = _growth(redaction.redacted, lambda length: piece * (length // len(piece)))
    assert (growth or 0) <= GROWTH


def test_a_quadratic_pattern_is_found() -> None:
    use = Use(re.compile(r"(^|[;/\n])\s*create"), frozenset({"search"}))
    assert _too_fast(use)


# Patterns that are put together while the program runs, and why a stranger's text cannot make them
# slow.
MADE = {
    "app.engine.profiling.moment_formats": "texts have at most 40 characters",
    "app.engine.profiling.sensitivity": "names have at most 1,000 characters, values 200",
    "app.engine.scripts.running": "measured below",
    "app.engine.sources.dialects": "measured below",
    "app.engine.training.private_tables": "measured below",
}


def test_no_pattern_is_hidden_from_these_tests() -> None:
    """Patterns are written where they are used; modules that make theirs from data stand above."""
    assert {each.split(":")[0] for each in _unknown()} == set(MADE)


@pytest.mark.parametrize("piece", ["',", "'", ",", "'a,b\n", "'\n,", ",'"])
def test_quotes_of_tables_are_looked_for_in_linear_time(piece: str) -> None:
    def work(text: str) -> object:
        return dialects._protecting(text, ",", "'")

    assert (_growth(work, lambda length: "'" + piece * (length // len(piece))) or 0) <= GROWTH


@pytest.mark.parametrize("piece", ['",', '"', ",", '"a,b"', '","', 'a"', '""'])
def test_lines_of_private_tables_are_looked_at_in_linear_time(piece: str) -> None:
    work = private_tables.whole_line(",").fullmatch
    for start in ("", '"', "a"):
        growth = _growth(work, lambda length, start=start: start + piece * (length // len(piece)))
        assert (growth or 0) <= GROWTH


@pytest.mark.parametrize("piece", ["1,", '"a",', '"', '\\"', "1", ",", "null,", '"\\"",', "1.e"])
def test_answers_of_scripts_are_looked_at_in_linear_time(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "UNREAD", 0)

    def work(text: str) -> object:
        return running._can_be_read(text.encode(), text.count(",") + 1)

    for start, end in (("[", "]"), ("[", "[]]"), ('["', "")):
        growth = _growth(work, lambda n, s=start, e=end: s + piece * (n // len(piece)) + e)
        assert (growth or 0) <= GROWTH


def test_the_module_is_used_by_its_name() -> None:
    """`from re import …` and `import re as …` would hide patterns from these tests."""
    hidden = [
        module
        for module, tree in _modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and node.module == "re")
        or (
            isinstance(node, ast.Import)
            and any(each.name == "re" and each.asname for each in node.names)
        )
    ]
    assert not hidden
