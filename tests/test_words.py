"""The table "Words" of docs/design.md: each word stands in the code, and none that it replaced."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = [path for room in ("app", "tablesmith") for path in sorted((ROOT / room).rglob("*.py"))]
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, their cells without marks of code."""
    text = (ROOT / "docs" / "design.md").read_text("utf-8")
    below = text.partition(f"\n{heading}\n")[2]
    found = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert found, heading
    rows = [line.strip("| ").split(" | ") for line in found[0].splitlines()[2:]]
    return [[cell.strip("` ") for cell in row] for row in rows]


def parts(name: str) -> tuple[str, ...]:
    """The words that a name is made of: `KeyPath` and `key_path` are key, path."""
    return tuple(part.lower() for part in PART.findall(name))


def names(path: Path) -> Iterator[str]:
    """Names that a module gives: its own, its classes', functions', arguments' and variables'."""
    yield path.parent.name if path.stem == "__init__" else path.stem
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


@cache
def given() -> dict[tuple[str, ...], str]:
    """The first module that gives each name, by the words of the name."""
    found: dict[tuple[str, ...], str] = {}
    for path in CODE:
        for name in names(path):
            found.setdefault(parts(name), str(path.relative_to(ROOT)))
    return found


def where(word: str) -> list[str]:
    """Modules that give a name with these words in it, one after the other."""
    wanted = tuple(word.lower().split())
    return [
        module
        for name, module in given().items()
        if any(name[at : at + len(wanted)] == wanted for at in range(len(name)))
    ]


@pytest.mark.parametrize("word", [row[0] for row in table("## Words")])
def test_a_word_of_the_table_names_something_in_the_code(word: str) -> None:
    assert where(word) or where(f"{word}s")


@pytest.mark.parametrize(("word", "instead"), [row[:2] for row in table("### Replaced words")])
def test_a_replaced_word_is_gone_and_its_successor_is_there(word: str, instead: str) -> None:
    assert where(word) == []
    assert where(instead)


def test_no_word_has_two_meanings() -> None:
    words = [row[0] for row in table("## Words")]
    assert sorted(set(words)) == sorted(words)


PROSE = [*CODE, ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
QUAINT = re.compile(r"\b(?:anew|told)\b", re.IGNORECASE)


def test_prose_is_plain_modern_english() -> None:
    """Say "again" or "new", "shown" or "sent", or whatever is meant."""
    quaint = {
        str(path.relative_to(ROOT)): QUAINT.findall(path.read_text("utf-8")) for path in PROSE
    }
    assert {path: words for path, words in quaint.items() if words} == {}
