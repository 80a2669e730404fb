"""Compare what a run spent with its agent's own history."""

from collections.abc import Sequence

from kernel.identifiers import AgentId, TenantId, ViolationId, new_id
from kernel.principal import Actor
from services.incidents.domain.burn_rate import Anomaly, Spending
from services.incidents.domain.incident import RunFacts
from services.incidents.domain.kinds import Category, TriggerType
from services.incidents.domain.violation import Measurement, Violation
from services.incidents.usecases.ports import UnitOfWork
from services.incidents.usecases.record_violation import record_violation


async def compare_spending(
    ended: Sequence[tuple[RunFacts, Violation]], *, actor: Actor, unit_of_work: UnitOfWork
) -> None:
    """Keep a violation for each run that ended and spent unlike its agent's runs before.

    Once for a run: its end is concluded once, and in the same transaction.
    """
    by_agent: dict[tuple[TenantId, AgentId], list[tuple[Spending, Violation]]] = {}
    for run, ending in ended:
        if run.seconds is not None:
            agent = (ending.tenant_id, AgentId(run.agent_id))
            spending = Spending(cost_micro_usd=run.cost_micro_usd, seconds=run.seconds)
            by_agent.setdefault(agent, []).append((spending, ending))
    unlike: list[Violation] = []
    # In one order, so that two who conclude runs of the same agents do not wait for each other.
    for agent in sorted(by_agent):
        unlike += await _compared(agent, by_agent[agent], unit_of_work)
    for violation in unlike:
        await record_violation(violation, actor=actor, unit_of_work=unit_of_work)


async def _compared(
    agent: tuple[TenantId, AgentId],
    spent: Sequence[tuple[Spending, Violation]],
    unit_of_work: UnitOfWork,
) -> list[Violation]:
    """What is unusual, each run compared with those before it; the history then knows them all."""
    before = history = await unit_of_work.burn_histories.hold(*agent)
    unlike: list[Violation] = []
    for spending, ending in spent:
        anomaly = history.anomaly(spending)
        if anomaly is not None:
            unlike.append(_violation(ending, anomaly))
        # What a scenario made is judged like any run, and changes nothing for real ones.
        if not ending.synthetic_scenario_id:
            history = history.with_run(spending)
    if history != before:
        await unit_of_work.burn_histories.keep(history)
    return unlike


def _violation(ending: Violation, anomaly: Anomaly) -> Violation:
    return Violation(
        id=ViolationId(new_id("vio")),
        tenant_id=ending.tenant_id,
        source_id=f"{ending.source_id}/burn_rate",
        run_id=ending.run_id,
        subject="",
        policy_id="",
        trigger_type=TriggerType.COST_ANOMALY,
        category=Category.COST_ANOMALY,
        blocking=False,
        detail=anomaly.explanation,
        measured=Measurement(
            occurred_at=ending.measured.occurred_at,
            limit_name="burn rate",
            value=anomaly.rate,
            threshold=anomaly.threshold,
            unit="micro_usd/minute",
        ),
        recorded_by=ending.recorded_by,
        created_at=ending.created_at,
        synthetic_scenario_id=ending.synthetic_scenario_id,
    )
