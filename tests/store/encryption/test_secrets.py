"""Secrets at rest: sealed, opened under keys that rotate, kept in a file of one's own."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.store.encryption.secrets import KEY_FILE, SecretBox, SecretsError, make_box

OLD = base64.b64encode(b"\xfb\xff" * 16).decode()
NEW = base64.urlsafe_b64encode(b"n" * 32).decode()


def box_of(*keys: str) -> SecretBox:
    return SecretBox(lambda: keys)


def test_what_was_sealed_is_opened_and_never_looks_the_same() -> None:
    box = box_of(OLD)
    one, other = box.seal("päss"), box.seal("päss")
    assert (box.open(one), box.open(other)) == ("päss", "päss")
    assert one != other
    assert "päss" not in one


def test_a_new_key_in_front_opens_the_old_and_renews_it() -> None:
    sealed = box_of(OLD).seal("pass")
    renewed = box_of(NEW, OLD).renewed(sealed)
    assert box_of(NEW).open(renewed) == "pass"
    with pytest.raises(SecretsError, match="no key"):
        box_of(NEW).open(sealed)


def test_what_was_changed_is_not_opened() -> None:
    box = box_of(OLD)
    sealed = box.seal("pass")
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(SecretsError, match="no key"):
        box.open(changed)


@pytest.mark.parametrize(
    "keys", [[], ["short"], [base64.b64encode(b"x" * 31).decode()], ["é" * 44]]
)
def test_what_is_no_key_is_refused_without_being_told(keys: list[str]) -> None:
    with pytest.raises(SecretsError, match="no key") as refused:
        box_of(*keys).unlock()
    assert not any(key in str(refused.value) for key in keys)


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    sealed = make_box(folder, None).seal("pass")
    assert make_box(folder, None).open(sealed) == "pass"
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_processes_that_make_the_key_at_once_share_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        sealed = list(threads.map(lambda _: make_box(tmp_path, None).seal("pass"), range(8)))
    assert {make_box(tmp_path, None).open(each) for each in sealed} == {"pass"}


def test_keys_of_the_settings_come_before_the_file(tmp_path: Path) -> None:
    box = make_box(tmp_path, f" {NEW} , {OLD} ,")
    assert box.open(box_of(OLD).seal("pass")) == "pass"
    assert not (tmp_path / KEY_FILE).exists()
