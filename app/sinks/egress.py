# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""Outgoing connections: an address is looked up once, checked, and connected to.

A name that is checked and then looked up again by whoever connects may lead elsewhere the second
time. So `EgressPolicy.resolve` gives the address to connect to, and the transports connect to it,
with the name kept for the certificate and the `Host` header. Redirects are not followed by
httpx unless it is asked to; where it is, every step comes through here again.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import httpx
import idna

from app.sinks.base import SinkError, TerminalSinkError, TransientSinkError
from app.sinks.ip_ranges import IPAddress, IPNetwork, read_address, special_range
from app.sinks.pinning import AsyncPinnedTransport, PinnedTransport

Resolver = Callable[[str, int], Sequence[str]]

WEB = frozenset({"http", "https"})
SETTING = "TABLESMITH_OUTBOUND_ALLOW"
MAX_URL = 2048
MAX_NAME = 253
FIRST_FREE_PORT = 1024
_WEB_PORTS = {"http": 80, "https": 443}
_LABELS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
# What a C library reads as an IPv4 address: 2130706433, 0x7f.1, 0177.0.0.1.
_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
_ENTRY = re.compile(r"(?:\[(?P<six>[^]]+)]|(?P<plain>[^:]+))(?::(?P<port>\d{1,5}))?")


class EgressRefused(SinkError):
    """The service must not connect there."""


class EgressForbidden(EgressRefused, TerminalSinkError):
    """As far as the address itself says."""


class EgressUnresolved(EgressRefused, TransientSinkError):
    """The name has no address now that the service may connect to.

    Whether it has none at all or one of the inside is the same to whoever named it: a tenant could
    map the operator's network by the difference.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} has no address now that this service may connect to; "
            f"whoever runs it may allow one by {SETTING}"
        )


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect: `ip` was checked and is the one to use; `host` is for the certificate, and
    for whoever reads of it."""

    host: str
    ip: str
    port: int

    def named(self, text: str) -> str:
        """What a driver says of its connection, with the host as it was written: an address may
        tell of the inside."""
        return text.replace(self.ip, self.host)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry of the allow-list: a network or a name (`.internal` for all below it)."""

    network: IPNetwork | None
    name: str | None
    port: int | None

    def has_port(self, port: int) -> bool:
        return self.port is None or self.port == port

    def has_address(self, address: IPAddress) -> bool:
        return self.network is not None and address in self.network

    def has_name(self, name: str) -> bool:
        if self.name is None:
            return False
        return name.endswith(self.name) if self.name.startswith(".") else name == self.name

    def may_have(self, name: str, port: int) -> bool:
        """Whether the name may turn out to be allowed once it is looked up."""
        return self.has_port(port) and (self.network is not None or self.has_name(name))


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Every address of a name in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """Refuses every address that is no public host, unless the operator allows it.

    Args:
        allowed: entries of `read_allowed`; a name lifts the ranges that services of the operator
            may have, a network lifts every range.
        resolver: all addresses of a name; raises OSError where it has none.
        public: whether public hosts may be reached besides.
    """

    allowed: tuple[Allowed, ...] = ()
    resolver: Resolver = system_resolver
    public: bool = True

    def resolve(self, host: str, port: int) -> Address:
        """Look a host up, once, and check every address that it has. May block.

        Raises EgressRefused where one is not allowed, EgressUnresolved where it has none.
        """
        name = self.check(host, port)
        literal = _literal(name)
        if literal:
            return Address(name, str(literal), port)
        addresses = self._look_up(name, port)
        for address in addresses:
            if not self._may_be_reached(name, address, port):
                raise EgressUnresolved(name)
        return Address(name, str(addresses[0]), port)

    def check(self, host: str, port: int) -> str:
        """The name that `host` spells, as far as that can be said without looking it up.

        Raises EgressRefused.
        """
        name = read_host(host)
        if not 0 < port < 2**16:
            raise EgressForbidden(f"{port} is no port; give one from 1 to 65535")
        literal = _literal(name)
        if literal:
            self._permit(name, literal, port)
        elif name == "localhost" or name.endswith(".localhost"):
            self._permit(name, read_address("127.0.0.1"), port)
        elif not any(entry.may_have(name, port) for entry in self.allowed):
            self._check_public(name, port)
        return name

    def check_url(self, url: str, schemes: Collection[str] = WEB) -> httpx.URL:
        """The URL, as far as it can be judged without looking its host up.

        Raises EgressRefused.
        """
        parsed = _read_url(url)
        if parsed.scheme not in schemes:
            wanted = " or ".join(sorted(schemes))
            raise EgressForbidden(f"the scheme {parsed.scheme!r} is not served; use {wanted}")
        if parsed.userinfo:
            raise EgressForbidden("a name or password inside the address is not allowed")
        self.check(parsed.raw_host.decode("ascii"), port_of(parsed))
        return parsed

    def transport(self, **options: Any) -> httpx.BaseTransport:
        """A transport of httpx that connects to checked addresses only.

        `options` are those of `httpx.HTTPTransport`.
        """
        return PinnedTransport(self._route, **options)

    def async_transport(self, **options: Any) -> httpx.AsyncBaseTransport:
        """As `transport`, for `httpx.AsyncClient`; names are looked up in threads of its own."""
        return AsyncPinnedTransport(self._route, **options)

    def _route(self, url: httpx.URL) -> Address:
        parsed = self.check_url(str(url))
        return self.resolve(parsed.raw_host.decode("ascii"), port_of(parsed))

    def _look_up(self, name: str, port: int) -> list[IPAddress]:
        try:
            addresses = [read_address(text) for text in self.resolver(name, port)]
        except (OSError, ValueError):
            raise EgressUnresolved(name) from None
        if not addresses:
            raise EgressUnresolved(name)
        return addresses

    def _may_be_reached(self, name: str, address: IPAddress, port: int) -> bool:
        try:
            self._permit(name, address, port)
        except EgressRefused:
            return False
        return True

    def _permit(self, name: str, address: IPAddress, port: int) -> None:
        """Raise EgressRefused unless this address may be connected to under this name."""
        entries = [entry for entry in self.allowed if entry.has_port(port)]
        if any(entry.has_address(address) for entry in entries):
            return
        named = any(entry.has_name(name) for entry in entries)
        special = special_range(address)
        if special is not None and not (named and special.own):
            raise EgressForbidden(
                f"{name!r} belongs to {special.meaning}, not to a public host; "
                f"whoever runs this service may allow it by {SETTING}"
            )
        if not named:
            self._check_public(name, port)

    def _check_public(self, name: str, port: int) -> None:
        """Raise EgressRefused unless a public host may be reached at this port."""
        if not self.public:
            raise EgressForbidden(
                f"{name!r} is not among what this service may reach; "
                f"whoever runs it may allow it by {SETTING}"
            )
        if port < FIRST_FREE_PORT and port not in _WEB_PORTS.values():
            raise EgressForbidden(
                f"port {port} belongs to another protocol; use 80, 443 or one from "
                f"{FIRST_FREE_PORT}, or have it allowed by {SETTING}"
            )


def read_allowed(text: str | None) -> tuple[Allowed, ...]:
    """The allow-list of the settings: networks and names, separated by commas.

    `10.0.0.0/8`, `127.0.0.1`, `[fd00::/8]:5432`, `minio.internal:9000`, `*.internal`.

    Raises ValueError for an entry that is none of these.
    """
    entries = map(str.strip, (text or "").split(","))
    return tuple(_read_entry(entry) for entry in entries if entry)


def read_host(host: str) -> str:
    """A host name in lower-case ASCII without a last dot, or an IP address in its plain form.

    Raises EgressRefused for what is neither, numbers that some libraries read as an address
    included.
    """
    name = _ascii(host.strip().lower()).removesuffix(".")
    literal = _literal(name.removeprefix("[").removesuffix("]"))
    if literal is not None:
        return str(literal)
    if _NUMBER.fullmatch(name):
        raise EgressForbidden(f"{host[:100]!r} is a number; write an address as four decimals")
    if len(name) > MAX_NAME or not _LABELS.fullmatch(name):
        raise EgressForbidden(f"{host[:100]!r} is no host name and no IP address")
    return name


def port_of(url: httpx.URL) -> int:
    return _WEB_PORTS.get(url.scheme, 0) if url.port is None else url.port


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host).decode("ascii")
    except idna.IDNAError:
        raise EgressForbidden(f"{host[:100]!r} is no international host name") from None


def _literal(name: str) -> IPAddress | None:
    try:
        return read_address(name)
    except ValueError:
        return None


def _read_url(url: str) -> httpx.URL:
    if len(url) > MAX_URL:
        raise EgressForbidden(f"the address is longer than {MAX_URL} characters")
    if "\\" in url or any(char.isspace() or not char.isprintable() for char in url):
        raise EgressForbidden("the address holds a character that must not stand in one")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise EgressForbidden(f"it is no web address: {error}") from None
    if not parsed.scheme or not parsed.raw_host:
        raise EgressForbidden("it is no whole address; write https://host/path")
    return parsed


def _read_entry(entry: str) -> Allowed:
    name, port = _split_port(entry)
    if port is not None and not 0 < port < 2**16:
        raise ValueError(f"{entry!r} has no port from 1 to 65535")
    try:
        return Allowed(ip_network(name), None, port)
    except ValueError:
        known = name.lower().removeprefix("*")
        if not _LABELS.fullmatch(known.removeprefix(".")) or _NUMBER.fullmatch(known):
            hint = "a network such as 10.0.0.0/8 or a name such as minio.internal:9000"
            raise ValueError(f"{entry!r} is not {hint}") from None
    return Allowed(None, known, port)


def _split_port(entry: str) -> tuple[str, int | None]:
    """An entry without its port; a network of IPv6 needs brackets only where a port follows."""
    match = _ENTRY.fullmatch(entry)
    if match is None:
        return entry, None
    port = match["port"]
    return match["six"] or match["plain"], None if port is None else int(port)
