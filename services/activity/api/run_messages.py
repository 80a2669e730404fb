"""Runs as messages, and messages as commands and queries."""

from datetime import UTC, datetime
from typing import Any

from aos.activity.v1 import run_pb2, run_service_pb2
from kernel.identifiers import AgentId, ProjectId
from kernel.principal import Principal
from services.activity.domain.run import Run, RunPhase, RunSource, RunStatus
from services.activity.usecases.create_run import CreateRun
from services.activity.usecases.ports import RunQuery

_PHASES: dict[RunPhase, Any] = {
    phase: run_pb2.RunPhase.Value(f"RUN_PHASE_{phase.name}") for phase in RunPhase
}
_STATUSES: dict[RunStatus, Any] = {
    status: run_pb2.RunStatus.Value(f"RUN_STATUS_{status.name}") for status in RunStatus
}
_SOURCES: dict[RunSource, Any] = {
    source: run_pb2.RunSource.Value(f"RUN_SOURCE_{source.name}") for source in RunSource
}
_STATUS_OF = {value: status for status, value in _STATUSES.items()}
_SOURCE_OF = {value: source for source, value in _SOURCES.items()}


def to_create_run(request: run_service_pb2.CreateRunRequest, principal: Principal) -> CreateRun:
    """Read what somebody wants to run."""
    return CreateRun(
        principal=principal,
        project_id=ProjectId(request.project_id) if request.project_id else None,
        agent_id=AgentId(request.agent_id),
        goal=request.goal,
        session_id=request.session_id,
        source=_SOURCE_OF[request.source],
        synthetic_scenario_id=request.synthetic_scenario_id,
    )


def to_query(filter_: run_pb2.RunFilter, principal: Principal) -> RunQuery:
    """Read which runs somebody wants to see."""
    return RunQuery(
        tenant_id=principal.tenant_id,
        statuses=frozenset(_STATUS_OF[value] for value in filter_.statuses),
        agent_id=AgentId(filter_.agent_id) if filter_.agent_id else None,
        project_id=ProjectId(filter_.project_id) if filter_.project_id else None,
        created_from=_moment(filter_, "created_from"),
        created_before=_moment(filter_, "created_before"),
    )


def from_run(run: Run) -> run_pb2.Run:
    """Write a run."""
    message = run_pb2.Run(
        id=run.id,
        tenant_id=run.tenant_id,
        project_id=run.project_id,
        agent_id=run.agent_id,
        api_key_id=run.api_key_id or "",
        actor_id=run.actor_id,
        session_id=run.session_id,
        phase=_PHASES[run.phase],
        status=_STATUSES[run.status],
        source=_SOURCES[run.source],
        goal=run.goal,
        is_synthetic=run.is_synthetic,
        synthetic_scenario_id=run.synthetic_scenario_id,
        etag=str(run.revision),
    )
    message.create_time.FromDatetime(run.created_at)
    message.update_time.FromDatetime(run.updated_at)
    if run.started_at is not None:
        message.start_time.FromDatetime(run.started_at)
    if run.completed_at is not None:
        message.complete_time.FromDatetime(run.completed_at)
    return message


def _moment(message: Any, field: str) -> datetime | None:
    if not message.HasField(field):
        return None
    moment: datetime = getattr(message, field).ToDatetime(tzinfo=UTC)
    return moment
