"""Activity, which knows when runs last gave a sign of life."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aos.activity.v1 import run_pb2, run_service_pb2, run_service_pb2_grpc
from kernel.identifiers import AgentId, ProjectId, RunId, TenantId
from services.orchestrator.clients.peer import Peer
from services.orchestrator.domain.kinds import RunMode
from services.orchestrator.usecases.find_lost_runs import LostRun

CONTRACTS = run_service_pb2.DESCRIPTOR.services_by_name.values()
# What is left over is found in the next round.
_MOST = 500
# Observed runs are their reporter's, and activity ends them itself.
_MODES = {
    run_pb2.RUN_SOURCE_MANAGED: RunMode.MANAGED,
    run_pb2.RUN_SOURCE_EXTERNAL: RunMode.EXTERNAL,
}


class RunCensus:
    """Lists runs by what became of them."""

    def __init__(self, activity: Peer) -> None:
        self._peer = activity
        self._runs: Any = run_service_pb2_grpc.RunServiceStub(activity.channel)

    async def silent(self, tenant_id: TenantId, since: datetime) -> Sequence[LostRun]:
        """Return runs under way that have given no sign of life since then."""
        filter_ = run_pb2.RunFilter(statuses=[run_pb2.RUN_STATUS_RUNNING])
        filter_.silent_since.FromDatetime(since)
        return await self._listed(tenant_id, filter_)

    async def never_begun(self, tenant_id: TenantId, before: datetime) -> Sequence[LostRun]:
        """Return runs that were created before and never begun."""
        filter_ = run_pb2.RunFilter(statuses=[run_pb2.RUN_STATUS_QUEUED])
        filter_.created_before.FromDatetime(before)
        return await self._listed(tenant_id, filter_)

    async def _listed(self, tenant_id: TenantId, filter_: run_pb2.RunFilter) -> list[LostRun]:
        request = run_service_pb2.ListRunsRequest(filter=filter_, page_size=_MOST)
        page = await self._peer.ask(self._runs.ListRuns, request, tenant_id)
        return [_lost(run) for run in page.runs if run.source in _MODES]


def _lost(run: run_pb2.Run) -> LostRun:
    return LostRun(
        run_id=RunId(run.id),
        project_id=ProjectId(run.project_id),
        agent_id=AgentId(run.agent_id),
        mode=_MODES[run.source],
        has_steps=run.step_count > 0,
        synthetic_scenario_id=run.synthetic_scenario_id,
    )
