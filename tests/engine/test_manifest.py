"""Signed manifests: any change to a result is named."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.engine.manifest import (
    KEY_FILE,
    ManifestError,
    compact_json,
    public_pem,
    signing_key,
    verify_manifest,
    write_manifest,
)

MOMENT = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
CONTENT = {"t.csv": b"x\n1\n2\n", "t.parquet": b"PAR1....PAR1"}


def result_folder(folder: Path, key: Ed25519PrivateKey) -> Path:
    folder.mkdir()
    for name, data in CONTENT.items():
        (folder / name).write_bytes(data)
    files = [
        {
            "path": name,
            "format": name[2:],
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        for name, data in CONTENT.items()
    ]
    write_manifest(
        folder,
        key,
        name="größe",
        seed=7,
        definition={"features": {"x": {"type": "int"}}},
        tables=[{"name": "t", "rows": 2, "files": files}],
        facts=[{"table": "t", "fact": "rows", "declared": 2, "observed": 2, "holds": True}],
        created_at=MOMENT,
    )
    return folder


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def folder(tmp_path: Path, key: Ed25519PrivateKey) -> Path:
    return result_folder(tmp_path / "result", key)


def test_an_untouched_result_has_no_problem(folder: Path, key: Ed25519PrivateKey) -> None:
    assert verify_manifest(folder) == []
    assert verify_manifest(folder, public_pem(key.public_key())) == []


def test_a_manifest_says_what_was_made_from_what(folder: Path) -> None:
    document = json.loads((folder / "manifest.json").read_bytes())
    assert document["seed"] == 7
    assert document["definition"] == {"features": {"x": {"type": "int"}}}
    assert document["tables"][0]["files"][0]["path"] == "t.csv"
    assert set(document["versions"]) == {"python", "tablesmith", "numpy", "pyarrow", "faker"}
    assert document["created_at"] == "2024-05-01T12:00:00+00:00"


def test_the_same_result_has_the_same_manifest(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    first, second = (result_folder(tmp_path / name, key) for name in ("a", "b"))
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_changed_byte_is_named(folder: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(folder.iterdir())))
    original = path.read_bytes()
    place = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        path.write_bytes(bytes(changed))
        problems = verify_manifest(folder)
    finally:
        path.write_bytes(original)
    named = "manifest.json" if path.name.startswith("manifest.json") else path.name
    assert any(problem.startswith(named) for problem in problems)


@pytest.mark.parametrize("name", [*CONTENT, "manifest.json", "manifest.json.sig"])
def test_a_missing_file_is_named(name: str, folder: Path) -> None:
    (folder / name).unlink()
    assert f"{name} is missing" in verify_manifest(folder)


def test_files_that_were_added_are_named(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "more.csv").write_text("x\n")
    (folder / "link.csv").symlink_to("t.csv")
    assert verify_manifest(folder) == [
        "inner/more.csv is not in the manifest",
        "link.csv is not in the manifest",
    ]


def test_a_link_in_the_place_of_a_file_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "t.csv").rename(tmp_path / "elsewhere.csv")
    (folder / "t.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert verify_manifest(folder) == ["t.csv is no regular file"]


def test_another_signer_is_found_out_by_a_key_that_came_another_way(
    tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    forged = result_folder(tmp_path / "forged", Ed25519PrivateKey.generate())
    assert verify_manifest(forged) == []
    assert verify_manifest(forged, public_pem(key.public_key())) == [
        "manifest.json.pub is another key than the one given"
    ]


def test_a_file_outside_of_the_folder_counts_as_missing(
    tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    (tmp_path / "outside.csv").write_bytes(b"x")
    file = {"path": "../outside.csv", "bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    write_manifest(
        folder, key, name="t", seed=1, definition={}, tables=[{"name": "t", "files": [file]}]
    )
    assert verify_manifest(folder) == ["../outside.csv is missing"]


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = signing_key(tmp_path / "keys"), signing_key(tmp_path / "keys")
    assert public_pem(first.public_key()) == public_pem(second.public_key())
    assert stat.S_IMODE((tmp_path / "keys" / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [KEY_FILE]


def test_one_key_wins_where_several_are_made_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: signing_key(tmp_path), range(16)))
    assert len({public_pem(key.public_key()) for key in keys}) == 1


@pytest.mark.parametrize("text", ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_key_file_without_a_key_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text(text)
    with pytest.raises(ManifestError, match="holds no private key"):
        signing_key(tmp_path)


def test_a_public_key_that_is_none_is_refused(folder: Path) -> None:
    with pytest.raises(ManifestError, match="no public key in PEM"):
        verify_manifest(folder, b"a key")


def test_numbers_that_json_cannot_hold_are_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        compact_json({"x": float("nan")})
