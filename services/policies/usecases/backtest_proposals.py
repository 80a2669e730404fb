"""Try a proposal on the tenant's last runs, from what was recorded when they were decided."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

from kernel.identifiers import ProposalId
from kernel.principal import Principal
from services.policies.domain.backtest import Backtest, RecordedRun, RecordedStep, backtest
from services.policies.domain.gate import Gate
from services.policies.domain.policy_body import PolicyBody
from services.policies.domain.reservation import Use
from services.policies.usecases.people_ports import PeopleUnitOfWork, TakenStep
from services.policies.usecases.read_decisions import facts_of
from services.policies.usecases.review_proposals import get_proposal

USUAL_RUNS = 100
# Deciding so many again takes about a second.
MOST_STEPS = 20_000


async def backtest_proposal(
    proposal_id: ProposalId,
    run_count: int,
    *,
    principal: Principal,
    unit_of_work: PeopleUnitOfWork,
) -> Backtest:
    """Say which of the tenant's last runs a proposal would have touched, and how.

    Raises:
        ProposalNotFound: there is none that the principal may know of.
    """
    proposal = await get_proposal(proposal_id, principal=principal, unit_of_work=unit_of_work)
    gates = await unit_of_work.history.last_runs(principal.tenant_id, run_count or USUAL_RUNS)
    taken: list[tuple[Gate, Sequence[TakenStep]]] = []
    room = MOST_STEPS
    for gate in gates:
        steps = await unit_of_work.history.steps_taken(gate, room + 1)
        room -= len(steps)
        if room < 0:
            break
        taken.append((gate, steps))
    # Admission answers on the same loop, and must not wait for us.
    return await asyncio.to_thread(_tried, proposal.body, taken, truncated=room < 0)


def _tried(
    body: PolicyBody, taken: Sequence[tuple[Gate, Sequence[TakenStep]]], *, truncated: bool
) -> Backtest:
    runs = [_recorded(gate, steps) for gate, steps in taken]
    return backtest(body, runs, truncated=truncated)


def _recorded(gate: Gate, taken: Sequence[TakenStep]) -> RecordedRun:
    steps = [step for step in map(_step, taken) if step is not None]
    return RecordedRun(context=gate.context, opened_at=gate.opened_at, steps=steps)


def _step(taken: TakenStep) -> RecordedStep | None:
    plain = json.loads(taken.inputs)
    if "facts" not in plain:
        # The start of the run, which is no step.
        return None
    # What other policies found in it, or failed to look for, says nothing of this one.
    facts = replace(facts_of(plain), content=(), faults=())
    if not taken.settled:
        # What nobody settled counts as spent.
        return RecordedStep(
            step_id=taken.step_id,
            decided_at=taken.decided_at,
            facts=facts,
            used=facts.amounts,
            cost_micro_usd=facts.cost_micro_usd,
        )
    given, received, cost, not_taken = json.loads(taken.settled)
    use = Use(input_tokens=given, output_tokens=received, cost_micro_usd=cost, not_taken=not_taken)
    return RecordedStep(
        step_id=taken.step_id,
        decided_at=taken.decided_at,
        facts=facts,
        used=use.amounts(facts.kind),
        cost_micro_usd=cost,
    )
