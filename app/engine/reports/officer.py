"""What a data protection officer asks, as texts: for the HTML and the PDF file alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.engine.reports.verdicts import NOT_TESTED, excess

UNKNOWN = "not known to the judge"
LEFT_OPEN = (
    "What was measured is what these attacks found, with this much knowledge. Another attack, more "
    "knowledge or another draw of rows may find more; that nothing was found does not show that "
    "nobody can be recognised. Whether the remaining risk is acceptable for the purpose is for a "
    "person to decide."
)
NOTHING_READ = (
    "This program read no table while it made these rows, so there was no record to measure them "
    "by. What the definition itself says stands in the files as it was written: whether it names a "
    "person, or was derived from a table of people, is for its author to know."
)
ROLES = {"real": "Real rows", "holdout": "Held-out rows", "synthetic": "Synthetic rows"}
# A name, its answer (empty: to be filled in by hand), and digests of files.
Fact = tuple[str, str, tuple[str, ...]]


def officer_facts(document: Mapping[str, Any]) -> Iterator[Fact]:
    """Source, purpose, method, privacy, seeds and hashes."""
    known, rows = document["provenance"], document["rows"]
    for role, title in ROLES.items():
        if rows.get(role) and (role != "synthetic" or not document.get("tables")):
            yield _file(title, known["files"].get(role), rows[role])
    for each in document.get("tables", ()):
        digests = (f"{file['format']}, SHA-256 {file['sha256']}" for file in each["files"])
        yield f"Table {each['name']}", f"{each['rows']:,} rows", tuple(digests)
    yield "Purpose", known["purpose"], ()
    yield "How the rows were made", known["method"] or UNKNOWN, ()
    yield "Differential privacy, ε", f"{known['epsilon']:g}" if known["epsilon"] else "none", ()
    yield "Seed of the rows", UNKNOWN if known["seed"] is None else str(known["seed"]), ()
    if "real" in rows:
        yield "Seed of the evaluation", str(document["seed"]), ()
    for name, value in known["settings"]:
        yield name, value, ()


def attack_cells(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Threat, its meaning, figure, value, interval, control, and what lies above it."""
    figures = {each["name"]: each for each in document.get("figures", ())}
    tested = sum(len(each["figures"]) for each in document["threats"])
    for each in document["threats"]:
        threat = (each["threat"], each["meaning"])
        if not each["figures"]:
            yield (*threat, NOT_TESTED, "–", "–", "–", "–")
        for name in each["figures"]:
            yield (*threat, figures[name]["title"], *_attack(figures[name], tested))


def remaining(document: Mapping[str, Any]) -> str:
    """What is left to decide."""
    return LEFT_OPEN if document["threats"] else NOTHING_READ


def _file(title: str, file: Mapping[str, Any] | None, rows: int) -> Fact:
    if file is None:
        return title, f"{rows:,} rows", ()
    digests = () if file["sha256"] is None else (f"SHA-256 {file['sha256']}",)
    return title, f"{file['name']}, {rows:,} rows", digests


def _attack(figure: Mapping[str, Any], tested: int) -> tuple[str, str, str, str]:
    found = excess(figure, tested)
    above = "–" if found is None else f"{_share(found[0])} to {_share(found[1])}"
    between = "–" if figure["low"] is None else f"{figure['low']:g} – {figure['high']:g}"
    control = "–" if figure["ceiling"] is None else f"{figure['ceiling']:g}"
    return f"{figure['value']:g}", between, control, above


def _share(share: float) -> str:
    return f"{round(100 * max(-1.0, min(1.0, share)))} %"
