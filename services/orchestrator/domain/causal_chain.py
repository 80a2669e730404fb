"""What happened to a run, as one chain of causes from its first step to the ledger. Pure.

Each link names what led to it by the identifiers of other links, or of policies and people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.orchestrator.domain.chain_facts import (
    ChainFacts,
    DecisionFact,
    IncidentFact,
    StepFact,
)
from services.orchestrator.domain.run_summary import deciding, measured, summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the chain."""

    at: datetime
    domain: str
    kind: str
    id: str
    what: str
    because_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The run in a sentence, and the chain in order of time."""

    summary: str
    links: Sequence[Link]


def explain(facts: ChainFacts) -> Explanation:
    """Tell what happened; of what happened at the same moment, causes come first."""
    links = sorted(_links(facts), key=lambda link: link.at)
    return Explanation(summary=summary(facts), links=links)


def _links(facts: ChainFacts) -> Iterator[Link]:
    """Every link, each kind after those that lead to it; the sort keeps that order."""
    yield _run(facts)
    yield from _decisions(facts)
    yield from _steps(facts)
    yield from _enforcements(facts)
    yield from _run_log(facts)
    yield from _gate(facts)
    yield from _completion(facts)
    yield from _incidents(facts)
    yield from _proposals(facts)
    yield from _entries(facts)


def _run(facts: ChainFacts) -> Link:
    run = facts.run
    return Link(
        at=run.created_at,
        domain="activity",
        kind="run",
        id=run.id,
        what=f"The run was created for the agent {run.agent_id}.",
        because_of=(run.agent_id,),
    )


def _decisions(facts: ChainFacts) -> Iterator[Link]:
    for one in facts.decisions:
        because = [_gate_id(facts) if one.is_at_gate else facts.run.id]
        if one.finding is not None and one.finding.policy_id:
            because.append(one.finding.policy_id)
        yield Link(
            at=one.at,
            domain="policies",
            kind="decision",
            id=one.id,
            what=_decided(one, facts),
            because_of=tuple(because),
        )


def _decided(decision: DecisionFact, facts: ChainFacts) -> str:
    said = f"About the step {decision.step_id} it was decided: {decision.action}"
    if decision.is_at_gate:
        return f"{said}, since the gate was not open."
    if decision.finding is None:
        return f"{said}."
    finding = decision.finding
    return f"{said}, by {facts.policy(finding.policy_id)}{measured(finding)}."


def _steps(facts: ChainFacts) -> Iterator[Link]:
    asked = {one.step_id: one.id for one in facts.decisions}
    for one in facts.steps:
        yield Link(
            at=one.at,
            domain="activity",
            kind="step",
            id=one.id,
            what=_taken(one),
            because_of=(asked.get(one.step_id, facts.run.id),),
        )


def _taken(step: StepFact) -> str:
    if step.status == "BLOCKED":
        return f"Step {step.index}, {step.skill}, did not happen."
    return f"Step {step.index}, {step.skill}: {step.status}."


def _enforcements(facts: ChainFacts) -> Iterator[Link]:
    for one in sorted(facts.enforcements, key=lambda item: (item.at, item.id)):
        yield Link(
            at=one.at,
            domain="policies",
            kind="enforcement",
            id=one.id,
            what=f"The {facts.policy(one.policy_id)} enforced {one.action} at {one.step_id}.",
            because_of=tuple(filter(None, (one.decision_id, one.policy_id))),
        )


def _run_log(facts: ChainFacts) -> Iterator[Link]:
    for one in facts.run_log:
        yield Link(
            at=one.at,
            domain="logs",
            kind=one.type.lower(),
            id=one.id,
            what=one.summary,
            because_of=tuple(filter(None, (one.policy_id,))) or (facts.run.id,),
        )


def _gate_id(facts: ChainFacts) -> str:
    """Gates have no identifier but that of their run."""
    return f"{facts.run.id}/gate"


def _gate(facts: ChainFacts) -> Iterator[Link]:
    gate = facts.gate
    if gate is None:
        return
    opened = f"Its gate was opened, over {len(facts.policy_names)} policies."
    yield _of_gate(facts, gate.opened_at, f"{_gate_id(facts)}/opened", opened, facts.run.id)
    if gate.state in ("OPEN", "CLOSED"):
        return
    decision = deciding(facts)
    what = f"The run was {gate.state.lower()} by {gate.changed_by}"
    if gate.reason:
        what += f": {gate.reason}"
    cause = gate.changed_by if decision is None else decision.id
    yield _of_gate(facts, gate.changed_at, _gate_id(facts), f"{what}.", cause)


def _of_gate(facts: ChainFacts, at: datetime, name: str, what: str, cause: str) -> Link:
    because = (cause,) if cause else (facts.run.id,)
    return Link(at=at, domain="policies", kind="gate", id=name, what=what, because_of=because)


def _completion(facts: ChainFacts) -> Iterator[Link]:
    completion = facts.completion
    if completion is None:
        return
    halted = facts.gate is not None and facts.gate.state in ("STOPPED", "KILLED")
    yield Link(
        at=completion.created_at,
        domain="orchestrator",
        kind="completion",
        id=completion.id,
        what=f"Its completion began, said by {completion.said_by} ({completion.cause}).",
        because_of=(_gate_id(facts) if halted else facts.run.id,),
    )
    before = completion.id
    for step in completion.steps:
        name = f"{completion.id}/{step.name}"
        yield Link(
            at=step.at,
            domain="orchestrator",
            kind="completion_step",
            id=name,
            what=f"The completion has done: {step.name}.",
            because_of=(before,),
        )
        before = name


def _incidents(facts: ChainFacts) -> Iterator[Link]:
    for one in facts.incidents:
        yield Link(
            at=one.at,
            domain="incidents",
            kind="incident",
            id=one.id,
            what=f"It came to an incident, {one.severity}: {one.title}.",
            because_of=_led_to(one, facts),
        )
    for prevented in facts.preventions:
        yield Link(
            at=prevented.at,
            domain="policies",
            kind="prevention",
            id=prevented.id,
            what=f"No incident was made: {facts.policy(prevented.policy_id)} covers it.",
            because_of=tuple(filter(None, (prevented.policy_id, prevented.original_incident_id))),
        )


def _led_to(incident: IncidentFact, facts: ChainFacts) -> tuple[str, ...]:
    """What the policy of the incident did; or the decision at which the run turned; or its end."""
    enforced = [
        one.id
        for one in facts.enforcements
        if incident.policy_id and one.policy_id == incident.policy_id
    ]
    if enforced:
        return tuple(sorted(enforced))
    if incident.decision_id:
        return (incident.decision_id,)
    return (facts.completion.id if facts.completion else facts.run.id,)


def _proposals(facts: ChainFacts) -> Iterator[Link]:
    for one in facts.proposals:
        yield Link(
            at=one.at,
            domain="policies",
            kind="proposal",
            id=one.id,
            what=f"A rule was proposed; it is {one.state.lower()}.",
            because_of=(one.incident_id,),
        )


def _entries(facts: ChainFacts) -> Iterator[Link]:
    for one in facts.entries:
        cause = one.entity_id
        if one.event_type == "RUN_COMPLETED" and facts.completion is not None:
            cause = f"{facts.completion.id}/audit"
        yield Link(
            at=one.at,
            domain="logs",
            kind="ledger_entry",
            id=one.id,
            what=f"Entry {one.sequence} of the ledger: {one.event_type}, by {one.actor_id}.",
            because_of=(cause,),
        )
