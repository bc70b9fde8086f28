"""What the figures of an evaluation mean, what they do not show, and the questions they answer.

Each measure brings its own words; see `app.engine.evaluation.measures`.
"""

from __future__ import annotations

from app.engine.evaluation.measure import QUESTIONS, Meaning
from app.engine.evaluation.measures import ANSWERS, MEANINGS

__all__ = ["ANSWERS", "MEANINGS", "QUESTIONS", "Meaning"]
