"""See how completions stand, and set a parked one going again."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.identifiers import RunId
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.orchestrator.domain.errors import SagaNotFound
from services.orchestrator.domain.events import CompletionReplayed
from services.orchestrator.domain.kinds import SagaState
from services.orchestrator.domain.saga import Saga
from services.orchestrator.usecases.ports import StoredStep, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaView:
    """A saga with what its steps came to."""

    saga: Saga
    steps: Sequence[StoredStep]


async def get_saga(run_id: RunId, *, principal: Principal, unit_of_work: UnitOfWork) -> SagaView:
    """Return the completion of a run.

    Raises:
        SagaNotFound: nobody asked for it, or the asker may not know of the run.
    """
    saga = await _known(run_id, principal, unit_of_work)
    return SagaView(saga=saga, steps=await unit_of_work.sagas.steps(saga))


async def list_sagas(
    state: SagaState | None,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
) -> Page[Saga]:
    """List the tenant's completions, the newest first.

    Raises:
        PermissionMissing: the credential is bound to a project.
    """
    principal.require_whole_tenant()
    return await unit_of_work.sagas.list(principal.tenant_id, state, page)


async def replay_saga(run_id: RunId, *, principal: Principal, unit_of_work: UnitOfWork) -> SagaView:
    """Set a parked completion going again, where it stopped.

    Raises:
        SagaNotFound: nobody asked for it, or the asker may not know of the run.
        SagaNotParked: it waits for nobody.
    """
    known = await _known(run_id, principal, unit_of_work, hold=True)
    saga = known.replayed(at=await unit_of_work.now())
    await unit_of_work.sagas.update(saga)
    unit_of_work.announce(CompletionReplayed(saga=saga), actor=principal.actor, before=known)
    return SagaView(saga=saga, steps=await unit_of_work.sagas.steps(saga))


async def _known(
    run_id: RunId, principal: Principal, unit_of_work: UnitOfWork, *, hold: bool = False
) -> Saga:
    tenant_id = principal.tenant_id
    contract = await unit_of_work.contracts.find(tenant_id, run_id, principal.project_id)
    saga = await unit_of_work.sagas.of_run(tenant_id, run_id, hold=hold) if contract else None
    if saga is None:
        raise SagaNotFound.of(run_id)
    return saga
