"""What the code base promises about itself: layers, light imports, sizes, clean text, locks."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SERVER = ("fastapi", "httpx", "sqlalchemy", "starlette", "uvicorn")
HEAVY = ("lightgbm", "pandas", "scipy", "sklearn")

# Written with a bracket each, so that this file does not hold what it looks for.
UNWANTED = (
    r"/wor[k]/|/roo[t]/|/hom[e]/[a-z]|pythonhoste[d]|pypi[.]org|registry[.]npmjs|deb[.]debian"
)
BANNER = re.compile(r"^\s*#\s*[-=*#~]{4,}", re.MULTILINE)


def python(code: str, *arguments: object) -> str:
    """Run code in a fresh interpreter; what it printed."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def loaded(code: str, *arguments: object) -> set[str]:
    """Modules in memory after the code has run in a fresh interpreter."""
    report = "\nimport sys, json\nprint(json.dumps([*sys.modules]))"
    return set(json.loads(python(code + report, *arguments).splitlines()[-1]))


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository."""
    command = ["git", "ls-files", "-z", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_imports_keep_to_the_contracts() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_the_engine_loads_no_server_and_its_root_loads_nothing_heavy() -> None:
    assert not loaded("import app.engine") & {*SERVER, *HEAVY, "numpy", "pyarrow", "pydantic"}
    whole = "from app.engine import compile_plan, load_definition, preview, run_generation"
    assert not loaded(whole) & {*SERVER, *HEAVY, "pydantic_settings", "typer"}


def test_the_public_package_imports_the_root_of_the_engine_alone() -> None:
    found = {
        (path.name, node.module)
        for path in tracked("tablesmith/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "app"
    }
    assert {module for name, module in found if name != "__main__.py"} == {"app.engine"}
    assert {module for name, module in found if name == "__main__.py"} == {"app.cli"}


def test_the_public_package_loads_nothing_before_it_is_used() -> None:
    assert not loaded("import tablesmith") & {*SERVER, *HEAVY, "app", "numpy", "pyarrow"}
    used = "import tablesmith as ts; ts.generate, ts.Dataset, ts.DefinitionError"
    assert not loaded(used) & {*SERVER, *HEAVY, "polars", "rich", "typer"}


def test_drawing_needs_nothing_heavy(tmp_path: Path) -> None:
    plans = tmp_path / "plan.pickle"
    python(
        "import pickle, sys; from app.engine import compile_plan, load_definition\n"
        "plan = compile_plan(load_definition(open(sys.argv[1], 'rb').read()).definition)\n"
        "pickle.dump(plan, open(sys.argv[2], 'wb'))",
        ROOT / "examples" / "churn_patent.yaml",
        plans,
    )
    draw = (
        "import pickle, sys; import app.engine.execution.worker\n"
        "from app.engine.execution.lean import keep_pandas_out; keep_pandas_out()\n"
        "plan = pickle.load(open(sys.argv[1], 'rb'))\n"
        "assert plan.tables[0].block(0).num_rows == 100"
    )
    assert not loaded(draw, plans) & {*SERVER, *HEAVY, "faker"}


def test_help_and_generate_load_no_server(tmp_path: Path) -> None:
    assert not loaded("import app.cli") & {*SERVER, *HEAVY, "numpy", "pyarrow", "pydantic"}
    run = (
        "import sys; from app.cli import app\n"
        "app(['generate', sys.argv[1], '-o', sys.argv[2], '--workers', '1'], standalone_mode=False)"
    )
    assert not loaded(run, ROOT / "examples" / "churn_patent.yaml", tmp_path / "out.csv") & set(
        SERVER
    )


@pytest.mark.parametrize("command", ["serve", "worker", "generate", "validate"])
def test_commands_that_run_for_long_collect_garbage(command: str, tmp_path: Path) -> None:
    run = (
        "import gc, sys, uvicorn, app.service.run_worker, app.engine.execution.run as runs\n"
        "from app.cli import main\n"
        "async def work(*_): print(gc.isenabled())\n"
        "uvicorn.run = lambda *_, **__: print(gc.isenabled())\n"
        "app.service.run_worker.run_worker = work\n"
        "runs.run_generation = lambda *_, **__: print(gc.isenabled()) or sys.exit()\n"
        "try: main()\n"
        "finally: print(gc.isenabled())"
    )
    file = ROOT / "examples" / "churn_patent.yaml"
    given: dict[str, tuple[object, ...]] = {
        "serve": ("--data-dir", tmp_path, "--runner", "off"),
        "worker": ("--data-dir", tmp_path),
        "generate": (file, "-o", tmp_path / "out.csv"),
        "validate": (file,),
    }
    lines = python(run, command, *given[command]).splitlines()
    if command == "validate":
        assert lines[-1] == "False"
    else:
        assert lines[-2:] == ["True", "True"]


COMMANDS = {
    "validate": (),
    "compile": (),
    "preview": (),
    "generate": ("--rows", "100", "-o", "out"),
}
# What takes long to load, and no definition among the examples needs.
NOT_FOR_EXAMPLES = {
    "scipy._lib._array_api",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.sparse",
    "scipy.special._basic",
    "scipy.stats",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_no_pool_of_processes_and_nothing_heavy(
    command: str, tmp_path: Path
) -> None:
    """What each of them starts in half a second without, and no definition here needs."""
    run = (
        "import os, sys; from app.cli import app; os.chdir(sys.argv.pop(1)); os.mkdir('out')\n"
        "app(sys.argv[1:], standalone_mode=False)"
    )
    file = ROOT / "examples" / "churn_patent.yaml"
    found = loaded(run, tmp_path, command, file, *COMMANDS[command])
    assert {"app", "faker", "numpy", "pyarrow"} <= found
    unused = {"app.engine.reports", "asyncio", "multiprocessing", "ssl", "xml"}
    assert not found & {*SERVER, *HEAVY, *unused}


def test_no_example_needs_more_of_scipy_than_its_compiled_functions() -> None:
    code = (
        "import sys; from app.cli import app\n"
        "for file in sys.argv[1:]: app(['validate', file], standalone_mode=False)\n"
        "print(*sys.modules)"
    )
    files = [each for each in tracked("examples/*.yaml") if each.parent.name == "examples"]
    readable = [each for each in files if each.stem != "printed_sample"]
    found = set(python(code, *readable).splitlines()[-1].split())
    assert len(readable) > 8
    assert "scipy.special._ufuncs" in found
    assert not found & {*NOT_FOR_EXAMPLES, "lightgbm", "pandas.core", "sklearn"}


def test_models_of_the_language_wait_for_their_first_use() -> None:
    code = (
        "from app.engine.distributions import FAMILIES\n"
        "from app.engine.schema.models import Definition, Table\n"
        "print(*(each.__pydantic_complete__ for each in (Definition, Table, *FAMILIES.values())))"
    )
    assert set(python(code).split()) == {"False"}


def test_functions_and_files_of_the_code_stay_short() -> None:
    long_functions = [
        f"{path.relative_to(ROOT)}:{each.lineno} {each.name}"
        for path in tracked("app/*.py", "tablesmith/*.py")
        for each in functions(path)
        if (each.end_lineno or 0) - each.lineno + 1 > 50
    ]
    long_files = [
        str(path.relative_to(ROOT))
        for path in tracked("app/*.py", "tablesmith/*.py")
        if len(path.read_text(encoding="utf-8").splitlines()) > 450
    ]
    assert long_functions == []
    assert long_files == []


def test_no_folder_holds_more_modules_than_one_can_keep_in_mind() -> None:
    modules = tracked("app/*.py", "tablesmith/*.py", "tests/*.py")
    counts = Counter(str(path.parent.relative_to(ROOT)) for path in modules)
    assert {folder: number for folder, number in counts.items() if number > 24} == {}


def test_random_numbers_of_numpy_start_in_one_file() -> None:
    starts = re.compile(r"default_rng|PCG64|Philox|np[.]random[.][a-z]")
    found = {
        str(path.relative_to(ROOT))
        for path in tracked("app/*.py", "tablesmith/*.py")
        if starts.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"app/engine/seeds.py"}


def test_every_test_asserts_something() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{each.lineno} {each.name}"
        for path in tracked("tests/*.py")
        for each in functions(path)
        if each.name.startswith("test_")
        and not re.search(r"Assert|assert|check|expect|raises|validate|warns", ast.dump(each))
    ]
    assert silent == []


def test_text_of_the_project_names_no_machine_and_no_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}"
        for path in tracked()
        if path.suffix not in {".svg", ".png", ".parquet", ".xlsx"}
        for hit in re.finditer(UNWANTED, path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_code_has_no_banners_and_no_catch_all_modules() -> None:
    code = tracked("app/*.py", "tablesmith/*.py", "tests/*.py", "migrations/*.py", "examples/*.py")
    assert [path.name for path in code if BANNER.search(path.read_text(encoding="utf-8"))] == []
    assert [path for path in code if path.stem in {"utils", "helpers", "common"}] == []


def locked(name: str) -> dict[str, set[str]]:
    """Versions by package of a lock file; each line must be followed by hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    versions: dict[str, set[str]] = {}
    for match in re.finditer(
        r"^([\w.-]+)==(\S+)[^\n]*\\\n((?:    --hash=.*\n)+)", text, re.MULTILINE
    ):
        versions.setdefault(match[1], set()).add(match[2])
    assert len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)) == sum(map(len, versions.values()))
    return versions


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        ("requirements.lock", PROJECT["project"]["optional-dependencies"]["pages"]),
        ("requirements-dev.lock", PROJECT["project"]["optional-dependencies"]["dev"]),
        ("requirements-build.lock", PROJECT["build-system"]["requires"]),
    ],
)
def test_locks_hold_every_dependency_with_hashes(lock: str, wanted: list[str]) -> None:
    names = {re.split(r"[\[<>=~! ]", each)[0].lower().replace("_", "-") for each in wanted}
    assert names <= set(locked(lock))


def test_what_is_tested_is_what_is_installed() -> None:
    base, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: dev[name] for name in base} == base
    build = (ROOT / "requirements-build.in").read_text(encoding="utf-8").split()
    assert build == PROJECT["build-system"]["requires"]
