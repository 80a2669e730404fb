"""The safety classifier that somebody plugs in: which of these categories does a text belong to?"""

import asyncio
import inspect
from collections.abc import Awaitable, Iterable, Sequence
from typing import Protocol, cast

from servicekit.telemetry.logging import get_logger
from servicekit.threads import Threads
from services.policies.domain.content import DETECTOR_FAILED, DETECTOR_MISSING, DetectorFailed

_log = get_logger("safety_classifier")


class SafetyClassifier(Protocol):
    """What somebody plugs in; a coroutine function or a plain one, which then runs in a thread."""

    def __call__(
        self, text: str, categories: Sequence[str]
    ) -> Iterable[str] | Awaitable[Iterable[str]]:
        """Those of the categories that the text belongs to."""
        ...


class TimedClassifier:
    """Asks the classifier, and waits no longer than it may take."""

    def __init__(
        self, *, classifier: SafetyClassifier | None, threads: Threads, seconds: float
    ) -> None:
        self._classifier = classifier
        self._threads = threads
        self._seconds = seconds

    async def __call__(self, text: str, categories: Sequence[str]) -> Sequence[str]:
        """Those of the categories that the classifier sees in the text.

        Raises:
            DetectorFailed: there is no classifier, or it failed.
            TimeoutError: it took too long.
        """
        classifier = self._classifier
        if classifier is None:
            raise DetectorFailed(DETECTOR_MISSING)
        try:
            if inspect.iscoroutinefunction(classifier):
                async with asyncio.timeout(self._seconds):
                    return [str(category) for category in await classifier(text, categories)]
            return await self._threads.run(
                lambda: _listed(classifier, text, categories), seconds=self._seconds
            )
        except (TimeoutError, DetectorFailed):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a plug-in raises
            # The words of somebody else's error may hold the text, so its name alone is noted.
            _log.warning("the safety classifier failed", error=type(error).__name__)
            raise DetectorFailed(DETECTOR_FAILED) from None


def _listed(classifier: SafetyClassifier, text: str, categories: Sequence[str]) -> Sequence[str]:
    return [str(category) for category in cast("Iterable[str]", classifier(text, categories))]
