"""May this step happen? A pure function: no clock, no input, no output, the same every time.

The usual answer costs one pass over integers. Only when a rule has something to say is a word of it
made: which tier, which action, who wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from services.policies.domain.action import Action, harshest
from services.policies.domain.decision import (
    ContentFinding,
    Facts,
    Finding,
    Reason,
    SetAside,
    Verdict,
)
from services.policies.domain.governance import GovernanceState
from services.policies.domain.policy_body import FailureMode
from services.policies.domain.program import ContentCheck, Rule, RuleTable

_ALLOWED = Verdict(action=Action.CONTINUE, reason=Reason.ALLOWED)
# What a finding says of a budget that used more than was reserved: it counts as used up.
FROZEN = "FROZEN"
# The cap in force by place; None where the budget is frozen.
Caps = Mapping[int, int | None]


def decide(
    table: RuleTable,
    used: Sequence[int],
    facts: Facts,
    amounts: Sequence[int],
    *,
    caps: Caps = MappingProxyType({}),
    governance: GovernanceState = GovernanceState.ACTIVE,
    set_aside: Mapping[str, SetAside] = MappingProxyType({}),
) -> Verdict:
    """Decide one step of a run whose gate is open.

    `used` says where each counter of the table stands, in the order of its rules; `caps` names
    those whose cap in force is stricter than the snapshot's, or whose budget is frozen;
    `set_aside` the policies that are evaluated and not enforced, and why.
    """
    shares = [
        (stand + amounts[metric]) * 1000 // divisor
        for stand, metric, divisor in zip(used, table.metrics, table.divisors, strict=True)
    ]
    quiet = not (caps or facts.content or facts.faults) and governance is GovernanceState.ACTIVE
    if quiet and (not shares or max(shares) < table.first_word):
        return _ALLOWED
    findings = [
        *_limit_findings(table, used, amounts, shares, caps),
        *_content_findings(table.content, facts),
    ]
    return _verdict(table, findings, facts, governance, set_aside)


def every_finding(
    table: RuleTable, used: Sequence[int], amounts: Sequence[int], caps: Caps
) -> list[Finding]:
    """What every limit of a table says, near or not, for whoever wants the whole picture."""
    return [
        _finding(rule, used[place] + amounts[table.metrics[place]], caps.get(place, rule.cap))
        for place, rule in enumerate(table.rules)
    ]


def _limit_findings(
    table: RuleTable,
    used: Sequence[int],
    amounts: Sequence[int],
    shares: Sequence[int],
    caps: Caps,
) -> list[Finding]:
    findings = []
    for place, share in enumerate(shares):
        if share >= table.first_word or place in caps:
            rule = table.rules[place]
            value = used[place] + amounts[table.metrics[place]]
            finding = _finding(rule, value, caps.get(place, rule.cap))
            if finding.breach or finding.tier:
                findings.append(finding)
    return findings


def _finding(rule: Rule, value: int, in_force: int | None) -> Finding:
    cap = rule.cap if in_force is None else min(rule.cap, in_force)
    breach = in_force is None or value > cap
    percent = value * 100 // max(cap, 1)
    reached = [tier.percent for tier in rule.tiers if tier.percent <= percent]
    return Finding(
        policy_id=rule.policy_id,
        policy_version=rule.policy_version,
        limit_name=rule.limit_name,
        limit_type=rule.limit.type,
        action=rule.action if breach else Action.CONTINUE,
        requires_ack=breach and rule.requires_ack,
        breach=breach,
        value=value,
        threshold=cap,
        proximity_percent=min(percent, 1_000_000),
        tier=0 if breach else max(reached, default=0),
        set_aside=SetAside.SHADOW if rule.shadow else None,
        detail=FROZEN if in_force is None else "",
    )


def _content_findings(checks: Sequence[ContentCheck], facts: Facts) -> list[Finding]:
    by_version: dict[tuple[str, int], ContentCheck] = {}
    for check in checks:
        by_version[check.policy_id, check.policy_version] = check
        by_version.setdefault((check.policy_id, 0), check)
    findings = []
    for found in facts.content:
        asker = by_version.get((found.policy_id, found.policy_version))
        if asker is not None:
            findings.append(_content_finding(asker, found))
    return findings


def _content_finding(check: ContentCheck, found: ContentFinding) -> Finding:
    return Finding(
        policy_id=check.policy_id,
        policy_version=check.policy_version,
        limit_name=found.rule_name,
        action=check.action,
        requires_ack=check.requires_ack,
        breach=True,
        proximity_percent=100,
        detail=found.detail,
        set_aside=SetAside.SHADOW if check.shadow else None,
    )


def _fault_findings(table: RuleTable, facts: Facts) -> list[Finding]:
    """What a policy that cannot be evaluated says: what its failure mode does."""
    modes = {check.policy_id: check.failure_mode for check in table.content if not check.shadow}
    modes |= {rule.policy_id: rule.failure_mode for rule in table.rules if not rule.shadow}
    findings = []
    for fault in facts.faults:
        opens = modes.get(fault.policy_id) is FailureMode.FAIL_OPEN
        tolerated = SetAside.FAIL_OPEN if opens else None
        findings.append(
            Finding(
                policy_id=fault.policy_id,
                policy_version=0,
                limit_name="",
                action=Action.STOP,
                breach=True,
                proximity_percent=100,
                detail=fault.name,
                set_aside=SetAside.SHADOW if fault.shadow else tolerated,
            )
        )
    return findings


def _verdict(
    table: RuleTable,
    findings: Sequence[Finding],
    facts: Facts,
    governance: GovernanceState,
    set_aside: Mapping[str, SetAside],
) -> Verdict:
    every = [
        _weighed(finding, governance, set_aside)
        for finding in (*findings, *_fault_findings(table, facts))
    ]
    counting = [finding for finding in every if finding.set_aside is None]
    winner = harshest(counting)
    action = Action.CONTINUE if winner is None else winner.action
    if governance is GovernanceState.DEGRADED:
        # Runs under way finish; the winner still says what would have been done.
        action = min(action, Action.WARN)
    if winner is None or action is Action.CONTINUE:
        winner = _nearest_of(every)
    others = sorted(
        (finding for finding in every if finding is not winner),
        key=lambda finding: (finding.policy_id, finding.limit_name, finding.policy_version),
    )
    faults = [finding.detail for finding in every if finding.policy_version == 0]
    return Verdict(
        action=action,
        reason=_reason(winner, action),
        winner=winner,
        others=tuple(others),
        requires_ack=action is not Action.CONTINUE and winner is not None and winner.requires_ack,
        bypassed=governance is GovernanceState.DISABLED,
        fault=faults[0] if faults else "",
    )


def _weighed(
    finding: Finding, governance: GovernanceState, set_aside: Mapping[str, SetAside]
) -> Finding:
    """The finding, marked if it does not count."""
    if finding.set_aside is not None:
        return finding
    if governance is GovernanceState.DISABLED:
        return replace(finding, set_aside=SetAside.BYPASSED)
    reason = set_aside.get(finding.policy_id)
    return finding if reason is None else replace(finding, set_aside=reason)


def _nearest_of(findings: Sequence[Finding]) -> Finding | None:
    """What came nearest among those that count; equals by the lowest policy id."""
    return min(
        (finding for finding in findings if finding.set_aside is None),
        key=lambda finding: (-finding.proximity_percent, finding.policy_id, finding.limit_name),
        default=None,
    )


def _reason(winner: Finding | None, action: Action) -> Reason:
    if action is Action.CONTINUE or winner is None:
        return Reason.ALLOWED
    return Reason.FAULT if winner.policy_version == 0 else Reason.BREACH
