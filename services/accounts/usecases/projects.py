"""Create, read and change projects. A credential bound to one sees and changes that one only."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.identifiers import ProjectId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.revision import require_current
from services.accounts.domain.bounds import sees
from services.accounts.domain.errors import ProjectNotFound
from services.accounts.domain.events import ProjectCreated, ProjectUpdated
from services.accounts.domain.project import Project
from services.accounts.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateProject:
    """What a project should be, based on what it was."""

    principal: Principal
    project_id: ProjectId
    etag: str
    name: str


async def create_project(
    name: str, *, principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> Project:
    """Create a project.

    Raises:
        ProjectNameTaken: the tenant has one of that name.
    """
    principal.require_whole_tenant()
    now = clock.now()
    project = Project(
        id=ProjectId(new_id("prj")),
        tenant_id=principal.tenant_id,
        name=name,
        created_at=now,
        updated_at=now,
    )
    await unit_of_work.projects.add(project)
    unit_of_work.announce(ProjectCreated(project=project), actor=principal.actor)
    return project


async def get_project(
    project_id: ProjectId, *, principal: Principal, unit_of_work: UnitOfWork
) -> Project:
    """Return one project.

    Raises:
        ProjectNotFound: there is none that the principal may know of.
    """
    project = await unit_of_work.projects.find(principal.tenant_id, project_id)
    if project is None or not sees(principal, project.id):
        raise ProjectNotFound.of(project_id)
    return project


async def list_projects(
    page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[Project]:
    """Return projects by name."""
    return await unit_of_work.projects.list(principal.tenant_id, principal.project_id, page)


async def update_project(
    command: UpdateProject, *, unit_of_work: UnitOfWork, clock: Clock
) -> Project:
    """Rename a project.

    Raises:
        ProjectNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        ProjectNameTaken: the tenant has another one of that name.
    """
    principal = command.principal
    project = await unit_of_work.projects.hold(principal.tenant_id, command.project_id)
    if project is None or not sees(principal, project.id):
        raise ProjectNotFound.of(command.project_id)
    require_current(command.etag, project.revision)
    renamed = project.renamed(command.name, at=clock.now())
    await unit_of_work.projects.update(renamed)
    unit_of_work.announce(ProjectUpdated(project=renamed), actor=principal.actor, before=project)
    return renamed
