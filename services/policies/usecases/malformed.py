"""Policies that cannot be understood, and what that means: what their failure mode says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.policies.domain.plain import restored
from services.policies.domain.policy_body import FailureMode, PolicyBody
from services.policies.domain.rollout import is_canary, side_by_side
from services.policies.domain.snapshot import AppliedPolicy, Mode
from services.policies.usecases.ports import CandidatePolicy

MALFORMED = "MALFORMED_POLICY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A policy that nobody understands."""

    policy_id: str
    version: int
    failure_mode: FailureMode
    fault: str = MALFORMED


def understood(
    candidates: Sequence[CandidatePolicy], *, run_id: str
) -> tuple[list[AppliedPolicy], list[Malformed]]:
    """The policies that can be applied, and those that cannot."""
    policies: list[AppliedPolicy] = []
    malformed: list[Malformed] = []
    for candidate in candidates:
        try:
            body = restored(PolicyBody, json.loads(candidate.content))
        except (ValueError, TypeError, KeyError, AttributeError):
            malformed.append(_malformed(candidate))
        else:
            policies += _with_trial(_applied(candidate, candidate.version, body), candidate, run_id)
    return policies, malformed


def _with_trial(
    in_force: AppliedPolicy, candidate: CandidatePolicy, run_id: str
) -> list[AppliedPolicy]:
    """The policy, and beside it the version of it that is on trial, if one is."""
    trial = candidate.on_trial
    if trial is None:
        return [in_force]
    body = restored(PolicyBody, json.loads(trial.content))
    return side_by_side(
        in_force,
        _applied(candidate, trial.version, body),
        canary=is_canary(run_id, trial.share_percent),
    )


def _applied(candidate: CandidatePolicy, version: int, body: PolicyBody) -> AppliedPolicy:
    return AppliedPolicy(
        policy_id=candidate.policy_id, version=version, mode=Mode.ENFORCED, body=body
    )


def _malformed(candidate: CandidatePolicy) -> Malformed:
    return Malformed(
        policy_id=candidate.policy_id,
        version=candidate.version,
        failure_mode=_failure_mode(candidate.content),
    )


def _failure_mode(content: bytes) -> FailureMode:
    """What the policy says of faults, if at least that can be read; closed otherwise."""
    try:
        plain: Any = json.loads(content)
        return FailureMode(plain["precedence"]["failure_mode"])
    except (ValueError, TypeError, KeyError):
        return FailureMode.FAIL_CLOSED
