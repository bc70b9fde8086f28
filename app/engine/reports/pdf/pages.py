"""What stands on the pages of a report: three answers first, then what is worst, then the page of
those who answer for the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.engine.reports.charts.chart import PAPER
from app.engine.reports.charts.heat_map import heat_map
from app.engine.reports.charts.margins import margin_chart
from app.engine.reports.charts.scale import scale_chart
from app.engine.reports.fairness import (
    FAIRNESS_HEADS,
    fairness_cells,
    fairness_heading,
    fairness_words,
)
from app.engine.reports.officer import attack_cells, officer_facts, remaining
from app.engine.reports.pdf.characters import REPLACED, is_replaced
from app.engine.reports.pdf.made import facts, learned, made_columns, targets, timeline
from app.engine.reports.pdf.parts import (
    Cell,
    Part,
    bullets,
    charts,
    drawing,
    explained,
    heading,
    new_page,
    paragraphs,
    signature,
    table,
)
from app.engine.reports.sections.details import FEW, MATRICES, STRENGTH, margin_from
from app.engine.reports.sections.markup import interval, number, sentence
from app.engine.reports.sections.officer import THREAT_HEADS
from app.engine.reports.sections.questions import BESIDE, counts
from app.engine.reports.threats import ABOUT_THREATS
from app.engine.reports.verdicts import MEANINGS_OF_WORDS

MOST_COLUMNS = 100
FIGURE_HEADS = ("Figure", "", "Value", "Interval", "Ceiling", "Floor", "Copy", "In a word")
COLUMN_HEADS = (
    "Column",
    "Measure",
    "Distance",
    "Ceiling",
    "Moved by",
    "Missing",
    "Real",
    "Outside",
)
Document = Mapping[str, Any]


def report_pages(document: Document) -> dict[str, Any]:
    """Everything that `report.typ` shows of a document whose texts the file can show; see
    `app.engine.reports.document`."""
    return {
        "title": document["title"],
        "footer": _footer(document),
        "parts": [part for section in SECTIONS for part in section(document)],
    }


def _footer(document: Document) -> str:
    file = document["provenance"]["files"].get("synthetic")
    return document["title"] if file is None else f"{document['title']} · {file['name']}"


def _first_page(document: Document) -> Iterator[Part]:
    figures = {each["name"]: each for each in document.get("figures", ())}
    yield heading(1, document["title"])
    yield from paragraphs(counts(document))
    found = [_answer(each, figures.get(each["figure"] or "")) for each in document["questions"]]
    yield {"kind": "answers", "answers": found}
    yield from bullets(document["notes"])
    yield from paragraphs(REPLACED if is_replaced(dict(document)) else "")
    if figures:
        yield from paragraphs(BESIDE)
        yield table(("Word", "says that"), MEANINGS_OF_WORDS.items(), (1, 3))


def _answer(answer: Document, figure: Document | None) -> dict[str, Any]:
    return {
        "title": answer["title"],
        "verdict": sentence(answer["verdict"]),
        "sentence": answer["sentence"],
        "not_tested": _not_tested(answer["not_tested"], are_shown=figure is not None),
        "figure": None if figure is None else _headline(figure),
        "shown": [list(each) for each in answer.get("shown", ())],
    }


def _not_tested(limits: Sequence[str], *, are_shown: bool) -> str:
    """The first alone where the others stand with the figures that they are of."""
    if not limits:
        return ""
    left = len(limits) - 1
    if are_shown and left:
        return f"Not tested: {limits[0]} What {left} other figures do not show stands with them."
    return f"Not tested: {' '.join(limits)}"


def _headline(figure: Document) -> dict[str, Any]:
    chart = scale_chart(dict(figure), PAPER)
    return {
        "title": figure["title"],
        "value": number(figure["value"]),
        "facts": [
            ["Interval", interval(figure)],
            ["Ceiling (real rows)", number(figure["ceiling"])],
            ["Floor (independent columns)", number(figure["floor"])],
            ["Copy of the learned rows", number(figure["copy"])],
        ],
        "chart": None if chart is None else drawing(chart),
    }


def _figures(document: Document) -> Iterator[Part]:
    """Every figure by its question."""
    if not document.get("figures"):
        return
    yield new_page()
    yield heading(2, "Figures")
    for answer in document["questions"]:
        own = [each for each in document["figures"] if each["question"] == answer["question"]]
        if own:
            yield heading(3, answer["title"])
            cells = map(_figure_cells, own)
            yield table(FIGURE_HEADS, cells, (10, 5, 0, 0, 0, 0, 0, 3), numbers=range(2, 7))


def _figure_cells(figure: Document) -> list[Cell]:
    said = f"{figure['says']}. Does not show {figure['does_not_show']}. {figure['note']}"
    chart = scale_chart(dict(figure), PAPER)
    return [
        explained(figure["title"], sentence(said.strip())),
        "" if chart is None else drawing(chart),
        number(figure["value"]),
        interval(figure),
        *(number(figure[name]) for name in ("ceiling", "floor", "copy")),
        figure["verdict"] or "–",
    ]


def _fairness(document: Document) -> Iterator[Part]:
    if not (found := document.get("fairness")):
        return
    yield heading(2, fairness_heading(found))
    yield from paragraphs(fairness_words(found))
    yield table(FAIRNESS_HEADS, fairness_cells(found), (1, 0, 0, 0), numbers=range(1, 4))


def _columns(document: Document) -> Iterator[Part]:
    """Those that are farthest from real rows first."""
    found, margins = document.get("columns", ()), document.get("margins", ())
    if not found:
        return
    yield new_page()
    yield heading(2, "Columns")
    yield from paragraphs("Farthest from other real rows first.")
    cells = map(_column_cells, found[:MOST_COLUMNS])
    yield table(COLUMN_HEADS, cells, (3, 2, 0, 0, 0, 0, 0, 0), numbers=range(2, 8))
    left = len(found) - MOST_COLUMNS
    yield from paragraphs(f"And {left} columns that are nearer." if left > 0 else "")
    if margins:
        yield from paragraphs(f"{FEW} {len(margins)} of {len(found)} columns are drawn.")
        yield from charts(margin_chart(margin_from(each), PAPER) for each in margins)


def _column_cells(column: Document) -> list[Cell]:
    names = ("distance", "ceiling", "moved", "missing", "missing_real", "outside")
    return [column["name"], column["measure"], *(number(column[name]) for name in names)]


def _pairs(document: Document) -> Iterator[Part]:
    """Pairs of columns, and matrices of associations."""
    found = document.get("pairs")
    if not found or found["distance"] is None:
        return
    yield heading(2, "Pairs of columns")
    yield from paragraphs(
        f"Mean distance of all pairs {number(found['distance'])}; of other real rows "
        f"{number(found['ceiling'])}; of independent columns {number(found['floor'])}."
    )
    yield table(
        ("Pair", "Distance", "Ceiling", "Floor"),
        map(_pair_cells, found["farthest"]),
        (1, 0, 0, 0),
        numbers=range(1, 4),
    )
    if (matrices := document["associations"]) is not None:
        yield from paragraphs(STRENGTH)
        yield from charts(
            heat_map(title, matrices["columns"], matrices[name], PAPER)
            for name, title in MATRICES.items()
        )


def _pair_cells(pair: Document) -> Sequence[Cell]:
    ends = (number(pair[name]) for name in ("distance", "ceiling", "floor"))
    return [" × ".join(pair["columns"]), *ends]


def _officer(document: Document) -> Iterator[Part]:
    yield new_page()
    yield heading(2, "For the data protection officer")
    facts = ((name, _fact(answer, digests)) for name, answer, digests in officer_facts(document))
    yield table(("Question", "Answer"), facts, (2, 5))
    if document["threats"]:
        yield heading(3, "Threats")
        yield from paragraphs(ABOUT_THREATS)
        yield table(THREAT_HEADS, _threats(document), (4, 3, 0, 0, 0, 2), numbers=range(2, 6))
    yield heading(3, "What remains")
    yield from paragraphs(remaining(document))
    yield signature("Decision", "Name", "Date", "Signature")


def _threats(document: Document) -> Iterator[Sequence[Cell]]:
    """What a threat means stands in its first row."""
    seen = set()
    for name, meaning, *cells in attack_cells(document):
        yield [sentence(name) if name in seen else explained(sentence(name), meaning), *cells]
        seen.add(name)


def _fact(answer: str, digests: Sequence[str]) -> Cell:
    """Digests stand in lines of their own; what nobody said is written in by hand."""
    if not answer:
        return {"fill": ""}
    return explained(answer, "\n".join(digests)) if digests else answer


SECTIONS = (
    _first_page,
    targets,
    _figures,
    _fairness,
    learned,
    _columns,
    _pairs,
    made_columns,
    facts,
    timeline,
    _officer,
)
"""In their order; each is empty where a document has nothing of it."""
