"""What can be wrong with a policy, a gate, a step or a reservation."""

from kernel.errors import (
    Conflict,
    FailedPrecondition,
    Forbidden,
    InternalError,
    InvalidField,
    NotFound,
    Unavailable,
)


class ActionRenamed(InvalidField):
    """The action has another name today."""

    @classmethod
    def of(cls, old: str, new: str) -> "ActionRenamed":
        """Name the action of today."""
        error = cls.named("on_breach.action", f"{old} is called {new} today")
        return cls(error.message, violations=error.violations)


class PolicyNotFound(NotFound):
    """There is no such policy, or none that the asker may know of."""

    reason = "POLICY_NOT_FOUND"
    thing = "policy"


class IllegalPolicyStep(FailedPrecondition):
    """The policy's state does not lead there."""

    reason = "ILLEGAL_POLICY_STEP"


class GateNotFound(NotFound):
    """The run was never opened, or the asker may not know of it."""

    reason = "GATE_NOT_FOUND"

    @classmethod
    def of(cls, run_id: str) -> "GateNotFound":
        """The same words for every run that somebody may not know of."""
        return cls(
            f"The run {run_id} was never opened. Call OpenRun first.", metadata={"run_id": run_id}
        )


class GateConflict(FailedPrecondition):
    """The run was opened before in other circumstances."""

    reason = "GATE_CONFLICT"


class IllegalGateStep(FailedPrecondition):
    """The gate's state does not lead there; nothing revives a run that was stopped or killed."""

    reason = "ILLEGAL_GATE_STEP"


class StepIdReused(FailedPrecondition):
    """The step was asked about before, with other particulars."""

    reason = "STEP_ID_REUSED"

    @classmethod
    def of(cls, step_id: str) -> "StepIdReused":
        """Name the step."""
        return cls(
            f"The step {step_id} was asked about before with other particulars. Choose a new "
            "step_id.",
            metadata={"step_id": step_id},
        )


class ReservationNotFound(NotFound):
    """Nothing was reserved for the step, or the asker may not know of it."""

    reason = "RESERVATION_NOT_FOUND"

    @classmethod
    def of_step(cls, run_id: str, step_id: str) -> "ReservationNotFound":
        """The same words for every step that somebody may not know of."""
        return cls(
            f"Nothing is reserved for step {step_id} of {run_id}.",
            metadata={"run_id": run_id, "step_id": step_id},
        )


class AlreadySettled(FailedPrecondition):
    """The step was settled before, with another use."""

    reason = "ALREADY_SETTLED"

    @classmethod
    def of(cls, step_id: str) -> "AlreadySettled":
        """Name the step."""
        return cls(
            f"The step {step_id} was settled before with another use.",
            metadata={"step_id": step_id},
        )


class SnapshotNotFound(NotFound):
    """There is no such snapshot, or none that the asker may know of."""

    reason = "SNAPSHOT_NOT_FOUND"
    thing = "snapshot"


class SnapshotDamaged(InternalError):
    """The snapshot is not what it was when it was taken; nothing is decided by it."""

    reason = "SNAPSHOT_DAMAGED"

    @classmethod
    def of(cls, snapshot_id: str) -> "SnapshotDamaged":
        """Name the snapshot."""
        return cls(
            f"The snapshot {snapshot_id} is not what it was when it was taken, so nothing is "
            "decided by it.",
            metadata={"snapshot_id": snapshot_id},
        )


class NoPolicyApplies(FailedPrecondition):
    """No policy applies to the run, which the governance profile forbids."""

    reason = "NO_POLICY_APPLIES"


class GovernanceDegraded(Unavailable):
    """Governance is degraded, so no run begins."""

    reason = "GOVERNANCE_DEGRADED"


class DecisionNotFound(NotFound):
    """The step was never decided, or the asker may not know of it."""

    reason = "DECISION_NOT_FOUND"

    @classmethod
    def of_step(cls, run_id: str, step_id: str) -> "DecisionNotFound":
        """The same words for every decision that somebody may not know of."""
        return cls(
            f"There is no decision on step {step_id} of {run_id}.",
            metadata={"run_id": run_id, "step_id": step_id},
        )


class CounterBusy(Conflict):
    """A counter changed while the batch was under way; the batch is done again."""


class OverrideNotFound(NotFound):
    """There is no such override, or none that the asker may know of."""

    reason = "OVERRIDE_NOT_FOUND"
    thing = "override"


class OverrideOfOneself(Forbidden):
    """Nobody lets go what stops their own runs."""

    reason = "OVERRIDE_OF_ONESELF"


class ProposalNotFound(NotFound):
    """There is no such proposal, or none that the asker may know of."""

    reason = "PROPOSAL_NOT_FOUND"
    thing = "proposal"


class ProposalDecided(FailedPrecondition):
    """The proposal was approved or rejected before."""

    reason = "PROPOSAL_DECIDED"


class SelfApprovalForbidden(Forbidden):
    """Somebody else has to approve it, as long as the tenant does not say otherwise."""

    reason = "SELF_APPROVAL_FORBIDDEN"


class LessonNotFound(NotFound):
    """There is no such lesson, or none that the asker may know of."""

    reason = "LESSON_NOT_FOUND"
    thing = "lesson"


class LessonAlreadyConverted(FailedPrecondition):
    """The lesson has become a draft before."""

    reason = "LESSON_CONVERTED"


class RolloutNotFound(NotFound):
    """There is no such rollout, or none that the asker may know of."""

    reason = "ROLLOUT_NOT_FOUND"
    thing = "rollout"


class RolloutUnderWay(FailedPrecondition):
    """Another version of the policy is on trial."""

    reason = "ROLLOUT_UNDER_WAY"

    @classmethod
    def of(cls, policy_id: str, rollout_id: str) -> "RolloutUnderWay":
        """Name the rollout to complete or abort."""
        return cls(
            f"Another version of {policy_id} is on trial. Complete or abort {rollout_id} first.",
            metadata={"policy_id": policy_id, "rollout_id": rollout_id},
        )


class IllegalRolloutStep(FailedPrecondition):
    """The rollout's state does not lead there."""

    reason = "ILLEGAL_ROLLOUT_STEP"


class NotInspected(Conflict):
    """What the step says was not looked at by the rules that decide it now."""

    @classmethod
    def of(cls, step_id: str) -> "NotInspected":
        """Name the step."""
        return cls(
            f"What decides the step {step_id} changed while it was looked at. Ask again.",
            metadata={"step_id": step_id},
        )
