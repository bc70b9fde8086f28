"""The model that was trained on the finished data: how it does, and what it used."""

from __future__ import annotations

from app.ui.client import Answer
from app.ui.parts.curves import roc_plot
from app.ui.parts.drawing import html, labels
from app.ui.parts.tags import box, card, heading, paragraph


def draw_model(verified: Answer | None) -> None:
    """ROC curve and importances; nothing where no model was asked for."""
    if not verified:
        return
    with box("cards"):
        if verified["roc"]:
            with card("ROC curve"):
                auc = verified.get("auc")
                said = f"ROC curve of a trained model, AUC {auc:.3f}" if auc else "ROC curve"
                curve = verified["roc"]
                html(roc_plot(curve["false_positive_rate"], curve["true_positive_rate"], said))
                paragraph(_trained(verified), "quiet small")
        with card("What the model used"):
            _importances(verified)


def _importances(verified: Answer) -> None:
    found = verified["importance"][:12]
    html(labels([each["column"] for each in found], [each["share"] for each in found]))
    if verified["note"]:
        paragraph(str(verified["note"]), "quiet small")
    if not verified["roc"]:
        paragraph(_trained(verified), "quiet small")
    given = [each for each in verified["strengths"] if each.get("given") is not None]
    if given:
        heading(3, "Correlation that each effect was given")
        shown = [f"{each['subject']} ({each['declared']})" for each in given]
        html(labels(shown, [abs(each["given"]) for each in given], ".3f"))


def _trained(verified: Answer) -> str:
    return (
        f"Trained on {verified['rows_trained']:,} rows, tested on {verified['rows_tested']:,} "
        "that it had not seen."
    )
