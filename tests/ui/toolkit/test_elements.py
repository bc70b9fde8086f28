"""Elements of the pages as NiceGUI keeps them, through the adapter alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import nicegui
import pytest
from nicegui import Client, ui
from nicegui.element import Element
from nicegui.elements.mixins import value_element

from app.ui.toolkit.elements import Tag, children, text_of, whole_page

PAGES = Path(__file__).parents[3] / "app" / "ui"
ADAPTER = PAGES / "toolkit"
PUBLIC = {"Client", "app", "context", "ui"}
SELF = {"cls", "self"}


def outside() -> list[Path]:
    """Modules of the pages that are none of the adapter."""
    return [path for path in PAGES.rglob("*.py") if ADAPTER not in path.parents]


def imported(tree: ast.AST) -> Iterator[str]:
    """What a module imports of NiceGUI, names of its root without the name of the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if _is_nicegui(each.name))
        elif isinstance(node, ast.ImportFrom) and _is_nicegui(node.module or ""):
            inner = node.module != "nicegui"
            yield from (str(node.module) if inner else each.name for each in node.names)


def _is_nicegui(module: str) -> bool:
    return module.partition(".")[0] == "nicegui"


def private_of_others(tree: ast.AST) -> Iterator[str]:
    """Private names of anything but the object itself."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not _is_private(node.attr):
            continue
        if not (isinstance(node.value, ast.Name) and node.value.id in SELF):
            yield ast.unparse(node)


def private_of_elements(tree: ast.AST) -> Iterator[str]:
    """Private names that classes with a base share with NiceGUI's own elements."""
    own = nicegui_s_private_names()
    for kind in ast.walk(tree):
        if isinstance(kind, ast.ClassDef) and kind.bases:
            for node in ast.walk(kind):
                if isinstance(node, ast.Attribute) and node.attr in own:
                    yield ast.unparse(node)


def nicegui_s_private_names() -> set[str]:
    files = [Path(str(each)) for each in (nicegui.element.__file__, value_element.__file__)]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    attributes = {
        node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    return {name for name in {*attributes, *dir(value_element.ValueElement)} if _is_private(name)}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


@pytest.mark.parametrize("path", outside(), ids=lambda path: str(path.relative_to(PAGES)))
def test_nothing_but_the_adapter_knows_the_inside_of_nicegui(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert set(imported(tree)) <= PUBLIC
    assert list(private_of_others(tree)) == []
    assert list(private_of_elements(tree)) == []


def test_the_inside_of_nicegui_is_found_where_it_is_used() -> None:
    tree = ast.parse(
        "import nicegui.core\nfrom nicegui import helpers, ui\n"
        "from nicegui.element import Element\n"
        "def of(element): return element._props\n"
        "class Own(Element):\n    def text(self): return self._text, self._own"
    )
    assert set(imported(tree)) == {"nicegui.core", "helpers", "ui", "nicegui.element"}
    assert list(private_of_others(tree)) == ["element._props"]
    assert list(private_of_elements(tree)) == ["self._text"]


@pytest.fixture
def page() -> Iterator[Client]:
    with Client(ui.page("")) as client:
        yield client
    client.delete()


def test_a_tag_shows_its_text_until_it_has_another(page: Client) -> None:
    tag = Tag("p", "one")
    assert text_of(tag) == tag.text == "one"
    tag.set_text("")
    assert text_of(tag) == tag.text == ""
    assert text_of(Element("div")) == ""


def test_elements_stand_in_one_another(page: Client) -> None:
    with Tag("div") as outer:
        inner = [Tag("b", "left"), Tag("b", "right")]
    assert children(outer) == inner
    assert whole_page() == [outer]
