"""What is the whole tenant's is nothing for who is bound to one of its projects."""

from kernel.errors import PermissionMissing
from kernel.principal import Principal


def require_whole_tenant(principal: Principal, what: str) -> None:
    """Refuse somebody who is bound to a project.

    Raises:
        PermissionMissing: the credential is.
    """
    if principal.project_id is not None:
        raise PermissionMissing(
            f"The credential is bound to a project, and {what} are for the whole tenant."
        )
