"""What must be true before a handler runs: deadline, authentication, caller, permission.

Every check is synchronous and works on what is in memory, so that together they cost a few
microseconds: they stand in front of each step that an agent takes.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from kernel.errors import (
    CredentialInvalid,
    CredentialMissing,
    DeadlineMissing,
    DeadlineTooShort,
    PermissionMissing,
    SpineBroken,
)
from kernel.principal import Principal
from servicekit.auth.callers import CallerList
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenVerifier
from servicekit.auth.tokens import TokenVerifier
from servicekit.calls import PUBLIC, Call
from servicekit.telemetry.logging import get_logger
from servicekit.tls.credentials import certified_names

_log = get_logger("rpc")

Check = Callable[[Call], None]

# With less than this left an answer would arrive after its caller has gone.
MINIMUM_SECONDS = 0.005
_BEARER = "Bearer "
# How API keys begin, and tokens never do.
API_KEY_PREFIX = "aos_"


class Spine(Protocol):
    """Whether the invariants of the plane hold; the boot guard knows."""

    def problems(self) -> dict[str, str]:
        """What does not hold, by the name of the check; empty while runs are accepted."""
        ...


class RequireDeadline:
    """A call on the enforcement path says how long it waits, and nobody starts a lost race."""

    def __call__(self, call: Call) -> None:
        """Refuse a spine call without a deadline, and any call whose time is up."""
        remaining = call.remaining()
        if remaining is None:
            if call.access.spine:
                raise DeadlineMissing(
                    f"{call.method.lstrip('/')} is on the enforcement path and needs a deadline. "
                    "Set a timeout on the call."
                )
        elif remaining < MINIMUM_SECONDS:
            raise DeadlineTooShort("The deadline is over before the work could begin.")


class Authenticate:
    """Finds out who asks, from the credential alone."""

    def __init__(
        self, *, tokens: TokenVerifier, services: ServiceTokenVerifier, encrypted: bool = False
    ) -> None:
        self._tokens = tokens
        self._services = services
        # With TLS a service is who its token and its certificate say, and nobody else.
        self._encrypted = encrypted

    def __call__(self, call: Call) -> None:
        """Fill in the caller and the principal; refuse a call that needs one and has none."""
        token = call.metadata.get(METADATA_KEY)
        if token:
            identity = self._services.verify(token)
            if self._encrypted:
                self._require_certified(identity.name, call)
            call.caller = identity.name
            if identity.tenant_id:
                call.principal = Principal(
                    tenant_id=identity.tenant_id, roles=frozenset(), service=identity.name
                )
        authorization = call.metadata.get("authorization", "")
        if authorization.startswith(_BEARER):
            self._believe(call, authorization[len(_BEARER) :])
        if call.principal is None and not call.access.open:
            self._require_known_service(call)

    def _require_certified(self, name: str, call: Call) -> None:
        """Refuse a token that came over somebody else's connection, or over one of nobody's."""
        names = certified_names(call.connection)
        if name in names:
            return
        shown = ", ".join(sorted(names)) or "nobody"
        _log.warning("a service token came over another's connection", claimed=name, shown=shown)
        raise CredentialInvalid(
            f"The service token is of {name}, but the certificate of the connection names {shown}. "
            "Services call each other with their own certificates, at the port that asks for them."
        )

    def _believe(self, call: Call, bearer: str) -> None:
        if call.access.open and bearer.startswith(API_KEY_PREFIX):
            # A method that takes keys as they are has to ask accounts, which a check cannot.
            return
        call.principal = self._tokens.verify(bearer)
        call.recheck = partial(self._tokens.verify, bearer)

    def _require_known_service(self, call: Call) -> None:
        if call.caller == PUBLIC or not call.access.tenantless:
            raise CredentialMissing(
                "The call carries no credential. Exchange an API key for a token and send it as "
                "'authorization: Bearer <token>'."
            )


class RequireListedCaller:
    """Obeys deploy/callers.yaml."""

    def __init__(self, callers: CallerList) -> None:
        self._callers = callers

    def __call__(self, call: Call) -> None:
        """Refuse a caller that is not on the method's list."""
        self._callers.require(call.method, call.caller)


class RequirePermission:
    """A person's or program's roles must grant what the method needs.

    A service acting on its own for a tenant has no roles; the caller list is what bounds it.
    """

    def __call__(self, call: Call) -> None:
        """Refuse a principal whose roles do not grant the permission."""
        principal, needed = call.principal, call.access.permission
        if not needed or principal is None or principal.service is not None:
            return
        if not principal.may(needed):
            raise PermissionMissing(
                f"The credential lacks the permission {needed}. Ask an owner of the tenant for a "
                "role that has it.",
                metadata={"permission": needed},
            )


class RequireSoundSpine:
    """A broken spine accepts no runs (INV-004)."""

    def __init__(self, spine: Spine) -> None:
        self._spine = spine

    def __call__(self, call: Call) -> None:
        """Refuse a spine call while a check of the boot guard does not hold."""
        if not call.access.spine:
            return
        problems = self._spine.problems()
        if problems:
            named = "; ".join(f"{name}: {problem}" for name, problem in sorted(problems.items()))
            raise SpineBroken(
                f"No runs are accepted at the moment. {named}",
                metadata={"checks": ",".join(problems)},
            )
