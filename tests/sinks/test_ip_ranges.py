"""Which addresses are no public hosts."""

from __future__ import annotations

import random
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from app.sinks.ip_ranges import read_address, special_range


@pytest.mark.parametrize(
    "text",
    [
        "8.8.8.8",
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
    ],
)
def test_public_hosts_are_in_no_special_range(text: str) -> None:
    assert special_range(read_address(text)) is None


@pytest.mark.parametrize(
    "text",
    ["64:ff9b::7f00:1", "224.0.0.1", "192.88.99.1", "ff02::1", "fec0::1", "5f00::1", "::7f00:1"],
)
def test_what_the_standard_library_takes_for_public_is_not(text: str) -> None:
    assert special_range(read_address(text)) is not None


def test_whatever_is_not_global_is_special() -> None:
    draw = random.Random(7)
    some = [IPv4Address(draw.getrandbits(32)) for _ in range(20_000)]
    few = [IPv6Address(draw.getrandbits(128)) for _ in range(20_000)]
    near = [IPv6Address((0x2001 << 112) | draw.getrandbits(112)) for _ in range(20_000)]
    assert [each for each in (*some, *few) if not each.is_global and not special_range(each)] == []
    # 2001::/23 has a few ranges that are global; none of them is a host.
    assert [each for each in near if not each.is_global and not special_range(each)] == []


def test_wrapped_addresses_are_unwrapped() -> None:
    assert read_address("::ffff:10.0.0.1") == ip_address("10.0.0.1")


@pytest.mark.parametrize("text", ["fe80::1%lo", "127.0.0.01", "1", "", "a.b", "127.1", "[::1]"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not appear|zone"):
        read_address(text)
