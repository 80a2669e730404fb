"""Raise, read, acknowledge and suppress signals."""

from dataclasses import dataclass
from datetime import datetime

from kernel.clock import Clock
from kernel.identifiers import RunId, SignalId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor, Principal
from services.activity.domain.errors import RunNotFound, SignalNotFound
from services.activity.domain.events import SignalAcknowledged, SignalRaised, SignalSuppressed
from services.activity.domain.run import Run
from services.activity.domain.signal import Signal, SignalKind, SignalState
from services.activity.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What somebody noticed about a run or its agent."""

    kind: SignalKind
    detail: str

    def subject_of(self, run: Run) -> str:
        """The cause: one agent failing is one cause, whichever of its runs shows it."""
        return run.agent_id if self.kind is SignalKind.FAILING_AGENT else run.id


async def raise_signal(
    run_id: RunId,
    notice: Notice,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> Signal:
    """Raise a signal about a run, unless one for the same cause still stands.

    Raises:
        RunNotFound: there is no such run that the principal may know of.
    """
    run = await unit_of_work.runs.hold(principal.tenant_id, run_id)
    if run is None or principal.project_id not in (None, run.project_id):
        raise RunNotFound.of(run_id)
    return await raise_for(
        run, notice, actor=principal.actor, unit_of_work=unit_of_work, clock=clock
    )


async def raise_for(
    run: Run, notice: Notice, *, actor: Actor, unit_of_work: UnitOfWork, clock: Clock
) -> Signal:
    """Raise a signal about a run that the caller holds."""
    now, subject = clock.now(), notice.subject_of(run)
    standing = await unit_of_work.signals.hold_standing(run.tenant_id, notice.kind, subject)
    if standing is not None and standing.holds_back_another(at=now):
        unit_of_work.leave_unchanged()
        return standing
    if standing is not None:
        # A suppression that is over makes room for what still goes on.
        await unit_of_work.signals.update(standing.acknowledged(by=actor.id, at=now))
    signal = Signal(
        id=SignalId(new_id("sig")),
        tenant_id=run.tenant_id,
        kind=notice.kind,
        subject_id=subject,
        run_id=run.id,
        project_id=run.project_id,
        detail=notice.detail,
        created_at=now,
        updated_at=now,
        synthetic_scenario_id=run.synthetic_scenario_id,
    )
    await unit_of_work.signals.add(signal)
    unit_of_work.announce(SignalRaised(signal=signal), actor=actor)
    return signal


async def list_signals(
    state: SignalState | None,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
) -> Page[Signal]:
    """Return signals, newest first."""
    return await unit_of_work.signals.list(principal.tenant_id, principal.project_id, state, page)


async def acknowledge_signal(
    signal_id: SignalId, *, principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> Signal:
    """Note that somebody has looked; a signal that was acknowledged stays as it is."""
    signal = await _held(signal_id, principal, unit_of_work)
    if signal.state is SignalState.ACKNOWLEDGED:
        unit_of_work.leave_unchanged()
        return signal
    changed = signal.acknowledged(by=principal.actor_id, at=clock.now())
    await unit_of_work.signals.update(changed)
    unit_of_work.announce(SignalAcknowledged(signal=changed), actor=principal.actor, before=signal)
    return changed


async def suppress_signal(
    signal_id: SignalId,
    until: datetime,
    reason: str,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> Signal:
    """Suppress a signal and its cause until a time."""
    signal = await _held(signal_id, principal, unit_of_work)
    changed = signal.suppressed(by=principal.actor_id, until=until, reason=reason, at=clock.now())
    await unit_of_work.signals.update(changed)
    unit_of_work.announce(SignalSuppressed(signal=changed), actor=principal.actor, before=signal)
    return changed


async def _held(signal_id: SignalId, principal: Principal, unit_of_work: UnitOfWork) -> Signal:
    signal = await unit_of_work.signals.hold(principal.tenant_id, signal_id)
    if signal is None or principal.project_id not in (None, signal.project_id):
        raise SignalNotFound.of(signal_id)
    return signal
