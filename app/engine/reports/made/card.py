"""A data card: what a data set is, how it was made and what it holds, as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.engine.reports.sections.markup import interval, number, sentence

CARD = "data-card.md"
MARKS = re.compile(r"^[-+=]|[\\`*_\[\]<>#|~$&@]|:(?=//)")
NO_LICENCE = "None was given: ask those who made the files."
MEASURED = "Page one of the report on these files, which has the details."
NO_FACTS = "The finished files were not measured."
MOST_UNMET = 50
Document = Mapping[str, Any]


def data_card(document: Document) -> str:
    """The file `data-card.md`, of a report of made tables; see
    `app.engine.reports.made.document`."""
    parts = (_front, _about, _tables, _made, _measured, _limits, _licence, _files, _loading)
    return "\n".join(line for part in parts for line in part(document)) + "\n"


def _front(document: Document) -> Iterator[str]:
    """What catalogues of data sets read first; every text is a JSON string, which is YAML too."""
    yield "---"
    yield f"pretty_name: {_quoted(document['name'])}"
    if document["licence"]:
        yield f"license: {_quoted(document['licence'])}"
    yield "tags: [synthetic, tabular]"
    yield "---"
    yield ""


def _about(document: Document) -> Iterator[str]:
    yield f"# {escaped(document['name'])}"
    yield ""
    yield f"Synthetic data: {escaped(document['about'])}"
    yield f"Made: {escaped(document['provenance']['method'])}."


def _tables(document: Document) -> Iterator[str]:
    rows = {each["name"]: each["rows"] for each in document["tables"]}
    for each in document["schema"]:
        yield from _heading(f"Table {each['name']}", f"{rows.get(each['name'], 0):,} rows.")
        if each["description"]:
            yield from (escaped(each["description"]), "")
        cells = (
            (code(column["name"]), column["kind"], column["type"], escaped(column["description"]))
            for column in each["columns"]
        )
        yield from table(("column", "kind", "values", "description"), cells)
        yield from _keys(each)


def _keys(found: Document) -> Iterator[str]:
    if found["primary_key"]:
        yield from ("", f"Key of a row: {_named(found['primary_key'])}.")
    for key in found["foreign_keys"]:
        own, other = _named(key["columns"]), _named(key["columns"].values())
        yield from ("", f"{own} refers to {other} of {code(key['table'])}.")


def _named(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


def _made(document: Document) -> Iterator[str]:
    known = document["provenance"]
    epsilon = "none" if known["epsilon"] is None else f"{known['epsilon']:g}"
    yield from _heading("How it was made")
    shown = [("seed", str(known["seed"])), ("differential privacy, ε", epsilon)]
    cells = ([escaped(each) for each in row] for row in [*shown, *known["settings"]])
    yield from table(("what", "value"), cells)


def _measured(document: Document) -> Iterator[str]:
    yield from _heading("What it holds", MEASURED)
    for each in document["questions"]:
        yield f"- **{escaped(each['title'])}** {escaped(sentence(each['verdict']))}. " + escaped(
            each["sentence"]
        )
    yield ""
    yield from _facts(document["facts"])
    yield from _figures(document["figures"])


def _facts(facts: Sequence[Document]) -> Iterator[str]:
    unmet = [each for each in facts if not each["holds"]]
    if not facts:
        yield NO_FACTS
        return
    yield f"{len(facts) - len(unmet):,} of {len(facts):,} declared facts hold in the files."
    yield from (f"- not held: {escaped(each['fact'])}" for each in unmet[:MOST_UNMET])


def _figures(figures: Sequence[Document]) -> Iterator[str]:
    if not figures:
        return
    yield ""
    cells = (
        (
            escaped(each["title"]),
            number(each["value"]),
            interval(each),
            number(each["ceiling"]),
            number(each["floor"]),
        )
        for each in figures
    )
    heads = ("figure of the model", "value", "interval", "ceiling (real rows)", "floor")
    yield from table(heads, cells)


def _limits(document: Document) -> Iterator[str]:
    yield from _heading("What was not tested, and limits")
    texts = [text for each in document["questions"] for text in each["not_tested"]]
    yield from (f"- {escaped(each)}" for each in dict.fromkeys([*texts, *document["notes"]]))


def _licence(document: Document) -> Iterator[str]:
    yield from _heading("Licence")
    yield escaped(document["licence"]) or NO_LICENCE


def _files(document: Document) -> Iterator[str]:
    yield from _heading("Files")
    cells = (
        (code(file["path"]), file["format"], f"{file['bytes']:,}", file["sha256"])
        for each in document["tables"]
        for file in each["files"]
    )
    yield from table(("file", "format", "bytes", "SHA-256"), cells)


READERS = {
    "csv": "pd.read_csv({})",
    "csv.gz": "pd.read_csv({})",
    "tsv": 'pd.read_csv({}, sep="\\t")',
    "jsonl": "pd.read_json({}, lines=True)",
    "jsonl.gz": "pd.read_json({}, lines=True)",
    "parquet": "pd.read_parquet({})",
    "arrow": "pd.read_feather({})",
    "xlsx": "pd.read_excel({})",
    "ods": "pd.read_excel({})",
}
"""How pandas reads each format, given the name of the file and, of CSV, another delimiter."""


def _loading(document: Document) -> Iterator[str]:
    yield from _heading("How to load it")
    yield "```python"
    yield "import pandas as pd"
    yield ""
    for each in document["tables"]:
        for file in each["files"][:1]:
            read = _quoted(file["path"])
            if "delimiter" in file:
                read += f", sep={_quoted(file['delimiter'])}"
            yield f"frame = {READERS[file['format']].format(read)}"
    yield "```"


def _heading(title: str, text: str = "") -> Iterator[str]:
    yield from ("", f"## {escaped(title)}", "")
    if text:
        yield from (text, "")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a table of cells that are Markdown."""
    yield _row(heads)
    yield _row(["---"] * len(heads))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str | None) -> str:
    """Foreign text as Markdown that shows it, on one line."""
    plain = "".join(each if each.isprintable() else " " for each in text or "")
    return MARKS.sub(r"\\\g<0>", " ".join(plain.split()))


def code(name: str) -> str:
    """A name as it is, where it can stand between back ticks."""
    is_plain = name.isprintable() and name == " ".join(name.split()) and not set(name) & {"`", "|"}
    return f"`{name}`" if name and is_plain else escaped(name)


def _quoted(text: str) -> str:
    """A string of YAML, JSON and Python alike."""
    return json.dumps(text)
