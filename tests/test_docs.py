"""The documentation says what the code does: every example runs, every documented thing exists."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from pydantic import BaseModel

import tablesmith
from app.cli import app as command_line
from app.engine.distributions import FAMILIES
from app.engine.errors import DefinitionError
from app.engine.evaluation.metrics import METRICS
from app.engine.execution.preview import preview
from app.engine.formats import FORMATS
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from app.engine.synthesizers.registry import SYNTHESIZERS
from app.main import create_app
from app.service.service import Service
from app.settings import Settings
from app.sinks.kinds.local import LocalSink
from app.sinks.registry import KINDS, LOCAL
from app.sinks.targets import read_target
from tests.sinks.candidates import OUTBOUND

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md")])
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(info: str) -> list[object]:
    """Fenced blocks of a kind in all pages, named by page and line."""
    return [
        pytest.param(match[2], id=f"{page.name}:{line_of(page, match)}")
        for page in PAGES
        for match in FENCE.finditer(text(page))
        if match[1].strip() == info
    ]


def line_of(page: Path, match: re.Match[str]) -> int:
    return text(page).count("\n", 0, match.start()) + 2


@pytest.mark.parametrize("definition", blocks("yaml"))
def test_every_definition_makes_rows(definition: str) -> None:
    loaded = load_definition(definition, name="example")
    plan = compile_plan(loaded.definition, seed=1)
    for table in plan.tables:
        shown = preview(plan, 5, table.name)
        assert len(shown) == min(5, table.rows)
        assert list(shown[0]) == table.schema.names


@pytest.mark.parametrize("definition", blocks("yaml fault"))
def test_every_faulty_definition_is_refused(definition: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        load_definition(definition)
    assert all(fault.line for fault in caught.value.faults)


def test_faults_read_as_documented() -> None:
    page = text(DOCS / "language.md")
    shown = re.search(r"```yaml fault\n(.*?)```\n\n```\n(error: .*?)```", page, re.DOTALL)
    assert shown
    with pytest.raises(DefinitionError) as caught:
        load_definition(shown[1])
    assert [f"error: {fault}" for fault in caught.value.faults] == shown[2].splitlines()


def test_every_distribution_is_documented_with_its_parameters() -> None:
    section = text(DOCS / "language.md").partition("### Distributions")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE))
    assert set(rows) == set(FAMILIES)
    for name, said in rows.items():
        assert set(FAMILIES[name].model_fields) <= set(re.findall(r"`(\w+)`", said)), name


def test_every_function_of_expressions_is_documented() -> None:
    from app.engine.expressions.operations import OPERATIONS, is_function

    said = re.search(r"^Functions: (.*?)\.$", text(DOCS / "language.md"), re.MULTILINE | re.DOTALL)
    assert said
    functions = {name for name in OPERATIONS if is_function(name)}
    assert set(re.findall(r"`(\w+)`", said[1])) == functions


def test_every_setting_of_the_sequential_synthesizer_is_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| (.*) \|$", text(DOCS / "learning.md"), re.M)
    fields = SYNTHESIZERS["sequential"].settings.model_fields
    assert rows == [(name, str(each.default), each.description) for name, each in fields.items()]


def test_every_synthesizer_is_documented() -> None:
    assert all(f"| `{name}` |" in text(DOCS / "learning.md") for name in SYNTHESIZERS)


def test_every_setting_is_documented_with_its_default() -> None:
    rows = re.findall(
        r"^\| `TABLESMITH_(\w+)` \| (.*?) \| (.*) \|$", text(DOCS / "settings.md"), re.M
    )
    expected = []
    for name, field in Settings.model_fields.items():
        default = "not set" if field.default is None else f"`{field.default}`"
        default = "number of cores" if field.default_factory else default
        expected.append((name.upper(), default, field.description))
    assert rows == expected


def sections_of_commands() -> dict[str, set[str]]:
    page = text(DOCS / "cli.md")
    found = {}
    for match in re.finditer(r"^## tablesmith ([\w-]+).*?\n(.*?)(?=^## |\Z)", page, re.M | re.S):
        rows = re.findall(r"^\| (`-[^|\n]*(?:\\\|[^|\n]*)*) \|", match[2], re.MULTILINE)
        found[match[1]] = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(rows)))
    return found


def test_every_command_and_option_is_documented() -> None:
    commands = typer.main.get_command(command_line).commands  # type: ignore[attr-defined]
    expected = {
        name: {
            opt
            for param in command.params
            if param.param_type_name == "option" and param.name != "help"
            for opt in param.opts
        }
        for name, command in commands.items()
    }
    assert sections_of_commands() == expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_shown_are_commands(page: Path) -> None:
    commands = typer.main.get_command(command_line).commands  # type: ignore[attr-defined]
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    shown = [line for match in FENCE.finditer(text(page)) for line in match[2].splitlines()]
    for line in shown:
        words = shlex.split(line, comments=True) if re.match(r"(tablesmith|make) ", line) else []
        if words[:1] == ["tablesmith"]:
            assert words[1] in commands, line
        if words[:1] == ["make"]:
            assert {word for word in words[1:] if "=" not in word} <= targets, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text(page)):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", text(file), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}
            assert anchor in slugs, target


def test_every_format_is_documented() -> None:
    page = text(DOCS / "cli.md")
    assert all(f"`{name}`" in page for name in FORMATS)


def test_every_metric_is_documented() -> None:
    page = text(DOCS / "http.md")
    assert all(f"`{name}`" in page for name in METRICS)


NOT_GENERATED = {"printed_sample"}
EXAMPLES = sorted({path.stem for path in (ROOT / "examples").glob("*.yaml")} - NOT_GENERATED)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_make_rows(name: str) -> None:
    loaded = load_definition(text(ROOT / "examples" / f"{name}.yaml"), name=name)
    plan = compile_plan(loaded.definition, seed=1)
    assert all(len(preview(plan, 3, table.name)) == 3 for table in plan.tables)


def test_the_example_at_fault_is_refused_on_its_line() -> None:
    with pytest.raises(DefinitionError) as caught:
        load_definition(text(ROOT / "examples" / "printed_sample.yaml"))
    assert caught.value.faults[0].line == 10


def sink_class(kind: str) -> type[Any]:
    return LocalSink if kind == LOCAL else OUTBOUND[kind]


def shown_fields(model: type[BaseModel] | None) -> list[tuple[str, str, str]]:
    """A row of the documentation for each field that one kind of sink has for itself."""
    rows = []
    for name, field in (model.model_fields if model else {}).items():
        if name not in {"kind", "connection"}:
            plain = json.dumps(field.default) if isinstance(field.default, bool) else field.default
            default = "needed" if field.is_required() else f"`{plain}`"
            unset = not field.is_required() and (field.default_factory or plain in {None, ""})
            rows.append((field.alias or name, "not set" if unset else default, field.description))
    return rows


def test_every_sink_is_documented_with_its_fields_and_credentials() -> None:
    pattern = r"^## `(\w+)`\n(.*?)(?=^## |\Z)"
    sections = dict(re.findall(pattern, text(DOCS / "sinks.md"), re.MULTILINE | re.DOTALL))
    assert set(sections) == set(KINDS)
    for kind, section in sections.items():
        target, _, credentials = section.partition("| credential |")
        for part, model in ((target, "target"), (credentials, "credentials")):
            found = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", part, re.MULTILINE)
            assert found == shown_fields(getattr(sink_class(kind), model)), kind


def test_the_targets_shown_are_targets() -> None:
    shown = [json.loads(match[2]) for match in FENCE.finditer(text(DOCS / "sinks.md"))]
    targets = [target for each in shown for target in each.get("sinks", [each])]
    assert {target["kind"] for target in targets} == set(KINDS)
    for target in targets:
        sink = sink_class(target["kind"])
        assert read_target(sink.target, target).kind == target["kind"]
        if "credentials" in target:
            assert sink.credentials.model_validate(target["credentials"])


class Unused(Service):
    """Stands behind routes that are never called."""

    def __init__(self) -> None:
        pass


def sections_of_routes() -> dict[tuple[str, str], str]:
    pattern = r"^### `(\w+) (/\S*)`\n(.*?)(?=^###? |\Z)"
    found = re.findall(pattern, text(DOCS / "http.md"), re.MULTILINE | re.DOTALL)
    return {(method, path): body for method, path, body in found}


def test_every_route_is_documented_with_its_answers_and_parameters() -> None:
    document = create_app(Settings(_env_file=None), service=Unused()).openapi()
    routes = {
        (method.upper(), path): route
        for path, methods in document["paths"].items()
        for method, route in methods.items()
    }
    sections = sections_of_routes()
    assert set(sections) == set(routes)
    for key, route in routes.items():
        answers = re.search(r"^Answers: ([\d, ]+)\.$", sections[key], re.MULTILINE)
        assert answers, key
        assert {*answers[1].split(", "), "500"} == set(route["responses"]), key
        queries = [each["name"] for each in route.get("parameters", []) if each["in"] == "query"]
        if key[0] != "HEAD":
            assert all(f"`{name}`" in sections[key] for name in queries), key


def test_json_in_the_http_reference_is_json() -> None:
    found = [
        json.loads(match[2])
        for match in FENCE.finditer(text(DOCS / "http.md"))
        if match[1] == "json"
    ]
    assert found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_variable_of_a_shell_example_is_set_before(page: Path) -> None:
    shown = "\n".join(match[2] for match in FENCE.finditer(text(page)) if match[1] == "")
    for used in re.finditer(r"\$\{?([A-Z_]+)", shown):
        assert f"{used[1]}=" in shown[: used.start()], used[0]


def test_definitions_in_the_pages_are_yaml_for_any_reader() -> None:
    shown = [
        match[2] for page in PAGES for match in FENCE.finditer(text(page)) if match[1] == "yaml"
    ]
    assert all(isinstance(yaml.safe_load(each), dict) for each in shown)


def test_the_picture_shows_what_the_code_says() -> None:
    spec = importlib.util.spec_from_file_location("overview", DOCS / "overview.py")
    assert spec
    assert spec.loader
    overview = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(overview)
    assert overview.picture(overview.panels()) == text(DOCS / "overview.svg")


def test_the_library_page_runs_and_prints_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    found = [(match[1], match[2]) for match in FENCE.finditer(text(DOCS / "library.md"))]
    assert {kind for kind, _ in found} == {"python", ""}
    for (kind, code), (following, shown) in zip(found, [*found[1:], ("python", "")], strict=True):
        if kind == "python":
            exec(code, names)
            assert capsys.readouterr().out == ("" if following == "python" else shown), code


def test_every_name_of_the_library_is_documented() -> None:
    page = text(DOCS / "library.md")
    tables = "\n".join(re.findall(r"^\| (.*) \|$", page, re.MULTILINE))
    said = set(re.findall(r"`(\w+)`", tables))
    assert {name for name in tablesmith.__all__ if name != "__version__"} <= said
    public = {name for name in dir(tablesmith.Dataset) if not name.startswith("_")}
    row = re.search(r"^\| `Dataset` \| (.*) \|$", page, re.MULTILINE)
    assert row
    assert public == set(re.findall(r"`(\w+)`", row[1])) - {"plan"}


OF_OTHER_PAGES = [each for each in blocks("python") if "library.md" not in each.id]  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", OF_OTHER_PAGES)
def test_python_examples_run(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").mkdir()
    for name in ("churn.yaml", "shop.yaml"):
        (tmp_path / "examples" / name).write_text(text(ROOT / "examples" / name))
    definitions = dict(
        re.findall(r"```yaml\n(name: (\w+).*?)```", text(DOCS / "quickstart.md"), re.S)
    )
    for body, name in definitions.items():
        (tmp_path / f"{name}.yaml").write_text(body)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    made = list((tmp_path / "out").rglob("*.csv"))
    assert made or "assert " in code  # an example that writes nothing says what holds
