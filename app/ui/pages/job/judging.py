"""An evaluation of a finished table by real rows, asked for by click."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from app.ui.client import Answer, ApiClient, Problem
from app.ui.parts.faults import problem_notes
from app.ui.parts.field import Field
from app.ui.parts.listing import read_list
from app.ui.parts.tags import box, button, card, paragraph
from app.ui.request_context import root

NONE = {"": "none"}
ABOUT = (
    "The rows are compared with real ones: how like they are, what they are worth and, where real "
    "rows are named that were not learned, whom they give away. Wants a key that may read sources."
)


async def draw_judging(job: Answer, client: ApiClient) -> None:
    """A card with the choices; nothing where there is no real table, or not one table to judge."""
    if len(job["result"]["tables"]) != 1:
        return
    try:
        sources = await read_list(client, "/v1/sources")
        model = await _model(job, client)
    except Problem:
        return
    ready = {each["id"]: str(each["name"]) for each in sources if each["status"] == "ready"}
    if ready:
        with card("Judge these rows"):
            Judging(job, client, ready, model)


async def _model(job: Answer, client: ApiClient) -> dict[str, str]:
    """The `source` and the `target` of the model that drew the rows, as far as they are known."""
    asked = job["schema"] or {}
    if "synthesizer" not in asked:
        return {"source": asked.get("source") or "", "target": ""}
    try:
        found = await client.ask_large("GET", f"/v1/synthesizers/{asked['synthesizer']}")
    except Problem as problem:
        if problem.status != 404:
            raise
        return {"source": "", "target": ""}
    return {
        "source": found["source"] or "",
        "target": found["description"]["target"] or "",
    }


class Judging:
    """The real tables, the target, and a button."""

    def __init__(
        self, job: Answer, client: ApiClient, ready: dict[str, str], model: dict[str, str]
    ) -> None:
        self._job, self._api, self._root = job, client, root()
        real = model["source"] if model["source"] in ready else next(iter(ready))
        paragraph(ABOUT, "quiet small")
        with box("fields fields--half"):
            self._real = Field("Real table", real, kind="choice", options=ready)
            hint = "Set aside before anything was learned."
            self._holdout = Field(
                "Rows that were not learned", "", kind="choice", options=NONE | ready, hint=hint
            )
            hint = "A column that models are to predict."
            self._target = Field("Target", model["target"], hint=hint, placeholder="none")
        self._said = box("notes", role="status")
        with box("row row--end"):
            button("Judge them", self._submit, kind="primary", symbol="play")

    def _request(self) -> dict[str, Any]:
        chosen = {"holdout": self._holdout.value, "target": self._target.value.strip()}
        return {
            "kind": "evaluate",
            "real": self._real.value,
            "synthetic": self._job["id"],
            **{key: value for key, value in chosen.items() if value},
        }

    async def _submit(self) -> None:
        self._said.clear()
        try:
            job = await self._api.submit(self._request())
        except Problem as problem:
            with self._said:
                problem_notes(problem)
            return
        ui.navigate.to(f"{self._root}/jobs/{job['id']}")
