"""Create a run."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import InvalidField
from kernel.identifiers import AgentId, ProjectId, RunId, new_id
from kernel.principal import Principal
from services.activity.domain.events import RunCreated
from services.activity.domain.run import InspectionConstraints, Run, RunSource
from services.activity.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRun:
    """What somebody wants to run."""

    principal: Principal
    project_id: ProjectId | None
    agent_id: AgentId
    goal: str
    session_id: str
    source: RunSource
    synthetic_scenario_id: str
    inspection: InspectionConstraints


async def create_run(command: CreateRun, *, unit_of_work: UnitOfWork, clock: Clock) -> Run:
    """Create a run in phase CREATED, status queued, and announce it."""
    now = clock.now()
    principal = command.principal
    run = Run(
        id=RunId(new_id("run")),
        tenant_id=principal.tenant_id,
        project_id=_project(command),
        agent_id=command.agent_id,
        api_key_id=principal.api_key_id,
        actor_id=principal.actor_id,
        session_id=command.session_id,
        goal=command.goal,
        source=command.source,
        created_at=now,
        updated_at=now,
        synthetic_scenario_id=command.synthetic_scenario_id,
        inspection=command.inspection,
    )
    await unit_of_work.runs.add(run)
    unit_of_work.announce(RunCreated(run=run), actor=principal.actor)
    return run


def _project(command: CreateRun) -> ProjectId:
    """The project of the run: a credential that is bound to one cannot name another."""
    bound = command.principal.project_id
    if bound is None and command.project_id is None:
        raise InvalidField.named("project_id", "must be set: the credential is not bound to one")
    if bound is not None and command.project_id not in (None, bound):
        raise InvalidField.named("project_id", f"must be {bound}: the credential is bound to it")
    project = bound or command.project_id
    assert project is not None
    return project
