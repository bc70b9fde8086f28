"""A synthesizer: what was learned, in which order, and what explains what."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from nicegui import ui

from app.engine.synthesizers.registry import SYNTHESIZERS
from app.ui.client import Answer, ApiClient, Problem
from app.ui.model.moments import ago
from app.ui.model.progress import size
from app.ui.model.values import show
from app.ui.pages.job.evaluated import draw_figures
from app.ui.pages.synthesizers import PLACE, delete_synthesizer, said_of
from app.ui.parts.dialogs import ask
from app.ui.parts.drawing import html
from app.ui.parts.explained import explained_html
from app.ui.parts.faults import note
from app.ui.parts.frame import PATIENCE, frame, notify_error, with_error_page
from app.ui.parts.tags import box, button, card, heading, link, paragraph, tag
from app.ui.request_context import api, root, session

ROWS = 1000
ORDER = {
    "sequential": "Each column is drawn given those above it. Beside it stands what says most of "
    "it: its share of what the trees add.",
    "copula": "Beside each column stand those that it is correlated with most.",
    "independent": "Each column is drawn by itself.",
}


@ui.page("/synthesizers/{synthesizer_id}", title="Synthesizer – Tablesmith",
         response_timeout=PATIENCE)  # fmt: skip
@with_error_page
async def synthesizer_page(synthesizer_id: str) -> None:
    client = api()
    found = await client.ask_large("GET", f"{PLACE}/{quote(synthesizer_id, safe='')}")
    with frame(found["name"], "/synthesizers"):
        Head(client, found)
        for each in found["description"]["warnings"]:
            note(f"{each}.", "warn")
        _figures(found)
        _evaluation(found["description"]["evaluation"])
        with box("learn"):
            _learned(found["description"])
            _settings(found)


class Head:
    """Name, where it comes from, and what can be done with it."""

    def __init__(self, client: ApiClient, found: Answer) -> None:
        self._api, self._found, self._root = client, found, root()
        with box("top"):
            with box("top__words"):
                self._name = heading(1, found["name"])
                paragraph(f"{said_of(found)}, {ago(found['created_at'])}", "quiet")
                self._origin()
            with box("row"):
                place = f"{self._root}/synthesis?synthesizer={found['id']}"
                link("New rows", place, "button button--primary", symbol="play")
                button("Declare facts", self._declare, kind="plain", symbol="table")
                file = f"{self._root}/downloads/synthesizers/{found['id']}/file"
                link("Model file", file, "button button--plain", symbol="download", download="")
                button("Rename", self._rename, kind="quiet")
                button("Delete", self._remove, kind="quiet", symbol="trash")

    def _origin(self) -> None:
        """The source and the job that it came from, which may be gone."""
        with box("row"):
            if self._found["source"]:
                link("Its source", f"{self._root}/sources/{self._found['source']}")
            if self._found["job"]:
                link("Its training", f"{self._root}/jobs/{self._found['job']}")
            if not (self._found["source"] or self._found["job"]):
                paragraph("Taken in as a model file.", "quiet small")

    def _declare(self) -> None:
        """Begin a definition whose rows this model draws."""
        draft = session().draft
        document = {"name": self._found["name"], "from": self._found["id"], "n_samples": ROWS}
        draft.put_aside({**document, "features": {}})
        draft.touched()
        ui.navigate.to(f"{self._root}/design")

    async def _rename(self) -> None:
        name = await ask("Rename", "Name", self._found["name"])
        if not name:
            return
        try:
            self._found = await self._api.ask(
                "PATCH", f"{PLACE}/{self._found['id']}", json={"name": name}
            )
        except Problem as problem:
            notify_error(problem)
            return
        self._name.set_text(self._found["name"])
        ui.page_title(f"{self._found['name']} – Tablesmith")

    async def _remove(self) -> None:
        if await delete_synthesizer(self._api, self._found["id"], self._found["name"]):
            ui.navigate.to(f"{self._root}/synthesizers")


def _figures(found: Answer) -> None:
    said = found["description"]
    trees = sum(each["trees"] for each in said["learned"])
    figures = [
        (f"{len(said['columns']):,}", "columns"),
        (f"{said['rows']:,}", "rows, where no number is asked for"),
        *([(f"{said['held_out']:,}", "rows set aside, not learned")] if said["held_out"] else []),
        (show(said["target"]) or "none", "target"),
        _protection(said["k"]),
        *([(f"{trees:,}", "trees")] if trees else []),
        (size(found["bytes"]), "model file"),
    ]
    with box("figures"):
        for value, name in figures:
            with box("figure"):
                tag("b", value)
                tag("span", name)


def _protection(k: int) -> tuple[str, str]:
    return (f"{k}", "rows that a value stands for, at least") if k > 1 else ("not", "protected")


def _evaluation(judged: Answer | None) -> None:
    """What it was found to be worth; nothing where no rows were set aside."""
    if judged is None:
        return
    with card("Beside rows that were not learned"):
        if judged["figures"]:
            draw_figures(judged["figures"])
        for each in judged["notes"]:
            paragraph(each, "quiet small")


def _learned(said: Answer) -> None:
    with card("Order of columns, and what explains what"):
        paragraph(ORDER.get(said["synthesizer"], ""), "quiet small")
        if said["learned"]:
            html(explained_html(said["learned"]))
        else:
            paragraph("This model is of an earlier version and does not say it.", "quiet")
        if said["rules"]:
            paragraph(f"Kept in every row: {'; '.join(said['rules'])}.", "quiet small")
        if said["made"]:
            paragraph(f"Made, not learned: {', '.join(said['made'])}.", "quiet small")


def _settings(found: Answer) -> None:
    said = found["description"]
    kind = said["synthesizer"]
    with card("How it was learned"):
        if kind in SYNTHESIZERS:
            paragraph(SYNTHESIZERS[kind].summary, "quiet")
        with box("facts-list", "dl"):
            for name, value in {**said["settings"], "seed": said["seed"], **_made(said)}.items():
                with box("facts-list__line"):
                    tag("dt", name.replace("_", " "))
                    tag("dd", show(value), "number")


def _made(said: Answer) -> dict[str, Any]:
    """When and with what it was made, as far as that was noted."""
    made = said["provenance"]
    versions = ", ".join(f"{name} {version}" for name, version in made["libraries"].items())
    known = {
        "fitted at": made["trained_at"],
        "seconds of fitting": made["seconds"],
        "versions": versions or None,
        "fingerprint of the source": made["fingerprint"] and made["fingerprint"][:16],
    }
    return {name: value for name, value in known.items() if value is not None}
