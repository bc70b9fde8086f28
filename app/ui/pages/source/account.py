"""The privacy account of a source: what may be spent, was spent and is left."""

from __future__ import annotations

from app.ui.client import Answer
from app.ui.parts.tags import card, paragraph

NOT_BOUNDED = {
    "rows": "rows were shown",
    "profile": "what was found in them was shown",
    "training": "they were learned without a budget",
    "evaluation": "synthetic rows were measured beside them",
    "completion": "they were completed or filled",
    "before": "they were there before accounts were kept",
}


class PrivacyAccount:
    """Nothing stands here where nothing may be spent."""

    def __init__(self, account: Answer) -> None:
        limit = account["epsilon_limit"]
        if limit is None and account["policy"] == "mixed":
            return
        with card("Privacy account"):
            if account["policy"] == "dp_only":
                paragraph("The rows are read with differential privacy alone.")
            if limit is not None:
                spent, left = (account[key]["epsilon"] for key in ("spent", "remaining"))
                paragraph(f"Of ε {limit:g} at δ {account['delta']:g}, {spent:.3f} is spent.")
                paragraph(f"One more execution may have ε {left:.3f}.")
            if account["unbounded"]:
                seen = "; ".join(NOT_BOUNDED[each] for each in account["unbounded"])
                paragraph(f"This bounds only what was learned by it: {seen}.", "quiet small")
