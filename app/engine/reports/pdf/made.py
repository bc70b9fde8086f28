"""What only reports of made tables have: target, columns as declared, facts and the timeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.engine.evaluation.metrics import METRICS
from app.engine.reports.charts.chart import PAPER
from app.engine.reports.pdf.parts import (
    Cell,
    Part,
    bullets,
    charts,
    explained,
    heading,
    new_page,
    paragraphs,
    table,
)
from app.engine.reports.sections.facts import ABOUT as ABOUT_FACTS
from app.engine.reports.sections.facts import MOST_HOLDING, NONE, value_shown
from app.engine.reports.sections.learned import ABOUT as ABOUT_LEARNED
from app.engine.reports.sections.learned import MOST as MOST_LEARNED
from app.engine.reports.sections.learned import said_by
from app.engine.reports.sections.made import ABOUT as ABOUT_COLUMNS
from app.engine.reports.sections.made import column_chart, made_when
from app.engine.reports.sections.markup import number, sentence
from app.engine.reports.sections.target import (
    ABOUT_EFFECTS,
    ABOUT_RULES,
    MOST_RULES,
    figure_shown,
    outcome,
)

Document = Mapping[str, Any]


def targets(document: Document) -> Iterator[Part]:
    """Each target with its rules and effects, then the trained model."""
    found = document.get("targets") or ()
    if not found:
        return
    yield new_page()
    yield heading(2, "Target")
    for each in found:
        if len(found) > 1:
            yield heading(3, each["table"])
        yield from _target(each)
    yield from _trained(document["verification"])


def learned(document: Document) -> Iterator[Part]:
    """The columns of a model, those that are made, and rules that hold in every row."""
    found = document.get("learned")
    if found is None:
        return
    yield heading(2, "What was learned")
    yield from paragraphs(ABOUT_LEARNED)
    cells = [(each["name"], said_by(each), f"{each['trees']:,}") for each in found[:MOST_LEARNED]]
    yield table(("Column", "Said by", "Trees"), cells, (1, 2, 0), numbers=range(2, 3))
    left = len(found) - MOST_LEARNED
    yield from paragraphs(f"And {left:,} more columns." if left > 0 else "")
    if document["made"]:
        yield from paragraphs(f"Made and not learned: {', '.join(document['made'])}.")
    if document["rules"]:
        yield heading(3, "Rules that hold in every row")
        yield from bullets(document["rules"])


def _target(found: Document) -> Iterator[Part]:
    asked = [
        (each["fact"], number(each["declared"]), figure_shown(each["reached"]))
        for each in found["facts"]
    ]
    if asked:
        heads = ("Asked of the target", "Asked", "Planned")
        yield table(heads, asked, (1, 0, 0), numbers=range(1, 3))
    if found["effects"]:
        yield heading(3, "Effects")
        yield from paragraphs(ABOUT_EFFECTS)
        of_effects = ("Effect", "Direction", "Strength", "Correlation")
        yield table(
            of_effects, map(_effect_cells, found["effects"]), (3, 1, 1, 0), numbers=range(3, 4)
        )
    yield from _rules(found)


def _effect_cells(effect: Document) -> Sequence[Cell]:
    name = effect["effect"] + (f" on {effect['label']}" if effect["label"] else "")
    return (name, effect["correlation"], str(effect["strength"]), figure_shown(effect["reached"]))


def _rules(found: Document) -> Iterator[Part]:
    rules, last = found["rules"], found["else"]
    if not rules and not last:
        return
    rows = [(each["if"], outcome(each["then"]), f"{each['share']:.1%}") for each in rules]
    shown = rows[:MOST_RULES]
    if last:
        covers = f"else: {last.get('covers', 'everything else')}"
        shown.append((covers, outcome(last["then"]), f"{last['share']:.1%}"))
    yield heading(3, "Rules")
    yield from paragraphs(ABOUT_RULES)
    yield table(("If", "Then", "Share of rows"), shown, (3, 2, 0), numbers=range(2, 3))
    left = len(rows) - MOST_RULES
    yield from paragraphs(f"And {left} more rules, which the JSON file has." if left > 0 else "")


def _trained(found: Document | None) -> Iterator[Part]:
    if found is None:
        return
    yield heading(3, "A trained model")
    said = (
        f"A model ({found['model']}) that saw {found['rows_trained']:,} rows and nothing of what "
        f"was declared, tested on {found['rows_tested']:,} others. {found['note']}"
    )
    yield from paragraphs(said.strip())
    cells = [
        (METRICS[name].label, figure_shown(found[name]), figure_shown(best))
        for name in METRICS
        if found.get(name) is not None
        for best in [found.get(f"best_possible_{name}")]
    ]
    if cells:
        heads = ("Metric", "Trained model", "Best possible")
        yield table(heads, cells, (1, 0, 0), numbers=range(1, 3))


def made_columns(document: Document) -> Iterator[Part]:
    """A drawing of each column."""
    found = document.get("drawn")
    if not found:
        return
    several = len({each["table"] for each in found}) > 1
    left = document["left_out"]
    more = f" {len(found)} of {len(found) + left} columns are drawn." if left else ""
    yield new_page()
    yield heading(2, "Columns")
    yield from paragraphs(ABOUT_COLUMNS + more)
    yield from charts(column_chart(each, PAPER, several=several) for each in found)


def facts(document: Document) -> Iterator[Part]:
    """Every fact that does not hold, and as many others as a page bears."""
    found = document.get("facts")
    if found is None:
        return
    yield heading(2, "Facts")
    if not found:
        yield from paragraphs(NONE)
        return
    unmet = [each for each in found if not each["holds"]]
    holding = [each for each in found if each["holds"]]
    several = len({each["table"] for each in found}) > 1
    yield from paragraphs(ABOUT_FACTS)
    rows = (_fact_cells(each, several=several) for each in [*unmet, *holding[:MOST_HOLDING]])
    heads = ("Fact", "Holds", "Declared", "Observed", "Tolerance")
    yield table(heads, rows, (5, 0, 1, 1, 1), numbers=range(2, 5))
    left = len(holding) - MOST_HOLDING
    yield from paragraphs(
        f"And {left:,} more that hold, which the JSON file has." if left > 0 else ""
    )


def _fact_cells(fact: Document, *, several: bool) -> Sequence[Cell]:
    name = f"{fact['table']}: {fact['fact']}" if several else fact["fact"]
    first = explained(name, sentence(fact["note"])) if fact["note"] else name
    ends = (value_shown(fact[key]) for key in ("declared", "observed", "tolerance"))
    return (first, "yes" if fact["holds"] else "NO", *ends)


def timeline(document: Document) -> Iterator[Part]:
    """When it was asked for, and how long each stage took."""
    shown, chart = made_when(document, PAPER)
    if chart is not None:
        yield heading(2, "How it was made")
        yield table(("When", ""), shown, (1, 3))
        yield from charts([chart], abreast=1)
