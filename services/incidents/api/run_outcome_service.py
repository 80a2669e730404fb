"""Serves aos.incidents.v1.RunOutcomeService."""

from collections.abc import Sequence
from typing import Any

from aos.incidents.v1 import run_outcome_service_pb2 as messages
from aos.incidents.v1 import run_outcome_service_pb2_grpc
from kernel.clock import Clock
from kernel.errors import ServiceError, Unavailable
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.refusals import refusal_of
from servicekit.telemetry.logging import get_logger
from services.incidents.api.run_outcome_messages import from_cases, to_run_end
from services.incidents.usecases.conclude_runs import ConcludeRuns, keep_ends
from services.incidents.usecases.ports import UnitOfWork

_log = get_logger("run_outcomes")


class RunOutcomeService(run_outcome_service_pb2_grpc.RunOutcomeServiceServicer):
    """Decodes, keeps the facts, lets what follows be concluded, encodes."""

    def __init__(
        self, *, mutations: Mutations[UnitOfWork], conclude_runs: ConcludeRuns, clock: Clock
    ) -> None:
        self._mutations = mutations
        self._conclude_runs = conclude_runs
        self._clock = clock

    async def ConcludeRuns(self, request: Any, _context: Any) -> Any:
        """Keep how runs ended, and say what every case of theirs came to."""
        # The facts must be on disk before others are asked, so what is answered to them is not
        # what the caller is told: that is read afterwards, as often as somebody asks.
        kept = await self._keep(request)
        run_ids = [
            item.run_id
            for item, one in zip(request.runs, kept, strict=True)
            if not one.HasField("refusal")
        ]
        concluded = await self._conclude_runs(calls.principal().tenant_id, run_ids)
        results = [
            one if one.HasField("refusal") else _result(concluded[item.run_id])
            for item, one in zip(request.runs, kept, strict=True)
        ]
        return messages.ConcludeRunsResponse(results=results)

    async def _keep(self, request: Any) -> list[messages.ConclusionResult]:
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork, items: Sequence[Any]) -> list[Any]:
            ends = [to_run_end(item, principal, at=self._clock.now()) for item in items]
            kept = await keep_ends(ends, actor=principal.actor, unit_of_work=unit_of_work)
            return [kept[item.run_id] or messages.ConclusionResult() for item in items]

        return await self._mutations.each(
            request, request.runs, messages.ConclusionResult, work, tenant=principal.tenant_id
        )


def _result(outcome: Any) -> messages.ConclusionResult:
    if isinstance(outcome, Unavailable):
        if not isinstance(outcome.__cause__, ServiceError | None):
            _log.error("a case cannot be concluded", exc_info=outcome.__cause__)
        return messages.ConclusionResult(refusal=refusal_of(outcome))
    return messages.ConclusionResult(concluded=from_cases(outcome))
