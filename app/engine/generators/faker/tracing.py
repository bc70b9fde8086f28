"""Faker's own methods, run once on expressions instead of random values.

A traced provider is a subclass of the locale's provider class, so every table, format and method
is the locale's own; only the drawing primitives of Faker's base class are replaced, and only
where the class has not replaced them itself. What comes out is exact or `Untraceable`.
"""

from __future__ import annotations

import inspect
import re
import string
import types
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from faker import Faker
from faker.generator import Generator as FakerGenerator
from faker.providers import BaseProvider
from faker.providers.internet import Provider as InternetProvider
from faker.providers.lorem import Provider as LoremProvider
from faker.utils import decorators

from app.engine.generators.base import ReferenceDay
from app.engine.generators.faker import text_templates as ex
from app.engine.generators.faker.frozen_clock_and_random import frozen_clock_and_random
from app.engine.generators.faker.rewriting import is_empty, rewritten
from app.engine.generators.faker.slugs import first_word, slugified
from app.engine.generators.faker.text_templates import TextTemplate, Untraceable

_TOKEN = re.compile(r"\{\{\s*(\w+)(:\s*\w+?)?\s*\}\}")
TABLE_LIMIT = 10_000


def trace(locale: str, method: str, args: Mapping[str, Any], today: ReferenceDay) -> TextTemplate:
    """The expression of one provider method.

    Raises:
        Untraceable: where the method does what no expression can say exactly.
    """
    try:
        generator = traced_generator(locale)
        with frozen_clock_and_random(generator.random, today):
            result = generator.format(method, **args)
    except RecursionError as error:
        raise Untraceable("the method calls itself") from error
    except Untraceable:
        raise
    except Exception as error:  # whatever a method makes of an expression: it cannot be traced
        raise Untraceable(f"{type(error).__name__}: {error}") from error
    if not isinstance(result, TextTemplate):
        raise Untraceable("the method draws nothing that is traced")
    return result


@lru_cache(maxsize=16)
def traced_generator(locale: str) -> TracedGenerator:
    generator = TracedGenerator()
    for provider in reversed(Faker(locale).factories[0].get_providers()):
        try:
            own: Any = type(provider)
            generator.add_provider(_traced_class(own)(generator))
        except (Exception, Untraceable):  # its methods stay unknown here: they are not traced
            continue
    return generator


class SymbolicRandom:
    """`random.Random` as far as expressions go."""

    def choice(self, values: Sequence[Any]) -> TextTemplate:
        return ex.draw(values)

    def choices(
        self, values: Sequence[Any], weights: Sequence[float] | None = None, k: int = 1
    ) -> list[TextTemplate]:
        return [ex.draw(values, weights) for _ in range(k)]

    def randint(self, low: int, high: int) -> TextTemplate:
        return self.randrange(low, high + 1)

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> TextTemplate:
        numbers = range(start) if stop is None else range(start, stop, step)
        if len(numbers) > TABLE_LIMIT * 10:
            raise Untraceable("a range too long for a table")
        return ex.Leaf(numbers)

    def __getattr__(self, name: str) -> Any:
        raise Untraceable(f"random.{name}")


class TracedGenerator(FakerGenerator):
    """A generator whose providers are traced."""

    @property
    def random(self) -> Any:
        return SymbolicRandom()

    @random.setter
    def random(self, value: Any) -> None:
        raise Untraceable("the source of randomness is replaced")

    def parse(self, text: Any) -> Any:
        if isinstance(text, str):
            return self._parsed(text)
        text = ex.as_one_table(text)
        options = [self._parsed(value) for value in text.values]
        return options[0] if len(options) == 1 else ex.Mix(options, text.weights, text.draws)

    def _parsed(self, text: str) -> TextTemplate:
        parts: list[Any] = []
        end = 0
        for match in _TOKEN.finditer(text):
            if match[2]:
                raise Untraceable("a token with arguments")
            parts += [text[end : match.start()], ex.as_text(self.format(match[1]))]
            end = match.end()
        return ex.chain([part for part in (*parts, text[end:]) if not is_empty(part)] or [""])


class _Primitives:
    """Faker's drawing primitives on expressions (the methods of BaseProvider of these names)."""

    def random_elements(
        self,
        elements: Any = ("a", "b", "c"),
        length: int | None = None,
        unique: bool = False,
        use_weighting: bool | None = None,
    ) -> list[TextTemplate]:
        if unique or length is None:
            raise Untraceable("draws without replacement, or of random length")
        weights = tuple(elements.values()) if isinstance(elements, OrderedDict) else None
        if use_weighting is False:
            weights = None
        return [ex.draw(elements, weights) for _ in range(length)]

    def numerify(self, text: Any = "###") -> TextTemplate:
        return ex.numerify(text)

    def lexify(self, text: Any = "????", letters: str = string.ascii_letters) -> TextTemplate:
        return ex.lexify(text, letters)

    def hexify(self, text: Any = "^^^^", upper: bool = False) -> TextTemplate:
        return ex.hexify(text, upper)

    def random_digit_or_empty(self) -> TextTemplate:
        raise Untraceable("a number or a text")

    random_digit_not_null_or_empty = random_digit_or_empty


def _ascii(self: Any, text: Any) -> TextTemplate:
    """`_to_ascii` of the internet provider."""
    if any(len(search) != 1 for search, _ in self.replacements):
        raise Untraceable("replacements of more than one character")
    convert = InternetProvider._to_ascii
    return ex.as_template(text).each(lambda value: str(convert(self, value)))


def _domain_word(self: Any) -> TextTemplate:
    """`domain_word` of the internet provider: the first word of a company, as a slug."""
    company = ex.as_text(self.generator.format("company"))
    return slugified(_ascii(self, first_word(company)))


def _word(self: Any, part_of_speech: Any = None, ext_word_list: Any = None) -> TextTemplate:
    """`word` of the lorem provider."""
    return ex.draw(self.get_words_list(part_of_speech, ext_word_list))


def _address_of(
    self: Any, subnets: Sequence[Any], weights: Sequence[float] | None = None, network: bool = False
) -> TextTemplate:
    """`_random_ipv4_address_from_subnets`: a subnet holds every value of its free bits."""
    if network:
        raise Untraceable("networks of random length")
    return ex.draw([_octets(subnet) for subnet in subnets], weights)


def _octets(subnet: Any) -> TextTemplate:
    low, high = subnet.network_address.packed, subnet.broadcast_address.packed
    leaves = [ex.Leaf(map(str, range(a, b + 1))) for a, b in zip(low, high, strict=True)]
    return ex.chain([part for leaf in leaves for part in (".", leaf)][1:])


_REPLACED: dict[Callable[..., Any], Callable[..., Any]] = {
    **{
        getattr(BaseProvider, name): function
        for name, function in vars(_Primitives).items()
        if not name.startswith("_")
    },
    InternetProvider._to_ascii: _ascii,
    InternetProvider.domain_word: _domain_word,
    InternetProvider._random_ipv4_address_from_subnets: _address_of,
    LoremProvider.word: _word,
}


def _wrapper(decorator: Callable[[Any], Any]) -> types.CodeType:
    code: types.CodeType = decorator(lambda: None).__code__
    return code


_DECORATED: dict[types.CodeType, Callable[[TextTemplate], TextTemplate]] = {
    _wrapper(decorators.lowercase): lambda value: value.lower(),
    _wrapper(decorators.slugify_unicode): slugified,
}


@lru_cache(maxsize=512)
def _traced_class(provider: Any) -> Any:
    methods = {
        name: _lazily(getattr(provider, name))
        for name in dir(provider)
        if not name.startswith("__")
        and inspect.isfunction(getattr(provider, name))
        and not isinstance(inspect.getattr_static(provider, name), staticmethod)
    }
    return type(f"Traced{provider.__module__}", (provider,), methods)


def _lazily(function: Callable[..., Any]) -> Callable[..., Any]:
    """The method, made traceable at its first call."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _traceable(function)(self, *args, **kwargs)

    return method


@lru_cache(maxsize=4096)
def _traceable(function: Callable[..., Any]) -> Callable[..., Any]:
    if function in _REPLACED:
        return _REPLACED[function]
    inner = getattr(function, "__wrapped__", None)
    code = getattr(function, "__code__", None)
    if inner is None:
        return rewritten(function)
    if code not in _DECORATED:
        raise Untraceable("a decorator that is not known")
    finish, call = _DECORATED[code], _traceable(inner)
    return lambda *args, **kwargs: finish(ex.as_template(call(*args, **kwargs)))
