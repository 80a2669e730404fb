"""Safety classifiers to plug in: one for each way in which such a thing behaves."""

import threading
from collections.abc import Sequence

# Set at the end of a test, so that no thread of a sleeping classifier outlives it.
AWAKE = threading.Event()


def classify(text: str, categories: Sequence[str]) -> list[str]:
    """Sees a category wherever its name is in the text; sleeps or fails when it is told to."""
    if "sleep" in text:
        AWAKE.wait()
    if "fail" in text:
        raise RuntimeError(text)
    return [category for category in categories if category in text]


async def classify_soon(text: str, categories: Sequence[str]) -> list[str]:
    """The same as a coroutine function."""
    return classify(text, categories)
