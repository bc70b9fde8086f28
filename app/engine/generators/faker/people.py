"""Persons whose name, sex and e-mail address fit each other, from a locale's own tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.expressions.transliteration import in_ascii
from app.engine.generators.apportionment import Apportionment, make_apportionment
from app.engine.generators.base import Block, Scope
from app.engine.generators.faker.calls import faker_of
from app.engine.generators.faker.providers import ProviderGenerator, plan_values
from app.engine.generators.segmented import arrange
from app.engine.schema.providers import DEFAULT_LOCALE

SEXES = ("female", "male")
_SEX = pa.dictionary(pa.int8(), pa.string())
_NAME_TOKEN = re.compile(r"\{\{(first|last)_name(?:_male|_female)?\}\}")
_NO_LETTER = "[^a-z0-9]"


@dataclass(frozen=True, slots=True)
class People:
    """Persons of a locale, half of them of each sex, to the whole number.

    Args:
        first, last: names by sex.
        domains: of e-mail addresses.
        pattern: how a name is written, such as `{first} {last}`.
    """

    apportionment: Apportionment
    first: tuple[ProviderGenerator, ProviderGenerator]
    last: tuple[ProviderGenerator, ProviderGenerator]
    domains: ProviderGenerator
    pattern: str

    def type_of(self, name: str) -> pa.DataType:
        return _SEX if name == "sex" else pa.string()

    def part(self, name: str, block: Block) -> pa.Array:
        if name == "sex":
            return pa.DictionaryArray.from_arrays(self._sexes(block), pa.array(SEXES))
        if name in ("first_name", "last_name"):
            return self._names(name, block)
        first, last = self._names("first_name", block), self._names("last_name", block)
        if name == "name":
            return full_names(self.pattern, first, last)
        if name == "user_name":
            return self._with_digits(
                local_parts(pc.utf8_slice_codeunits(first, 0, 1), last, ""), block
            )
        domains = self.domains.draw(_at(block, "domain")).cast(pa.string())
        local = self._with_digits(local_parts(first, last, "."), block)
        return pc.binary_join_element_wise(local, domains, "@")

    def _sexes(self, block: Block) -> pa.Array:
        within = _at(block, "sex")
        counts = self.apportionment.block_counts(within)[:-1]
        return arrange(np.repeat(np.arange(2, dtype=np.int8), counts), 0, within)

    def _names(self, part: str, block: Block) -> pa.Array:
        sexes = self._sexes(block)
        female, male = (
            tables.draw(_at(block, part, sex)).cast(pa.string())
            for tables, sex in zip(
                self.first if part == "first_name" else self.last, SEXES, strict=True
            )
        )
        return pc.if_else(pc.equal(sexes, pa.scalar(0, pa.int8())), female, male)

    def _with_digits(self, local: pa.Array, block: Block) -> pa.Array:
        """Names in letters that have no Latin form give `user` and four digits."""
        rng = _at(block, "digits").stream.generator()
        digits = pc.cast(pa.array(rng.integers(1000, 10000, block.rows)), pa.string())
        return pc.if_else(
            pc.equal(local, ""), pc.binary_join_element_wise("user", digits, ""), local
        )


def plan_people(locale: str | None, scope: Scope) -> People:
    """The persons of a locale."""

    def names(part: str, sex: str) -> ProviderGenerator:
        return plan_values(f"{part}_{sex}", locale, {}, scope, unique=False, key="locale")

    first_female, first_male = (names("first_name", sex) for sex in SEXES)
    last_female, last_male = (names("last_name", sex) for sex in SEXES)
    return People(
        make_apportionment(scope.sampling, scope.rows, [0.5, 0.5], 0.0),
        (first_female, first_male),
        (last_female, last_male),
        plan_values("free_email_domain", locale, {}, scope, unique=False, key="locale"),
        name_pattern(locale or DEFAULT_LOCALE),
    )


def name_pattern(locale: str) -> str:
    """How a locale writes a first and a last name together, by the first of its formats that has
    these two alone."""
    provider = faker_of(locale).provider("faker.providers.person")
    formats = [*getattr(provider, "formats_male", ()), *getattr(provider, "formats", ())]
    for text in formats:
        found = _NAME_TOKEN.findall(text)
        if sorted(found) == ["first", "last"] and "{{" not in _NAME_TOKEN.sub("", text):
            return str(_NAME_TOKEN.sub(lambda token: "{" + token[1] + "}", text))
    return "{first} {last}"


def full_names(pattern: str, first: pa.Array, last: pa.Array) -> pa.Array:
    """First and last names, shape (rows,), written together."""
    pieces = re.split(r"(\{first\}|\{last\})", pattern)
    columns = {"{first}": first, "{last}": last}
    return pc.binary_join_element_wise(*(columns.get(piece, piece) for piece in pieces), "")


def local_parts(first: pa.Array, last: pa.Array, between: str) -> pa.Array:
    """Names as the local part of an e-mail address, in Latin letters and digits; empty where one of
    the two has none. Shape (rows,)."""
    letters = [_letters(each) for each in (first, last)]
    joined = pc.binary_join_element_wise(*letters, between)
    lacking = pc.or_(*(pc.equal(each, "") for each in letters))
    return pc.if_else(lacking, "", joined)


def _letters(names: pa.Array) -> pa.Array:
    coded = names.dictionary_encode()
    known = pa.array([in_ascii(each).lower() for each in coded.dictionary.to_pylist()], pa.string())
    return pc.replace_substring_regex(known, _NO_LETTER, "").take(coded.indices)


def _at(block: Block, *names: str) -> Block:
    return replace(block, column_stream=block.column_stream.child(*names))
