"""Serves aos.activity.v1.RunCompletionService: many runs of a tenant in one call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aos.activity.v1 import run_completion_service_pb2 as messages
from aos.activity.v1 import run_completion_service_pb2_grpc
from kernel.clock import Clock
from kernel.errors import ServiceError
from kernel.identifiers import RunId
from kernel.principal import Principal
from servicekit import calls
from servicekit.mutations import Mutations
from services.activity.api import run_messages
from services.activity.api.trace_messages import from_trace
from services.activity.domain import run_lifecycle
from services.activity.domain.run import Run
from services.activity.usecases.change_run import Step, move_runs
from services.activity.usecases.complete_runs import Completed, complete_runs
from services.activity.usecases.note_run import note_of_runs
from services.activity.usecases.ports import UnitOfWork

# What is done to runs, by their ids, and what became of each.
Change = Callable[..., Awaitable[Mapping[RunId, Run | Completed | ServiceError]]]
# How a run that all went well for is written, with its view at hand.
Write = Callable[[Any, Any], Any]


class RunCompletionService(run_completion_service_pb2_grpc.RunCompletionServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(self, *, mutations: Mutations[UnitOfWork], clock: Clock) -> None:
        self._mutations = mutations
        self._clock = clock

    async def FinalizeRuns(self, request: Any, _context: Any) -> Any:
        """Begin to complete runs."""
        results = await self._move(request, "FINALIZING", lambda _item: _finalize)
        return messages.FinalizeRunsResponse(results=results)

    async def ReopenRuns(self, request: Any, _context: Any) -> Any:
        """Take runs back from finalizing."""
        results = await self._move(request, "REOPENED", _reopening)
        return messages.ReopenRunsResponse(results=results)

    async def CompleteRuns(self, request: Any, _context: Any) -> Any:
        """End runs and seal their traces."""

        def change(items: Sequence[Any], **kit: Any) -> Any:
            endings = {RunId(item.run_id): run_messages.to_completion(item) for item in items}
            return complete_runs(endings, **kit)

        results = await self._each(
            request, request.runs, messages.CompletionResult, change, _completed
        )
        return messages.CompleteRunsResponse(results=results)

    async def NoteRuns(self, request: Any, _context: Any) -> Any:
        """Note what others say of runs."""

        def change(items: Sequence[Any], **kit: Any) -> Any:
            notes = {RunId(item.run_id): run_messages.to_notes(item) for item in items}
            return note_of_runs(notes, **kit)

        results = await self._each(request, request.notes, messages.RunResult, change, _run)
        return messages.NoteRunsResponse(results=results)

    async def _move(self, request: Any, name: str, step_of: Callable[[Any], Step]) -> Any:
        def change(items: Sequence[Any], **kit: Any) -> Any:
            steps = {RunId(item.run_id): step_of(item) for item in items}
            return move_runs(steps, name, **kit)

        return await self._each(request, request.runs, messages.RunResult, change, _run)

    async def _each(
        self, request: Any, items: Sequence[Any], result_type: Any, change: Change, write: Write
    ) -> Any:
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork, rest: Sequence[Any]) -> list[Any]:
            outcomes = await change(
                rest, principal=principal, unit_of_work=unit_of_work, clock=self._clock
            )
            return await _written(rest, outcomes, principal, unit_of_work, write)

        return await self._mutations.each(
            request, items, result_type, work, tenant=principal.tenant_id
        )


async def _written(
    items: Sequence[Any],
    outcomes: Mapping[RunId, Any],
    principal: Principal,
    unit_of_work: UnitOfWork,
    write: Write,
) -> list[Any]:
    """The outcomes in the order of their items, runs as they are now."""
    done = [run_id for run_id, one in outcomes.items() if not isinstance(one, ServiceError)]
    views = await unit_of_work.runs.views(principal.tenant_id, done) if done else {}
    found = ((outcomes[RunId(item.run_id)], views.get(RunId(item.run_id))) for item in items)
    return [
        outcome if view is None else write(outcome, run_messages.from_view(view))
        for outcome, view in found
    ]


def _run(_outcome: Run, message: Any) -> messages.RunResult:
    return messages.RunResult(run=message)


def _completed(outcome: Completed, message: Any) -> messages.CompletionResult:
    trace = None if outcome.trace is None else from_trace(outcome.trace)
    return messages.CompletionResult(completed=messages.CompletedRun(run=message, trace=trace))


def _finalize(run: Run, at: Any) -> Run:
    return run_lifecycle.finalize_if_begun(run, at=at)


def _reopening(item: messages.RunReopening) -> Step:
    error = item.observability_error
    return lambda run, at: run_lifecycle.reopen_if_begun(run, error, at=at)
