"""Activity, which shows whether a run waits or goes on, and what came of it."""

import contextlib
from typing import Any

from aos.activity.v1 import run_lifecycle_service_pb2, run_lifecycle_service_pb2_grpc
from kernel.errors import FailedPrecondition, NotFound
from kernel.identifiers import TenantId
from services.orchestrator.clients.peer import Peer, request_id

CONTRACTS = run_lifecycle_service_pb2.DESCRIPTOR.services_by_name.values()


class RunPhases:
    """Lets activity's picture of a run follow its gate."""

    def __init__(self, activity: Peer) -> None:
        self._peer = activity
        self._life: Any = run_lifecycle_service_pb2_grpc.RunLifecycleServiceStub(activity.channel)

    async def pause(self, tenant_id: TenantId, run_id: str, key: str) -> None:
        """Show that the run waits, unless it is over."""
        request = run_lifecycle_service_pb2.PauseRunRequest(
            request_id=request_id(key), run_id=run_id
        )
        await self._follow(self._life.PauseRun, request, tenant_id)

    async def resume(self, tenant_id: TenantId, run_id: str, key: str) -> None:
        """Show that the run goes on, unless it is over."""
        request = run_lifecycle_service_pb2.ResumeRunRequest(
            request_id=request_id(key), run_id=run_id
        )
        await self._follow(self._life.ResumeRun, request, tenant_id)

    async def note_draft(self, tenant_id: TenantId, run_id: str, policy_id: str) -> None:
        """Count a draft that came of the run, once; a run that activity never had is nobody's."""
        request = run_lifecycle_service_pb2.NotePolicyDraftRequest(
            request_id=request_id(f"draft/{run_id}/{policy_id}"),
            run_id=run_id,
            policy_id=policy_id,
        )
        with contextlib.suppress(NotFound):
            await self._peer.ask(self._life.NotePolicyDraft, request, tenant_id)

    async def _follow(self, method: Any, request: Any, tenant_id: TenantId) -> None:
        try:
            await self._peer.ask(method, request, tenant_id)
        except FailedPrecondition:
            # Its phase has moved on meanwhile, or shows the same already.
            return
