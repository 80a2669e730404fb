"""The legal steps of a run's life. Read it as a table: what leads from where to where.

The database refuses every other step by a trigger that holds the same table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.activity.domain.errors import IllegalTransition
from services.activity.domain.run import (
    InspectionConstraints,
    Run,
    RunPhase,
    RunStatus,
    TerminationReason,
)
from services.activity.domain.run_notes import violation_marks

_CREATED, _AUTHORIZED = RunPhase.CREATED, RunPhase.AUTHORIZED
_EXECUTING, _FINALIZING = RunPhase.EXECUTING, RunPhase.FINALIZING
_COMPLETED, _FAILED = RunPhase.COMPLETED, RunPhase.FAILED
_QUEUED, _RETRY = RunStatus.QUEUED, RunStatus.RETRY
_RUNNING, _PAUSED = RunStatus.RUNNING, RunStatus.PAUSED

State = tuple[RunPhase, RunStatus]
_ENDINGS_OF_FAILURE = (RunStatus.FAILED, RunStatus.FAILED_POLICY, RunStatus.CANCELLED)
_BEFORE_THE_START: tuple[State, ...] = (
    (_CREATED, _QUEUED),
    (_AUTHORIZED, _QUEUED),
    (_AUTHORIZED, _RETRY),
)

LEGAL: frozenset[tuple[State, State]] = frozenset(
    {
        ((_CREATED, _QUEUED), (_AUTHORIZED, _QUEUED)),
        ((_AUTHORIZED, _QUEUED), (_EXECUTING, _RUNNING)),
        ((_AUTHORIZED, _RETRY), (_EXECUTING, _RUNNING)),
        ((_EXECUTING, _RUNNING), (_EXECUTING, _PAUSED)),
        ((_EXECUTING, _PAUSED), (_EXECUTING, _RUNNING)),
        ((_EXECUTING, _RUNNING), (_AUTHORIZED, _RETRY)),
        ((_EXECUTING, _PAUSED), (_AUTHORIZED, _RETRY)),
        ((_EXECUTING, _RUNNING), (_FINALIZING, _RUNNING)),
        ((_EXECUTING, _PAUSED), (_FINALIZING, _PAUSED)),
        ((_FINALIZING, _RUNNING), (_EXECUTING, _RUNNING)),
        ((_FINALIZING, _PAUSED), (_EXECUTING, _PAUSED)),
        *(
            ((_FINALIZING, status), (_COMPLETED, RunStatus.SUCCEEDED))
            for status in (_RUNNING, _PAUSED)
        ),
        *(
            ((_FINALIZING, status), (_FAILED, ending))
            for status in (_RUNNING, _PAUSED)
            for ending in _ENDINGS_OF_FAILURE
        ),
        # What never began needs no finalizing to end.
        *(
            (state, (_FAILED, ending))
            for state in _BEFORE_THE_START
            for ending in _ENDINGS_OF_FAILURE
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What is decided of a run when it is allowed to start."""

    policy_snapshot_id: str
    policy_ids: tuple[str, ...]
    human_actor_id: str | None
    inspection: InspectionConstraints | None
    governance_bypassed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How and why a run is over."""

    status: RunStatus
    reason: TerminationReason
    stopped_at_step: int | None
    # The policy that ended it, if one did.
    violated_policy_id: str = ""


def authorize(run: Run, authorization: Authorization, *, at: datetime) -> Run:
    """Allow the run to start, under a snapshot that is set this once."""
    return _move(
        run,
        (_AUTHORIZED, _QUEUED),
        at,
        policy_snapshot_id=authorization.policy_snapshot_id,
        scope_policy_ids=authorization.policy_ids,
        human_actor_id=authorization.human_actor_id,
        inspection=authorization.inspection or run.inspection,
        governance_bypassed=authorization.governance_bypassed,
    )


def start(run: Run, *, at: datetime) -> Run:
    """Begin, or begin again."""
    return _move(run, (_EXECUTING, _RUNNING), at, started_at=run.started_at or at, heartbeat_at=at)


def pause(run: Run, *, at: datetime) -> Run:
    """Hold a run that is at work."""
    return _move(run, (_EXECUTING, _PAUSED), at)


def resume(run: Run, *, at: datetime) -> Run:
    """Let a paused run go on; one that waits for its start is started, not resumed."""
    if run.status is not _PAUSED:
        raise _illegal(run, (_EXECUTING, _RUNNING))
    return _move(run, (_EXECUTING, _RUNNING), at, heartbeat_at=at)


def retry(run: Run, *, at: datetime) -> Run:
    """Put the run back for another try."""
    return _move(run, (_AUTHORIZED, _RETRY), at)


def finalize(run: Run, *, at: datetime) -> Run:
    """Begin to complete the run."""
    return _move(run, (_FINALIZING, run.status), at)


def finalize_if_begun(run: Run, *, at: datetime) -> Run:
    """Begin to complete the run; what never began needs no finalizing to end."""
    return finalize(run, at=at) if _has_begun(run) else run


def reopen_if_begun(run: Run, observability_error: str, *, at: datetime) -> Run:
    """Take the run back to work; what never began was left as it is and stays so."""
    return reopen(run, observability_error, at=at) if _has_begun(run) else run


def reopen(run: Run, observability_error: str, *, at: datetime) -> Run:
    """Take the run back to work because its completion did not go through."""
    if run.phase is not _FINALIZING:
        raise _illegal(run, (_EXECUTING, run.status))
    return _move(run, (_EXECUTING, run.status), at, observability_error=observability_error)


def complete(run: Run, ending: Ending, *, at: datetime) -> Run:
    """End the run."""
    phase = _COMPLETED if ending.status is RunStatus.SUCCEEDED else _FAILED
    policy_id = ending.violated_policy_id
    marks = violation_marks(run, policy_id) if policy_id else {}
    return _move(
        run,
        (phase, ending.status),
        at,
        completed_at=at,
        termination_reason=ending.reason,
        stopped_at_step=ending.stopped_at_step,
        **marks,
    )


def complete_once(run: Run, ending: Ending, *, at: datetime) -> Run:
    """End the run, unless it has ended in the same way."""
    told = (run.status, run.termination_reason, run.stopped_at_step)
    if run.is_over and told == (ending.status, ending.reason, ending.stopped_at_step):
        return run
    return complete(run, ending, at=at)


def _has_begun(run: Run) -> bool:
    return (run.phase, run.status) not in _BEFORE_THE_START


def _move(run: Run, to: State, at: datetime, **changes: Any) -> Run:
    if ((run.phase, run.status), to) not in LEGAL:
        raise _illegal(run, to)
    phase, status = to
    more: Mapping[str, Any] = {"updated_at": at, "revision": run.revision + 1, **changes}
    return replace(run, phase=phase, status=status, **more)


def _illegal(run: Run, to: State) -> IllegalTransition:
    phase, status = to
    return IllegalTransition(
        f"A run that is {run.phase}/{run.status} cannot become {phase}/{status}.",
        metadata={"phase": run.phase, "status": run.status},
    )
