"""Which IP addresses are no public hosts, after IANA's special-purpose registries (RFC 6890).

The standard library's `is_global` answers another question: whether an address is routed, not
where a packet ends. It is true for NAT64's wrapping of 127.0.0.1, for multicast and for 6to4's
relays.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Special:
    """A range that no public host has; `own` ranges may hold services of the operator."""

    network: IPNetwork
    meaning: str
    own: bool = False


def _special(network: str, meaning: str, *, own: bool = False) -> Special:
    return Special(ip_network(network), meaning, own)


_SPECIAL = (
    _special("0.0.0.0/8", "this network"),
    _special("10.0.0.0/8", "a private network", own=True),
    _special("100.64.0.0/10", "a carrier's shared network", own=True),
    _special("127.0.0.0/8", "this machine", own=True),
    _special("168.63.129.16/32", "a cloud's own services"),
    _special("169.254.0.0/16", "the local link"),
    _special("172.16.0.0/12", "a private network", own=True),
    _special("192.0.0.0/24", "a protocol's own range"),
    _special("192.0.2.0/24", "documentation"),
    _special("192.88.99.0/24", "6to4 relays"),
    _special("192.168.0.0/16", "a private network", own=True),
    _special("198.18.0.0/15", "benchmarks"),
    _special("198.51.100.0/24", "documentation"),
    _special("203.0.113.0/24", "documentation"),
    _special("224.0.0.0/4", "multicast"),
    _special("240.0.0.0/4", "a reserved range"),
    _special("::1/128", "this machine", own=True),
    _special("2001::/23", "a protocol's own range"),
    _special("2001:db8::/32", "documentation"),
    _special("2002::/16", "6to4"),
    _special("3fff::/20", "documentation"),
    _special("fc00::/7", "a private network", own=True),
    _special("fe80::/10", "the local link"),
    _special("ff00::/8", "multicast"),
)
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")


def read_address(text: str) -> IPAddress:
    """An address, IPv4 where IPv6 only wraps it (`::ffff:0:0/96`).

    Raises ValueError for anything else, an IPv6 zone included.
    """
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise ValueError(f"{text!r} names a zone")
        return address.ipv4_mapped or address
    return address


def special_range(address: IPAddress) -> Special | None:
    """The range that keeps an address from being a public host; None for a public one."""
    if address in _NAT64:
        return special_range(IPv4Address(int(address) & 0xFFFF_FFFF))
    for special in _SPECIAL:
        if address in special.network:
            return special
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return Special(IPv6Network("::/0"), "a reserved range")
    return None
