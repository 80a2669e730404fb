"""Waiting for a fact instead of for a time."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 30.0


async def until(
    fact: Callable[[], Any], *, seconds: float = PATIENCE_SECONDS, every: float = 0.02
) -> Any:
    """Return what `fact` says as soon as it is true; fail when it never is."""
    give_up = time.monotonic() + seconds
    while True:
        found = fact()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        if time.monotonic() > give_up:
            raise AssertionError(f"it did not become true within {seconds:.0f} seconds")
        await asyncio.sleep(every)
