"""The plug for a model that judges an output; off unless somebody hands one in."""

import asyncio
import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from services.incidents.domain.hallucination.detector import Report, sorted_report
from services.incidents.domain.hallucination.finding import Finding, FindingType, shown
from services.incidents.domain.hallucination.material import Document, Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a judge has against a passage of the output."""

    # Word by word as it stands in the output: what stands nowhere there is no finding.
    passage: str
    reason: str
    confidence: float


class Judge(Protocol):
    """Whoever reads an output beside what its run retrieved and says what is not borne out."""

    @property
    def name(self) -> str:
        """Who judges: which model, in which version."""
        ...

    async def verdicts(
        self, output: Output, *, documents: Sequence[Document], goal: str
    ) -> Sequence[Verdict]:
        """What there is to say against the output."""
        ...


async def judged(
    report: Report,
    judge: Judge | None,
    *,
    output: Output,
    documents: Sequence[Document],
    goal: str,
    seconds: float,
) -> Report:
    """The report with what the judge says; without, but saying so, where it fails or is slow."""
    if judge is None:
        return report
    asked = asyncio.ensure_future(judge.verdicts(output, documents=documents, goal=goal))
    try:
        # Not wait_for: a judge that ignores being cancelled would be waited for all the same.
        done, _ = await asyncio.wait({asked}, timeout=seconds)
    finally:
        asked.add_done_callback(_forget)
        asked.cancel()
    if not done:
        return replace(report, remarks=(*report.remarks, f"{judge.name} did not answer in time."))
    try:
        found = list(_findings(asked.result(), judge=judge.name, output=output))
    except Exception as error:  # noqa: BLE001 - whatever a plug-in raises, the others' findings stay
        failed = f"{judge.name} failed: {type(error).__name__}."
        return replace(report, remarks=(*report.remarks, failed))
    return sorted_report([*report.findings, *report.doubtful, *found], report)


def _forget(asked: "asyncio.Future[Sequence[Verdict]]") -> None:
    """Look at the result of a judge for whom nobody waits any more, so that no log is filled."""
    with contextlib.suppress(asyncio.CancelledError):
        asked.exception()


def _findings(verdicts: Sequence[Verdict], *, judge: str, output: Output) -> Iterator[Finding]:
    for verdict in verdicts:
        start = output.text.find(verdict.passage) if verdict.passage else -1
        if start < 0 or not math.isfinite(verdict.confidence):
            continue
        yield Finding(
            type=FindingType.JUDGED,
            passage=verdict.passage,
            start=start,
            end=start + len(verdict.passage),
            reason=shown(verdict.reason),
            confidence=round(max(0.0, min(1.0, verdict.confidence)), 2),
            judge=judge,
        )
