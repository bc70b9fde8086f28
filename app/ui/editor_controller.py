"""A draft under work and what the API says of it: the controller behind the schema page."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.ui.client import Answer, Document, Fault, Problem
from app.ui.model.draft import Draft
from app.ui.model.histograms import Histogram, named

CHECK_AFTER = 0.3  # seconds after the last change
PREVIEW_ROWS = 500
MOST_CELLS, FEWEST_ROWS = 50_000, 20
MOST_SEED = 2**31
NO_KEY = 401


class Checker(Protocol):
    """What the controller asks the API for."""

    async def both_spellings(self, source: Document | str) -> Answer: ...
    async def validate(self, document: Document) -> Answer: ...
    async def compile(self, document: Document) -> Answer: ...
    async def preview(self, document: Document, rows: int) -> Answer: ...


@dataclass(frozen=True)
class Findings:
    """What the API said of one state of the draft; `plan` and `preview` are there where it is
    without faults, and what the preview looks like by table and column; `assessment` is what
    learning a source with it takes."""

    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    plan: dict[str, Any] | None = None
    preview: dict[str, Any] | None = None
    looks: Mapping[str, Mapping[str, Histogram]] = field(default_factory=dict)
    assessment: Answer | None = None
    trouble: str = ""
    wants_key: bool = False

    @property
    def is_usable(self) -> bool:
        return not self.faults and not self.trouble


Listener = Callable[[], None]
Look = Callable[[Document], Awaitable[Findings]]


@dataclass(eq=False)
class EditorController:
    """Changes come in from views; findings go out to listeners, in this order.

    `on_checked` is called when the findings are new, `on_text` when the YAML is, `on_replaced` when
    the document is another one, so that every view has to be redrawn. Without `makes` it is
    checked only, and not compiled and previewed. Documents of another language than that of
    declared tables are looked at by `look`.

    Where the document has no seed, previews are drawn with `seed`, so that from one change to the
    next nothing but what was changed looks different.
    """

    api: Checker
    draft: Draft
    makes: bool = True
    look: Look | None = None
    findings: Findings = field(default_factory=Findings)
    yaml: str = ""
    yaml_faults: tuple[Fault, ...] = ()
    on_checked: list[Listener] = field(default_factory=list)
    on_text: list[Listener] = field(default_factory=list)
    on_replaced: list[Listener] = field(default_factory=list)
    seed: int = field(default_factory=lambda: secrets.randbelow(MOST_SEED))
    _checking: asyncio.Task[None] | None = None
    _watched: bool = False
    _unspelled: bool = True
    _unchecked: bool = True
    _stale: bool = False
    _version: int = 0

    def __post_init__(self) -> None:
        self.yaml = self.draft.unread
        self._watched = bool(self.draft.unread)
        self._version = self.draft.version

    def changed(self) -> None:
        """The draft was changed by a field: check it once the person pauses. It takes the place of
        a text that could not be read."""
        self.yaml_faults, self.draft.unread = (), ""
        self._touch()
        self._check_soon()

    def replaced(self, document: Document) -> None:
        """Another document takes the place of the draft, which is put aside."""
        self.draft.put_aside(document)
        self._begin_anew()

    def bring_back(self) -> None:
        """The document that was put aside takes the place of the draft."""
        self.draft.bring_back()
        self._begin_anew()

    def watch(self) -> None:
        """Follow what other tabs do with the draft; catch up on what they did meanwhile."""
        self.draft.views.add(self)
        was_stopped = self._checking is None or self._checking.done()
        if self._version != self.draft.version:
            self.overtaken()
        elif self._unchecked and was_stopped:
            self.begin()

    def overtaken(self) -> None:
        """The draft was changed elsewhere: show it as it is, once that pauses."""
        self._version, self._stale = self.draft.version, True
        self._check_soon()

    def _touch(self) -> None:
        self.draft.views.add(self)
        self.draft.touched(self)
        self._version = self.draft.version

    def _check_soon(self) -> None:
        self._unspelled = self._unchecked = True
        self._start(self._catch_up(CHECK_AFTER))

    def _begin_anew(self) -> None:
        self._touch()
        self.yaml_faults = ()
        _tell(self.on_replaced)
        self._unspelled = self._unchecked = True
        self._start(self._catch_up(0))

    def typed(self, text: str) -> None:
        """The YAML was changed: read it, and draw everything from it where that can be done."""
        self.yaml = self.draft.unread = text
        self._start(self._read(text))

    def begin(self) -> None:
        """Look at the draft, or read once more the text that was left unread."""
        if self.draft.unread:
            self.typed(self.draft.unread)
        else:
            self._check_soon()

    def watch_text(self, *, on: bool) -> None:
        """Whether somebody looks at the YAML: the draft is spelled for those only."""
        self._watched = on
        if on and self._unspelled and not self.draft.unread:
            self._start(self._catch_up(0))

    def tell_again(self) -> None:
        """The same findings once more, for views that look at another part of them."""
        _tell(self.on_checked)

    async def settled(self) -> Findings:
        """The findings for the draft as it is now."""
        while self._checking is not None and not self._checking.done():
            await asyncio.wait([self._checking])
        return self.findings

    def close(self) -> None:
        """Nobody looks any more, for now at least."""
        self.draft.views.discard(self)
        self._stop()

    def end(self) -> None:
        """The page is gone, and with it everybody who listened."""
        self.close()
        for listeners in (self.on_checked, self.on_text, self.on_replaced):
            listeners.clear()

    def _stop(self) -> None:
        if self._checking is not None:
            self._checking.cancel()

    def _start(self, work: Awaitable[None]) -> None:
        """A check in the place of the one before, whose answer nobody needs any more."""
        self._stop()
        self._checking = asyncio.ensure_future(work)

    async def _read(self, text: str) -> None:
        await asyncio.sleep(CHECK_AFTER)
        try:
            document = (await self.api.both_spellings(text))["document"]
        except Problem as problem:
            self.yaml_faults = problem.faults or (Fault("document", str(problem)),)
            self._unspelled = False
            _tell(self.on_text)
            await self._catch_up(0)
            return
        self.yaml_faults = ()
        self.draft.replace(document)
        self._touch()
        self._unspelled, self._unchecked = False, True
        _tell(self.on_replaced)
        await self._catch_up(0)

    async def _catch_up(self, delay: float) -> None:
        """YAML and findings for the draft as it is, where they are still of an earlier one."""
        await asyncio.sleep(delay)
        if self._stale:
            self._stale = False
            _tell(self.on_replaced)
        document = self.draft.document
        if self._watched and self._unspelled:
            await self._spell(document)
            self._unspelled = False
            _tell(self.on_text)
        if self._unchecked:
            self.findings = await self._look(document)
            self._unchecked = False
            _tell(self.on_checked)

    async def _spell(self, document: Document) -> None:
        try:
            self.yaml = (await self.api.both_spellings(document))["yaml"]
            self.yaml_faults = ()
        except Problem as problem:
            self.yaml_faults = problem.faults

    async def _look(self, document: Document) -> Findings:
        """Faults first; what the document makes only where it has none."""
        try:
            if self.look is not None:
                return await self.look(document)
            return await (self._make(document) if self.makes else self._validate(document))
        except Problem as problem:
            trouble = "" if problem.faults else str(problem)
            return Findings(problem.faults, trouble=trouble, wants_key=problem.status == NO_KEY)

    async def _validate(self, document: Document) -> Findings:
        await self.api.validate(document)
        return Findings()

    async def _make(self, document: Document) -> Findings:
        plan = await self.api.compile(document)
        rows = _rows_to_preview(self.draft)
        preview = await self.api.preview({"seed": self.seed, **document}, rows)
        warnings = tuple(Fault(**each) for each in preview["warnings"])
        looks = await asyncio.to_thread(_looks, preview)
        return Findings((), warnings, plan, preview, looks)


def _rows_to_preview(draft: Draft) -> int:
    """Fewer rows of a wide table: as many cells come to be shown."""
    columns = sum(len(table.columns()) for table in draft.tables())
    return max(FEWEST_ROWS, min(PREVIEW_ROWS, MOST_CELLS // max(1, columns)))


def _tell(listeners: Sequence[Listener]) -> None:
    for listener in listeners:
        listener()


def _looks(preview: Mapping[str, Any]) -> dict[str, dict[str, Histogram]]:
    return {
        table: {name: named(found) for name, found in columns.items()}
        for table, columns in preview["summary"].items()
    }
