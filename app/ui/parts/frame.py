"""What stands around every page: the bar at the top, the colours, and answers to problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from nicegui import ui

from app.ui.client import Problem
from app.ui.parts.faults import sentence
from app.ui.parts.skeleton import skeleton
from app.ui.parts.tags import box, button, heading, link, paragraph, tag
from app.ui.request_context import root, session
from app.ui.shell import ASSETS, VERSION
from app.ui.toolkit.addresses import LATE_SCRIPT
from app.ui.toolkit.elements import Element, whole_page

# Seconds that a page may wait for the API.
PATIENCE = 30
HELP = "/help"
NEW = "/new"  # leads to the first page with nothing in it
PLACES = {
    "/": "New table",
    "/jobs": "Tables",
    "/sources": "Sources",
    "/synthesizers": "Synthesizers",
    "/connections": "Connections",
    "/keys": "Keys",
}


@contextmanager
def frame(title: str, here: str, classes: str = "") -> Iterator[Element]:
    """A page with a title; `here` is the place in the bar that it belongs to."""
    ui.page_title(f"{title} – Tablesmith")
    ui.add_head_html(
        f'<link rel="stylesheet" href="{root()}{ASSETS}/tablesmith.css?{VERSION}">'
        f'<link rel="modulepreload" href="{root()}{LATE_SCRIPT}">'
    )
    dark = ui.dark_mode(session().dark)
    link("Skip to content", "#content", "skip")
    with box("bar", "header"), box("bar__inner"):
        with link("", f"{root()}/", "brand", aria_label="Tablesmith, the table at hand"):
            tag("img", src=f"{root()}{ASSETS}/favicon.svg?{VERSION}", alt="", width=28, height=28)
            tag("span", "Tablesmith", "brand__name")
        with box("bar__places", "nav", aria_label="Pages"):
            for place, name in PLACES.items():
                current = {"aria_current": "page"} if place == here else {}
                address = NEW if place == "/" else place
                link(name, f"{root()}{address}", "bar__place", **current)
            current = {"aria_current": "page"} if here == HELP else {}
            link("Help", f"{root()}{HELP}", "bar__place", **current)
            link("API", f"{root()}/docs", "bar__place")
        button("", lambda: _switch(dark), kind="quiet", symbol="moon", label="Light or dark")
    with box(f"page {classes}", "main", id="content", tabindex="-1") as content:
        yield content
    ui.add_body_html(skeleton(whole_page(), dark=session().dark))


async def _switch(dark: ui.dark_mode) -> None:
    """The other colours, for this browser, until the session ends."""
    shown = await ui.run_javascript("document.body.classList.contains('body--dark')")
    session().dark = dark.value = not shown


def with_error_page(build: Callable[..., Any]) -> Callable[..., Any]:
    """A page that says what went wrong where the API refuses; without a key it asks for one."""

    @wraps(build)
    async def built(*arguments: Any, **named: Any) -> Any:
        try:
            return await build(*arguments, **named)
        except Problem as problem:
            if problem.status == 401:
                ui.navigate.to(f"{root()}/sign-in")
                return None
            with frame(problem.title, ""):
                heading(1, problem.title)
                paragraph(f"{sentence(str(problem))}.", "lead")
                with box("row"):
                    link("To all tables", f"{root()}/jobs", "button button--primary")
                    link("Start a new table", f"{root()}{NEW}", "button button--plain")
        return None

    return built


def notify_error(problem: Problem) -> None:
    """Say why the API refused, over the page."""
    why = sentence(" ".join(fault.text for fault in problem.faults) or str(problem))
    said = f"{problem.title}. {why}"
    ui.notify(said, type="negative", multi_line=True, close_button="Close")


def steps(now: int) -> None:
    """The way: setup, columns, table."""
    with box("steps", "ol", aria_label="Steps"):
        for number, (name, place) in enumerate(
            (("Setup", "/"), ("Columns", "/design"), ("Table", ""))
        ):
            current = {"aria_current": "step"} if number == now else {}
            with box("steps__step", "li", **current):
                tag("span", str(number + 1), "steps__number", aria_hidden="true")
                if place and number != now:
                    link(name, f"{root()}{place}")
                else:
                    tag("span", name)
