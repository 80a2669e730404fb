"""Compare what a run spent with its agent's own history."""

from kernel.identifiers import AgentId, ViolationId, new_id
from kernel.principal import Actor
from services.incidents.domain.burn_rate import Anomaly, Spending
from services.incidents.domain.incident import RunFacts
from services.incidents.domain.kinds import Category, TriggerType
from services.incidents.domain.violation import Measurement, Violation
from services.incidents.usecases.ports import UnitOfWork
from services.incidents.usecases.record_violation import record_violation


async def compare_spending(
    run: RunFacts, ending: Violation, *, actor: Actor, unit_of_work: UnitOfWork
) -> None:
    """Keep a violation if the run that ended spent unlike its agent's runs before.

    Once for a run: its end is concluded once, and in the same transaction.
    """
    if run.seconds is None:
        return
    spending = Spending(cost_micro_usd=run.cost_micro_usd, seconds=run.seconds)
    histories = unit_of_work.burn_histories
    history = await histories.hold(ending.tenant_id, AgentId(run.agent_id))
    # What a scenario made is judged like any run, and changes nothing for real ones.
    if not ending.synthetic_scenario_id:
        await histories.keep(history.with_run(spending))
    anomaly = history.anomaly(spending)
    if anomaly is not None:
        await record_violation(_violation(ending, anomaly), actor=actor, unit_of_work=unit_of_work)


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
