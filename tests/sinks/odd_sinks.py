"""Sinks that do to their process what a driver might, given what a stranger's server sends."""

from __future__ import annotations

import logging
import os
import signal
import threading
from dataclasses import dataclass
from typing import Any, ClassVar

import structlog
from pydantic import BaseModel, SecretStr

from app.sinks.base import DeliveryAttempt, Receipt, TerminalSinkError, TransientSinkError
from app.sinks.failing import FailingSink


class Word(BaseModel):
    word: SecretStr


@dataclass
class Odd(FailingSink):
    """What it does is said by `target["do"]`."""

    foreign: ClassVar[bool] = True

    def deliver(
        self, files: Any, target: Any, credentials: BaseModel | None, attempt: DeliveryAttempt
    ) -> Receipt:
        word = credentials.word.get_secret_value() if isinstance(credentials, Word) else ""
        return _DEEDS[target["do"]](word, attempt)


def _fill(_word: str, _attempt: DeliveryAttempt) -> Receipt:
    held = [bytearray(16 << 20) for _ in range(1000)]
    return {"held": len(held)}


def _die(_word: str, _attempt: DeliveryAttempt) -> Receipt:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def _say(word: str, _attempt: DeliveryAttempt) -> Receipt:
    structlog.get_logger("driver").warning("said by structlog", text=f"<{word}>", count=3)
    thread = threading.Thread(target=logging.getLogger("driver").warning, args=(f"logs {word}",))
    thread.start()
    thread.join()
    return {"text": f"given {word}", "process": os.getpid()}


def _look_around(_word: str, _attempt: DeliveryAttempt) -> Receipt:
    return {"names": sorted(os.environ), "home": os.path.expanduser("~")}  # noqa: PTH111


def _shout(_word: str, _attempt: DeliveryAttempt) -> Receipt:
    for _ in range(100_000):
        structlog.get_logger("driver").warning("x" * 100_000)
    return {}


def _refuse(word: str, _attempt: DeliveryAttempt) -> Receipt:
    raise TransientSinkError(f"not now, {word}", 7.5)


def _lament(word: str, _attempt: DeliveryAttempt) -> Receipt:
    raise TerminalSinkError("no " * 1_000_000 + word)


def _break(word: str, _attempt: DeliveryAttempt) -> Receipt:
    raise ValueError(f"about {word}")


def _obey(_word: str, attempt: DeliveryAttempt) -> Receipt:
    attempt.stopping.wait(60)
    structlog.get_logger("driver").warning("rolled back")
    attempt.go_on()
    return {}


def _spin(_word: str, _attempt: DeliveryAttempt) -> Receipt:
    while True:
        pass


_DEEDS = {
    deed.__name__.removeprefix("_"): deed
    for deed in (_fill, _die, _say, _look_around, _shout, _refuse, _lament, _break, _obey, _spin)
}
