"""What page one says of made tables: whether they hold what was declared, what they are good for,
and whether they give anyone away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.engine.conformance import unmet_facts
from app.engine.evaluation.documents import MeasuredFact, VerificationDocument
from app.engine.evaluation.measure import PRIVACY, QUESTIONS, USE
from app.engine.evaluation.metrics import METRICS
from app.engine.plan.explanation import TargetExplanation
from app.engine.reports.verdicts import NOT_TESTED, Answer

HELD = "held"
HELD_TITLE = "Does the data hold what was declared?"
ASKED_TITLE = "Does the data hold what was asked for?"
HOLDS, HOLDS_NOT = "every fact holds", "not every fact holds"
AS_ASKED, NOT_AS_ASKED, NOTHING_ASKED = "as asked for", "not as asked for", "nothing was asked for"
NO_ROW_READ = "no row of a table was read"
NAMED = 3  # unmet facts that page one names

NOT_MEASURED = "The finished files were not measured."
UNASKED = (
    "What no fact says. Rows of a model are like those that it learned as far as its figures show."
)
UNDECLARED = (
    "What no fact declares. How columns go together where no correlation, association, formula, "
    "constraint, rule or target speaks of them is as chance has it."
)
NO_TASK = "The definition names no target, so there is no task to be useful for."
NO_REAL_ROWS = (
    "How a model that was trained on these rows does on real ones: there were none to try it on."
)
NO_MODEL = "No model was trained on the rows; a job with `verify` trains one."
NO_TABLE = (
    "This program read no table while it made the rows: every value was drawn by chance from the "
    "distributions, lists and rules that stand in the definition. Whether the definition was "
    "derived from a table is for its author to know."
)
UNKNOWN_SOURCE = "How these rows were made is not known, and nothing was measured."
WRITTEN = (
    "What the definition itself says, such as shares, labels and bounds, also where they are those "
    "of a real table, as in a profile. Labels, and rows of lookup tables, are in the files as they "
    "stand there; and a made name, address or number may by chance be that of somebody."
)


def held_answer(facts: Sequence[MeasuredFact], *, is_declared: bool = True) -> dict[str, Any]:
    """Whether what was declared, or asked of a model alone, holds."""
    found = _held(facts, UNDECLARED if is_declared else UNASKED)
    return found if is_declared else {**found, "title": ASKED_TITLE}


def _held(facts: Sequence[MeasuredFact], not_tested: str) -> dict[str, Any]:
    if not facts:
        return _answer(HELD, NOT_TESTED, NOT_MEASURED, (NOT_MEASURED,))
    unmet = unmet_facts(facts)
    exact = sum(fact["tolerance"] == 0 for fact in facts)
    shown = (
        ("facts", f"{len(facts):,}"),
        ("hold", f"{len(facts) - len(unmet):,}"),
        ("do not hold", f"{len(unmet):,}"),
        ("with no tolerance at all", f"{exact:,}"),
    )
    said = "Each fact was measured once more in the finished files"
    if not unmet:
        said += "; none lies farther from what was asked for than its tolerance."
        return _answer(HELD, HOLDS, said, (not_tested,), shown)
    rest = f", and {len(unmet) - NAMED} more" if len(unmet) > NAMED else ""
    said += f". Not held: {'; '.join(unmet[:NAMED])}{rest}."
    return _answer(HELD, HOLDS_NOT, said, (not_tested,), shown)


def use_answer(
    table: str | None,
    target: str | None,
    explained: TargetExplanation | None,
    facts: Sequence[MeasuredFact],
    verification: VerificationDocument | None,
) -> dict[str, Any]:
    """What can be predicted in the data, beside what was asked for.

    Args:
        table: that has a target; None where none has.
        target: the column to predict; None where there is none.
        explained: the plan of the target.
    """
    if table is None or target is None or explained is None:
        return _answer(USE, NOT_TESTED, NO_TASK, (NO_TASK,))
    metric, reached = next(iter(explained["expected"].items()))
    label = METRICS[metric].label if metric in METRICS else metric
    fact = _dial(facts, table, metric, target)
    trained = None if verification is None else dict(verification).get(metric)
    shown = [] if fact is None else [(f"{label} asked for", _number(fact["declared"]))]
    best = reached if fact is None or fact["observed"] is None else fact["observed"]
    shown.append((f"{label} that can be reached", _number(best)))
    if trained is not None:
        shown.append((f"{label} of a trained model", _number(trained)))
    word = NOTHING_ASKED if fact is None else AS_ASKED if fact["holds"] else NOT_AS_ASKED
    said = f"A model that knows the rules predicts {target} with {label} {_number(best)}"
    said += "." if fact is None else f"; {_number(fact['declared'])} was asked for."
    if verification is not None and trained is not None:
        said += (
            f" A model that saw {verification['rows_trained']:,} of the rows and nothing else "
            f"reaches {_number(trained)} on {verification['rows_tested']:,} others."
        )
    open_ends = (NO_REAL_ROWS,) if trained is not None else (NO_REAL_ROWS, NO_MODEL)
    return _answer(USE, word, said, open_ends, shown)


def nobody_answer() -> dict[str, Any]:
    """That of data of which every value was declared."""
    return _answer(PRIVACY, NO_ROW_READ, NO_TABLE, (WRITTEN,))


def unknown_answer() -> dict[str, Any]:
    """That of rows of which nobody knows where they come from."""
    return _answer(PRIVACY, NOT_TESTED, UNKNOWN_SOURCE, (UNKNOWN_SOURCE,))


def _dial(
    facts: Sequence[MeasuredFact], table: str, metric: str, target: str
) -> Mapping[str, Any] | None:
    """The fact that says how well the target can be predicted; None where none was declared."""
    words = f"best possible {metric} of {target}"
    own = (fact for fact in facts if fact["table"] == table)
    return next((fact for fact in own if fact["fact"] == words), None)


def _answer(
    question: str,
    verdict: str,
    sentence: str,
    not_tested: tuple[str, ...],
    shown: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    title = QUESTIONS.get(question, HELD_TITLE)
    own = asdict(Answer(question, title, verdict, None, sentence, not_tested))
    return {**own, "shown": [list(each) for each in shown]}


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)
