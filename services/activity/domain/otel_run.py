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
    """What an exporter says about itself: for which project it reports, and for which agent."""

    project_id: ProjectId
    agent_id: str
    service_name: str
    synthetic_scenario_id: str


def begin(
    principal: Principal, origin: Origin, spans: Sequence[ObservedSpan], *, at: datetime
) -> Run:
    """The run that these spans are the first sign of: it is at work already.

    What is told by the root alone stays open until the root comes; it ends last and so often comes
    last.
    """
    run = Run(
        id=RunId(new_id("run")),
        tenant_id=principal.tenant_id,
        project_id=origin.project_id,
        agent_id=AgentId(origin.agent_id or _first(spans, "agent_id")),
        agent_name=origin.service_name,
        api_key_id=principal.api_key_id,
        actor_id=principal.actor_id,
        session_id=_first(spans, "session_id"),
        goal="",
        source=RunSource.OBSERVED,
        phase=RunPhase.EXECUTING,
        status=RunStatus.RUNNING,
        created_at=at,
        updated_at=at,
        started_at=min(span.started_at for span in spans),
        heartbeat_at=at,
        provider_type=_first(spans, "provider"),
        synthetic_scenario_id=origin.synthetic_scenario_id,
    )
    root = next((span for span in spans if span.is_root), None)
    return run if root is None else named(run, root)


def _first(spans: Sequence[ObservedSpan], name: str) -> str:
    """What the first of the spans that says anything of this says."""
    found: list[str] = [getattr(span.meaning, name) for span in spans]
    return next(filter(None, found), "")


def begin_trace(run: Run, otel_trace_id: bytes) -> tuple[Trace, TraceHead]:
    """The trace of an observed run, and where its recording begins.

    It begins with its run and is not told of by itself; the first change that is told is its seal.
    """
    begun = Trace.of(run, TraceId(new_id("trc")), otel_trace_id.hex(), at=run.created_at)
    trace = replace(begun, revision=0)
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


def named_after_agent(run: Run, agent: str) -> Run:
    """The run of an agent that turned out to be the top of a trace without a root."""
    return replace(run, goal=run.goal or agent, agent_name=agent or run.agent_name)


def ended_by(run: Run, root: ObservedSpan, *, at: datetime) -> list[Run]:
    """The states that lead a run to its end now that its root has come."""
    return endings(named(run, root), failed=root.failed, ended_at=root.ended_at, at=at)


def endings(run: Run, *, failed: bool, ended_at: datetime, at: datetime) -> list[Run]:
    """The states that lead an observed run to its end; none when others have taken it over.

    Together they are one change, since nobody sees the run in between.
    """
    states = [run]
    if run.phase is RunPhase.EXECUTING:
        states.append(replace(run_lifecycle.finalize(run, at=at), revision=run.revision))
    if states[-1].phase is not RunPhase.FINALIZING:
        return []
    ending = Ending(
        status=RunStatus.FAILED if failed else RunStatus.SUCCEEDED,
        reason=TerminationReason.SYSTEM_FAILURE if failed else TerminationReason.COMPLETED,
        stopped_at_step=None,
    )
    over = run_lifecycle.complete(states[-1], ending, at=at)
    return [*states[1:], replace(over, completed_at=ended_at)]
