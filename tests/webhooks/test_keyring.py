"""Old secrets go on for a while; sealed keyrings are of use at one place only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.store.encryption.secrets import SecretBox, SecretsError
from app.webhooks.keyring import MOST_IN_FORCE, Key, Keyring, seal, unseal
from tests.webhooks.conftest import KEY

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_old_secret_signs_until_the_overlap_ends() -> None:
    ring = Keyring.of("old").rotated("new", NOW, NOW + HOUR)
    assert ring.in_force(NOW) == ("new", "old")
    assert ring.in_force(NOW + HOUR) == ("new",)
    assert (ring.old_until(NOW), ring.old_until(NOW + HOUR)) == (NOW + HOUR, None)


def test_rotating_again_prolongs_no_old_secret() -> None:
    ring = Keyring.of("a").rotated("b", NOW, NOW + HOUR)
    ring = ring.rotated("c", NOW, NOW + 2 * HOUR)
    assert ring.keys == (Key("c"), Key("b", NOW + 2 * HOUR), Key("a", NOW + HOUR))


def test_without_overlap_the_old_secret_ends_at_once() -> None:
    assert Keyring.of("old").rotated("new", NOW, NOW).in_force(NOW) == ("new",)


def test_few_secrets_are_in_force_at_once() -> None:
    ring = Keyring.of("0")
    for number in range(1, 9):
        ring = ring.rotated(str(number), NOW, NOW + HOUR)
    assert ring.in_force(NOW) == tuple("8765")[:MOST_IN_FORCE]


def test_the_same_secret_again_stays() -> None:
    assert Keyring.of("a").rotated("a", NOW, NOW + HOUR) == Keyring.of("a")


def test_a_sealed_keyring_opens_at_its_place_only() -> None:
    box = SecretBox(lambda: [KEY])
    ring = Keyring.of("old").rotated("new", NOW, NOW + HOUR)
    sealed = seal(box, ring, "tenant", "url")
    assert unseal(box, sealed, "tenant", "url") == ring
    assert "old" not in sealed
    with pytest.raises(SecretsError, match="something else"):
        unseal(box, sealed, "other", "url")
