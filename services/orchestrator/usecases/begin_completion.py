"""Begin the completion of a run: on disk before anybody is told, and only once."""

from dataclasses import dataclass
from datetime import timedelta

from kernel.identifiers import ProjectId, RunId, SagaId, TenantId, new_id
from kernel.principal import Actor, Principal
from services.orchestrator.domain.errors import ContractNotFound, RunIsOver
from services.orchestrator.domain.events import CompletionBegun
from services.orchestrator.domain.kinds import Cause, SagaState, Wish
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.saga import Saga
from services.orchestrator.usecases.ports import UnitOfWork

_SAID_BY_SOMEBODY = frozenset({Cause.AGENT, Cause.WORKER, Cause.PERSON})


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginCompletion:
    """Who says that a run is over, and how it is to end."""

    tenant_id: TenantId
    project_id: ProjectId | None
    run_id: RunId
    wish: Wish
    cause: Cause
    actor: Actor
    # How long whoever executes the run has to say so itself.
    grace: timedelta = timedelta()

    @classmethod
    def of(cls, principal: Principal, run_id: str, wish: Wish, cause: Cause) -> "BeginCompletion":
        """What somebody of a tenant says."""
        return cls(
            tenant_id=principal.tenant_id,
            project_id=principal.project_id,
            run_id=RunId(run_id),
            wish=wish,
            cause=cause,
            actor=principal.actor,
        )


async def begin_completion(command: BeginCompletion, *, unit_of_work: UnitOfWork) -> Saga:
    """Write down that the run is to be completed; said again, it is as it was.

    Raises:
        ContractNotFound: there is no such run, or none that the asker may know of.
        RunIsOver: it is completed already, and somebody now says otherwise.
    """
    contract = await unit_of_work.contracts.find(
        command.tenant_id, command.run_id, command.project_id
    )
    if contract is None:
        raise ContractNotFound.of(command.run_id)
    saga = await _new(command, contract, unit_of_work)
    if await unit_of_work.sagas.add(saga):
        unit_of_work.announce(CompletionBegun(saga=saga), actor=command.actor)
        return saga
    known = await unit_of_work.sagas.of_run(command.tenant_id, command.run_id, hold=True)
    assert known is not None
    return await _again(command, known, unit_of_work)


async def _new(command: BeginCompletion, contract: RunContract, unit_of_work: UnitOfWork) -> Saga:
    at = await unit_of_work.now()
    return Saga(
        id=SagaId(new_id("sga")),
        tenant_id=command.tenant_id,
        run_id=command.run_id,
        cause=command.cause,
        wish=command.wish,
        said_by=command.actor.id,
        created_at=at,
        updated_at=at,
        retry_at=at + command.grace,
        synthetic_scenario_id=contract.synthetic_scenario_id,
    )


async def _again(command: BeginCompletion, known: Saga, unit_of_work: UnitOfWork) -> Saga:
    unit_of_work.leave_unchanged()
    if _still_waits(known) and not command.grace:
        # Whoever executed it is done, or is not waited for any more.
        hurried = known.hurried(command.wish, at=await unit_of_work.now())
        await unit_of_work.sagas.update(hurried)
        return hurried
    if command.cause not in _SAID_BY_SOMEBODY or known.cause is Cause.GATE:
        # It is over already, and who notices that once more changes nothing.
        return known
    if known.wish is command.wish and known.cause is command.cause:
        return known
    raise RunIsOver.of(command.run_id)


def _still_waits(saga: Saga) -> bool:
    begun = saga.position > 0 or saga.attempts > 0 or saga.state is not SagaState.RUNNING
    return saga.cause is Cause.GATE and not begun and saga.retry_at > saga.created_at
