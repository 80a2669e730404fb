"""Serves aos.accounts.v1.ProjectService."""

from typing import Any

from aos.accounts.v1 import project_service_pb2, project_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import ProjectId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.accounts.api import project_messages
from services.accounts.usecases import projects
from services.accounts.usecases.ports import UnitOfWork


class ProjectService(project_service_pb2_grpc.ProjectServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        page_tokens: PageTokens,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._clock = clock

    async def CreateProject(self, request: Any, _context: Any) -> Any:
        """Create a project."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> project_service_pb2.CreateProjectResponse:
            project = await projects.create_project(
                request.name, principal=principal, unit_of_work=unit_of_work, clock=self._clock
            )
            return project_service_pb2.CreateProjectResponse(
                project=project_messages.from_project(project)
            )

        return await self._mutations.once(
            request, project_service_pb2.CreateProjectResponse, work, tenant=principal.tenant_id
        )

    async def GetProject(self, request: Any, _context: Any) -> Any:
        """Return one project."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            project = await projects.get_project(
                ProjectId(request.project_id), principal=principal, unit_of_work=unit_of_work
            )
        return project_service_pb2.GetProjectResponse(
            project=project_messages.from_project(project)
        )

    async def ListProjects(self, request: Any, _context: Any) -> Any:
        """List projects by name."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await projects.list_projects(
                page, principal=principal, unit_of_work=unit_of_work
            )
        return project_service_pb2.ListProjectsResponse(
            projects=[project_messages.from_project(project) for project in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def UpdateProject(self, request: Any, _context: Any) -> Any:
        """Change a project."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> project_service_pb2.UpdateProjectResponse:
            command = project_messages.to_update_project(request, principal)
            project = await projects.update_project(
                command, unit_of_work=unit_of_work, clock=self._clock
            )
            return project_service_pb2.UpdateProjectResponse(
                project=project_messages.from_project(project)
            )

        return await self._mutations.once(
            request, project_service_pb2.UpdateProjectResponse, work, tenant=principal.tenant_id
        )
