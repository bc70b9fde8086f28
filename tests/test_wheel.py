"""What is built is complete, installs, and runs where only its own files are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "migrations", "tablesmith")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def sources(*folders: str) -> list[str]:
    """Files of the repository, those that are not committed yet included."""
    command = ["git", "ls-files", "-z", "-co", "--exclude-standard", "--", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def run(*command: object, folder: Path, **variables: str) -> str:
    """What a command printed; it knows nothing of this repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    result = subprocess.run(
        [str(each) for each in command],
        cwd=folder,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: building leaves files behind that the next build would pack."""
    folder = tmp_path_factory.mktemp("source")
    for name in (*sources(*PACKAGES), "pyproject.toml", "README.md", "LICENSE"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index")
    run(*pip, "--no-build-isolation", "--wheel-dir", folder / "built", folder, folder=folder)
    (built,) = (folder / "built").iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment that has the wheel, beside the packages of this one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps")
    run(*pip, "--no-index", "--no-compile", wheel, folder=folder)
    own = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder)
    # Packages only: hooks of editable installations there are not run.
    (Path(own.strip()) / "others.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    described = {name for name in packed if re.match(r"tablesmith-[\d.]+\.dist-info/", name)}
    assert packed - described == set(sources(*PACKAGES))
    assert {name.partition("/")[0] for name in packed - described} == set(PACKAGES)
    needed = {
        "app/ui/assets/tablesmith.css",
        "app/ui/assets/examples/churn.yaml",
        "app/ui/parts/field.js",
        "app/assistants/language.md",
        "app/engine/generators/numbers/normal_quantiles.npy",
        "migrations/versions/v0001_jobs_and_schemas.py",
        "tablesmith/py.typed",
        "app/py.typed",
    }
    assert needed <= packed


def test_the_command_validates_and_the_database_is_made(installed: Path, tmp_path: Path) -> None:
    command = installed / "tablesmith"
    said = run(command, "validate", ROOT / "examples" / "churn.yaml", folder=tmp_path)
    assert said == "valid: 1 table, 8 columns\n"
    scope = ("--scope", "admin", "--data-dir", tmp_path / "var")
    assert run(command, "keys", "create", "first", *scope, folder=tmp_path)
    assert (tmp_path / "var").is_dir()


def test_the_package_makes_tables(installed: Path, tmp_path: Path) -> None:
    code = (
        "import app, sys, tablesmith as ts; from pathlib import Path\n"
        "dataset = ts.generate(sys.argv[1], rows=50, seed=1)\n"
        "assert dataset.to_pandas().shape == (50, 8)\n"
        "assert all(fact.holds for fact in dataset.facts)\n"
        "print(ts.__version__); print(app.__file__); print(ts.__file__)"
    )
    example = ROOT / "examples" / "churn.yaml"
    version, *files = run(installed / "python", "-c", code, example, folder=tmp_path).splitlines()
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert all(file.startswith(str(installed.parent)) for file in files)


@pytest.mark.parametrize("extras", ["postgres,s3", "pages,polars,pdf,mcp", "gcs,azure,mysql,dask"])
def test_extras_are_what_is_tested_here(
    wheel: Path, installed: Path, extras: str, tmp_path: Path
) -> None:
    pip = (sys.executable, "-m", "pip", "--python", installed / "python", "install", "--dry-run")
    wanted = f"tablesmith[{extras}] @ {wheel.as_uri()}"
    said = run(*pip, "--no-index", wanted, folder=tmp_path)
    for extra in extras.split(","):
        for requirement in EXTRAS[extra]:
            assert f"Requirement already satisfied: {requirement}" in said


def test_every_extra_is_documented_with_its_command() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    said = ",".join(re.findall(r"tablesmith\[([\w,]+)\]", pages)).split(",")
    assert set(said) == set(EXTRAS) - {"dev"}
    table = (
        (ROOT / "docs" / "operations.md").read_text().partition("| extra |")[2].partition("\n\n")[0]
    )
    listed = [name for row in re.findall(r"^\| (`.*?) \|", table, re.M) for name in row.split(", ")]
    assert sorted(listed) == sorted(f"`{name}`" for name in set(EXTRAS) - {"dev"})


WITHOUT_PAGES = (
    "import sys; sys.modules['nicegui'] = None\n"
    "from app.main import create_app; from app.settings import Settings\n"
    "app = create_app(Settings(data_dir=sys.argv[1]))\n"
    "print('routes', 'pages' in [getattr(each, 'name', '') for each in app.routes])"
)


def test_a_service_without_the_extra_has_no_pages_and_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_PAGES, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("TABLESMITH_PAGES", None)
    started = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert started.returncode == 0, started.stderr
    assert "routes False" in started.stdout
    assert "pip install 'tablesmith[pages]'" in started.stdout + started.stderr
    refused = subprocess.run(
        command,
        cwd=tmp_path,
        env={**environment, "TABLESMITH_PAGES": "on"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "ImportError: the web pages need an extra: pip install" in refused.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of somebody else's packages of the same names, which nobody may import."""
    for name in ("app", "migrations"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise SystemExit('another {name}')")
    shutil.copyfile(ROOT / "examples" / "churn.yaml", tmp_path / "churn.yaml")
    return tmp_path


SEVERAL_BLOCKS = ("--rows", "150000", "--seed", "1", "--workers", "2")


@pytest.mark.parametrize("way", ["folder", "path", "module"])
def test_the_command_uses_its_own_packages_beside_others_of_their_names(
    installed: Path, project: Path, way: str
) -> None:
    module = (installed / "python", "-m", "tablesmith")
    command = module if way == "module" else (installed / "tablesmith",)
    variables = {"PYTHONPATH": str(project)} if way == "path" else {}
    generate = ("generate", "churn.yaml", "-o", "out.parquet", *SEVERAL_BLOCKS)
    said = run(*command, *generate, folder=project, **variables)
    assert said.startswith("out.parquet: 150,000 rows")
    create = ("keys", "create", "first", "--scope", "admin", "--data-dir", "var")
    assert run(*command, *create, folder=project, **variables).startswith("ts_")


SPAWNED = (
    "import multiprocessing, sys\n"
    "from tablesmith._own_packages import put_own_packages_first\n"
    "put_own_packages_first()\n"
    "from app.engine.files import file_stem\n"
    "if __name__ == '__main__':\n"
    "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
    "        print(pool.apply(file_stem, ('a/b',)))\n"
)


def test_processes_that_are_spawned_have_the_same_packages(installed: Path, project: Path) -> None:
    (project / "script.py").write_text(SPAWNED)
    said = run(installed / "python", "script.py", folder=project, PYTHONPATH=str(project))
    assert said == "a%2Fb\n"


GENERATE = (
    "import sys; before = list(sys.path)\n"
    "import tablesmith as ts\n"
    "print(ts.generate('churn.yaml', rows=150_000, seed=1, workers=2).to_arrow().num_rows)\n"
    "assert sys.path == before\n"
)


@pytest.mark.parametrize("script", ["script.py", "scripts/script.py"])
def test_a_program_makes_tables_in_a_folder_that_has_another_app(
    installed: Path, project: Path, script: str
) -> None:
    (project / "scripts").mkdir()
    (project / script).write_text(GENERATE)
    assert run(installed / "python", script, folder=project) == "150000\n"


def test_a_program_that_has_imported_another_app_is_told(installed: Path, project: Path) -> None:
    (project / "app" / "__init__.py").write_text("")
    code = "import app, tablesmith as ts\ntry:\n ts.generate\nexcept ImportError as e: print(e)"
    said = run(installed / "python", "-c", code, folder=project)
    assert str(project / "app") in said
    assert "the command `tablesmith`" in said
