"""Which kinds an operation takes and which it gives; checked when a plan is compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from app.engine.expressions.kinds import (
    DAYS,
    DURATIONS,
    MOMENTS,
    NUMBERS,
    Kind,
    KindError,
    common_kind,
    parse_moment,
)
from app.engine.expressions.tree import Literal, Node
from app.engine.expressions.zones import zone_names

MAX_DIGITS = 15
MAX_WIDTH = 1_000
MOVING = "add it to a date or subtract it from one: date + days(3)"

KindRule = Callable[[Sequence[Kind], Sequence[Node]], Kind]


def _each(kinds: Sequence[Kind], allowed: frozenset[Kind], wanted: str) -> None:
    for kind in kinds:
        if kind not in allowed and kind is not Kind.NULL:
            raise KindError(f"{kind.value} where {wanted} should stand")


def check_durations(operation: str, kinds: Sequence[Kind]) -> None:
    """Raises:
    KindError: where a duration stands in anything but a sum or a difference.
    """
    for kind in kinds:
        if kind in DURATIONS and operation not in ("+", "-"):
            raise KindError(f"{kind.value} is only added or subtracted", MOVING)


def number_like_kind(kinds: Sequence[Kind], _: Sequence[Node]) -> Kind:
    _each(kinds, NUMBERS, "a number")
    common = common_kind(kinds)
    return Kind.REAL if common is Kind.NULL else common


def sum_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    if any(kind in DURATIONS for kind in kinds):
        return _moved_kind(kinds, nodes)
    if any(kind in MOMENTS for kind in kinds):
        raise KindError("moments are moved by durations", "write date + days(3) or hours(3)")
    return number_like_kind(kinds, nodes)


def difference_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    if all(kind in DAYS for kind in kinds):
        raise KindError("moments are not subtracted; write days_between(first, second)")
    if kinds[0] in DURATIONS:
        raise KindError(f"nothing is subtracted from {kinds[0].value}", MOVING)
    return sum_kind(kinds, nodes)


def _moved_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    """Of a moment and a duration: a date stays one unless it is moved by hours."""
    durations = [kind for kind in kinds if kind in DURATIONS]
    if len(durations) == 2:
        raise KindError("durations are not added to one another", "write date + days(3) + hours(2)")
    [(kind, node)] = [pair for pair in zip(kinds, nodes, strict=True) if pair[0] not in DURATIONS]
    if isinstance(node, Literal) and isinstance(node.value, str):
        kind = _moment_of(node.value, Kind.DATE)
    _each([kind], DAYS, "a date")
    return Kind.DATETIME if Kind.CLOCK in durations or kind is Kind.DATETIME else Kind.DATE


def duration_kind(unit: Kind) -> KindRule:
    """Hours may be fractions; days and months are whole, since a date has no part of a day."""

    def rule(kinds: Sequence[Kind], _: Sequence[Node]) -> Kind:
        _each(kinds, NUMBERS, "a number")
        if kinds[0] is Kind.REAL and unit is not Kind.CLOCK:
            raise KindError(
                "days, weeks, months and years are whole", "write round(…), or hours(…)"
            )
        return unit

    return rule


def real_kind(kinds: Sequence[Kind], _: Sequence[Node]) -> Kind:
    _each(kinds, NUMBERS, "a number")
    return Kind.REAL


def integer_kind(kinds: Sequence[Kind], _: Sequence[Node]) -> Kind:
    _each(kinds, NUMBERS, "a number")
    return Kind.INTEGER


def rounded_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    _each(kinds, NUMBERS, "a number")
    if len(nodes) == 1:
        return Kind.INTEGER
    if abs(_written_number(nodes[1], "the digits of round are")) > MAX_DIGITS:
        raise KindError(f"round takes at most {MAX_DIGITS} digits")
    return kinds[0] if kinds[0] is Kind.INTEGER else Kind.REAL


def _written_number(node: Node, what: str) -> int:
    if not isinstance(node, Literal) or type(node.value) is not int:
        raise KindError(f"{what} a whole number written out")
    return node.value


def _written_text(node: Node, what: str) -> str:
    if not isinstance(node, Literal) or not isinstance(node.value, str):
        raise KindError(f"{what} a text written out, in quotes")
    return node.value


def replaced_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    texts_kind(kinds, nodes)
    if _written_text(nodes[1], "what replace looks for is") == "":
        raise KindError("replace looks for an empty text")
    return Kind.TEXT


def substring_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    texts_kind(kinds[:1], nodes)
    if _written_number(nodes[1], "the start of substring is") == 0:
        raise KindError("substring starts at 1", "-1 is the last character")
    if len(nodes) == 3 and _written_number(nodes[2], "the length of substring is") < 0:
        raise KindError("the length of substring is below 0")
    return Kind.TEXT


def padded_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    _each(kinds[:1], frozenset({Kind.TEXT, Kind.INTEGER}), "a text or a whole number")
    if not 0 < _written_number(nodes[1], "the width of pad is") <= MAX_WIDTH:
        raise KindError(f"the width of pad is a number from 1 to {MAX_WIDTH:,}")
    if len(nodes) > 2 and len(_written_text(nodes[2], "what pad fills with is")) != 1:
        raise KindError("pad fills with one character", "for instance pad(number, 6, '0')")
    if len(nodes) > 3 and _written_text(nodes[3], "the side of pad is") not in ("left", "right"):
        raise KindError("the side of pad is 'left' or 'right'")
    return Kind.TEXT


def conditions_kind(kinds: Sequence[Kind], _: Sequence[Node]) -> Kind:
    _each(kinds, frozenset({Kind.BOOL}), "a condition")
    return Kind.BOOL


def texts_kind(kinds: Sequence[Kind], _: Sequence[Node]) -> Kind:
    _each(kinds, frozenset({Kind.TEXT}), "a text")
    return Kind.TEXT


def text_length_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    texts_kind(kinds, nodes)
    return Kind.INTEGER


def always(kind: Kind) -> KindRule:
    return lambda kinds, nodes: kind


def extreme_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    _each(kinds, NUMBERS | MOMENTS, "a number or a moment")
    return common_kind(kinds)


def shared_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    return common_kind(_with_moments(kinds, nodes))


def choice_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    conditions_kind(kinds[:1], nodes)
    return shared_kind(kinds[1:], nodes[1:])


def comparable_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    common_kind(_with_moments(kinds, nodes))
    return Kind.BOOL


def ordered_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    if Kind.BOOL in kinds:
        raise KindError("conditions have no order; compare them with == or !=")
    return comparable_kind(kinds, nodes)


def _with_moments(kinds: Sequence[Kind], nodes: Sequence[Node]) -> list[Kind]:
    """The kinds, constant texts beside moments counting as moments."""
    moments = [kind for kind in kinds if kind in MOMENTS]
    if not moments:
        return list(kinds)
    wanted = common_kind(moments)
    return [
        _moment_of(node.value, wanted)
        if isinstance(node, Literal) and isinstance(node.value, str)
        else kind
        for kind, node in zip(kinds, nodes, strict=True)
    ]


def _moment_of(text: str, wanted: Kind) -> Kind:
    if wanted in DAYS and len(text) > len("2020-12-31"):
        wanted = Kind.DATETIME
    parse_moment(text, wanted)
    return wanted


def day_like_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    for kind, node in zip(kinds, nodes, strict=True):
        if isinstance(node, Literal) and isinstance(node.value, str):
            parse_moment(node.value, Kind.DATE)
        else:
            _each([kind], DAYS, "a date")
    return Kind.INTEGER


def zoned_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    """Of a datetime and the names of two time zones."""
    _each(kinds[:1], frozenset({Kind.DATETIME}), "a datetime")
    for node in nodes[1:]:
        name = _written_text(node, "a time zone is")
        if name not in zone_names():
            close = get_close_matches(name, zone_names(), 1)
            hint = f"did you mean {close[0]!r}?" if close else "for instance 'Europe/Berlin'"
            raise KindError(f"there is no time zone {name[:60]!r}", hint)
    return Kind.DATETIME


def with_clock_kind(kinds: Sequence[Kind], _: Sequence[Node]) -> Kind:
    _each(kinds, frozenset({Kind.DATETIME, Kind.TIME}), "a moment with a time of day")
    return Kind.INTEGER
