"""What can be wrong with tenants, projects, agents, people and keys."""

from kernel.errors import AlreadyExists, FailedPrecondition, Forbidden, NotFound


class TenantNotFound(NotFound):
    """There is no such tenant."""

    reason = "TENANT_NOT_FOUND"

    @classmethod
    def of(cls, tenant_id: str) -> "TenantNotFound":
        """Say which."""
        return cls(f"There is no tenant {tenant_id}.", metadata={"tenant_id": tenant_id})


class ProjectNotFound(NotFound):
    """There is no such project, or none that the asker may know of."""

    reason = "PROJECT_NOT_FOUND"

    @classmethod
    def of(cls, project_id: str) -> "ProjectNotFound":
        """Say which."""
        return cls(f"There is no project {project_id}.", metadata={"project_id": project_id})


class AgentNotFound(NotFound):
    """There is no such agent, or none that the asker may know of."""

    reason = "AGENT_NOT_FOUND"

    @classmethod
    def of(cls, agent_id: str) -> "AgentNotFound":
        """Say which."""
        return cls(f"There is no agent {agent_id}.", metadata={"agent_id": agent_id})


class PersonNotFound(NotFound):
    """There is no such person, or none that the asker may know of."""

    reason = "PERSON_NOT_FOUND"

    @classmethod
    def of(cls, person_id: str) -> "PersonNotFound":
        """Say which."""
        return cls(f"There is no person {person_id}.", metadata={"person_id": person_id})


class ApiKeyNotFound(NotFound):
    """There is no such API key, or none that the asker may know of."""

    reason = "API_KEY_NOT_FOUND"

    @classmethod
    def of(cls, api_key_id: str) -> "ApiKeyNotFound":
        """Say which."""
        return cls(f"There is no API key {api_key_id}.", metadata={"api_key_id": api_key_id})


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
