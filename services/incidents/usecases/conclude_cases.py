"""Draw the conclusion of a case, once: an incident, or a prevention record in its place."""

import asyncio
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass

from kernel.errors import ServiceError, Unavailable
from services.incidents.domain.incident import RunFacts
from services.incidents.domain.kinds import Conclusion
from services.incidents.domain.violation import Case, CaseKey, Violation
from services.incidents.usecases.ports import (
    PendingCases,
    ReadCase,
    Ruling,
    RunDirectory,
    SuppressionDesk,
    Verdict,
    WriteConclusion,
)

_BATCH = 100
# Each waits for others to answer; what they read and write travels together.
AT_ONCE = 24


@dataclass(slots=True, kw_only=True)
class _Round:
    """Cases that several conclude together, each taking the next, and how far they have come."""

    waiting: Iterator[CaseKey]
    concluded: int = 0
    # Whether somebody who has to be asked about runs does not answer.
    is_away: bool = False
    trouble: ServiceError | None = None
    # What nobody has foreseen: it ends the round like everything else, and is told of.
    defect: Exception | None = None

    def note(self, error: Exception) -> None:
        """Take note of why a case could not be concluded."""
        if not isinstance(error, ServiceError):
            self.defect = error
            return
        self.trouble = error
        self.is_away = self.is_away or isinstance(error, Unavailable)


class ConcludeCases:
    """Asks who has to be asked, and writes down what follows.

    Policies decides by the case's own signature and incident, which never change, so whoever asks
    first and however often: all hear the same. The case's row is held while the conclusion is
    written, so one writes and the others find it written.
    """

    def __init__(
        self,
        *,
        read: ReadCase,
        write: WriteConclusion,
        suppression: SuppressionDesk,
        runs: RunDirectory,
        pending: PendingCases,
    ) -> None:
        self._read = read
        self._write = write
        self._suppression = suppression
        self._runs = runs
        self._pending = pending
        # Two hundred who report the same thing at once wait for one conclusion, not for 200 locks.
        self._under_way: dict[CaseKey, asyncio.Task[Case]] = {}

    async def __call__(self) -> int:
        """Conclude what is pending, several at a time; return how many cases are concluded.

        Raises:
            ServiceError: nothing could be concluded; what is pending stays so.
        """
        part = _Round(waiting=iter(await self._pending(_BATCH)))
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._conclude_one_by_one(part))
        if part.defect is not None:
            raise part.defect
        if part.trouble is not None and not part.concluded:
            raise part.trouble
        return part.concluded

    async def _conclude_one_by_one(self, part: "_Round") -> None:
        for key in part.waiting:
            if part.is_away and key.run_id:
                # Whoever is away is not asked about each of a hundred cases.
                continue
            try:
                await self.conclude(key)
            except Exception as error:  # noqa: BLE001 - one must not keep the others waiting
                part.note(error)
            else:
                part.concluded += 1

    async def conclude(self, key: CaseKey) -> Case:
        """Draw the conclusion of a case, unless it is drawn.

        Raises:
            Unavailable: policies or activity does not answer.
        """
        shared = self._under_way.get(key)
        if shared is None:
            # In a context of its own: it is no part of the call that happened to come first.
            shared = self._under_way[key] = asyncio.create_task(
                self._drawn(key), context=contextvars.Context()
            )
            shared.add_done_callback(lambda _: self._under_way.pop(key))
        return await asyncio.shield(shared)

    async def _drawn(self, key: CaseKey) -> Case:
        case, first = await self._read(key)
        if case.conclusion is not Conclusion.PENDING:
            return case
        verdict = await self._verdict(case)
        run = None if verdict.prevention_id else await self._look_up(first)
        return await self._write(Ruling(key=key, verdict=verdict, run=run))

    async def _verdict(self, case: Case) -> Verdict:
        # A rule covers what went wrong in a run; what became of a run, or of the plane, it cannot.
        if case.key.is_outcome or not case.key.run_id:
            return Verdict(prevention_id="")
        return await self._suppression.decide(case)

    async def _look_up(self, violation: Violation) -> RunFacts | None:
        if not violation.run_id:
            return None
        # Nobody asks what led to a run's ending well, and most runs do.
        with_steps = not violation.category.is_outcome
        return await self._runs.look_up(
            violation.tenant_id, violation.run_id, before=violation.measured, with_steps=with_steps
        )
