"""The orchestrator at the end of runs: what tests of completion have in common."""

import uuid
from collections.abc import Sequence
from typing import Any

from aos.activity.v1 import (
    run_completion_service_pb2 as messages,
)
from aos.activity.v1 import (
    run_completion_service_pb2_grpc,
    run_pb2,
)
from kernel.principal import Principal
from tests.integration.activity.test_run_lifecycle import Driver
from tests.integration.activity.test_traces import Recorder, step
from tests.support.plane import Plane
from tests.support.waiting import until

TIMEOUT = 20.0
_ITEMS = {
    "FinalizeRuns": messages.RunFinalization,
    "ReopenRuns": messages.RunReopening,
    "CompleteRuns": messages.RunCompletion,
    "NoteRuns": messages.RunNote,
}


class Completer:
    """The orchestrator at the end of runs of a tenant."""

    def __init__(self, plane: Plane, principal: Principal) -> None:
        self._plane = plane
        self.principal = principal
        channel = plane.services["activity"].channel
        self._stub = run_completion_service_pb2_grpc.RunCompletionServiceStub(channel)
        self.metadata = plane.identities.service_metadata(
            "orchestrator", audience="activity", tenant=principal.tenant_id
        )

    async def at_work(self) -> Driver:
        """A run that executes."""
        run = await Driver(self._plane, self.principal).create()
        await run.walk("AuthorizeRun", "StartRun")
        return run

    async def recorded(self, steps: int) -> tuple[Driver, Recorder]:
        """A run that executes and has recorded some steps."""
        run = await self.at_work()
        recorder = Recorder(self._plane, self.principal)
        recorder.run_id = run.run_id
        recorder.trace_id = (await recorder.begin_trace()).trace.trace_id
        if steps:
            await recorder.record(*(step(index) for index in range(steps)))
        return run, recorder

    def item(self, name: str, run: Driver | str, **fields: Any) -> Any:
        if name == "ReopenRuns":
            fields = {"observability_error": "the ledger was away", **fields}
        if name == "CompleteRuns":
            fields = {
                "status": run_pb2.RUN_STATUS_SUCCEEDED,
                "termination_reason": run_pb2.TERMINATION_REASON_COMPLETED,
                **fields,
            }
        run_id = run if isinstance(run, str) else run.run_id
        return _ITEMS[name](**{"request_id": str(uuid.uuid4()), "run_id": run_id, **fields})

    async def send(self, name: str, items: Sequence[Any]) -> list[Any]:
        field = "notes" if name == "NoteRuns" else "runs"
        request = getattr(messages, f"{name}Request")(**{field: items})
        method = getattr(self._stub, name)
        answer = await method(request, timeout=TIMEOUT, metadata=self.metadata)
        return list(answer.results)

    async def call(self, name: str, *runs: Driver | str, **fields: Any) -> list[Any]:
        return await self.send(name, [self.item(name, run, **fields) for run in runs])


def reasons(results: Sequence[Any]) -> list[str]:
    return [result.refusal.reason for result in results]


def written(results: Sequence[Any]) -> list[bytes]:
    return [result.SerializeToString(deterministic=True) for result in results]


async def entries(plane: Plane, thing: str, count: int) -> list[str]:
    """The entries about one thing by their types, once there are so many."""
    found = await until(lambda: len(plane.logs.of(thing)) >= count and plane.logs.of(thing))
    return sorted(entry.event_type for entry in found)
