"""What a Faker method computes, as a text template over weighted tables.

Tracing (`tracing.py`) runs a provider's own method with these in place of random values. A
template allows only what it can represent exactly; anything else raises `Untraceable`, and the
provider is then called row by row instead.
"""

from __future__ import annotations

import itertools
import math
import operator
import re
import string
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import Any, NoReturn

_draws = itertools.count()
OPTION_LIMIT = 500
_WILDCARD = re.compile("[#%$!@]")
_DIGITS = {
    "#": tuple("0123456789"),
    "%": tuple("123456789"),
    "$": tuple("23456789"),
    "!": (*"0123456789", *[""] * 10),
    "@": (*"123456789", *[""] * 9),
}


class Untraceable(BaseException):
    """The method does something with a random value that has no exact expression.

    No `Exception`, so that no provider's own `except` takes it for something else.
    """


class TextTemplate:
    """A random value. `draws` are the draws it depends on: two expressions with a draw in common
    are not independent and cannot be joined."""

    draws: frozenset[int]

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise Untraceable(f"{type(self).__name__} is used in a way that has no expression")

    __bool__ = __len__ = __iter__ = __str__ = __format__ = __int__ = _refuse
    __index__ = __float__ = __contains__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __mod__ = (
        _refuse
    )
    __eq__ = __ne__ = __hash__ = _refuse

    def __getitem__(self, place: Any) -> Leaf:
        self._refuse()

    def __le__(self, other: Any) -> Leaf:
        self._refuse()

    def __lt__(self, other: Any) -> Leaf:
        self._refuse()

    def __ge__(self, other: Any) -> Leaf:
        self._refuse()

    def __gt__(self, other: Any) -> Leaf:
        self._refuse()

    def __add__(self, other: Any) -> TextTemplate:
        return chain([self, other])

    def __radd__(self, other: Any) -> TextTemplate:
        return chain([other, self])

    def lower(self) -> TextTemplate:
        return self.each(_by_character(str.lower))

    def upper(self) -> TextTemplate:
        return self.each(_by_character(str.upper))

    def each(self, change: Callable[[str], str]) -> TextTemplate:
        """`change`, which must work on each character for itself, on every table below."""
        raise NotImplementedError

    def leaves(self) -> Iterable[Leaf]:
        raise NotImplementedError


class Leaf(TextTemplate):
    """One draw from a table: values of any kind, with weights (None: all equal)."""

    def __init__(
        self,
        values: Iterable[Any],
        weights: Iterable[float] | None = None,
        draws: frozenset[int] | None = None,
    ) -> None:
        self.values = tuple(values)
        self.weights = None if weights is None else tuple(map(float, weights))
        self.draws = frozenset([next(_draws)]) if draws is None else draws
        if not self.values or None in self.values:
            raise Untraceable("a table without values, or with None among them")

    @cached_property
    def is_text(self) -> bool:
        return set(map(type, self.values)) == {str}

    def change(self, function: Callable[[Any], Any]) -> Leaf:
        return Leaf(map(function, self.values), self.weights, self.draws)

    def each(self, change: Callable[[str], str]) -> Leaf:
        return self.change(change)

    def title(self) -> Leaf:
        return self.change(str.title)

    def __le__(self, other: Any) -> Leaf:
        return self._compared(operator.le, other)

    def __lt__(self, other: Any) -> Leaf:
        return self._compared(operator.lt, other)

    def __ge__(self, other: Any) -> Leaf:
        return self._compared(operator.ge, other)

    def __gt__(self, other: Any) -> Leaf:
        return self._compared(operator.gt, other)

    def _compared(self, compare: Callable[[Any, Any], bool], other: Any) -> Leaf:
        if isinstance(other, TextTemplate):
            raise Untraceable("two random values are compared")
        return self.change(lambda value: compare(value, other))

    def __getitem__(self, place: Any) -> Leaf:
        return self.change(lambda value: value[place])

    def leaves(self) -> Iterable[Leaf]:
        yield self


class Chain(TextTemplate):
    """Independent texts, one after the other."""

    def __init__(self, parts: Sequence[TextTemplate]) -> None:
        self.parts = tuple(parts)
        self.draws = frozenset().union(*(part.draws for part in parts))

    def each(self, change: Callable[[str], str]) -> Chain:
        return Chain([part.each(change) for part in self.parts])

    def leaves(self) -> Iterable[Leaf]:
        return itertools.chain.from_iterable(part.leaves() for part in self.parts)


class Mix(TextTemplate):
    """One of several expressions, drawn with weights (None: all equal)."""

    def __init__(
        self,
        options: Sequence[TextTemplate],
        weights: Sequence[float] | None,
        draws: frozenset[int],
    ) -> None:
        if len(options) > OPTION_LIMIT:
            raise Untraceable("too many options")
        self.options = tuple(options)
        self.weights = None if weights is None else tuple(weights)
        self.draws = draws.union(*(option.draws for option in options))

    def each(self, change: Callable[[str], str]) -> Mix:
        return self.map_options(lambda option: option.each(change))

    def map_options(self, function: Callable[[TextTemplate], TextTemplate]) -> Mix:
        return Mix([function(option) for option in self.options], self.weights, self.draws)

    def leaves(self) -> Iterable[Leaf]:
        return itertools.chain.from_iterable(option.leaves() for option in self.options)


def draw(values: Iterable[Any], weights: Iterable[float] | None = None) -> TextTemplate:
    """A new draw from these values, of which some may be expressions themselves."""
    values = tuple(values)
    if not any(isinstance(value, TextTemplate) for value in values):
        return Leaf(values, weights)
    options = [as_template(value) for value in values]
    return Mix(options, None if weights is None else tuple(weights), frozenset([next(_draws)]))


def as_template(value: Any) -> TextTemplate:
    return value if isinstance(value, TextTemplate) else Leaf([value], draws=frozenset())


def as_text(value: Any) -> TextTemplate:
    """`str(value)`: exact for texts and whole numbers, refused for anything else."""
    expression = as_template(value)
    for leaf in expression.leaves():
        if not leaf.is_text and not all(type(each) is int for each in leaf.values):
            raise Untraceable("only texts and whole numbers have a text")
    return _text_of(expression)


def _text_of(expression: TextTemplate) -> TextTemplate:
    if isinstance(expression, Mix):
        return expression.map_options(_text_of)
    if isinstance(expression, Leaf) and not expression.is_text:
        return expression.change(str)
    return expression


def chain(parts: Sequence[Any]) -> TextTemplate:
    """The texts one after the other; numbers are refused, as adding them means something else."""
    expressions = [as_template(part) for part in parts]
    if len(expressions) == 1:
        return expressions[0]
    if sum(len(e.draws) for e in expressions) > len(Chain(expressions).draws):
        raise Untraceable("the same random value stands twice")
    for leaf in Chain(expressions).leaves():
        if not leaf.is_text:
            raise Untraceable("only texts can be joined")
    return Chain(expressions)


def as_one_table(expression: TextTemplate) -> Leaf:
    """A text put together from a few tables as one table of all its values."""
    if isinstance(expression, Leaf):
        return expression
    if not isinstance(expression, Chain):
        raise Untraceable("a mixture is not one table")
    leaves = [as_one_table(part) for part in expression.parts]
    if math.prod(len(leaf.values) for leaf in leaves) > OPTION_LIMIT:
        raise Untraceable("too many values for one table")
    values = ["".join(row) for row in itertools.product(*(leaf.values for leaf in leaves))]
    weights = [leaf.weights or (1.0,) * len(leaf.values) for leaf in leaves]
    return Leaf(values, map(math.prod, itertools.product(*weights)), expression.draws)


def replaced(
    text: Any, signs: re.Pattern[str], table: Callable[[str], Sequence[str]]
) -> TextTemplate:
    """Every sign in the text replaced by a new draw from its table."""
    if isinstance(text, Chain):
        return Chain([replaced(part, signs, table) for part in text.parts])
    if isinstance(text, Mix):
        return text.map_options(lambda option: replaced(option, signs, table))
    leaf = as_template(text)
    assert isinstance(leaf, Leaf)
    if not any(signs.search(value) for value in leaf.values):
        return leaf
    options = [_replaced_text(value, signs, table) for value in leaf.values]
    return options[0] if len(options) == 1 else Mix(options, leaf.weights, leaf.draws)


def _replaced_text(
    text: str, signs: re.Pattern[str], table: Callable[[str], Sequence[str]]
) -> TextTemplate:
    pairs = zip_longest(signs.split(text), signs.findall(text), fillvalue="")
    pieces = [piece for pair in pairs for piece in pair]
    parts = [Leaf(table(p)) if signs.fullmatch(p) else as_template(p) for p in pieces if p]
    return chain(parts) if parts else as_template("")


def numerify(text: Any) -> TextTemplate:
    return replaced(text, _WILDCARD, _DIGITS.__getitem__)


def lexify(text: Any, letters: str = string.ascii_letters) -> TextTemplate:
    return replaced(text, re.compile(r"\?"), lambda sign: tuple(letters))


def hexify(text: Any, upper: bool = False) -> TextTemplate:
    letters = string.hexdigits[:16].upper() if upper else string.hexdigits[:16]
    return replaced(text, re.compile(r"\^"), lambda sign: tuple(letters))


def _by_character(change: Callable[[str], str]) -> Callable[[str], str]:
    """`change`, refused for the one letter whose case depends on its neighbours."""

    def checked(text: Any) -> str:
        if not isinstance(text, str) or "Σ" in text:
            raise Untraceable("case of a final sigma, or of what is no text")
        return change(text)

    return checked
