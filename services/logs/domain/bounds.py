"""What a credential that is bound to a project may read here: nothing, for it is the tenant's."""

from kernel.errors import PermissionMissing
from kernel.principal import Principal


def require_whole_tenant(principal: Principal) -> None:
    """Refuse a credential that is bound to a project.

    Raises:
        PermissionMissing: it is.
    """
    if principal.project_id is not None:
        raise PermissionMissing(
            "The credential is bound to a project, and the logs hold those of the whole tenant. "
            "Use a credential that is good for the whole tenant."
        )
