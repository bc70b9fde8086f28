"""The watchdog counts how long the loop was held, and says by what."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry

from app.service.service import Service
from app.telemetry.watchdog import QUIET_SECONDS, Watchdog
from tests.services import until

pytestmark = pytest.mark.anyio

LAG = "tablesmith_event_loop_lag_seconds"
LONGEST = "tablesmith_event_loop_longest_lag_seconds"


def hold_the_loop(seconds: float) -> None:
    time.sleep(seconds)


def held_lines(logged: list[Any]) -> list[Any]:
    return [line for line in logged if line["event"] == "event loop held"]


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, labels) or 0.0


async def test_a_held_loop_is_counted_and_its_holder_named(logged: list[Any]) -> None:
    registry = CollectorRegistry()
    watchdog = Watchdog(registry, threshold=0.05)
    watchdog.start()
    await until(lambda: value(registry, f"{LAG}_count") > 0)
    hold_the_loop(0.6)
    await until(lambda: value(registry, LONGEST) > 0.5)
    await watchdog.stop()
    slow = value(registry, f"{LAG}_count") - value(registry, f"{LAG}_bucket", le="0.5")
    assert slow >= 1
    assert any("hold_the_loop" in name for line in held_lines(logged) for name in line["frames"])


async def test_a_held_loop_is_told_in_text_as_well(logged: list[Any]) -> None:
    watchdog = Watchdog(CollectorRegistry(), threshold=0.05)
    watchdog.start()
    hold_the_loop(0.6)
    await until(lambda: bool(held_lines(logged)))
    await watchdog.stop()
    line = {**held_lines(logged)[0]}
    assert "hold_the_loop" in str(structlog.dev.ConsoleRenderer()(None, "warning", line))


async def test_the_longest_lag_never_falls() -> None:
    registry = CollectorRegistry()
    watchdog = Watchdog(registry)
    watchdog.start()
    hold_the_loop(0.3)
    await until(lambda: value(registry, LONGEST) > 0.2)
    longest = value(registry, LONGEST)
    beats = value(registry, f"{LAG}_count")
    await until(lambda: value(registry, f"{LAG}_count") > beats + 3)
    await watchdog.stop()
    assert value(registry, LONGEST) >= longest


async def test_the_log_has_a_line_once_in_a_while(logged: list[Any]) -> None:
    watchdog = Watchdog(CollectorRegistry(), threshold=0.02)
    started = time.monotonic()
    watchdog.start()
    for _ in range(5):
        hold_the_loop(0.2)
        await asyncio.sleep(0.03)
    await watchdog.stop()
    most = 1 + (time.monotonic() - started) // QUIET_SECONDS
    assert 1 <= len(held_lines(logged)) <= most


async def test_the_log_names_functions_and_no_values(logged: list[Any]) -> None:
    def busy(canary: str) -> None:
        time.sleep(0.3 + 0 * len(canary))

    watchdog = Watchdog(CollectorRegistry(), threshold=0.05)
    watchdog.start()
    busy("Kanarie7vogel")
    await watchdog.stop()
    assert held_lines(logged)
    assert "Kanarie7vogel" not in str(held_lines(logged))


async def test_a_service_is_watched_until_it_stops(service: Service) -> None:
    assert any(thread.name == "watchdog" for thread in threading.enumerate())
    text = (await service.metrics()).decode()
    assert f"# TYPE {LAG} histogram" in text
    assert f"# TYPE {LONGEST} gauge" in text
    await service.stop()
    assert not any(thread.name == "watchdog" for thread in threading.enumerate())


def test_it_works_under_uvloop() -> None:
    uvloop = pytest.importorskip("uvloop")
    registry = CollectorRegistry()

    async def main() -> None:
        watchdog = Watchdog(registry)
        watchdog.start()
        hold_the_loop(0.3)
        await until(lambda: value(registry, LONGEST) > 0.2)
        await watchdog.stop()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    assert value(registry, LONGEST) > 0.2
