"""The report of a job, to be downloaded in each of its formats."""

from __future__ import annotations

from app.engine.reports.writing import writable_formats
from app.ui.client import Answer
from app.ui.parts.tags import box, card, link, paragraph
from app.ui.request_context import root

FIRST = "html"
ABOUT = (
    "What was asked for beside what was made, on one page for those who use it or answer for it."
)


def draw_report(job: Answer) -> None:
    """A card with the downloads."""
    with card("Report"):
        report_links(job)
        paragraph(ABOUT, "quiet small")


def report_links(job: Answer) -> None:
    """Those that were made with the job, else all that are made when they are asked for; the one
    for people stands out."""
    made = {each["format"] for each in job["result"]["artifacts"] if each["name"] == "report"}
    shown = made or writable_formats()
    address = f"{root()}/downloads/jobs/{job['id']}/report"
    with box("downloads"):
        for name in sorted(shown, key=lambda each: each != FIRST):
            kind = "button--primary" if name == FIRST else "button--plain"
            link(
                f"Report ({name.upper()})", f"{address}?format={name}", f"button {kind}",
                symbol="download", download="",
            )  # fmt: skip
