"""Declared beside observed."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui.model.results import Fact, sort_facts, titled, value_text
from app.ui.parts.tags import box, card, icon, paragraph, tag
from app.ui.wording import plain


def draw_facts(facts: Sequence[Fact]) -> None:
    """Every fact with its mark; plain checks folded away."""
    found = sort_facts(titled(facts))
    with card("Declared facts"):
        said = (
            f"All {found.number} hold."
            if not found.broken
            else f"{len(found.broken)} of {found.number} do not hold."
        )
        paragraph(said, "quiet")
        with box(role="list", aria_label="Facts"):
            with box("fact fact--head", aria_hidden="true"):
                for head in ("", "Fact", "Declared", "Observed"):
                    tag("span", head, "number" if head in {"Declared", "Observed"} else "")
            for fact in (*found.broken, *found.informative):
                _fact(fact)
        if found.plain:
            with tag("details"):
                tag("summary", f"{len(found.plain)} checks that found nothing wrong")
                with box(role="list", aria_label="Checks"):
                    for fact in found.plain:
                        _fact(fact)


def _fact(fact: Fact) -> None:
    holds = fact["holds"]
    with box("fact", role="listitem"):
        with tag("span", "", "fact__mark" if holds else "fact__mark fact__mark--bad"):
            icon("check" if holds else "cross")
            tag("span", "holds" if holds else "does not hold", "reader")
        with box("grow"):
            tag("span", plain(str(fact["fact"])))
            if fact.get("note"):
                tag("div", plain(str(fact["note"])), "quiet small")
        with box("number", data_name="declared"):
            tag("span", value_text(fact["declared"]))
            if fact.get("tolerance"):
                tag("div", f"± {value_text(fact['tolerance'])}", "quiet small")
        tag("span", value_text(fact["observed"]), "number", data_name="observed")
