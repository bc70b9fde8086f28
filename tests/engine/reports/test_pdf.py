"""PDF files of reports: the same bytes, tagged, and every text shown as it is."""

from __future__ import annotations

import copy
import io
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pypdf import PdfReader

from app.engine.evaluation.documents import MeasuredFact
from app.engine.plan.compiler import compile_plan
from app.engine.reports.charts.chart import percent
from app.engine.reports.judging import judged_report
from app.engine.reports.made.document import made_report
from app.engine.reports.made.tables import MadeTables
from app.engine.reports.pdf.characters import BREAK, covered, written
from app.engine.reports.pdf.file import can_write_pdf, report_pdf
from app.engine.reports.pdf.pages import report_pages
from app.engine.reports.provenance import NamedFile, Provenance
from app.engine.reports.writing import need_format, writable_formats
from app.engine.schema.load import load_definition
from tests.engine.reports.test_made import DOCUMENT, ROWS
from tests.engine.reports.test_made import HOSTILE as HOSTILE_MADE

HOSTILE = [
    '#read("/etc/passwd")',
    "$x$ @label <label> ] } \\ *bold* _it_ `raw` = head",
    '"); #panic() //',
    "</svg><script>alert(1)</script>&amp;",
]
UNKNOWN_SIGNS = ["列名", "\x1b[31m", "😀", "a\u202eb", "\ufeff", "ก", "a\u05b0b\u064b", "\ud800"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    tables = [
        pa.table({name: rng.choice(HOSTILE, 60) for name in [*HOSTILE[:2], "colour"]})
        .append_column("size", [rng.normal(size=60).round(3)])
        .append_column("longest_name_without_a_break_" * 6, [rng.normal(size=60).round(3)])
        for _ in range(3)
    ]
    files = {"synthetic": NamedFile("#synthetic$.csv", "ab" * 32)}
    return judged_report(
        tables[0], tables[1], holdout=tables[2], target="size", provenance=Provenance(files), seed=1
    )


@pytest.fixture(scope="module")
def pdf(document: dict[str, Any]) -> PdfReader:
    return PdfReader(io.BytesIO(report_pdf(document)))


def text_of(pdf: PdfReader, page: int | None = None) -> str:
    """Of a page, or all pages, in one line."""
    pages = pdf.pages if page is None else [pdf.pages[page]]
    return " ".join(" ".join(each.extract_text().replace(BREAK, "").split()) for each in pages)


def test_the_same_report_gives_the_same_bytes(document: dict[str, Any]) -> None:
    assert report_pdf(document) == report_pdf(copy.deepcopy(document))


def test_the_file_is_tagged_and_says_so(pdf: PdfReader) -> None:
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
    assert root["/Lang"] == "en" and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None and pdf.metadata.title == "Evaluation of synthetic rows"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert "/CreationDate" not in pdf.metadata


def test_every_drawing_says_what_it_shows(pdf: PdfReader, document: dict[str, Any]) -> None:
    drawn: list[str] = []

    def look(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        for each in node if isinstance(node, list) else [node]:
            if isinstance(each, dict):
                if each.get("/S") == "/Figure":
                    drawn.append(str(each.get("/Alt", "")))
                look(each.get("/K", []))
            elif isinstance(node, list) and hasattr(each, "get_object"):
                look(each)

    look(pdf.trailer["/Root"]["/StructTreeRoot"]["/K"])
    assert len(drawn) >= len(document["margins"]) + 3
    assert all(drawn) and any(each.startswith("Shares of rows by size") for each in drawn)


def test_the_data_of_a_chart_stand_below_it(pdf: PdfReader, document: dict[str, Any]) -> None:
    shown = text_of(pdf)
    margin = next(each for each in document["margins"] if each["column"] == "size")
    for place, real, made in zip(
        margin["places"], margin["real"], margin["synthetic"], strict=True
    ):
        assert f"{place} {percent(real)} {percent(made)}" in shown


def test_the_first_page_answers_three_questions(pdf: PdfReader, document: dict[str, Any]) -> None:
    page = text_of(pdf, 0)
    figures = {each["name"]: each for each in document["figures"]}
    for answer in document["questions"]:
        figure = figures[answer["figure"]]
        verdict = answer["verdict"][:1].upper() + answer["verdict"][1:]
        assert answer["title"] in page and verdict in page
        assert f"{figure['title']} {figure['value']:g}" in page
        assert f"{figure['low']:g} – {figure['high']:g}" in page
        assert answer["sentence"].split(";")[0] in page
    assert page.count("Ceiling (real rows)") == page.count("Floor (independent columns)") == 3


def test_pages_are_numbered_and_the_last_is_signed(pdf: PdfReader) -> None:
    last = len(pdf.pages)
    for place in range(last):
        assert f"{place + 1} of {last}" in text_of(pdf, place)
        assert "Evaluation of synthetic rows · #synthetic$.csv" in text_of(pdf, place)
    assert "For the data protection officer" in text_of(pdf)
    assert "ab" * 32 in text_of(pdf)
    assert text_of(pdf, last - 1).count("Signature") == 1


def test_hostile_texts_are_shown_as_they_are(pdf: PdfReader) -> None:
    shown = text_of(pdf).replace(" ", "")
    for each in HOSTILE[:2]:
        assert each.replace(" ", "") in shown
    assert "root:" not in shown


@pytest.mark.parametrize("name", UNKNOWN_SIGNS)
def test_signs_that_no_font_has_are_written_as_code_points(
    document: dict[str, Any], name: str
) -> None:
    hostile = copy.deepcopy(document)
    hostile["columns"][0]["name"] = hostile["margins"][0]["column"] = name
    hostile["margins"][0]["places"][0] = name
    shown = text_of(PdfReader(io.BytesIO(report_pdf(hostile))))
    for sign in name:
        assert sign in shown or f"⟨{ord(sign):04X}⟩" in shown
    assert "are written as ⟨code point⟩" in shown


def test_the_fonts_have_every_sign_that_is_not_replaced(document: dict[str, Any]) -> None:
    own = copy.deepcopy(document)
    signs = sorted(covered())
    own["notes"] = [" ".join(map(chr, signs[n : n + 500])) for n in range(0, len(signs), 500)]
    assert written(own)["notes"] == [written(each) for each in own["notes"]]
    assert len(signs) > 4000
    shown = text_of(PdfReader(io.BytesIO(report_pdf(own))))
    assert all(sign in shown for sign in "AÄŁΩЖא€≤⟨") and "⟨0" not in shown


def test_long_texts_end() -> None:
    assert len(written("x" * 10_000)) == 2000 and written(["é"]) == ["é"]


def test_a_report_without_figures_or_columns_has_its_pages(document: dict[str, Any]) -> None:
    empty = {
        **document,
        "figures": [],
        "columns": [],
        "margins": [],
        "pairs": {"distance": None},
        "threats": [{**each, "figures": []} for each in document["threats"]],
        "questions": [{**each, "figure": None} for each in document["questions"]],
    }
    kinds = [each["kind"] for each in report_pages(empty)["parts"]]
    assert kinds.count("answers") == 1 and "charts" not in kinds and kinds[-1] == "signature"
    assert report_pdf(empty).startswith(b"%PDF")


def test_a_report_of_made_tables_has_every_section() -> None:
    stages = [
        {
            "stage": "generate",
            "started_at": "2026-03-01T10:00:00+00:00",
            "finished_at": "2026-03-01T10:00:04+00:00",
        }
    ]
    held: MeasuredFact = {
        "table": "visits", "fact": "mean of paid", "declared": 20.0, "observed": 19.5,
        "tolerance": 0.1, "holds": False, "note": "far away",
    }  # fmt: skip
    tables = [{"name": "visits", "rows": ROWS, "files": [{"format": "csv", "sha256": "cd" * 32}]}]
    plan = compile_plan(load_definition(DOCUMENT).definition)
    made = made_report(plan, MadeTables(tables, [held], None, stages, None))
    found = PdfReader(io.BytesIO(report_pdf(made)))
    page, shown = text_of(found, 0), text_of(found)
    assert "Not every fact holds" in page and "No row of a table was read" in page
    assert "Not held: mean of paid" in page and "What no fact declares" in page
    for heading in ("Target", "Effects", "Columns", "Facts", "How it was made", "What remains"):
        assert heading in shown
    assert HOSTILE_MADE in shown and "1 stages in 4 s" in shown and "cd" * 32 in shown
    assert "are written as" not in shown


def test_an_installation_without_the_extra_says_what_to_do(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert can_write_pdf() and writable_formats() == ("json", "html", "pdf")
    monkeypatch.setitem(sys.modules, "typst", None)
    assert not can_write_pdf() and writable_formats() == ("json", "html")
    with pytest.raises(ImportError, match=r"pip install 'tablesmith\[pdf\]'"):
        report_pdf(document)
    with pytest.raises(ImportError, match=r"tablesmith\[pdf\]"):
        need_format("pdf")
    need_format("html")
