"""First words and slugs of expressions, as Faker makes user names and domains from names."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence

from app.engine.generators.faker.text_templates import (
    Chain,
    Leaf,
    Mix,
    TextTemplate,
    Untraceable,
    as_template,
    chain,
)


def first_word(expression: TextTemplate) -> TextTemplate:
    """The text up to the first space."""
    if isinstance(expression, Mix):
        return expression.map_options(first_word)
    if isinstance(expression, Leaf):
        return expression.change(lambda value: value.split(" ")[0])
    assert isinstance(expression, Chain)
    return _first_word_of(expression.parts)


def _first_word_of(parts: Sequence[TextTemplate]) -> TextTemplate:
    if not parts:
        return as_template("")
    head, rest = parts[0], parts[1:]
    if isinstance(head, Chain):
        return _first_word_of((*head.parts, *rest))
    if isinstance(head, Mix):
        return head.map_options(lambda option: _first_word_of((option, *rest)))
    assert isinstance(head, Leaf)
    spaced = [" " in value for value in head.values]
    if all(spaced):
        return first_word(head)
    if not any(spaced):
        return chain([head, _first_word_of(rest)])
    return _first_word_of((_parted(head, spaced), *rest))


def _parted(leaf: Leaf, chosen: Sequence[bool]) -> Mix:
    """The same table as a mixture of the chosen values and the others."""
    weights = leaf.weights or (1.0,) * len(leaf.values)
    rows = list(zip(leaf.values, weights, chosen, strict=True))
    options = [
        Leaf([v for v, _, c in rows if c is side], [w for _, w, c in rows if c is side], leaf.draws)
        for side in (True, False)
    ]
    shares = [sum(w for _, w, c in rows if c is side) for side in (True, False)]
    return Mix(options, shares, leaf.draws)


def slugified(expression: TextTemplate) -> TextTemplate:
    """Faker's `slugify(…, allow_unicode=True)`: exact for ASCII texts whose separators (space,
    hyphen) never meet where two tables join, nor stand at an end."""
    slugs = expression.each(_slug_characters)
    _separators(slugs, ends=True)
    return slugs


def _slug_characters(text: str) -> str:
    if not text.isascii():
        raise Untraceable("a slug of a text that is not ASCII")
    kept = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFKC", text)).lower()
    return re.sub(r"[-\s]+", "-", kept)


def _separators(expression: TextTemplate, ends: bool) -> tuple[bool, bool]:
    """Whether the text can begin and end with a separator; refused where two could meet."""
    if isinstance(expression, Chain):
        parts = [part for part in expression.parts if not _is_empty(part)]
        sides = [_separators(part, False) for part in parts]
        if any(a[1] and b[0] for a, b in itertools.pairwise(sides)):
            raise Untraceable("separators meet")
        found = (sides[0][0], sides[-1][1]) if sides else (True, True)
    elif isinstance(expression, Mix):
        both = [_separators(option, False) for option in expression.options]
        found = (any(a for a, _ in both), any(b for _, b in both))
    else:
        assert isinstance(expression, Leaf)
        # An empty text lets its neighbours meet, so it counts as a separator on both sides.
        found = (
            any(not v or v[0] == "-" for v in expression.values),
            any(not v or v[-1] == "-" for v in expression.values),
        )
    if ends and any(found):
        raise Untraceable("a separator stands at an end")
    return found


def _is_empty(expression: TextTemplate) -> bool:
    return isinstance(expression, Leaf) and not any(expression.values)
