"""All jobs: filtered, renamed, run again, deleted, some of them compared."""

from __future__ import annotations

from nicegui import ui

from app.ui.client import Answer, Problem
from app.ui.model.comparing.side_by_side import MOST
from app.ui.pages.history.line import JobLine
from app.ui.parts.field import Field
from app.ui.parts.frame import PATIENCE, frame, notify_error, with_error_page
from app.ui.parts.status import STATES
from app.ui.parts.tags import box, button, card, heading, link, paragraph
from app.ui.request_context import api, root

PAGE = 50
LOOK_AGAIN = 2.0  # seconds
MOST_LOOKED_AT = 10
NOT_FOUND = 404
ALL = {"": "all states"} | {state: text for state, (text, _) in STATES.items()}


@ui.page("/jobs", title="Tables – Tablesmith", response_timeout=PATIENCE)
@with_error_page
async def history_page() -> None:
    first = await api().jobs(limit=PAGE)
    with frame("Tables", "/jobs"):
        with box("top"):
            heading(1, "Tables")
            link("New table", f"{root()}/", "button button--primary", symbol="plus")
        History(first)


class History:
    """The list with its filters; two ticked tables can be compared, and several models and
    evaluations."""

    def __init__(self, first: Answer) -> None:
        self._api, self._root = api(), root()
        self._status, self._words = "", ""
        self._ticked: list[str] = []
        with card():
            with box("row row--apart"):
                with box("row grow"):
                    Field("Search", "", self._search, placeholder="part of a name")
                    Field("State", "", self._filter, kind="choice", options=ALL)
                self._compare = button("", self._open_comparison)
            self._box = box("jobs", role="list", aria_label="Tables")
            self._none = paragraph("", "quiet")
            self._more = button("Show more", self._show_more, kind="quiet")
        self._lines: list[JobLine] = []
        self._take(first)
        ui.timer(LOOK_AGAIN, self._look)

    async def _look(self) -> None:
        """Jobs that were not at their end when they were last looked at."""
        for line in [each for each in self._lines if each.is_running][:MOST_LOOKED_AT]:
            try:
                line.show(await self._api.job(line.id))
            except Problem as problem:
                if problem.status != NOT_FOUND:
                    return
                line.is_running = False
                line.element.delete()

    def _take(self, page: Answer, *, more: bool = False) -> None:
        if not more:
            self._box.clear()
            self._lines = []
            self._ticked.clear()
            self._offer_comparison()
        with self._box:
            for job in page["items"]:
                self._lines.append(JobLine(job, self._api, self._tick, self._reload))
        self._cursor = page["next_cursor"]
        self._more.set_visibility(bool(self._cursor))
        if not self._lines:
            self._draw_empty()
        self._show_matching()

    def _draw_empty(self) -> None:
        with self._box, box("empty"):
            paragraph("No tables yet." if not self._status else "No table is in this state.")
            link("Make one", f"{self._root}/", "button button--primary")

    def _search(self, words: str) -> None:
        self._words = words.casefold()
        self._show_matching()

    def _show_matching(self) -> None:
        matching = 0
        for line in self._lines:
            matches = self._words in line.name.casefold()
            line.element.set_visibility(matches)
            matching += matches
        more = " among those shown; there are more" if self._cursor else ""
        self._none.set_text(f"No table has this in its name{more}.")
        self._none.set_visibility(bool(self._lines) and not matching)

    async def _filter(self, status: str) -> None:
        self._status = status
        await self._reload()

    async def _reload(self) -> None:
        await self._load("")

    async def _show_more(self) -> None:
        await self._load(self._cursor or "")

    async def _load(self, cursor: str) -> None:
        try:
            page = await self._api.jobs(status=self._status, limit=PAGE, cursor=cursor)
        except Problem as problem:
            notify_error(problem)
            return
        self._take(page, more=bool(cursor))

    def _tick(self, job_id: str, on: bool) -> None:
        self._ticked = [each for each in self._ticked if each != job_id] + [job_id] * on
        self._offer_comparison()

    def _offer_comparison(self) -> None:
        ready = bool(self._comparison())
        self._compare.set_text("Compare" if ready else "Tick two to compare")
        self._compare.props(remove="disabled") if ready else self._compare.props("disabled")

    def _open_comparison(self) -> None:
        ui.navigate.to(f"{self._root}{self._comparison()}")

    def _comparison(self) -> str:
        """The page of what is ticked: two tables, or several models and evaluations; empty where
        there is none."""
        figures = {line.id: line.has_figures for line in self._lines}
        kinds = {figures[each] for each in self._ticked}
        if kinds == {True} and 2 <= len(self._ticked) <= MOST:
            return f"/compare/models?jobs={','.join(self._ticked)}"
        if kinds == {False} and len(self._ticked) == 2:
            left, right = self._ticked
            return f"/compare?left={left}&right={right}"
        return ""
