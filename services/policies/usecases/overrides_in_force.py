"""Which policies are evaluated and not enforced for a run, and why."""

from collections.abc import Sequence

from kernel.identifiers import RunId, TenantId
from kernel.ledger import LedgerEntry, state_of
from kernel.principal import Actor, ActorType
from services.policies.domain.decision import Decision, SetAside
from services.policies.domain.gate import Gate
from services.policies.domain.policy_body import ScopeType
from services.policies.domain.program import RunContext
from services.policies.usecases.ports import OpenOverride, OverrideUse


def set_aside_for(gate: Gate, overrides: Sequence[OpenOverride]) -> dict[str, SetAside]:
    """Policies that a person has seen to, or that an open override is for."""
    set_aside = dict.fromkeys(gate.acknowledged_policies, SetAside.ACKNOWLEDGED)
    return set_aside | set_aside_at_start(gate.context, overrides)


def set_aside_at_start(
    context: RunContext, overrides: Sequence[OpenOverride]
) -> dict[str, SetAside]:
    """Policies that an open override is for, before anybody could have seen to one."""
    return {
        override.policy_id: SetAside.OVERRIDDEN
        for override in overrides
        if _covers(override, context)
    }


def uses_of(
    decision: Decision, context: RunContext, overrides: Sequence[OpenOverride]
) -> list[OverrideUse]:
    """Overrides without which the decision would have been harsher, or might have been."""
    spared = {
        finding.policy_id: finding
        for finding in decision.verdict.others
        if finding.breach and finding.set_aside is SetAside.OVERRIDDEN
    }
    return [
        OverrideUse(
            override_id=override.id,
            decision=decision,
            entry=LedgerEntry(
                tenant_id=TenantId(decision.tenant_id),
                event_type="OVERRIDE_USED",
                entity_type="override",
                entity_id=override.id,
                actor=Actor(type=ActorType.SERVICE, id=f"policy:{override.policy_id}"),
                run_id=RunId(decision.run_id),
                after={
                    **state_of(spared[override.policy_id]),
                    "decision_id": decision.id,
                    "step_id": decision.step_id,
                },
            ),
        )
        for override in overrides
        if override.policy_id in spared and _covers(override, context)
    ]


def _covers(override: OpenOverride, context: RunContext) -> bool:
    if override.tenant_id != context.tenant_id:
        return False
    own = {override.opened_by, override.opened_with} - {""}
    if own & {context.human_actor_id, context.api_key_id}:
        # Nobody lets go what stops their own run.
        return False
    named = {
        ScopeType.PROJECT: context.project_id,
        ScopeType.AGENT: context.agent_id,
        ScopeType.API_KEY: context.api_key_id,
        ScopeType.HUMAN_ACTOR: context.human_actor_id,
    }
    return override.scope_type not in named or named[override.scope_type] == override.scope_id
