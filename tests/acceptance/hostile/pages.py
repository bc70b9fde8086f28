# ruff: noqa: E501  (a catalogue: each input is a line)
"""What a visitor of the pages can do that nobody signed in: visits, sockets, files, events."""

from __future__ import annotations

import base64
import random
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.acceptance.hostile.bodies import JSONS, YAMLS, _bomb
from tests.acceptance.hostile.inputs import Answer, Input, Target, chance
from tests.acceptance.hostile.visits import SOCKET, Visit, answered, cookie_of
from tests.acceptance.hostile.visits import visit as signed_in

MOST = 880_000
FILE_SECONDS = 60.0
PIECE = 450_000
FILES: dict[str, Callable[[], str]] = {
    "40,000 line ends": lambda: "\n" * 40_000,
    "400,000 line ends": lambda: "\n" * 400_000,
    "semicolons": lambda: ";" * 400_000,
    "creates": lambda: "\ncreate " * 100_000,
    "creates or replaces": lambda: ";create or replace temp " * 35_000,
    "spaces after create": lambda: "create" + " " * 800_000,
    "SQL of 60,000 columns": lambda: f"create table t ({','.join(f'c{n} int' for n in range(60_000))})",
    "SQL of 400 columns": lambda: f"create table t ({','.join(f'c{n} int' for n in range(400))})",
    "SQL of brackets": lambda: "create table t (a int default " + "(" * 100_000,
    "SQL of nested selects": lambda: "create table t as " + "select * from (" * 10_000,
    "SQL of 20,000 tables": lambda: "create table t (a int);" * 30_000,
    "SQL of comments": lambda: "create table t (/*" + "/*" * 300_000,
    "SQL of quotes": lambda: "create table t ('" + "''" * 300_000,
    "SQL of an enum of 100,000": lambda: f"create table t (a enum({','.join(['1'] * 200_000)}))",
    "SQL of cases": lambda: "create table t (a int default " + "case when " * 50_000,
    "SQL of operators": lambda: "create table t (a int check (1" + "+1" * 200_000 + "))",
    "SQL of nots": lambda: "create table t (a int check (" + "not " * 100_000 + "1))",
    "SQL of a string": lambda: "create table t (a varchar(" + "9" * 500_000 + "))",
    "CSV of 400,000 columns": lambda: "," * 400_000,
    "CSV of 100,000 names": lambda: ",".join(f"c{n}" for n in range(100_000)),
    "CSV of 500 columns": lambda: "\n".join([",".join(f"c{n}" for n in range(500))] * 2),
    "CSV of quotes": lambda: '"' * 400_000,
    "CSV of an open quote": lambda: 'a,b\n"' + "x,\n" * 250_000,
    "CSV of quotes and marks": lambda: "'a;'b," * 120_000,
    "CSV of one line": lambda: "x" * MOST,
    "CSV of numbers": lambda: "a\n" + "9" * 600_000,
    "CSV of exponents": lambda: "a\n" + "1e308\n" * 100_000,
    "CSV of 200 cells of digits": lambda: "a\n" + ("9" * 4_000 + "\n") * 200,
    "CSV of NULs": lambda: "a,b\n" + "\0" * 100_000,
    "CSV of formulas": lambda: "a\n" + "=cmd|'/c calc'!A0\n" * 20_000,
    "CSV of moments": lambda: "a\n" + "2001-01-01T00:00:00.000000000\n" * 20_000,
    "CSV of names that matter": lambda: ("first_" * 100_000) + "name\n1",
    "CSV of names like secrets": lambda: "(a:" * 200_000 + "\n1",
    "CSV of spaces": lambda: " " * 800_000,
    "CSV of wide letters": lambda: "\U0001f600," * 90_000,
    "CSV of marks of direction": lambda: "\u202e," * 100_000 + "\n",
    "a workbook": lambda: _bomb().decode("latin-1"),
    "a script": lambda: "<script>alert(1)</script>,b\n1,2",
}  # fmt: skip


def files(seed: int, many: int) -> Iterator[Input]:
    """Files given to the first page as columns to take over, or as a definition."""
    for name, make in FILES.items():
        suffix = ".csv" if name.startswith("CSV") else ".sql"
        yield Input(
            "file", name, lambda target, make=make, suffix=suffix: [_give(target, make(), suffix=suffix)]
        )  # fmt: skip
    small = {**JSONS, **YAMLS}
    for name in chance(seed, "files").sample(sorted(small), min(len(small), 10 + many)):
        text = small[name][:600_000].decode("utf-8", "ignore")
        yield Input(
            "file", f"definition of {name}",
            lambda target, text=text: [_give(target, text, "YAML", ".yaml")],
        )  # fmt: skip


def _give(target: Target, text: str, tile: str = "Your columns", suffix: str = ".csv") -> Answer:
    """Choose a tile, give it a file, and wait until the page has said something to it."""

    def act() -> None:
        visit = signed_in(target)
        with visit.connected():
            visit.press(tile, 0.3)
            chooser, events = next(
                (key, kinds & {"read", "piece"})
                for key, each in visit.elements.items()
                if (kinds := {event["type"] for event in each.get("events", ())})
                & {"read", "piece"}
            )
            if "read" in events:
                read = {"name": f"hostile{suffix}", "text": text, "encoding": "utf-8"}
                visit.fire(chooser, "read", read)
            else:
                _send_pieces(visit, chooser, f"hostile{suffix}", text.encode("utf-8", "ignore"))
            if not visit.wait(FILE_SECONDS):
                raise AssertionError(f"the page has said nothing for {FILE_SECONDS} s")

    return answered(act)


def _send_pieces(visit: Visit, chooser: str, name: str, content: bytes) -> None:
    """A file as the page's script sends it: one piece after the other."""
    parts = [content[at : at + PIECE] for at in range(0, max(1, len(content)), PIECE)]
    for number, part in enumerate(parts):
        data = base64.b64encode(part).decode()
        visit.fire(
            chooser, "piece", {"name": name, "number": number, "pieces": len(parts), "data": data}
        )


def visits(seed: int, many: int) -> Iterator[Input]:
    pages = ("/", "/design", "/jobs", "/compare", "/connections", "/keys", "/sign-in", "/jobs/x")
    for page in pages:
        yield Input(
            "visit", f"{page}, 12 times", lambda target, page=page: _visits(target, page, 12)
        )
    yield Input("visit", "1,001 without a cookie", _evicting)
    yield Input("visit", "100 at the door", lambda target: _visits(target, "/sign-in", 100, 32))
    yield Input("visit", "pages that nobody comes back to", _left_behind)
    for number in range(many):
        luck = chance(seed, "visit", number)
        path = f"{luck.choice(pages)}?{'(a:' * 1_000}&seed={luck.random()}"
        yield Input("visit", f"{number} with a query", lambda t, path=path: _visits(t, path, 2))


def _visits(target: Target, page: str, count: int, at_once: int = 4) -> list[Answer]:
    """Visits by some visitors at once, none of which keeps a cookie."""
    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(lambda _: target.ask("GET", page, keyed=False), range(count)))


def _evicting(target: Target) -> list[Answer]:
    """More visitors than there is room for; somebody of another tenant stays signed in."""
    own = {"Cookie": cookie_of(target, target.victim)}
    answers = _visits(target, "/", 1_001)
    after = target.ask("GET", "/jobs", b"", own, keyed=False)
    if after.status != 200:
        raise AssertionError(f"strangers have signed somebody out: {after.status}")
    return answers


def _left_behind(target: Target) -> list[Answer]:
    def act() -> None:
        with signed_in(target, "/design").connected() as visit:
            assert visit.socket
            visit.socket.socket.close()

    return [answered(act) for _ in range(8)]


FRAMES: dict[str, Callable[[Visit, random.Random], None]] = {
    "a frame of 900 kB": lambda visit, _: visit.send("event", args="x" * 900_000),
    "a frame of 3 MB": lambda visit, _: visit.send("event", args="x" * 3_000_000),
    "a frame of 20 MB": lambda visit, _: visit.send("event", args="x" * 20_000_000),
    "deep JSON": lambda visit, _: _send(visit, '42["event",' + "[" * 100_000),
    "deep JSON, closed": lambda visit, _: _send(visit, '42["event",' + "[" * 5_000 + "]" * 5_000 + "]"),
    "200,000 lists": lambda visit, _: _send(visit, '42["event",[' + "[]," * 200_000 + "[]]]"),
    "no event": lambda visit, _: _send(visit, "42{}"),
    "an event of a number": lambda visit, _: _send(visit, "42[7]"),
    "an event of no arguments": lambda visit, _: _send(visit, '42["event"]'),
    "an event of another shape": lambda visit, _: _send(visit, '42["event",7]'),
    "an event of 1,000 arguments": lambda visit, _: _send(visit, '42["event"' + ',{}' * 1_000 + "]"),
    "an unknown event": lambda visit, _: _send(visit, '42["' + "x" * 100_000 + '",{}]'),
    "an unknown element": lambda visit, _: visit.send("event", id=10**9, listener_id="x", args=[]),
    "an unknown listener": lambda visit, _: visit.send("event", id=1, listener_id="x", args=[]),
    "an element of a text": lambda visit, _: visit.send("event", id="x" * 9_999, listener_id={}, args=7),
    "an answer nobody asked for": lambda visit, _: visit.send("javascript_response", request_id="x", result="y" * 99_999),
    "an acknowledgement of 10^30": lambda visit, _: visit.send("ack", next_message_id=10**30),
    "an acknowledgement of a text": lambda visit, _: visit.send("ack", next_message_id="x"),
    "log lines": lambda visit, _: [visit.send("log", level="error", message="\n(a:" * 20_000) for _ in range(5)] and None,
    "log lines of no level": lambda visit, _: visit.send("log", level="__class__", message={}),
    "another handshake": lambda visit, _: visit.send("handshake", tab_id="x", document_id="y", next_message_id=-1),
    "20 handshakes": lambda visit, _: [visit.send("handshake", tab_id=str(n), document_id="y", next_message_id=0) for n in range(20)] and None,
    "1,000 events": lambda visit, _: [visit.send("event", id=1, listener_id="x", args=[]) for _ in range(1_000)] and None,
    "1,000 clicks": lambda visit, _: [visit.fire(visit.find(text="A label"), "click") for _ in range(1_000)] and None,
    "100 values of 9 kB": lambda visit, _: [visit.fire(visit.find(label="Name"), "update:value", "x" * 9_000 + str(n)) for n in range(100)] and None,
    "a name of 800 kB": lambda visit, _: visit.fire(visit.find(label="Name"), "update:value", "(a:" * 250_000),
    "rows of 10,000 digits": lambda visit, _: visit.fire(visit.find(label="Rows"), "update:value", "9" * 10_000),
    "rows that are a list": lambda visit, _: visit.fire(visit.find(label="Rows"), "update:value", [[]] * 10_000),
    "rows that are deep": lambda visit, _: visit.fire(visit.find(label="Rows"), "update:value", {"a": {"b": {}}}),
    "pings": lambda visit, _: [_send(visit, "2probe") for _ in range(1_000)] and None,
    "binary frames": lambda visit, _: [_send(visit, bytes(9_999)) for _ in range(50)] and None,
    "promised attachments": lambda visit, _: _send(visit, '451000-["event",{"_placeholder":true,"num":0}]'),
    "10^9 promised attachments": lambda visit, _: _send(visit, '45999999999-["event",{}]'),
    "another name space": lambda visit, _: _send(visit, "40/" + "x" * 50_000 + ","),
    "1,000 name spaces": lambda visit, _: [_send(visit, f"40/n{n},") for n in range(1_000)] and None,
    "a packet number of 10^5 digits": lambda visit, _: _send(visit, "42" + "9" * 100_000 + '["event",{}]'),
    "an upgrade": lambda visit, _: _send(visit, "5"),
    "noop": lambda visit, _: [_send(visit, "6") for _ in range(1_000)] and None,
    "chance": lambda visit, luck: [_send(visit, luck.randbytes(500)) for _ in range(50)] and None,
    "chance as text": lambda visit, luck: [_send(visit, "42" + "".join(chr(luck.randrange(32, 0x3000)) for _ in range(99))) for _ in range(50)] and None,
}  # fmt: skip


def _send(visit: Visit, frame: str | bytes) -> None:
    assert visit.socket
    visit.socket.send(frame)


def sockets(seed: int, many: int) -> Iterator[Input]:
    """Frames on the socket of a page, and handshakes of others than whoever opened it."""
    for name in FRAMES:
        yield Input("socket", name, lambda target, name=name: [_frame(target, name, seed)])
    for number in range(many):
        yield Input(
            "socket", f"chance {number}", lambda t, n=number: [_frame(t, "chance", (seed, n))]
        )
    for name, cookie, headers in (
        ("no cookie", "", {}),
        ("another cookie", "tablesmith_session=stranger", {}),
        ("a cookie of 50 kB", "tablesmith_session=" + '\\"' * 25_000, {}),
        ("another origin", None, {"Origin": "https://example.com"}),
        ("no origin at all", None, {"Origin": "null"}),
        ("an origin of 50 kB", None, {"Origin": "http://" + "(a:" * 17_000}),
        ("an origin that begins alike", None, {"Origin": "http://127.0.0.1.example.com"}),
    ):
        yield Input(
            "handshake", name,
            lambda target, cookie=cookie, headers=headers: [_handshake(target, cookie, headers)],
        )  # fmt: skip
    yield from _polling()


def _frame(target: Target, name: str, seed: object) -> Answer:
    def act() -> None:
        with signed_in(target).connected() as visit:
            FRAMES[name](visit, random.Random(str(seed)))
            visit.listen(0.3)

    return answered(act)


def _handshake(target: Target, cookie: str | None, headers: dict[str, str]) -> Answer:
    def act() -> None:
        with signed_in(target).connected(cookie, **headers) as visit:
            visit.listen(0.2)

    answer = answered(act)
    if answer.status == 101:
        raise AssertionError("a stranger has the page")
    return answer


def _polling() -> Iterator[Input]:
    """The same without a websocket, by long polling."""
    opened = f"{SOCKET}?EIO=4&transport=polling"
    for name, method, path, body in (
        ("500 sessions", "GET", opened, b""),
        ("an unknown session", "GET", f"{opened}&sid=x", b""),
        ("a body to an unknown session", "POST", f"{opened}&sid=x", b"4" * 900_000),
        ("a body of 4 MB", "POST", f"{opened}&sid=x", b"4" * 4_000_000),
        ("another version", "GET", f"{SOCKET}?EIO=99&transport=polling", b""),
        ("another transport", "GET", f"{SOCKET}?EIO=4&transport={'x' * 50_000}", b""),
        ("a callback", "GET", f"{opened}&j=0;alert(1)", b""),
        ("another method", "DELETE", opened, b""),
    ):
        count = 500 if name.startswith("500") else 1

        def act(
            target: Target, method: str = method, path: str = path, body: bytes = body,
            count: int = count,
        ) -> list[Answer]:  # fmt: skip
            return [target.ask(method, path, body, keyed=False) for _ in range(count)]

        yield Input("polling", name, act)
    yield Input("polling", "a session with large packets", _large_packets)
    yield Input("polling", "20 sessions that wait", _waiting)


def _session(target: Target) -> str:
    """A session by long polling that belongs to a page; its address."""
    visit = signed_in(target)
    query = visit.query(transport="polling")
    answer = target.ask("GET", f"{SOCKET}?{query}", b"", {"Cookie": visit.cookie}, keyed=False)
    found = re.search(rb'"sid":"([^"]+)"', answer.beginning)
    return f"{SOCKET}?{query}&sid={found[1].decode()}" if found else f"{SOCKET}?{query}"


def _large_packets(target: Target) -> list[Answer]:
    address = _session(target)
    bodies = (b"40", b"4" * 900_000, b"\x1e" * 900_000, b"4\x1e" * 400_000, b"b" + b"A" * 900_000)
    return [target.ask("POST", address, body, keyed=False) for body in bodies]


def _waiting(target: Target) -> list[Answer]:
    """Long polls that are left open and then abandoned."""
    open_ones = []
    for _ in range(20):
        connection = target.connect()
        connection.sendall(target.request("GET", _session(target), keyed=False))
        open_ones.append(connection)
    threading.Event().wait(0.5)
    for connection in open_ones:
        connection.close()
    return [target.ask("GET", "/healthz", keyed=False)]
