"""What first drafts of a definition have in common: names, and what they say of columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
MOST_COLUMNS = 500
LONGEST_NAME = 1000


@dataclass(frozen=True, slots=True)
class ColumnReview:
    """What was found of a column, and what was assumed beyond it.

    Args:
        read: what its file or script says of it.
        assumed: what nothing there says; empty where nothing was assumed.
        table: empty where there is only one.
        line: of the script.
    """

    column: str
    read: str
    assumed: str = ""
    table: str = ""
    line: int | None = None

    @property
    def text(self) -> str:
        """The assumption in one line, with its column."""
        return f"{self.table}.{self.column}: {self.assumed}".lstrip(".")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that the definition does not say, and where it stands."""

    text: str
    line: int | None = None
    table: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.table}: {self.text}" if self.table else f"{where}{self.text}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A first definition; what was read and assumed of each column, and what is left out."""

    document: Document
    columns: tuple[ColumnReview, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything that was assumed, and everything that is left out, a line each."""
        assumed = [each.text for each in self.columns if each.assumed]
        return (*assumed, *map(str, self.left_out))


# Last words of names that say what a text column holds.
MEANT = {
    "email": ("email", "e_mail", "mail"),
    "first_name": ("first_name", "firstname", "given_name", "givenname"),
    "last_name": (
        "last_name", "lastname", "sur_name", "surname", "family_name", "familyname",
    ),
    "user_name": ("user_name", "username", "login"),
    "phone": ("phone", "mobile", "fax", "phone_number"),
    "city": ("city", "town"),
    "country_code": ("country_code",),
    "country": ("country",),
    "street_address": ("street", "address_line1", "address_line_1", "street_address"),
    "address": ("address",),
    "postcode": ("zip", "zipcode", "zip_code", "postcode", "post_code", "postal_code"),
    "company": (
        "company", "company_name", "employer", "organisation", "organization", "supplier",
    ),
    "job": ("job", "job_title", "occupation", "profession"),
    "url": ("url", "website", "homepage", "link"),
    "currency_code": ("currency", "currency_code"),
    "color_name": ("color", "colour"),
    "ipv4": ("ip", "ip_address"),
    "name": ("name", "fullname", "customer", "contact"),
}  # fmt: skip


def plain_name(name: str) -> str:
    """A name in small letters, its words joined by `_`: `CustomerName` is `customer_name`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def by_name(name: str) -> Document:
    """A text column by what its name says."""
    plain = plain_name(name)
    if re.search(r"(^|_)(id|uuid|key)$", plain):
        return {"type": "id"}
    kind = provider_of(plain)
    return {"type": kind or "text"}


def provider_of(plain: str) -> str | None:
    """The provider that a plain name speaks of."""
    for kind, words in MEANT.items():
        if f"_{plain}".endswith(tuple(f"_{each}" for each in words)):
            return kind
    return None


def check_names(names: Sequence[str]) -> None:
    check_number(len(names))
    longest = max(map(len, names))
    if longest > LONGEST_NAME:
        raise ValueError(f"a column has a name of {longest:,} letters; {LONGEST_NAME:,} are read")
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise ValueError(f"the column {name!r} stands twice in the first line")


def check_number(columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise ValueError(f"{columns:,} columns are more than the {MOST_COLUMNS} of one table")


def draft_document(name: str, features: Document) -> Document:
    check_number(len(features))
    return {"name": name, "n_samples": 1000, "features": features}
