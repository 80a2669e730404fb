"""A run that is only observed: how it begins with the first span seen, and how it ends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.identifiers import AgentId, ProjectId, RunId, TraceId, new_id
from kernel.principal import Principal
from services.activity.domain import run_lifecycle
from services.activity.domain.otel_span import ObservedSpan
from services.activity.domain.run import Run, RunPhase, RunSource, RunStatus, TerminationReason
from services.activity.domain.run_lifecycle import Ending
from services.activity.domain.trace import Trace, TraceHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who reports spans, and what their exporter says about itself."""

    principal: Principal
    project_id: ProjectId
    agent_id: AgentId | None
    service_name: str
    synthetic_scenario_id: str


def root_of(spans: Sequence[ObservedSpan]) -> ObservedSpan | None:
    """The span that nothing is above, if it is among these."""
    return next((span for span in spans if span.is_root), None)


def begin(origin: Origin, spans: Sequence[ObservedSpan], *, at: datetime) -> Run:
    """The run that these spans are the first sign of: it is at work already.

    What is told by the root alone stays open until the root comes; it ends last and so often comes
    last.
    """
    run = Run(
        id=RunId(new_id("run")),
        tenant_id=origin.principal.tenant_id,
        project_id=origin.project_id,
        agent_id=origin.agent_id or AgentId(""),
        agent_name=origin.service_name,
        api_key_id=origin.principal.api_key_id,
        actor_id=origin.principal.actor_id,
        session_id=next((span.meaning.session_id for span in spans if span.meaning.session_id), ""),
        goal="",
        source=RunSource.OBSERVED,
        phase=RunPhase.EXECUTING,
        status=RunStatus.RUNNING,
        created_at=at,
        updated_at=at,
        started_at=min(span.started_at for span in spans),
        heartbeat_at=at,
        provider_type=next((span.meaning.provider for span in spans if span.meaning.provider), ""),
        synthetic_scenario_id=origin.synthetic_scenario_id,
    )
    root = root_of(spans)
    return run if root is None else named(run, root)


def begin_trace(run: Run, otel_trace_id: bytes) -> tuple[Trace, TraceHead]:
    """The trace of an observed run, and where its recording begins."""
    trace = Trace.of(run, TraceId(new_id("trc")), otel_trace_id.hex(), at=run.created_at)
    head = TraceHead(
        trace_id=trace.id,
        tenant_id=run.tenant_id,
        run_id=run.id,
        project_id=run.project_id,
        next_index=0,
        sealed=False,
        inspection=run.inspection,
    )
    return trace, head


def named(run: Run, top: ObservedSpan) -> Run:
    """The run with what its topmost span tells of it."""
    return replace(
        run,
        goal=run.goal or top.name,
        agent_name=top.meaning.agent_name or run.agent_name,
        session_id=run.session_id or top.meaning.session_id,
        started_at=top.started_at,
    )


def endings(run: Run, *, failed: bool, ended_at: datetime, at: datetime) -> list[Run]:
    """The states that lead an observed run to its end; none when others have taken it over."""
    states = [run]
    if run.phase is RunPhase.EXECUTING:
        states.append(run_lifecycle.finalize(run, at=at))
    if states[-1].phase is not RunPhase.FINALIZING:
        return []
    ending = Ending(
        status=RunStatus.FAILED if failed else RunStatus.SUCCEEDED,
        reason=TerminationReason.SYSTEM_FAILURE if failed else TerminationReason.COMPLETED,
        stopped_at_step=None,
    )
    over = run_lifecycle.complete(states[-1], ending, at=at)
    return [*states[1:], replace(over, completed_at=ended_at)]
