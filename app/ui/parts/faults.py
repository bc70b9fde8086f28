"""Faults of the draft at the fields that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.ui.client import Fault, Problem
from app.ui.model.faults import assign
from app.ui.model.paths import Path, read_path
from app.ui.model.values import short
from app.ui.parts.field import Field
from app.ui.parts.tags import box, icon, tag
from app.ui.toolkit.elements import Element
from app.ui.wording import field_words

MOST_FAULTS, LONGEST = 50, 2000
HOLDERS = frozenset({"schema", "features", "target", "tables"})


@dataclass
class FaultBoard:
    """Fields with their places in the document. A place may change while its field stays, so it
    is asked for. `on_shown` is called when what stands at the fields may be other than before."""

    on_shown: list[Callable[[], None]] = field(default_factory=list)
    _fields: dict[Field, Callable[[], Path]] = field(default_factory=dict)
    _shown: tuple[Fault, ...] = ()

    def register(self, each: Field, place: Callable[[], Path]) -> Field:
        self._fields[each] = place
        return each

    def show(self, faults: Iterable[Fault]) -> list[Fault]:
        """Put each fault at its field; the ones that no field takes."""
        self._fields = {each: place for each, place in self._fields.items() if not each.is_deleted}
        self._shown = tuple(faults)
        places = {each: place() for each, place in self._fields.items()}
        found, rest = assign(self._shown, places)
        for each in self._fields:
            said = " ".join(fault.text for fault in found.get(each, ()))
            each.fault = short(said, LONGEST)
        for listener in self.on_shown:
            listener()
        return rest

    @property
    def rejected(self) -> int:
        """How many fields hold what the draft could not take."""
        return sum(bool(each.refused) for each in self._fields if not each.is_deleted)

    def again(self) -> list[Fault]:
        """The same faults once more, after fields have come and gone."""
        return self.show(self._shown)


def note(text: str, kind: str = "", *, lead: str = "") -> Element:
    made = box(f"note note--{kind}" if kind else "note")
    with made:
        icon({"warn": "warn", "bad": "warn", "good": "check"}.get(kind, "spark"))
        with box("grow"):
            if lead:
                tag("b", f"{lead} ")
            tag("span", text)
    return made


class FaultNotes:
    """Faults or warnings that come and go; redrawn only where they are others than before."""

    def __init__(self, kind: str = "bad", **props: str) -> None:
        self._box = box("notes", **props)
        self._kind = kind
        self._shown: tuple[Fault, ...] = ()

    def show(self, faults: Iterable[Fault]) -> None:
        found = tuple(faults)
        if found == self._shown:
            return
        self._shown = found
        self._box.clear()
        with self._box:
            fault_notes(found, self._kind)


def fault_notes(faults: Iterable[Fault], kind: str = "bad") -> None:
    """Faults or warnings one below the other, each with its place."""
    found = list(faults)
    for fault in found[:MOST_FAULTS]:
        place = place_text(read_path(fault.path))
        line = f"Line {fault.line}: " if fault.line else ""
        lead = short(f"{line}{place}:" if place else line)
        note(short(fault.text, LONGEST), kind, lead=lead)
    if len(found) > MOST_FAULTS:
        note(f"There are {len(found) - MOST_FAULTS} more.", kind)


def problem_notes(problem: Problem) -> None:
    """Why the API refused: the faults of the input where it has some, else in its own words."""
    fault_notes(problem.faults)
    if not problem.faults:
        note(sentence(str(problem)), "bad")


def sentence(text: str) -> str:
    """With a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def place_text(path: Path) -> str:
    """A place for people: what holds the columns is left out, `Tenure, std`."""
    kept = [step for place, step in enumerate(path) if place > 2 or step not in HOLDERS]
    words = [f"number {step + 1}" if isinstance(step, int) else step for step in kept]
    return ", ".join(field_words(words))
