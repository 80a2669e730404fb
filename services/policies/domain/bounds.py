"""What a credential that is bound to a project may decide here: nothing for the whole tenant."""

from kernel.errors import PermissionMissing
from kernel.principal import Principal


def require_whole_tenant(principal: Principal) -> None:
    """Refuse a credential that is bound to a project.

    Raises:
        PermissionMissing: it is.
    """
    if principal.project_id is not None:
        raise PermissionMissing(
            "The credential is bound to a project, and this is for the whole tenant. Use a "
            "credential that is good for the whole tenant."
        )
