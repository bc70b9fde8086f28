from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.files import NAME_BYTES, file_stem
from app.engine.formats.shared.sheets import NAME_UNITS, sheet_name
from app.engine.names import cut_name, shortened_name, utf8_bytes, utf16_units
from app.sinks.postgresql_tables import MAX_NAME, _key_name
from app.sinks.tables import Reference

PIECES = [
    "a",
    "Z9",
    "é",
    "e\u0301",
    "ß",
    "表",
    "%",
    "%41",
    ".",
    " ",
    "/",
    "'",
    "😀",
    "👩\u200d🚀",
    "👍🏽",
]
names = st.lists(st.sampled_from(PIECES), min_size=1, max_size=120).map("".join)
measures = st.sampled_from([utf8_bytes, utf16_units, len])


def _earlier_stem(name: str) -> str:
    def percent(found: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in found.group().encode())

    return re.sub(r"[^\w .()\-]|^\.|[. ]$", percent, name)


@given(names, st.integers(9, 300), measures)
def test_a_name_fits_and_one_that_fitted_is_kept(
    name: str, most: int, measure: Callable[[str], int]
) -> None:
    short = shortened_name(name, most, measure)
    assert measure(short) <= most
    assert (short == name) == (measure(name) <= most)


@given(names, st.integers(1, 200), measures)
def test_no_mark_is_parted_from_its_character(
    name: str, most: int, measure: Callable[[str], int]
) -> None:
    short = cut_name(name, most, measure)
    assert name.startswith(short)
    rest = name[len(short) :]
    assert not short or not rest or unicodedata.category(rest[0])[0] != "M"
    assert not short.endswith("\u200d")
    assert not short or not rest.startswith(("\u200d", "🏽"))


@given(names, names, names)
def test_long_names_with_the_same_beginning_stay_distinct(start: str, one: str, two: str) -> None:
    left, right = f"{start * 30}{one}", f"{start * 30}{two}"
    assert (left == right) == (file_stem(left) == file_stem(right))
    keys = [_key_name(name, Reference("c", "parent", "id")) for name in (left, right)]
    assert (left == right) == (keys[0] == keys[1])


@given(names)
def test_file_names_are_whole_and_as_before_where_they_fitted(name: str) -> None:
    stem, earlier = file_stem(name), _earlier_stem(name)
    assert len(stem.encode()) <= NAME_BYTES
    assert "�" not in unquote(stem)
    assert not re.search(r"%(?![0-9A-F]{2})", stem)
    if len(earlier.encode()) <= NAME_BYTES:
        assert stem == earlier


@given(names)
def test_names_of_keys_fit_into_the_server(name: str) -> None:
    quoted = _key_name(name, Reference("c", "parent", "id"))
    assert len(quoted[1:-1].replace('""', '"').encode()) <= MAX_NAME


@given(names, st.integers(1, 12))
def test_names_of_sheets_fit_into_excel(name: str, number: int) -> None:
    sheet = sheet_name(name, number)
    assert utf16_units(sheet) <= NAME_UNITS
    assert not sheet.endswith("'")


@pytest.mark.parametrize("length", [10**6])
def test_a_huge_name_takes_no_time(length: int) -> None:
    assert len(file_stem("%" * length)) <= NAME_BYTES
