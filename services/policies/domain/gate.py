"""The gate of a run: may it take another step. Nothing revives a stopped or killed run."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import RunId, SnapshotId, TenantId
from services.policies.domain.action import Action
from services.policies.domain.errors import IllegalGateStep
from services.policies.domain.policy_body import NOTHING_KEPT, FailureMode, Inspection
from services.policies.domain.program import RunContext


class GateState(StrEnum):
    """Whether a run may take another step."""

    OPEN = "OPEN"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    KILLED = "KILLED"
    CLOSED = "CLOSED"


_OVER = (GateState.STOPPED, GateState.KILLED, GateState.CLOSED)
# The database refuses every other step by a trigger that holds the same table.
LEGAL = frozenset(
    {
        (GateState.OPEN, GateState.PAUSED),
        (GateState.PAUSED, GateState.OPEN),
        *((state, over) for state in (GateState.OPEN, GateState.PAUSED) for over in _OVER),
        # A graceful end can still become an immediate one.
        (GateState.STOPPED, GateState.KILLED),
    }
)
# What a decision does to the gate of its run.
STATE_AFTER = {
    Action.PAUSE: GateState.PAUSED,
    Action.STOP: GateState.STOPPED,
    Action.KILL: GateState.KILLED,
}
# What a run is told whose gate is not open.
ACTION_AT = {
    GateState.PAUSED: Action.PAUSE,
    GateState.STOPPED: Action.STOP,
    GateState.KILLED: Action.KILL,
    GateState.CLOSED: Action.STOP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a gate stood before it was closed."""

    state: GateState
    reason: str
    changed_by: str
    awaits_acknowledgement: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The gate of one run."""

    run_id: RunId
    tenant_id: TenantId
    context: RunContext
    snapshot_id: SnapshotId
    content_hash: str
    policy_ids: tuple[str, ...]
    opened_at: datetime
    changed_at: datetime
    state: GateState = GateState.OPEN
    epoch: int = 1
    reason: str = ""
    changed_by: str = ""
    awaits_acknowledgement: bool = False
    # Policies whose breach a person has seen and lets pass for this run.
    acknowledged_policies: tuple[str, ...] = ()
    governance_bypassed: bool = False
    inspection: Inspection = NOTHING_KEPT
    on_unreachable: FailureMode = FailureMode.FAIL_CLOSED
    synthetic_scenario_id: str = ""
    decisions_root: str = ""
    # What a closed gate goes back to if the run's completion does not go through.
    before_close: Standing | None = None

    @property
    def id(self) -> str:
        """What records call it: the run that it belongs to."""
        return self.run_id

    @property
    def is_over(self) -> bool:
        """Whether the run will never take another step."""
        return self.state in _OVER

    def moved(self, to: GateState, *, at: datetime, reason: str, by: str) -> "Gate":
        """The gate in its next state.

        Raises:
            IllegalGateStep: its state does not lead there.
        """
        if (self.state, to) not in LEGAL:
            raise IllegalGateStep(
                f"The gate of {self.run_id} is {self.state} and cannot become {to}.",
                metadata={"run_id": self.run_id, "from": self.state, "to": to},
            )
        return replace(
            self,
            state=to,
            epoch=self.epoch + 1,
            changed_at=at,
            reason=reason,
            changed_by=by,
            awaits_acknowledgement=False,
        )

    def waiting(self, *, at: datetime, reason: str, by: str) -> "Gate":
        """The gate, paused until a person acknowledges."""
        paused = self.moved(GateState.PAUSED, at=at, reason=reason, by=by)
        return replace(paused, awaits_acknowledgement=True)

    def decided_by(
        self,
        snapshot_id: SnapshotId,
        content_hash: str,
        policy_ids: tuple[str, ...],
        *,
        at: datetime,
    ) -> "Gate":
        """The gate, its run decided by another snapshot from now on."""
        return replace(
            self,
            snapshot_id=snapshot_id,
            content_hash=content_hash,
            policy_ids=policy_ids,
            epoch=self.epoch + 1,
            changed_at=at,
        )

    def resumed(self, *, at: datetime, reason: str, by: str) -> "Gate":
        """The gate, open again.

        Raises:
            IllegalGateStep: it is not paused, or somebody must acknowledge first.
        """
        if self.awaits_acknowledgement:
            raise IllegalGateStep(
                f"The run {self.run_id} waits for a person. Acknowledge instead.",
                metadata={"run_id": self.run_id, "from": self.state, "to": GateState.OPEN},
            )
        return self.moved(GateState.OPEN, at=at, reason=reason, by=by)

    def acknowledged(self, *, at: datetime, reason: str, by: str) -> "Gate":
        """The gate, open again because a person has looked.

        Raises:
            IllegalGateStep: nobody waits for that.
        """
        if not self.awaits_acknowledgement:
            raise IllegalGateStep(
                f"The run {self.run_id} waits for no acknowledgement.",
                metadata={"run_id": self.run_id, "from": self.state, "to": GateState.OPEN},
            )
        opened = self.moved(GateState.OPEN, at=at, reason=reason, by=by)
        seen = tuple(sorted({*self.acknowledged_policies, self.changed_by}))
        return replace(opened, acknowledged_policies=seen)

    def closed(self, root: str, *, at: datetime, by: str) -> "Gate":
        """The gate of a run that is complete; a stopped or killed one keeps its state."""
        if self.state in (GateState.STOPPED, GateState.KILLED):
            # Its state stays, and so does the moment at which it was halted.
            return replace(self, decisions_root=root, epoch=self.epoch + 1)
        shut = self.moved(GateState.CLOSED, at=at, reason="The run is complete.", by=by)
        standing = Standing(
            state=self.state,
            reason=self.reason,
            changed_by=self.changed_by,
            awaits_acknowledgement=self.awaits_acknowledgement,
        )
        return replace(shut, decisions_root=root, before_close=standing)

    def reopened(self, *, at: datetime) -> "Gate":
        """The gate as it was before it was closed: the one way back, and no step of `LEGAL`.

        A stopped or killed one stays so, and only its root is taken back.

        Raises:
            IllegalGateStep: nobody knows what it was.
        """
        if not self.decisions_root:
            return self
        before = self.before_close
        back = replace(self, decisions_root="", before_close=None, epoch=self.epoch + 1)
        if self.state is not GateState.CLOSED:
            return back
        if before is None:
            raise IllegalGateStep(
                f"The gate of {self.run_id} was closed before it was noted what it had been.",
                metadata={"run_id": self.run_id, "from": self.state, "to": GateState.OPEN},
            )
        return replace(
            back,
            changed_at=at,
            state=before.state,
            reason=before.reason,
            changed_by=before.changed_by,
            awaits_acknowledgement=before.awaits_acknowledgement,
        )
