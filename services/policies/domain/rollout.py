"""A new version of an active policy on its way into force: shadow → canary → all."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import PolicyId, RolloutId, RunId, TenantId
from services.policies.domain.action import Action
from services.policies.domain.decision import Decision, Finding, SetAside
from services.policies.domain.errors import IllegalRolloutStep
from services.policies.domain.policy_body import PolicyBody
from services.policies.domain.program import Program
from services.policies.domain.snapshot import AppliedPolicy, Mode


class RolloutState(StrEnum):
    """How far a version is."""

    # Evaluated and recorded for every run, never enforced.
    SHADOW = "SHADOW"
    # Enforced for a share of runs, chosen by a hash of the run's id.
    CANARY = "CANARY"
    COMPLETED = "COMPLETED"
    ABORTED = "ABORTED"


UNDER_WAY = (RolloutState.SHADOW, RolloutState.CANARY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One version on trial."""

    id: RolloutId
    tenant_id: TenantId
    policy_id: PolicyId
    # The version in force when it began, and the one on trial.
    base_version: int
    candidate_version: int
    body: PolicyBody
    started_by: str
    created_at: datetime
    updated_at: datetime
    state: RolloutState = RolloutState.SHADOW
    share_percent: int = 0
    end_reason: str = ""
    revision: int = 1

    def promoted(self, share_percent: int, *, at: datetime) -> "Rollout":
        """The rollout, enforced for a share of runs; the share may also change later.

        Raises:
            IllegalRolloutStep: it is over.
        """
        return replace(self._moved(RolloutState.CANARY, at), share_percent=share_percent)

    def completed(self, *, at: datetime) -> "Rollout":
        """The rollout, its version in force for all.

        Raises:
            IllegalRolloutStep: it is over, or nobody has seen it enforced yet.
        """
        if self.state is RolloutState.SHADOW:
            raise self._illegal(RolloutState.COMPLETED)
        return self._moved(RolloutState.COMPLETED, at)

    def aborted(self, reason: str, *, at: datetime) -> "Rollout":
        """The rollout, given up.

        Raises:
            IllegalRolloutStep: it is over.
        """
        return replace(self._moved(RolloutState.ABORTED, at), end_reason=reason)

    def _moved(self, to: RolloutState, at: datetime) -> "Rollout":
        if self.state not in UNDER_WAY:
            raise self._illegal(to)
        return replace(self, state=to, updated_at=at, revision=self.revision + 1)

    def _illegal(self, to: RolloutState) -> IllegalRolloutStep:
        return IllegalRolloutStep(
            f"A rollout that is {self.state} cannot become {to}.",
            metadata={"rollout_id": self.id, "from": self.state, "to": to},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A version on trial, as runs that begin now find it beside the one in force."""

    version: int
    content: bytes
    # Percent of runs for which it is enforced; 0 while it is a shadow.
    share_percent: int


def is_canary(run_id: str, share_percent: int) -> bool:
    """Whether a run belongs to the share; the same run always gets the same answer."""
    number = int.from_bytes(hashlib.sha256(run_id.encode()).digest(), "big")
    return number % 100 < share_percent


def side_by_side(
    in_force: AppliedPolicy, candidate: AppliedPolicy, *, canary: bool
) -> list[AppliedPolicy]:
    """Both versions, one of them enforced and the other one only watched."""
    watched = in_force if canary else candidate
    return [
        replace(one, mode=Mode.SHADOW if one is watched else Mode.ENFORCED)
        for one in (in_force, candidate)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first step of a run about which the two versions of a policy did not agree."""

    tenant_id: TenantId
    policy_id: PolicyId
    candidate_version: int
    run_id: RunId
    step_id: str
    decision_id: str
    canary: bool
    in_force_action: Action
    candidate_action: Action
    in_force_rule: str
    candidate_rule: str
    # What the step may at most have cost.
    cost_micro_usd: int
    decided_at: datetime


def divergences(decision: Decision, program: Program, cost_micro_usd: int) -> list[Divergence]:
    """Where the versions of each policy on trial say different things about a step."""
    verdict = decision.verdict
    findings = [one for one in (verdict.winner, *verdict.others) if one is not None]
    found = []
    for trial in program.trials:
        own = [one for one in findings if one.policy_id == trial.policy_id and one.breach]
        enforced = _harshest(one for one in own if one.set_aside is not SetAside.SHADOW)
        watched = _harshest(one for one in own if one.set_aside is SetAside.SHADOW)
        sides = (watched, enforced) if trial.is_canary else (enforced, watched)
        if _action(sides[0]) is not _action(sides[1]):
            found.append(
                Divergence(
                    tenant_id=TenantId(decision.tenant_id),
                    policy_id=PolicyId(trial.policy_id),
                    candidate_version=trial.candidate_version,
                    run_id=RunId(decision.run_id),
                    step_id=decision.step_id,
                    decision_id=decision.id,
                    canary=trial.is_canary,
                    in_force_action=_action(sides[0]),
                    candidate_action=_action(sides[1]),
                    in_force_rule=_rule(sides[0]),
                    candidate_rule=_rule(sides[1]),
                    cost_micro_usd=cost_micro_usd,
                    decided_at=decision.decided_at,
                )
            )
    return found


def _harshest(findings: Iterable[Finding]) -> Finding | None:
    return max(findings, key=lambda one: (one.action, one.limit_name), default=None)


def _action(finding: Finding | None) -> Action:
    return Action.CONTINUE if finding is None else finding.action


def _rule(finding: Finding | None) -> str:
    return "" if finding is None else finding.limit_name or finding.detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a divergence report adds up to."""

    runs_observed: int
    runs_candidate_harsher: int
    runs_candidate_milder: int
    # What runs have spent from the step on at which the candidate would have halted them.
    would_save_micro_usd: int
    # What the steps may cost that the candidate would have let happen.
    would_cost_micro_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Where two versions disagreed, page by page, and what it adds up to."""

    totals: Totals
    divergences: Sequence[Divergence]
