"""What was asked of private rows, in the form in which it is kept.

Events are kept, not ε, so that another accountant can work their loss out again later. Every number
in them is a whole number, and their JSON has one form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import isqrt
from typing import Any, ClassVar

from app.engine.privacy.zcdp import UNIT, units_up

VARIANCE_UNIT = Fraction(1, 10**6)
"""Of σ²."""
EPSILON_UNIT = Fraction(1, 10**12)
"""Of the ε of one choice."""
FEWEST_VARIANCE = 10**5


@dataclass(frozen=True, slots=True)
class GaussianEvent:
    """Counts with noise of a discrete Gaussian each.

    Canonne, Kamath & Steinke (2020), theorem 14: whole numbers whose vector moves by no more than
    Δ in the Euclidean norm between neighbours, with independent noise of N_Z(0, σ²), are
    Δ²/(2σ²)-zCDP.

    Args:
        name: of the step that asked.
        columns: of the marginal that was counted.
        cells: how many counts there are.
        sensitivity: Δ.
        variance: σ² in units of 1e-6.
    """

    kind: ClassVar[str] = "discrete_gaussian"
    name: str
    columns: tuple[str, ...]
    cells: int
    sensitivity: int
    variance: int

    def __post_init__(self) -> None:
        _check_positive(cells=self.cells, sensitivity=self.sensitivity)
        if self.variance < FEWEST_VARIANCE:
            raise ValueError(f"σ² is {self.variance} units; the least is {FEWEST_VARIANCE}")

    @property
    def rho(self) -> int:
        """Its loss, in units of 1e-12, rounded up."""
        return units_up(Fraction(self.sensitivity**2) / (2 * self.variance * VARIANCE_UNIT))


@dataclass(frozen=True, slots=True)
class SelectionEvent:
    """One of several candidates, chosen by its score with the exponential mechanism.

    The mechanism (McSherry & Talwar 2007) has a privacy loss whose range is ε (Durfee & Rogers
    2019), and is ε²/8-zCDP by that (Cesar & Rogers 2021, "Bounding, Concentrating, and
    Truncating").

    Args:
        candidates: how many there are.
        sensitivity: how far a score moves between neighbours, at most.
        epsilon: in units of 1e-12.
    """

    kind: ClassVar[str] = "exponential"
    name: str
    candidates: int
    sensitivity: int
    epsilon: int

    def __post_init__(self) -> None:
        positive = {"candidates": self.candidates, "sensitivity": self.sensitivity}
        _check_positive(**positive, epsilon=self.epsilon)

    @property
    def rho(self) -> int:
        """Its loss, in units of 1e-12, rounded up."""
        return units_up((self.epsilon * EPSILON_UNIT) ** 2 / 8)


Event = GaussianEvent | SelectionEvent


def variance_for(rho: int, sensitivity: int) -> int:
    """The least σ² in units of 1e-6 with which counts lose no more than `rho` units of 1e-12."""
    if rho < 1:
        raise ValueError("there is nothing to spend on counts")
    exact = Fraction(sensitivity**2) / (2 * rho * UNIT) / VARIANCE_UNIT
    return max(-(-exact.numerator // exact.denominator), FEWEST_VARIANCE)


def selection_epsilon_for(rho: int) -> int:
    """The largest ε of a choice, in units of 1e-12, that loses no more than `rho` units."""
    if rho < 1:
        raise ValueError("there is nothing to spend on a choice")
    return isqrt(8 * rho * 10**12)


def total_rho(events: Iterable[Event]) -> int:
    """The loss of events one after the other, in units of 1e-12."""
    return sum(event.rho for event in events)


def event_document(event: Event) -> dict[str, Any]:
    """An event as plain JSON data."""
    found = asdict(event)
    if "columns" in found:
        found["columns"] = list(found["columns"])
    return {"kind": event.kind, **found}


def canonical(document: Any) -> bytes:
    """JSON in the one form that is hashed: keys in order, no blanks, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def event_of(document: dict[str, Any]) -> Event:
    """The event that a document says.

    Raises:
        ValueError: it says none.
    """
    fields = {name: value for name, value in document.items() if name != "kind"}
    kinds: dict[str, type[Event]] = {
        GaussianEvent.kind: GaussianEvent,
        SelectionEvent.kind: SelectionEvent,
    }
    kind = kinds.get(str(document.get("kind")))
    if kind is None or set(fields) != set(kind.__dataclass_fields__) - {"kind"}:
        raise ValueError("the document is no event of differential privacy")
    if "columns" in fields:
        fields["columns"] = tuple(fields["columns"])
    return kind(**fields)


def _check_positive(**numbers: int) -> None:
    for name, number in numbers.items():
        if type(number) is not int or number < 1:
            raise ValueError(f"{name} is {number!r}; it is a whole number from 1")
