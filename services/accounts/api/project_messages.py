"""Projects as messages, and messages as commands."""

from aos.accounts.v1 import project_pb2, project_service_pb2
from kernel.identifiers import ProjectId
from kernel.principal import Principal
from services.accounts.domain.project import Project
from services.accounts.usecases.projects import UpdateProject


def to_update_project(
    request: project_service_pb2.UpdateProjectRequest, principal: Principal
) -> UpdateProject:
    """Read what a project should be."""
    return UpdateProject(
        principal=principal,
        project_id=ProjectId(request.project_id),
        etag=request.etag,
        name=request.name,
    )


def from_project(project: Project) -> project_pb2.Project:
    """Write a project."""
    message = project_pb2.Project(
        id=project.id,
        tenant_id=project.tenant_id,
        name=project.name,
        etag=str(project.revision),
    )
    message.create_time.FromDatetime(project.created_at)
    message.update_time.FromDatetime(project.updated_at)
    return message
