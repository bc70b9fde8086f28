"""Where a job that learns or draws comes from, and where its like is asked for."""

from __future__ import annotations

from app.ui.client import Answer
from app.ui.parts.tags import link
from app.ui.request_context import root

# By kind: the key of what a job works from, its pages, and what they are called.
ORIGINS = {
    "train": ("source", "sources", "Its source"),
    "synthesize": ("synthesizer", "synthesizers", "Its synthesizer"),
    "evaluate": ("real", "sources", "The real table"),
}


def draw_origin(job: Answer) -> None:
    """A link to the source or synthesizer of a job; nothing for one of a declared definition."""
    if job["kind"] in ORIGINS:
        key, pages, name = ORIGINS[job["kind"]]
        link(name, f"{root()}/{pages}/{job['schema'][key]}")


def place_to_change(job: Answer) -> str:
    """The page where a job's like is asked for; empty where that is the draft of a table."""
    if job["kind"] not in ORIGINS:
        return ""
    key, pages, _ = ORIGINS[job["kind"]]
    asked = job["schema"][key]
    return f"/synthesis?{key}={asked}" if job["kind"] == "synthesize" else f"/{pages}/{asked}"
