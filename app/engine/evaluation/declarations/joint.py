"""Facts of persons and places: their parts fit each other in every row."""

from __future__ import annotations

import string
from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.evaluation.accumulators.violations import Check
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.measurement import Measurement
from app.engine.generators.faker.joint import JointGenerator, UniquePart
from app.engine.generators.faker.people import SEXES, People, full_names, local_parts
from app.engine.generators.faker.places import Places
from app.engine.schema.models import JointColumn

Flags = NDArray[np.bool_]
Names = Mapping[str, str]
# What stands for the signs of a form of postcodes.
SIGNS = {"#": string.digits, "%": "123456789", "?": string.ascii_uppercase}
"""The columns of one person or place by their parts."""


def joint_facts(scope: TableScope) -> Iterator[Measurement]:
    """What holds between the parts of each person and place of the table."""
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for name, column in scope.table.features.items():
        if isinstance(column, JointColumn):
            groups.setdefault((column.type, column.of), {})[column.part] = name
    for names in groups.values():
        joint = _joint(next(iter(names.values())), scope)
        if isinstance(joint, People):
            yield from _person_facts(names, joint, scope)
        elif isinstance(joint, Places) and len(names) > 1:
            note = "each is a row of the locale's table"
            words = f"{', '.join(names.values())} fit each other"
            yield scope.every_row(words, _places_broken(names, joint), note)


def _joint(name: str, scope: TableScope) -> People | Places | None:
    generator = scope.generator(name)
    generator = generator.inner if isinstance(generator, UniquePart) else generator
    joint = generator.joint if isinstance(generator, JointGenerator) else None
    return joint if isinstance(joint, People | Places) else None


def _person_facts(names: Names, people: People, scope: TableScope) -> Iterator[Measurement]:
    first, last = names.get("first_name"), names.get("last_name")
    for part, tables in (("first_name", people.first), ("last_name", people.last)):
        known = [_values(table.values) for table in tables]
        if part in names and "sex" in names and None not in known:
            by_sex = {sex: each for sex, each in zip(SEXES, known, strict=True) if each}
            words = f"{names[part]} fits {names['sex']}"
            check = _names_broken(names[part], names["sex"], by_sex)
            yield scope.every_row(words, check, "it is one of the locale's names of that sex")
    if not (first and last):
        return
    if "name" in names:
        words = f"{names['name']} is {first} and {last}"
        check = _written_broken(names["name"], first, last, people.pattern)
        yield scope.every_row(words, check, f"written as {people.pattern}")
    if "email" in names:
        words = f"{names['email']} is of {first} and {last}"
        check = _address_broken(names["email"], first, last)
        yield scope.every_row(words, check, "what stands before the @, its number left aside")


def _values(drawn: object) -> pa.Array | None:
    """All values of a table; None where they come from elsewhere."""
    single = getattr(drawn, "single_table", lambda: None)()
    return None if single is None else single[0]


def _names_broken(name: str, sex: str, known: Mapping[str, pa.Array]) -> Check:
    def broken(batch: pa.RecordBatch) -> Flags:
        names, sexes = batch.column(name), batch.column(sex).cast(pa.string())
        lost = np.zeros(batch.num_rows, dtype=np.bool_)
        for each, values in known.items():
            alien = pc.and_(pc.equal(sexes, each), pc.invert(pc.is_in(names, value_set=values)))
            lost |= _flags(pc.and_(alien, names.is_valid()))
        return lost

    return broken


def _written_broken(name: str, first: str, last: str, pattern: str) -> Check:
    def broken(batch: pa.RecordBatch) -> Flags:
        wanted = full_names(pattern, batch.column(first), batch.column(last))
        return _flags(pc.not_equal(batch.column(name), wanted))

    return broken


def _address_broken(name: str, first: str, last: str) -> Check:
    def broken(batch: pa.RecordBatch) -> Flags:
        wanted = local_parts(batch.column(first), batch.column(last), ".").to_pylist()
        found = batch.column(name).to_pylist()
        return np.array(
            [
                bool(local and address and not _is_of(local, address))
                for local, address in zip(wanted, found, strict=True)
            ],
            dtype=np.bool_,
        )

    return broken


def _is_of(local: str, address: str) -> bool:
    found, _, domain = address.partition("@")
    number = found.removeprefix(local).removeprefix(".")
    return found.startswith(local) and bool(domain) and (not number or number.isdigit())


def _places_broken(names: Names, places: Places) -> Check:
    """Rows whose parts stand in no row of the table; of postcodes that are made for a region what
    they begin with, or their range."""
    table = places.table
    parts = [part for part in names if part in table.columns]
    known = set(zip(*(table.columns[part].to_pylist() for part in parts), strict=True))
    made = "postcode" in names and "postcode" not in table.columns

    def broken(batch: pa.RecordBatch) -> Flags:
        rows = list(zip(*(batch.column(names[part]).to_pylist() for part in parts), strict=True))
        lost = [None not in row and row not in known for row in rows]
        if made and parts:
            codes = batch.column(names["postcode"]).to_pylist()
            pairs = zip(rows, codes, strict=True)
            unfit = [bool(code) and None not in row and not fits(row, code) for row, code in pairs]
            lost = [a or b for a, b in zip(lost, unfit, strict=True)]
        return np.array(lost, dtype=np.bool_)

    fits = _postcode_check(places, parts)
    return broken


def _postcode_check(places: Places, parts: Collection[str]) -> _Fits:
    table = places.table
    rows = list(zip(*(table.columns[part].to_pylist() for part in parts), strict=True))
    allowed: dict[tuple[object, ...], list[object]] = {}
    for row, each in zip(rows, table.ranges or table.postcodes or (), strict=False):
        allowed.setdefault(row, []).append(each)
    return _Fits(allowed)


class _Fits:
    """Whether a postcode is one of those of a place."""

    def __init__(self, allowed: Mapping[tuple[object, ...], list[object]]) -> None:
        self._allowed = allowed

    def __call__(self, row: tuple[object, ...], code: str) -> bool:
        return any(_matches(each, code) for each in self._allowed.get(row, ()))


def _matches(allowed: object, code: str) -> bool:
    if isinstance(allowed, tuple):
        return code.isdigit() and allowed[0] <= int(code) <= allowed[1]
    form = str(allowed)
    return len(code) == len(form) and all(
        letter in SIGNS.get(sign, sign) for sign, letter in zip(form, code, strict=True)
    )


def _flags(values: pa.Array) -> Flags:
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)
