"""What the definition makes: rows, histograms, rules, and the dial."""

from __future__ import annotations

from typing import Any

from app.ui.pages.design.editor_state import EditorState
from app.ui.pages.design.target_metric import TargetMetric
from app.ui.parts.drawing import MOST_COLUMNS, PlotGrid, html, plot, records
from app.ui.parts.faults import FaultNotes
from app.ui.parts.rules import rules_html, scorecard_html, segments_svg
from app.ui.parts.tags import box, card, paragraph

SHOWN = 20


class Live:
    """Follows the findings; while there are faults it shows what was there before, paler."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        self._warnings = FaultNotes("warn")
        with box("stack fresh") as self._box:
            TargetMetric(state)
            with card("First rows"):
                self._said = paragraph("They appear as soon as the definition is whole.", "quiet")
                self._rows = html("", "scroll", tabindex=0, role="region", aria_label="First rows")
            with card("Distributions"):
                self._plots = PlotGrid()
                self._left_out = paragraph("", "quiet small")
            with card("Rules") as self._rules:
                paragraph(
                    "What the target depends on: the segments that hold most rows, then the points "
                    "that say the rest.",
                    "quiet small",
                )
                self._segments = html("")
                self._tree = html("", "tree")
                self._score = html("", "stack stack--tight")
        self._rows.set_visibility(False)
        self._left_out.set_visibility(False)
        self._rules.set_visibility(False)
        state.controller.on_checked.append(self._show)

    def _show(self) -> None:
        findings = self._state.controller.findings
        self._warnings.show(findings.warnings)
        if not findings.is_usable:
            self._box.classes(add="fresh--stale")
            return
        self._box.classes(remove="fresh--stale")
        self._show_rows(findings.preview or {})
        self._show_rules(findings.plan or {})

    def _show_rows(self, preview: dict[str, Any]) -> None:
        tables = preview.get("tables", {})
        rows: list[dict[str, Any]] = tables.get(self._state.table_name) or next(
            iter(tables.values()), []
        )
        seed = preview.get("seed")
        given = self._state.controller.draft.get("seed")
        with_seed = f"with seed {seed}" if given else "with a seed drawn for this page"
        self._said.set_text(f"The first {min(SHOWN, len(rows))} rows, {with_seed}.")
        self._rows.set_visibility(bool(rows))
        self._rows.set_content(records(rows[:SHOWN], "First rows"))
        looks = list(self._state.looks.items())
        self._plots.show({name: plot(name, found) for name, found in looks[:MOST_COLUMNS]})
        self._left_out.set_text(f"The first {MOST_COLUMNS} of {len(looks)} columns are shown.")
        self._left_out.set_visibility(len(looks) > MOST_COLUMNS)

    def _show_rules(self, plan: dict[str, Any]) -> None:
        rules = plan.get("rules") or []
        otherwise = plan.get("else") or {}
        self._rules.set_visibility(bool(rules or otherwise))
        if not (rules or otherwise):
            return
        positive = self._state.controller.draft.purpose.positive
        self._segments.set_content(segments_svg(rules, otherwise, positive))
        self._tree.set_content(rules_html(rules, otherwise, positive))
        self._score.set_content(scorecard_html(otherwise, positive))
