"""Values drawn from tables against what Faker itself says and does."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from app.engine.generators.base import ReferenceDay
from app.engine.generators.faker.calls import call, faker_of
from app.engine.generators.faker.locale_tables import Words, alias_table
from app.engine.generators.faker.providers import _traced
from app.engine.seeds import Stream
from tests.engine.generators.columns import draw_provider

LOCALES = [
    "en_US", "de_DE", "fr_FR", "ja_JP", "pl_PL", "ru_RU", "pt_BR", "zh_CN", "ar_SA",
]  # fmt: skip
METHODS = [
    "name", "first_name", "last_name", "city", "street_address", "address", "postcode", "company",
    "job", "email", "user_name", "phone_number", "sentence", "text", "url", "country",
]  # fmt: skip
TABLED = [
    "name", "name_female", "name_male", "first_name", "first_name_female", "first_name_male",
    "last_name", "prefix", "suffix", "city", "street_name", "street_address", "address",
    "country", "country_code", "state", "state_abbr", "postcode", "zipcode", "company", "job",
    "email", "free_email", "safe_email", "user_name", "domain_name", "phone_number",
    "color_name", "word", "currency_code", "sentence", "paragraph", "text", "url", "boolean",
    "ipv4", "mac_address",
]  # fmt: skip

TODAY = ReferenceDay(dt.date(2024, 1, 1))


def _chi_square_fits(values: Sequence[str], weights: Mapping[str, float]) -> bool:
    """Whether counts agree with weights: the statistic lies below its mean plus 4 sigma."""
    total, counts = sum(weights.values()), Counter(values)
    expected = {key: len(values) * weight / total for key, weight in weights.items()}
    kept = [key for key, count in expected.items() if count >= 5]
    statistic = sum((counts[key] - expected[key]) ** 2 / expected[key] for key in kept)
    freedom = len(kept) - 1
    return bool(statistic < freedom + 4 * np.sqrt(2 * freedom))


@pytest.mark.parametrize("method", TABLED)
def test_common_providers_are_drawn_from_tables(method: str) -> None:
    assert _traced("en_US", method, {}, TODAY) is not None


@pytest.mark.parametrize(
    ("locale", "method", "provider", "table"),
    [
        ("en_US", "first_name_female", "person", "first_names_female"),
        ("en_US", "last_name", "person", "last_names"),
        ("en_US", "country", "address", "countries"),
        ("de_DE", "first_name_male", "person", "first_names_male"),
        ("fr_FR", "last_name", "person", "last_names"),
        ("zh_CN", "last_name", "person", "last_names"),
        ("fr_FR", "job", "job", "jobs"),
    ],
)
def test_frequencies_are_the_weights_of_the_locale(
    locale: str, method: str, provider: str, table: str
) -> None:
    elements = getattr(faker_of(locale).provider(f"faker.providers.{provider}"), table)
    weights = elements if isinstance(elements, Mapping) else Counter(elements)
    values = draw_provider(60_000, method, locale=locale).to_pylist()
    assert set(values) <= set(weights)
    assert _chi_square_fits(values, weights)


def test_a_whole_name_has_the_weights_of_its_formats() -> None:
    person = faker_of("en_US").provider("faker.providers.person")
    values = draw_provider(60_000, "name").to_pylist()
    lasts, prefixes = set(person.last_names), {*person.prefixes_female, *person.prefixes_male}
    prefixed = [value for value in values if value.split(" ")[0] in prefixes]
    share = sum(w for form, w in person.formats.items() if "prefix" in form)
    share /= sum(person.formats.values())
    assert abs(len(prefixed) / len(values) - share) < 4 * np.sqrt(share / len(values))
    assert all(set(value.split(" ")) & lasts for value in values)


def _shape(text: object) -> str:
    """The text with digits as 9, runs of letters of whatever script as a, words as one."""
    shape = re.sub(r"\d", "9", str(text))
    shape = re.sub(r"[^\W\d_]+", "a", shape)
    shape = re.sub(r"a([ '’.\-]*a)*", "a", shape)
    return re.sub(r"9+", "9", shape)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("method", METHODS)
def test_tables_give_the_forms_that_faker_gives(locale: str, method: str) -> None:
    rows = 400 if method in {"text", "sentence"} else 1_000
    ours = Counter(map(_shape, draw_provider(rows, method, locale=locale).to_pylist()))
    theirs = Counter(map(_shape, call(locale, method, {}, Stream(1), rows, TODAY)))
    if method in {"text", "sentence"}:
        ours = Counter(re.sub(r"a[.。 \n]*", "", shape) for shape in ours)
        theirs = Counter(re.sub(r"a[.。 \n]*", "", shape) for shape in theirs)
    common = {shape for shape, count in theirs.items() if count >= rows * 0.03}
    assert common <= set(ours)
    assert {shape for shape, count in ours.items() if count >= rows * 0.03} <= set(theirs)


@pytest.mark.parametrize("limit", [30, 99, 100, 200])
def test_texts_stay_below_their_limit_and_are_as_long_as_fakers(limit: int) -> None:
    args = {"max_nb_chars": limit}
    ours = [len(text) for text in draw_provider(3_000, "text", args=args).to_pylist()]
    theirs = [len(text) for text in call("en_US", "text", args, Stream(1), 3_000, TODAY)]
    assert 0 < min(ours) <= max(ours) <= limit
    spread = np.sqrt((np.var(ours) + np.var(theirs)) / 3_000)
    assert abs(np.mean(ours) - np.mean(theirs)) < 4 * spread


def test_sentences_have_fakers_numbers_of_words() -> None:
    ours = [len(text.split()) for text in draw_provider(20_000, "sentence").to_pylist()]
    weights = Counter(int(6 * percent / 100) for percent in range(60, 141))
    assert _chi_square_fits(list(map(str, ours)), {str(k): w for k, w in weights.items()})


def test_paragraphs_and_texts_are_words_of_the_list_between_full_stops() -> None:
    words = {word.lower() for word in faker_of("en_US").get_words_list()}
    for text in draw_provider(300, "text").to_pylist():
        assert re.fullmatch(r"[A-Z][^.]*\.((\n| )[A-Z][^.]*\.)*", text)
        assert set(text.lower().replace(".", "").split()) <= words


def test_alias_tables_have_exactly_the_weights() -> None:
    weights = [5.0, 1.0, 0.0, 2.5, 1.5]
    assert alias_table(weights, 5).shares() == pytest.approx([w / 10 for w in weights])
    assert alias_table(None, 4).shares() == pytest.approx([0.25] * 4)


def test_alias_draws_follow_the_weights() -> None:
    weights = [8.0, 4.0, 2.0, 1.0, 0.0]
    drawn = alias_table(weights, 5).draw(Words(Stream(3).generator().bit_generator), 100_000)
    counts = np.bincount(drawn, minlength=5)
    assert counts[4] == 0
    assert _chi_square_fits(
        [str(value) for value in drawn], {str(k): w for k, w in enumerate(weights)}
    )
