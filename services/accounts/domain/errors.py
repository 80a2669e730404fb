"""What can be wrong with tenants, projects, agents, people and keys."""

from kernel.errors import AlreadyExists, FailedPrecondition, Forbidden, NotFound


class TenantNotFound(NotFound):
    """There is no such tenant."""

    reason = "TENANT_NOT_FOUND"
    thing = "tenant"


class ProjectNotFound(NotFound):
    """There is no such project, or none that the asker may know of."""

    reason = "PROJECT_NOT_FOUND"
    thing = "project"


class AgentNotFound(NotFound):
    """There is no such agent, or none that the asker may know of."""

    reason = "AGENT_NOT_FOUND"
    thing = "agent"


class PersonNotFound(NotFound):
    """There is no such person, or none that the asker may know of."""

    reason = "PERSON_NOT_FOUND"
    thing = "person"


class ApiKeyNotFound(NotFound):
    """There is no such API key, or none that the asker may know of."""

    reason = "API_KEY_NOT_FOUND"
    thing = "API key"


class RoleNotGrantable(Forbidden):
    """Somebody tried to hand out, or to take away, more than they hold."""

    reason = "ROLE_NOT_GRANTABLE"


class TenantNameTaken(AlreadyExists):
    """A tenant with that name exists."""

    reason = "TENANT_NAME_TAKEN"

    @classmethod
    def of(cls, name: str) -> "TenantNameTaken":
        """Say which."""
        return cls(
            f"A tenant named {name!r} exists already. Choose another name.",
            metadata={"name": name},
        )


class ProjectNameTaken(AlreadyExists):
    """The tenant has a project with that name."""

    reason = "PROJECT_NAME_TAKEN"

    @classmethod
    def of(cls, name: str) -> "ProjectNameTaken":
        """Say which."""
        return cls(
            f"The tenant has a project named {name!r} already. Choose another name.",
            metadata={"name": name},
        )


class AgentNameTaken(AlreadyExists):
    """The project has an agent with that name."""

    reason = "AGENT_NAME_TAKEN"

    @classmethod
    def of(cls, name: str) -> "AgentNameTaken":
        """Say which."""
        return cls(
            f"The project has an agent named {name!r} already. Choose another name.",
            metadata={"name": name},
        )


class PersonEmailTaken(AlreadyExists):
    """The tenant has a person with that e-mail address."""

    reason = "PERSON_EMAIL_TAKEN"

    @classmethod
    def of(cls, email: str) -> "PersonEmailTaken":
        """Say which."""
        return cls(
            f"The tenant has a person with the address {email} already. Change that person.",
            metadata={"email": email},
        )


class ApiKeyAlreadyRevoked(FailedPrecondition):
    """The API key is revoked already."""

    reason = "API_KEY_REVOKED"


class LastOwner(FailedPrecondition):
    """The last owner of a tenant cannot stop being one."""

    reason = "LAST_OWNER"
