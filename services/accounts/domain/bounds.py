"""What a credential that is bound to a project sees and changes: that project and nothing else."""

from kernel.errors import PermissionMissing
from kernel.identifiers import ProjectId
from kernel.principal import Principal


def sees(principal: Principal, project_id: ProjectId | None) -> bool:
    """Whether the principal may know of what belongs to the project (None: to no project)."""
    return principal.project_id in (None, project_id)


def narrowed(principal: Principal, wanted: ProjectId | None) -> ProjectId | None:
    """The project to list from: the bound one, or the one asked for.

    Raises:
        PermissionMissing: the credential is bound to another project.
    """
    if not sees(principal, wanted or principal.project_id):
        raise PermissionMissing(
            "The credential is bound to another project. Leave project_id empty."
        )
    return wanted or principal.project_id
