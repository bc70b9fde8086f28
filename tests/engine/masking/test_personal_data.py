"""What a scan finds about persons, and that none of it is a value."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest

from app.engine.masking import personal_data
from app.engine.masking.personal_data import PersonalData, Scan, scan
from app.engine.profiling.sources import profiled_table

IBAN, CARD = "DE89370400440532013000", "4111 1111 1111 1111"
COUNT = 200
WORDS = "the parcel number {} came late and nobody was there"


def scanned(**columns: list[str | int | None]) -> Scan:
    with profiled_table(pa.table(columns), "t", between=False) as found:
        return scan(found)


def of(found: Scan) -> dict[tuple[str, str], PersonalData]:
    return {(each.column, each.holds): each for each in found.found}


def test_columns_are_reported_with_the_rows_that_speak_for_it() -> None:
    mails: list[str | int | None] = [f"u{n}@x{n % 7}.com" for n in range(COUNT)]
    mails[:10] = ["unknown"] * 10
    mails[10:20] = [None] * 10
    found = scanned(
        mail=mails,
        birth_date=[f"19{50 + n % 40}-03-{1 + n % 28:02d}" for n in range(COUNT)],
        amount=[n * 3 for n in range(COUNT)],
    )
    mail = of(found)["mail", "email"]
    assert (mail.by, mail.within) == (("name", "content"), False)
    assert (mail.looked_at, mail.rows, mail.share) == (190, 180, 180 / 190)
    born = of(found)["birth_date", "birth_date"]
    assert (born.by, born.rows, born.share) == (("name",), None, None)
    assert (len(found.found), found.columns, found.columns_found) == (2, 3, 2)


@pytest.mark.parametrize(
    ("holds", "text"),
    [
        ("email", "write to Ann.Berg+x@mail.acme.co.uk, please"),
        ("email", "<ann@acme.com>"),
        ("iban", f"from {IBAN} TO ME"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("card", f"paid with {CARD}."),
        ("card", "378282246310005 was refused"),
        ("phone", "call +49 (30) 123-456 now"),
    ],
)
def test_single_cells_and_words_within_texts_are_found(holds: str, text: str) -> None:
    notes: list[str | int | None] = [WORDS.format(n) for n in range(COUNT)]
    notes[3:6] = [text] * 3
    found = of(scanned(notes=notes))
    assert (found["notes", holds].within, found["notes", holds].rows) == (True, 3)
    assert {key for key in found if key[1] != "free_text"} == {("notes", holds)}
    assert text not in str(found)


@pytest.mark.parametrize(
    "text",
    [
        "ann at acme.com",
        "@handle and a@b",
        "DE88370400440532013000",
        "paid with 4111 1111 1111 1112",
        "in castles: 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4111111111111111",
        "1+49 30 123456",
        "+1 + 2 + 3",
        "2024-01-01 12:30:00",
    ],
)
def test_what_only_resembles_is_not(text: str) -> None:
    notes: list[str | int | None] = [WORDS.format(n) for n in range(COUNT)]
    notes[3:6] = [text] * 3
    assert {each.holds for each in scanned(notes=notes).found} <= {"free_text"}


def test_of_many_values_so_many_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_data, "MOST_LOOKED_AT", 50)
    mail = of(scanned(mail=[f"u{n}@x.com" for n in range(COUNT)]))["mail", "email"]
    assert (mail.looked_at, mail.rows) == (50, 50)


@pytest.mark.parametrize(
    "text", ["a." * 5000, "DE12 " * 2000, "4 " * 5000, "+1 " * 3000, "@a" * 5000]
)
def test_a_hostile_text_takes_no_time(text: str) -> None:
    begun = time.process_time()
    for _, search in personal_data._SEARCHES.values():
        search(text)
    assert time.process_time() - begun < 1


def test_nothing_is_found_in_nothing() -> None:
    assert scanned(a=[None, None], b=["", ""]).found == ()
