"""Places whose city, postcode, region and coordinates fit each other, from Faker's own tables."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.generators.base import Block, Scope
from app.engine.generators.faker.calls import faker_of
from app.engine.generators.faker.providers import ProviderGenerator, plan_values
from app.engine.schema.providers import DEFAULT_LOCALE, land_places, place_parts

_NUMBERS = ("latitude", "longitude")
_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"  # of Canadian postcodes


@dataclass(frozen=True, eq=False, slots=True)
class PlaceTable:
    """Places that are drawn as a whole, all equally likely.

    Args:
        columns: the parts of each place, by name, each of shape (places,).
        postcodes: postcodes where a place has many: what stands before their own digits or letters,
            in which # is a digit, % one from 1 to 9, and ? a letter; or None.
    """

    columns: Mapping[str, pa.Array]
    postcodes: tuple[str, ...] | None = None
    ranges: tuple[tuple[int, int], ...] | None = None

    @property
    def size(self) -> int:
        return len(self.columns["country_code"])


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """Places of a locale; `cities` are names that no table ties to a region, or None."""

    table: PlaceTable
    cities: ProviderGenerator | None

    def type_of(self, name: str) -> pa.DataType:
        return pa.float64() if name in _NUMBERS else pa.string()

    def part(self, name: str, block: Block) -> pa.Array:
        if name == "city" and self.cities is not None:
            return self.cities.draw(_at(block, "city")).cast(pa.string())
        rng = _at(block, "place").stream.generator()
        rows = rng.integers(0, self.table.size, block.rows)
        if name in self.table.columns:
            return self.table.columns[name].take(pa.array(rows))
        return self._postcodes(rows, _at(block, "postcode"))

    def _postcodes(self, rows: Any, block: Block) -> pa.Array:
        rng = block.stream.generator()
        if self.table.ranges is not None:
            ends = np.array(self.table.ranges, dtype=np.int64)[rows]
            codes = rng.integers(ends[:, 0], ends[:, 1] + 1)
            return pc.utf8_lpad(pc.cast(pa.array(codes), pa.string()), width=5, padding="0")
        assert self.table.postcodes is not None
        digits = rng.integers(0, 10, (block.rows, 6))
        letters = rng.integers(0, len(_LETTERS), (block.rows, 6))
        patterns = self.table.postcodes
        return pa.array(
            [_filled(patterns[row], d, w) for row, d, w in zip(rows, digits, letters, strict=True)],
            pa.string(),
        )


def _filled(pattern: str, digits: Any, letters: Any) -> str:
    signs = {"#": lambda i: str(digits[i]), "%": lambda i: str(1 + digits[i] % 9)}
    signs["?"] = lambda i: _LETTERS[letters[i]]
    return "".join(signs[s](i % 6) if s in signs else s for i, s in enumerate(pattern))


def plan_places(locale: str | None, parts: Set[str], scope: Scope) -> Places:
    """Places of a locale, from the first of its tables that has all parts.

    Raises:
        DefinitionError: where none has.
    """
    name = locale or DEFAULT_LOCALE
    fitting = [each for each in place_parts(name) if parts <= set(each)]
    if not fitting:
        raise scope.fail(f"no table of {name} has these parts", None, "part")
    table = _land_table(name) if "time_zone" in fitting[0] else _postal_table(name)
    cities = None
    if "city" in parts and "city" not in table.columns:
        cities = plan_values("city", locale, {}, scope, unique=False, key="locale")
    return Places(table, cities)


def place_table(locale: str, parts: Set[str]) -> PlaceTable:
    """The table that places with these parts are drawn from.

    Raises:
        StopIteration: where no table has them.
    """
    found = next(each for each in place_parts(locale) if parts <= set(each))
    return _land_table(locale) if "time_zone" in found else _postal_table(locale)


@lru_cache(maxsize=64)
def _land_table(locale: str) -> PlaceTable:
    latitude, longitude, city, country, zone = zip(*land_places(locale), strict=True)
    numbers = {"latitude": latitude, "longitude": longitude}
    columns = {name: pa.array([float(v) for v in values]) for name, values in numbers.items()}
    texts = {"city": city, "country_code": country, "time_zone": zone}
    return PlaceTable(columns | {name: pa.array(values) for name, values in texts.items()})


@lru_cache(maxsize=8)
def _postal_table(locale: str) -> PlaceTable:
    address = faker_of(locale).provider("faker.providers.address")
    country = locale.partition("_")[2]
    if locale == "it_IT":
        found = [
            (code, city, province)
            for code, cities in address.cap_city_province.items()
            for city, province in cities
        ]
        codes, cities, provinces = zip(*found, strict=True)
        columns = {"postcode": codes, "city": cities, "region_code": provinces}
        return _texts(columns, country)
    if locale == "en_US":
        abbreviations = [code for code in address.states_abbr if code != "DC"]  # which is no state
        ranges = tuple(address.states_postcode[code] for code in abbreviations)
        states = {"region": address.states, "region_code": abbreviations}
        return replace(_texts(states, country), ranges=ranges)
    if locale == "en_CA":
        pairs = list(zip(address.provinces, address.provinces_abbr, strict=True))
        rows = [
            (region, code, f"{prefix}%? %?%")
            for region, code in pairs
            for prefix in address.provinces_postcode_prefixes[code]
        ]
    else:
        rows = [(name, code, _french(code)) for code, name in address.departments]
    regions, numbers, patterns = zip(*rows, strict=True)
    table = _texts({"region": regions, "region_code": numbers}, country)
    return replace(table, postcodes=tuple(patterns))


def _french(department: str) -> str:
    """Postcodes begin with the number of the department, those of both parts of Corsica with 20."""
    number = "20" if department in ("2A", "2B") else department
    return number + "%" + "#" * (4 - len(number))


def _texts(columns: Mapping[str, Any], country: str) -> PlaceTable:
    found = {name: pa.array(list(values), pa.string()) for name, values in columns.items()}
    size = len(next(iter(found.values())))
    return PlaceTable(found | {"country_code": pa.array([country] * size, pa.string())})


def _at(block: Block, *names: str) -> Block:
    return replace(block, column_stream=block.column_stream.child(*names))
