"""Which kinds an operation takes and which it gives; checked when a plan is compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.engine.expressions.kinds import (
    DAYS,
    MOMENTS,
    NUMBERS,
    Kind,
    KindError,
    common_kind,
    parse_moment,
)
from app.engine.expressions.tree import Literal, Node

MAX_DIGITS = 15

KindRule = Callable[[Sequence[Kind], Sequence[Node]], Kind]


def _each(kinds: Sequence[Kind], allowed: frozenset[Kind], wanted: str) -> None:
    for kind in kinds:
        if kind not in allowed and kind is not Kind.NULL:
            raise KindError(f"{kind.value} where {wanted} should stand")


def number_like_kind(kinds: Sequence[Kind], _: Sequence[Node]) -> Kind:
    _each(kinds, NUMBERS, "a number")
    common = common_kind(kinds)
    return Kind.REAL if common is Kind.NULL else common


def difference_kind(kinds: Sequence[Kind], nodes: Sequence[Node]) -> Kind:
    if all(kind in DAYS for kind in kinds):
        raise KindError("moments are not subtracted; write days_between(first, second)")
    return number_like_kind(kinds, nodes)


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
    digits = nodes[1]
    if not isinstance(digits, Literal) or type(digits.value) is not int:
        raise KindError("the digits of round are a whole number written out")
    if abs(digits.value) > MAX_DIGITS:
        raise KindError(f"round takes at most {MAX_DIGITS} digits")
    return kinds[0] if kinds[0] is Kind.INTEGER else Kind.REAL


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


def with_clock_kind(kinds: Sequence[Kind], _: Sequence[Node]) -> Kind:
    _each(kinds, frozenset({Kind.DATETIME, Kind.TIME}), "a moment with a time of day")
    return Kind.INTEGER
