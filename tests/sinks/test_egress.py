"""What leaves the service connects to an address that was looked up once and checked."""

from __future__ import annotations

import asyncio
import datetime
import re
import ssl
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.sinks.base import SinkError
from app.sinks.egress import (
    Address,
    EgressPolicy,
    EgressRefused,
    EgressUnresolved,
    read_allowed,
)
from app.sinks.pinning import MAX_ANSWER
from tests.sinks.hostile_urls import ANSWERS, PUBLIC, SPELLED, URLS
from tests.sinks.loopback import Listener, listener, nothing_leaves


def names(answers: dict[str, list[str]]) -> Callable[[str, int], Sequence[str]]:
    def resolve(host: str, port: int) -> Sequence[str]:
        if host not in answers:
            raise OSError("no such name")
        return answers[host]

    return resolve


def egress(allowed: str = "", **answers: list[str]) -> EgressPolicy:
    """Names are written with `_` for the dot."""
    known = {name.replace("_", "."): answer for name, answer in answers.items()}
    return EgressPolicy(read_allowed(allowed), names(known))


def test_150_hostile_urls_reach_nothing() -> None:
    """Neither at submission nor on sending; every one is refused, none fails for another reason."""
    policy = EgressPolicy(resolver=names({**ANSWERS, "public.example": [PUBLIC]}))
    with ExitStack() as stack:
        first = stack.enter_context(listener())
        other = stack.enter_context(listener("::1", first.port))
        urls = [url.format(port=first.port) for url in URLS]
        client = stack.enter_context(httpx.Client(transport=policy.transport()))
        tried = stack.enter_context(nothing_leaves())
        let_through = [url for url in urls if not _is_refused(client, url)]
    assert len(set(urls)) >= 150
    assert let_through == []
    assert (tried, first.connections, other.connections) == ([], 0, 0)


def _is_refused(client: httpx.Client, url: str) -> bool:
    try:
        client.get(url)
    except (SinkError, httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError):
        return True
    except httpx.HTTPError:
        return False
    return False


@pytest.mark.anyio
async def test_150_hostile_urls_reach_nothing_asynchronously() -> None:
    policy = EgressPolicy(resolver=names({**ANSWERS, "public.example": [PUBLIC]}))
    reached = []
    with listener() as first, listener("::1", first.port) as other:
        async with httpx.AsyncClient(transport=policy.async_transport()) as client:
            with nothing_leaves() as tried:
                for url in URLS:
                    try:
                        await client.get(url.format(port=first.port))
                        reached.append(url)
                    except (SinkError, httpx.UnsupportedProtocol, httpx.InvalidURL):
                        pass
    assert (reached, tried, first.connections, other.connections) == ([], [], 0, 0)


def test_the_listener_would_have_been_reached() -> None:
    """What the tests above rely on: requests arrive where no policy forbids it."""
    with listener() as inside:
        with httpx.Client() as plain:
            assert plain.get(f"http://127.0.0.1:{inside.port}/").text == "ok"
        with httpx.Client(transport=egress("127.0.0.0/8").transport()) as client:
            assert client.get(f"http://127.0.0.1:{inside.port}/").text == "ok"
    assert inside.connections == 2


@pytest.mark.parametrize("url", SPELLED)
def test_a_hostile_spelling_is_found_without_looking_anything_up(url: str) -> None:
    with pytest.raises(EgressRefused):
        EgressPolicy(resolver=names({})).check_url(url.format(port=8080))


def test_a_name_that_leads_elsewhere_the_second_time_is_looked_up_once() -> None:
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    looked_up = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return answers[len(looked_up) - 1]

    policy = EgressPolicy(read_allowed("127.0.0.1"), rebinding)
    with (
        listener() as outside,
        listener("127.0.0.2", outside.port) as inside,
        httpx.Client(transport=policy.transport()) as client,
        nothing_leaves() as tried,
    ):
        url = f"http://rebinding.example:{outside.port}/"
        assert client.get(url).text == "ok"
        assert (looked_up, tried) == (["rebinding.example"], ["127.0.0.1"])
        with pytest.raises(EgressRefused):
            client.get(url)
    assert (outside.connections, inside.connections) == (1, 0)


def test_redirects_are_not_followed_and_pass_the_policy_where_they_are() -> None:
    with listener("127.0.0.2") as inside:
        location = f"http://127.0.0.2:{inside.port}/"
        answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        with listener(answer=answer.encode()) as outside:
            policy = egress("127.0.0.1")
            url = f"http://127.0.0.1:{outside.port}/"
            with httpx.Client(transport=policy.transport()) as client:
                assert client.get(url).status_code == 302
                with pytest.raises(EgressRefused):
                    client.get(url, follow_redirects=True)
    assert inside.connections == 0


PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"


def _body(size: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size


def get(policy: EgressPolicy, url: str) -> httpx.Response:
    with httpx.Client(transport=policy.transport()) as client:
        return client.get(url)


async def get_asynchronously(policy: EgressPolicy, url: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=policy.async_transport()) as client:
        return await client.get(url)


@pytest.mark.anyio
async def test_the_answer_of_a_stranger_takes_little_memory() -> None:
    policy = egress("127.0.0.1")
    with listener(answer=_body(MAX_ANSWER)) as goal:
        url = f"http://127.0.0.1:{goal.port}/"
        answers = [await asyncio.to_thread(get, policy, url), await get_asynchronously(policy, url)]
        assert [len(answer.content) for answer in answers] == [MAX_ANSWER, MAX_ANSWER]
    with listener(answer=_body(MAX_ANSWER + 1)) as goal:
        url = f"http://127.0.0.1:{goal.port}/"
        with pytest.raises(httpx.ReadError, match="more than 1,048,576 bytes"):
            await asyncio.to_thread(get, policy, url)
        with pytest.raises(httpx.ReadError, match="more than 1,048,576 bytes"):
            await get_asynchronously(policy, url)


@pytest.mark.anyio
async def test_the_answer_of_a_stranger_is_not_unpacked() -> None:
    policy = egress("127.0.0.1")
    with listener(answer=PACKED) as goal:
        url = f"http://127.0.0.1:{goal.port}/"
        answers = [await asyncio.to_thread(get, policy, url), await get_asynchronously(policy, url)]
    assert [answer.content for answer in answers] == [b"\x1f\x8b"] * 2
    assert all(b"accept-encoding: identity" in each.lower() for each in goal.requests)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with listener() as proxy, listener() as goal:
        for name in ("http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        with httpx.Client(transport=egress("127.0.0.1").transport()) as client:
            client.get(f"http://127.0.0.1:{goal.port}/")
    assert (proxy.connections, goal.connections) == (0, 1)


def test_two_names_of_one_address_share_no_connection() -> None:
    policy = egress("127.0.0.1", a_example=["127.0.0.1"], b_example=["127.0.0.1"])
    with listener() as goal, httpx.Client(transport=policy.transport()) as client:
        for name in ("a.example", "b.example"):
            client.get(f"http://{name}:{goal.port}/")
    assert goal.connections == 2
    hosts = [request.split(b"\r\n")[1] for request in goal.requests]
    assert hosts == [f"Host: {name}:{goal.port}".encode() for name in ("a.example", "b.example")]


@pytest.mark.anyio
async def test_certificates_are_checked_for_the_name_not_for_the_address(tmp_path: Path) -> None:
    server, client_side = _tls("hook.example", tmp_path)
    policy = egress("127.0.0.1", hook_example=["127.0.0.1"], other_example=["127.0.0.1"])
    with listener(tls=server) as goal:
        with httpx.Client(transport=policy.transport(verify=client_side)) as client:
            _meet(client, goal)
        transport = policy.async_transport(verify=client_side)
        async with httpx.AsyncClient(transport=transport) as asynchronous:
            url = f"https://hook.example:{goal.port}/"
            assert (await asynchronous.get(url)).text == "ok"
    assert goal.names == ["hook.example", "other.example", "hook.example"]


def _meet(client: httpx.Client, goal: Listener) -> None:
    assert client.get(f"https://hook.example:{goal.port}/").text == "ok"
    assert f"Host: hook.example:{goal.port}".encode() in goal.requests[0]
    with pytest.raises(httpx.ConnectError, match=r"other\.example"):
        client.get(f"https://other.example:{goal.port}/")


def _tls(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side with a certificate of its own for a name, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(*form, serialization.NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem, private)
    return server, ssl.create_default_context(cafile=str(pem))


def test_a_public_host_is_pinned_to_the_first_address_in_the_resolvers_order() -> None:
    policy = egress(public_example=["2606:4700::1", PUBLIC])
    assert policy.resolve("Public.Example.", 5432) == Address(
        "public.example", "2606:4700::1", 5432
    )


@pytest.mark.parametrize(
    ("allowed", "host", "port"),
    [
        ("10.0.0.0/8", "10.1.2.3", 5432),
        ("10.0.0.0/8", "db.internal", 5432),
        ("10.0.0.5:5432", "db.internal", 5432),
        ("db.internal", "db.internal", 5432),
        ("DB.internal:5432", "DB.Internal.", 5432),
        ("*.internal", "db.internal", 25),
        (".internal", "db.internal", 5432),
        ("fd00::/8", "[fd00::1]", 9000),
        ("[fd00::/8]:9000", "fd00::1", 9000),
        ("::1", "::1", 80),
        ("127.0.0.1", "::ffff:127.0.0.1", 80),
        ("localhost", "localhost", 80),
        (" other.example , 10.0.0.5/32,", "db.internal", 1),
    ],
)
def test_what_the_operator_allows_is_reached(allowed: str, host: str, port: int) -> None:
    policy = egress(allowed, db_internal=["10.0.0.5"], localhost=["127.0.0.1", "::1"])
    assert policy.resolve(host, port).port == port


@pytest.mark.parametrize(
    ("allowed", "host", "port"),
    [
        ("10.0.0.0/16", "10.1.2.3", 5432),
        ("10.0.0.5:5432", "db.internal", 5433),
        ("internal", "db.internal", 5432),
        ("*.internal", "internal", 5432),
        ("*.nal", "db.internal", 5432),
        ("link.internal", "link.internal", 80),
        ("mixed.internal:81", "mixed.internal", 80),
        ("10.0.0.0/8", "mixed.internal", 80),
    ],
)
def test_the_operators_leave_goes_no_further(allowed: str, host: str, port: int) -> None:
    policy = egress(
        allowed,
        db_internal=["10.0.0.5"],
        internal=["10.0.0.6"],
        link_internal=["169.254.1.1"],
        mixed_internal=["10.0.0.5", "127.0.0.1"],
    )
    with pytest.raises(EgressRefused, match="TABLESMITH_OUTBOUND_ALLOW"):
        policy.resolve(host, port)


@pytest.mark.parametrize(
    "entry", ["10.0.0.1/8", "a b", "http://x", "x:0", "x:70000", "127.1", "*", "*.", "[::1", "x/8"]
)
def test_an_entry_that_allows_nothing_is_told(entry: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(entry))):
        read_allowed(entry)


@pytest.mark.parametrize(
    ("allowed", "reached"),
    [("", False), ("public.example", True), ("93.184.215.0/24", True), ("10.0.0.0/8", False)],
)
def test_public_hosts_may_be_out_of_reach(allowed: str, reached: bool) -> None:
    policy = EgressPolicy(read_allowed(allowed), names({"public.example": [PUBLIC]}), public=False)
    if reached:
        assert policy.resolve("public.example", 443).ip == PUBLIC
    else:
        with pytest.raises(EgressRefused, match="TABLESMITH_OUTBOUND_ALLOW"):
            policy.resolve("public.example", 443)


def test_a_name_that_cannot_be_allowed_is_not_looked_up() -> None:
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return [PUBLIC]

    policy = EgressPolicy(read_allowed("*.internal, 10.0.0.0/8:5432"), resolve, public=False)
    for host, port in [("public.example", 443), ("93.184.215.14", 443), ("a.internal", 443)]:
        try:
            policy.resolve(host, port)
        except EgressRefused:
            continue
    assert looked_up == ["a.internal"]


@pytest.mark.parametrize("answers", [{}, {"public_example": []}])
def test_a_name_without_an_address_may_have_one_later(answers: dict[str, list[str]]) -> None:
    with pytest.raises(EgressUnresolved, match=r"public\.example"):
        egress(**answers).resolve("public.example", 443)


def test_a_refusal_does_not_tell_where_a_name_leads() -> None:
    with pytest.raises(EgressRefused) as refused:
        egress(db_internal=["10.9.8.7"]).resolve("db.internal", 5432)
    assert "10.9.8.7" not in str(refused.value)


def test_urls_that_may_leave_stay_as_they_are() -> None:
    url = egress().check_url("https://hooks.example:8443/a/b?c=d%20e#f")
    assert str(url) == "https://hooks.example:8443/a/b?c=d%20e#f"
    assert egress().check_url("https://bücher.example/").raw_host == b"xn--bcher-kva.example"


@pytest.mark.parametrize("found", [["10.9.8.7"], ["127.0.0.1"], [PUBLIC, "10.9.8.7"], []])
def test_a_name_of_the_inside_is_refused_as_one_that_is_not_there(found: list[str]) -> None:
    """By the difference a tenant could find out which names the operator's network has."""
    told = []
    for answers in ({"db_internal": found}, {}):
        with pytest.raises(EgressUnresolved) as refused:
            egress(**answers).resolve("db.internal", 5432)
        told.append((type(refused.value), str(refused.value)))
    assert told[0] == told[1]


def test_what_a_driver_says_names_the_host_as_it_was_written() -> None:
    address = Address("db.internal", "10.9.8.7", 5432)
    assert address.named("no route to 10.9.8.7:5432") == "no route to db.internal:5432"
