"""Ask several at once, and stop asking the others as soon as one cannot answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def together(**asked: Coroutine[Any, Any, Any]) -> dict[str, Any]:
    """Return all answers by their names, or raise the first error."""
    tasks = [asyncio.ensure_future(one) for one in asked.values()]
    try:
        answers = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        # Nobody else would ever look at what the others still raise.
        await asyncio.gather(*tasks, return_exceptions=True)
    return dict(zip(asked, answers, strict=True))
