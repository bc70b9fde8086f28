"""How far a job is, and the stages it has gone through."""

from __future__ import annotations

from datetime import UTC, datetime

from app.ui.client import Answer
from app.ui.model.progress import Pace, duration
from app.ui.parts.status import ENDED, unmet
from app.ui.parts.tags import box, card, icon, paragraph, tag
from app.ui.toolkit.elements import Tag

STAGES = {
    "load": "Read the definition",
    "prepare": "Prepare",
    "build": "Encode",
    "train": "Learn",
    "generate": "Make rows",
    "assemble": "Put files together",
    "report": "Measure what holds",
    "deliver": "Deliver",
}
# What jobs of other kinds than declared tables call otherwise, and what their stages count.
OTHER_STAGES = {
    "train": {
        "load": "Find the source",
        "prepare": "Read and treat the columns",
        "report": "Store the model",
    },
    "synthesize": {"load": "Read the model"},
    "evaluate": {"load": "Find the tables", "report": "Judge, and write the report"},
}
UNITS = {"train": "columns"}
FACES = {
    "succeeded": "progress--ended",
    "failed": "progress--failed",
    "cancelled": "progress--cancelled",
}


class ProgressCard:
    """A bar, a sentence, and the stages with their durations."""

    def __init__(self, kind: str) -> None:
        self._stage_names = STAGES | OTHER_STAGES.get(kind, {})
        self._unit = UNITS.get(kind, "rows")
        with card("Progress"):
            self._bar = box(
                "progress",
                role="progressbar",
                aria_label=self._unit.capitalize(),
                aria_valuemin=0,
                aria_valuemax=100,
            )
            with self._bar:
                self._filled = box()
            self._said = paragraph("", "quiet")
            self._stages = box("timeline", "ol")
        self._timeline: list[tuple[str, str]] = []
        self._times: list[Tag] = []

    def show(self, job: Answer, pace: Pace) -> None:
        share = 1.0 if job["status"] == "succeeded" else pace.share
        self._filled.style(f"width: {share:.1%}")
        self._bar.props(f"aria-valuenow={round(100 * share)}")
        self._bar.classes(add="progress--unmet" if unmet(job) else FACES.get(job["status"], ""))
        self._said.set_text(self._sentence(job, pace))
        self._show_stages(job)

    def _show_stages(self, job: Answer) -> None:
        """Stages are drawn when they come and end; in between, only the last one's time goes on."""
        faces = [(each["stage"], _face(each, job)) for each in job["timeline"]]
        if faces != self._timeline:
            self._timeline = faces
            self._stages.clear()
            with self._stages:
                self._times = [
                    _stage(self._stage_names.get(name, name), face) for name, face in faces
                ]
        for stage, shown in zip(job["timeline"], self._times, strict=True):
            shown.set_text(duration(_seconds(stage["started_at"], stage["finished_at"])))

    def _sentence(self, job: Answer, pace: Pace) -> str:
        if job["status"] == "queued":
            return "Waiting for its turn."
        if job["status"] in ENDED:
            return f"Took {duration(_seconds(job['created_at'], job['finished_at']))}."
        if not pace.seen:
            return "Starting."
        name = self._stage_names.get(pace.stage, pace.stage)
        said = f"{name}: {pace.seen[-1][1]:,} of {pace.total:,} {self._unit}"
        if pace.speed and self._unit == "rows":
            said += f", {pace.speed:,.0f} rows/s"
        if pace.left:
            said += f", about {duration(pace.left)} left"
        return f"{said}."


def _face(stage: Answer, job: Answer) -> str:
    """The symbol of a stage; the last one of a job that broke off did not get to its end."""
    if job["status"] in {"failed", "cancelled"} and stage == job["timeline"][-1]:
        return "cross"
    return "check" if stage["finished_at"] else ""


def _stage(name: str, face: str) -> Tag:
    """A stage of the timeline; where its duration stands."""
    with tag("li", "", "timeline__broken" if face == "cross" else ""):
        if face:
            icon(face)
        tag("span", name)
        return tag("span", "", "quiet")


def _seconds(start: str, end: str | None) -> float:
    finished = datetime.fromisoformat(end) if end else datetime.now(UTC)
    return max(0.0, (finished - datetime.fromisoformat(start)).total_seconds())
