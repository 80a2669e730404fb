"""Take in what other domains say about runs: facts first, in the transaction of the event."""

from kernel.principal import Actor, ActorType
from services.incidents.domain.reports import (
    Breach,
    Ending,
    Report,
    breach_violation,
    ending_violation,
    overrun_violation,
)
from services.incidents.usecases.ports import UnitOfWork
from services.incidents.usecases.record_violation import record_violation


def _actor(report: Report) -> Actor:
    return Actor(type=ActorType.SERVICE, id=report.recorded_by)


async def observe_breaches(
    report: Report, breaches: list[Breach], *, unit_of_work: UnitOfWork
) -> None:
    """Keep what a decision found broken: for each policy the breach that decided most."""
    first = {breach.policy_id: breach for breach in reversed(breaches)}
    for breach in first.values():
        violation = breach_violation(report, breach)
        await record_violation(violation, actor=_actor(report), unit_of_work=unit_of_work)


async def observe_overrun(
    report: Report, *, policy_id: str, limit_name: str, overage: int, unit_of_work: UnitOfWork
) -> None:
    """Keep that a step used more than was reserved for it."""
    violation = overrun_violation(
        report, policy_id=policy_id, limit_name=limit_name, overage=overage
    )
    await record_violation(violation, actor=_actor(report), unit_of_work=unit_of_work)


async def observe_end(report: Report, ending: Ending, *, unit_of_work: UnitOfWork) -> None:
    """Keep how a run ended."""
    violation = ending_violation(report, ending)
    if violation is not None:
        await record_violation(violation, actor=_actor(report), unit_of_work=unit_of_work)
