"""A service that answers nobody: it carries out jobs until it is asked to stop."""

from __future__ import annotations

import asyncio
import signal

import structlog

from app.service.service import Service
from app.settings import Settings

log = structlog.get_logger(__name__)


async def run_worker(settings: Settings) -> None:
    """Run the service until SIGTERM or SIGINT, then stop it in good order.

    Raises DatabaseUnavailable where the database cannot be reached at the start.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    service = Service(settings)
    await service.start()
    log.info("worker ready")
    try:
        await stopping.wait()
    finally:
        await service.stop()
    log.info("worker stopped")
