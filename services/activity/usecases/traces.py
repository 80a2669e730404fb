"""Begin, seal and read traces."""

from collections.abc import Sequence

from kernel.clock import Clock
from kernel.identifiers import RunId, TraceId, new_id
from kernel.merkle import CompactRange
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.activity.domain.errors import IllegalTransition, RunNotFound, TraceNotFound
from services.activity.domain.events import TraceBegun, TraceSealed
from services.activity.domain.run import Run
from services.activity.domain.trace import Trace, TraceHead, TraceStatus
from services.activity.usecases.ports import StoredStep, UnitOfWork


async def begin_trace(
    run_id: RunId,
    correlation_id: str,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> Trace:
    """Begin the trace of a run, or return the one that it has.

    Raises:
        RunNotFound: there is no such run that the principal may know of.
        IllegalTransition: the run is over and was never recorded.
    """
    run = await unit_of_work.runs.hold(principal.tenant_id, run_id)
    if run is None or principal.project_id not in (None, run.project_id):
        raise RunNotFound.of(run_id)
    known = await unit_of_work.traces.find_of_run(run.tenant_id, run.id)
    if known is not None:
        unit_of_work.leave_unchanged()
        return known
    if run.is_over:
        raise IllegalTransition(f"The run {run.id} is over; nothing of it can be recorded.")
    return await _begin(run, correlation_id, principal, unit_of_work, clock)


async def _begin(
    run: Run, correlation_id: str, principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> Trace:
    trace = Trace.of(run, TraceId(new_id("trc")), correlation_id, at=clock.now())
    head = TraceHead(
        trace_id=trace.id,
        tenant_id=run.tenant_id,
        run_id=run.id,
        project_id=run.project_id,
        next_index=0,
        sealed=False,
        inspection=run.inspection,
    )
    await unit_of_work.traces.add(trace, head)
    unit_of_work.announce(TraceBegun(trace=trace), actor=principal.actor)
    return trace


async def seal_trace(
    trace_id: TraceId, *, principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> Trace:
    """Close a trace with the root over its steps; a sealed one is returned as it is.

    Raises:
        TraceNotFound: there is none that the principal may know of.
    """
    # The head is locked, so no step can slip in between the root and the seal.
    await unit_of_work.traces.hold_heads([(principal.tenant_id, trace_id)])
    trace = await get_trace(trace_id, principal=principal, unit_of_work=unit_of_work)
    if trace.status is TraceStatus.SEALED:
        unit_of_work.leave_unchanged()
        return trace
    (sealed,) = await _seal([trace], principal, unit_of_work, clock)
    return sealed


async def seal_traces(
    run_ids: Sequence[RunId], *, principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> dict[RunId, Trace]:
    """Close the traces of runs, those that are open; return the traces of runs that have one."""
    if not run_ids:
        return {}
    await unit_of_work.traces.hold_heads_of_runs(principal.tenant_id, run_ids)
    traces = await unit_of_work.traces.of_runs(principal.tenant_id, run_ids)
    still_open = [trace for trace in traces.values() if trace.status is TraceStatus.OPEN]
    sealed = await _seal(still_open, principal, unit_of_work, clock) if still_open else []
    return traces | {trace.run_id: trace for trace in sealed}


async def _seal(
    traces: Sequence[Trace], principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> list[Trace]:
    """Close traces whose heads are held."""
    hashes = await unit_of_work.traces.hashes_from(
        {(trace.tenant_id, trace.id): 0 for trace in traces}
    )
    sealed: list[Trace] = []
    for trace in traces:
        steps = hashes[trace.tenant_id, trace.id]
        tree = CompactRange()
        for content_hash in steps.values():
            tree.append(content_hash)
        closed = trace.sealed(tree.root(), len(steps), at=clock.now())
        unit_of_work.announce(TraceSealed(trace=closed), actor=principal.actor, before=trace)
        sealed.append(closed)
    await unit_of_work.traces.seal_all(sealed)
    return sealed


async def get_trace(trace_id: TraceId, *, principal: Principal, unit_of_work: UnitOfWork) -> Trace:
    """Return a trace, or raise TraceNotFound."""
    trace = await unit_of_work.traces.find(principal.tenant_id, trace_id)
    return _visible(trace, trace_id, principal)


async def get_trace_of_run(
    run_id: RunId, *, principal: Principal, unit_of_work: UnitOfWork
) -> Trace:
    """Return the trace of a run, or raise TraceNotFound."""
    trace = await unit_of_work.traces.find_of_run(principal.tenant_id, run_id)
    return _visible(trace, run_id, principal)


async def list_steps(
    trace_id: TraceId, page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[StoredStep]:
    """Return the steps of a trace in their order, late ones last."""
    trace = await get_trace(trace_id, principal=principal, unit_of_work=unit_of_work)
    return await unit_of_work.traces.steps(trace.tenant_id, trace.id, page)


def _visible(trace: Trace | None, asked_for: str, principal: Principal) -> Trace:
    if trace is None or principal.project_id not in (None, trace.project_id):
        raise TraceNotFound.of(asked_for)
    return trace
