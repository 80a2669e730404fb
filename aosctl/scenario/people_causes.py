"""What people do in scenarios: with a run, a policy, an incident, the switch."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from aos.policies.v1 import policy_pb2
from aosctl.policy_documents import PolicyDocument
from aosctl.scenario.cast import Cast
from aosctl.scenario.document import (
    Approve,
    ChangePolicy,
    LearnLesson,
    MoveSwitch,
    OfPolicy,
    OfRun,
    SwitchState,
)
from aosctl.scenario.looks import LOOKS
from aosctl.stage.calling import seen
from aosctl.stage.policy_writing import activate, change, put_in_force, suspend
from kernel.clock import utc_now
from services.policies.api.policy_messages import from_body

_MOVES = {
    SwitchState.ACTIVE: "Enable",
    SwitchState.DEGRADED: "Degrade",
    SwitchState.DISABLED: "Disable",
}
_OVERRIDE = timedelta(minutes=10)


def upon_run(method: str) -> Callable[[Cast, OfRun], Awaitable[str]]:
    """What a person asks of the orchestrator about a run."""

    async def happens(cast: Cast, of: OfRun) -> str:
        run_id = cast.run(of.run).run_id
        await cast.stage.call("orchestrator", "run", method, run_id=run_id, reason=of.reason)
        return run_id

    return happens


async def acknowledge_run(cast: Cast, of: OfRun) -> str:
    """Say that somebody has seen what a run waits for."""
    run_id = cast.run(of.run).run_id
    await cast.stage.call("policies", "gate", "Acknowledge", run_id=run_id, comment=of.reason)
    return run_id


async def move_switch(cast: Cast, move: MoveSwitch) -> str:
    """Move the governance switch of the tenant."""
    await cast.stage.call("policies", "governance", _MOVES[move.to], reason=move.reason)
    return move.to


async def approve_proposal(cast: Cast, approve: Approve) -> str:
    """Make a draft of the proposal that came of a run, and let it govern if that is wanted."""
    proposal = await _first(cast, approve.run, "policies", "proposals")
    approved = await cast.stage.call(
        "policies",
        "proposal",
        "ApproveProposal",
        proposal_id=proposal.id,
        etag=proposal.etag,
        comment=approve.comment,
    )
    policy = approved.policy
    if approve.activate:
        policy = await activate(cast.stage, policy)
    cast.policies[policy.body.name] = policy
    return str(policy.id)


async def reject_proposal(cast: Cast, of: OfRun) -> str:
    """Do away with the proposal that came of a run."""
    proposal = await _first(cast, of.run, "policies", "proposals")
    await cast.stage.call(
        "policies",
        "proposal",
        "RejectProposal",
        proposal_id=proposal.id,
        etag=proposal.etag,
        reason=of.reason,
    )
    return str(proposal.id)


async def learn_lesson(cast: Cast, learn: LearnLesson) -> str:
    """Write down what was learned of a run, and make a draft of it."""
    recorded = await cast.stage.call(
        "policies",
        "lesson",
        "RecordLesson",
        title=learn.title,
        run_id=cast.run(learn.run).run_id,
        body=from_body(learn.policy.body),
    )
    converted = await cast.stage.call(
        "policies",
        "lesson",
        "ConvertToDraft",
        lesson_id=recorded.lesson.id,
        etag=recorded.lesson.etag,
    )
    cast.policies[converted.policy.body.name] = converted.policy
    return str(recorded.lesson.id)


async def write_policy(cast: Cast, document: PolicyDocument) -> str:
    """Write a policy and let it govern."""
    made = await put_in_force(cast.stage, from_body(document.body))
    cast.policies[made.body.name] = made
    return str(made.id)


async def suspend_guardrails(cast: Cast) -> None:
    """Let the policies that a new tenant begins with govern nothing."""
    listed = await cast.stage.call("policies", "policy", "ListPolicies", page_size=500)
    for policy in listed.policies:
        if policy.source == policy_pb2.POLICY_SOURCE_DEFAULT:
            await suspend(cast.stage, policy)


async def change_policy(cast: Cast, change_of: ChangePolicy) -> str:
    """Let a policy in force say something else."""
    known = cast.policies[change_of.policy]
    changed = await change(cast.stage, known, from_body(change_of.to.body))
    cast.policies[change_of.policy] = changed
    return f"{changed.id}, version {changed.version}"


async def suspend_policy(cast: Cast, of: OfPolicy) -> str:
    """Let a policy govern nothing for a while."""
    suspended = await suspend(cast.stage, cast.policies[of.policy])
    cast.policies[of.policy] = suspended
    return str(suspended.id)


async def open_override(cast: Cast, of: OfPolicy) -> str:
    """Let a policy be evaluated and not enforced for a while."""
    until = Timestamp()
    until.FromDatetime(utc_now() + _OVERRIDE)
    answer = await cast.stage.call(
        "policies",
        "override",
        "OpenOverride",
        policy_id=cast.policies[of.policy].id,
        scope_type="SCOPE_TYPE_ALL_RUNS",
        reason=of.reason,
        end_time=until,
    )
    return str(answer.override.id)


async def acknowledge_incident(cast: Cast, of: OfRun) -> str:
    """Take on the incident of a run."""
    incident = await _first(cast, of.run, "incidents", "incidents")
    await cast.stage.call(
        "incidents",
        "incident",
        "AcknowledgeIncident",
        incident_id=incident.id,
        etag=incident.etag,
    )
    return str(incident.id)


async def resolve_incident(cast: Cast, of: OfRun) -> str:
    """Close the incident of a run."""
    incident = await _first(cast, of.run, "incidents", "incidents")
    await cast.stage.call(
        "incidents",
        "incident",
        "ResolveIncident",
        incident_id=incident.id,
        etag=incident.etag,
        resolution=of.reason,
    )
    return str(incident.id)


async def acknowledge_alert(cast: Cast, of: OfRun) -> str:
    """Take note of an alert about a run."""
    alert = await _first(cast, of.run, "incidents", "alerts")
    await cast.stage.call("incidents", "alert", "AcknowledgeAlert", alert_id=alert.id)
    return str(alert.id)


async def _first(cast: Cast, run: str, domain: str, name: str) -> Any:
    """What a person waits for before they can do anything about it."""
    look = LOOKS[domain][name]

    async def there() -> list[Any]:
        return await look.see(cast.stage, cast.run(run).subject)

    return (await seen(f"One of the {name} of the run", there))[0]
