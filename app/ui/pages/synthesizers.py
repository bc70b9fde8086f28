"""Synthesizers: what was learned, and where model files of elsewhere are taken in."""

from __future__ import annotations

from nicegui import ui

from app.engine.synthesizers.registry import SYNTHESIZERS
from app.models.model_files import SUFFIX
from app.ui.client import Answer, ApiClient, Problem
from app.ui.model.comparing.side_by_side import MOST
from app.ui.model.moments import ago
from app.ui.parts.choices import quiet_tick
from app.ui.parts.dialogs import confirm
from app.ui.parts.frame import PATIENCE, frame, notify_error, with_error_page
from app.ui.parts.paged import PagedList, first_page
from app.ui.parts.tags import box, button, card, heading, link, paragraph, tag
from app.ui.parts.upload import Upload
from app.ui.request_context import api, root
from app.ui.uploads import SYNTHESIZERS as UPLOADS

PLACE = "/v1/synthesizers"
GONE = "Its file goes, too. Rows that were drawn from it stay."


@ui.page("/synthesizers", title="Synthesizers – Tablesmith", response_timeout=PATIENCE)
@with_error_page
async def synthesizers_page() -> None:
    client = api()
    first = await first_page(client, PLACE)
    with frame("Synthesizers", "/synthesizers", "page--narrow"):
        with box("top"):
            heading(1, "Synthesizers")
            link("New synthesis", f"{root()}/synthesis", "button button--primary", symbol="plus")
        paragraph("What was learned from real tables. Each draws as many rows as you want.", "lead")
        Synthesizers(client, first)


class Synthesizers:
    """The list, and a place for model files."""

    def __init__(self, client: ApiClient, first: Answer) -> None:
        self._api, self._root = client, root()
        self._ticked: list[str] = []
        with card("Learned"):
            with box("row row--end"):
                self._compare = button("", self._open_comparison)
                self._compare.set_visibility(False)
            self._list = PagedList("Synthesizers", client, PLACE, self._draw, self._empty)
        self._list.show(first)
        self._offer_comparison()
        with card("Take in a model file"):
            Upload(
                "Drop model files here",
                "Choose files",
                "Model files that another installation or the command line has made (.tsm). "
                "Nothing in them is executed.",
                f".{SUFFIX}",
                UPLOADS,
                self._stored,
            )

    def _draw(self, each: Answer) -> None:
        place = f"{self._root}/synthesizers/{each['id']}"
        with box("entry", role="listitem"):
            self._compare.set_visibility(True)
            quiet_tick(f"Compare {each['name']}", lambda on: self._tick(each["id"], on))
            with box("grow"):
                link(each["name"], place, "job__name")
                paragraph(said_of(each), "quiet small")
            tag("span", ago(each["created_at"]), "quiet small")

            async def remove() -> None:
                if await delete_synthesizer(self._api, each["id"], each["name"]):
                    await self._reload()

            label = f"Delete {each['name']}"
            button("", remove, kind="quiet", symbol="trash", label=label)

    def _empty(self) -> None:
        with box("empty"):
            paragraph("None yet. Upload a table and train on it.")
            link("To the sources", f"{self._root}/sources", "button button--primary")

    async def _stored(self, _: str) -> None:
        await self._reload()

    async def _reload(self) -> None:
        """The list without a tick."""
        self._ticked.clear()
        self._offer_comparison()
        await self._list.reload()

    def _tick(self, synthesizer_id: str, on: bool) -> None:
        self._ticked = [each for each in self._ticked if each != synthesizer_id]
        self._ticked += [synthesizer_id] * on
        self._offer_comparison()

    def _offer_comparison(self) -> None:
        ticked = len(self._ticked)
        ready = 2 <= ticked <= MOST
        why = f"No more than {MOST} can be compared" if ticked > MOST else "Tick two to compare"
        self._compare.set_text("Compare" if ready else why)
        self._compare.props(remove="disabled") if ready else self._compare.props("disabled")

    def _open_comparison(self) -> None:
        ui.navigate.to(f"{self._root}/compare/models?synthesizers={','.join(self._ticked)}")


def said_of(synthesizer: Answer) -> str:
    """`Sequential boosted trees, 20 columns, 800 rows`."""
    found = synthesizer["description"]
    kind = found["synthesizer"]
    label = SYNTHESIZERS[kind].label if kind in SYNTHESIZERS else kind
    return f"{label}, {len(found['columns']):,} columns, {found['rows']:,} rows"


async def delete_synthesizer(client: ApiClient, synthesizer_id: str, name: str) -> bool:
    """Delete a synthesizer once the person agrees; whether it is gone."""
    if not await confirm(f"Delete {name}?", GONE, "Delete"):
        return False
    try:
        await client.ask("DELETE", f"{PLACE}/{synthesizer_id}")
    except Problem as problem:
        notify_error(problem)
        return False
    return True
