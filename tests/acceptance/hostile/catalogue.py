"""All inputs, made from a seed: the same seed gives the same ones, under the same names."""

from __future__ import annotations

from tests.acceptance.hostile.bodies import texts
from tests.acceptance.hostile.definitions import definitions
from tests.acceptance.hostile.deliveries import deliveries
from tests.acceptance.hostile.floods import floods
from tests.acceptance.hostile.inputs import Input
from tests.acceptance.hostile.learning import models, uploads
from tests.acceptance.hostile.pages import files, sockets, visits
from tests.acceptance.hostile.requests import cookies, headers, heads, paths, queries

# How many of each kind chance adds to those that are always there; `deliveries` has so many in all.
FEW = {
    paths: 10,
    queries: 10,
    headers: 10,
    cookies: 6,
    heads: 60,
    texts: 80,
    definitions: 30,
    files: 4,
    visits: 4,
    sockets: 4,
    floods: 0,
    deliveries: 12,
    uploads: 165,
    models: 180,
}

SLOW = frozenset({"preview", "validate", "compile", "read", "job", "delivery", "upload", "model"})


def catalogue(seed: int = 0, scale: int = 1) -> list[Input]:
    """Every input in an order that the seed decides, but for the kinds one after another.

    Args:
        scale: how many times as many of those that chance makes.
    """
    found = [each for make, many in FEW.items() for each in make(seed, many * scale)]
    assert len({each.id for each in found}) == len(found)
    return found


def lanes(inputs: list[Input]) -> list[list[Input]]:
    """Inputs that take long for what they ask of workers and of other servers, and all others."""
    slow = [each for each in inputs if each.kind in SLOW]
    return [lane for lane in (slow, [each for each in inputs if each.kind not in SLOW]) if lane]
