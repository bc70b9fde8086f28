"""What a person needs to know to fill the pages: types, distributions, effects, the dial, facts."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from app.engine.distributions import FAMILIES
from app.engine.evaluation.metrics import METRICS
from app.engine.schema.targets import TARGET_METRICS
from app.ui.model.columns import TYPES
from app.ui.parts.frame import HELP, NEW, frame
from app.ui.parts.tags import box, card, heading, link, paragraph, tag
from app.ui.request_context import root

STEPS = {
    "Setup": "Name, rows, and what is to be predicted, if anything. Start from nothing, an example "
    "or the columns of a file that you have.",
    "Columns": "One line a column. What is at fault is said at its line, with what would be right. "
    "Below the columns stands what the definition makes, as it is now.",
    "Table": "The rows, in every format; and each thing that was declared beside what was found in "
    "the finished files.",
}
KINDS = {
    "int": "Whole numbers. Min and max alone spread them evenly; mean and SD give a bell.",
    "float": "Numbers with decimals.",
    "category": "Labels with their shares: Gold: 50 %, Silver: 30 %, Bronze.",
    "bool": "True or false; the share is that of true.",
    "date": "Days of a range, or so long after another column.",
    "datetime": "Days with a time.",
    "time": "Times of day.",
    "id": "Another value in every row.",
    "formula": "Computed from other columns of the row: round(price * qty, 2).",
    "script": "Computed from other columns by a few lines of Starlark, a dialect of Python: "
    'def value(row): return row["qty"] * 2',
    "text": "Words at random: it looks like text and says nothing.",
}
EFFECTS = {
    "Correlation": "Whether rows with a larger value, or with this label, have the positive label "
    "more often (positive) or less often (negative). Of a number that is predicted: whether it is "
    "larger or smaller there.",
    "Strength": "Low, medium and high count against each other, and the dial may scale them. A "
    "number from 0 to 1 is a promise: the correlation that the finished rows have.",
    "The dial": "How well the best possible model can predict. What the columns cannot give is "
    "refused, with the range that they can.",
    "Rules": "What the target is where a condition holds. The first that fits counts.",
    "Conditions": "Comparisons that every row meets. Values are exchanged between rows for it, and "
    "each column keeps its distribution.",
}
FACTS = {
    "Share": "Counts are exact: of 1,000 rows with 30 % Gold, 300 are.",
    "Largest gap in cumulative shares": "Also called Kolmogorov–Smirnov distance. For every value, "
    "compare the share of rows up to it with the share that was declared up to it; the largest "
    "difference is the gap. 0 is none; 0.02 means that no such share is off by more than 2 %.",
    "Correlation": "From -1 to 1; within 0.02 of what was promised, from 5,000 rows on.",
    "Unmet": "What the finished files do not hold. Such a table is shown in amber, with the name.",
}
NUMBERS = {
    "12% or 12 %": "0.12",
    "0,12": "0.12",
    "20,000 or 20 000": "20000",
    "1.234,5 or 1,234.5": "1234.5",
    "20.000": "asked for: 20 or 20,000",
}


@ui.page(HELP, title="Help – Tablesmith")
def help_page() -> None:
    with frame("Help", HELP, "page--narrow"):
        heading(1, "Help")
        paragraph("Say what a table looks like; what you declare holds in its rows.", "lead")
        with box("row"):
            link("Start a new table", f"{root()}{NEW}", "button button--primary")
            link("Reference of the API", f"{root()}/docs", "button button--plain")
            link("Its description (OpenAPI)", f"{root()}/openapi.json", "button button--plain")
        _terms("The way", STEPS)
        _terms("Types of columns", {TYPES[name]: said for name, said in KINDS.items()})
        _terms("What goes with what", EFFECTS)
        _terms("How predictable", {METRICS[name].label: _meaning(name) for name in TARGET_METRICS})
        _terms("Declared beside found", FACTS)
        _terms("Numbers as you write them", NUMBERS)
        _terms("Distributions", {name.replace("_", " "): _parameters(name) for name in FAMILIES})


def _terms(title: str, said: Mapping[str, str]) -> None:
    with card(title), box("terms", "dl"):
        for name, words in said.items():
            tag("dt", name)
            tag("dd", words)


def _meaning(name: str) -> str:
    return METRICS[name].sentence.format(value="0.8", percent="80 %")


def _parameters(name: str) -> str:
    model = FAMILIES[name]
    fields = ((key, field.description) for key, field in model.model_fields.items())
    return "; ".join(f"{key}: {said[:1].lower()}{said[1:]}".rstrip(".") if said else key
                     for key, said in fields)  # fmt: skip
