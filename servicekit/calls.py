"""The call being served: who asks, for which tenant, until when."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

from aos.options.v1 import access_pb2
from kernel.errors import CredentialMissing
from kernel.principal import Actor, ActorType, Principal

# Who calls when no service of ours does.
PUBLIC = "public"


@dataclass(slots=True, kw_only=True)
class Call:
    """One call as the interceptors learn about it, stage by stage."""

    method: str
    access: access_pb2.Access
    metadata: dict[str, str]
    # Monotonic moment after which nobody waits for the answer any more.
    deadline: float | None = None
    started: float = field(default_factory=time.monotonic)
    principal: Principal | None = None
    caller: str = PUBLIC
    # What the transport knows of the other side; asked only where it matters.
    connection: Callable[[], Mapping[str, Iterable[bytes]]] = dict
    # Raises when the credential is no longer believed; long streams ask now and then.
    recheck: Callable[[], object] = field(default=lambda: None)

    def remaining(self) -> float | None:
        """Seconds left until the caller gives up."""
        return None if self.deadline is None else self.deadline - time.monotonic()


_current: ContextVar[Call | None] = ContextVar("aos_call", default=None)


def enter(call: Call) -> None:
    """Make this the call being served; each runs in a task, and so in a context, of its own."""
    _current.set(call)


def current() -> Call | None:
    """The call being served, if any."""
    return _current.get()


def recheck() -> None:
    """Raise if the caller's credential has expired or was revoked since the call began."""
    call = _current.get()
    if call is not None:
        call.recheck()


def actor() -> Actor:
    """Who acts: the principal, or the service of ours that calls for nobody."""
    call = _current.get()
    if call is None or (call.principal is None and call.caller == PUBLIC):
        raise CredentialMissing("This call needs a credential.")
    if call.principal is not None:
        return call.principal.actor
    return Actor(type=ActorType.SERVICE, id=f"service:{call.caller}")


def principal() -> Principal:
    """Who asks. Methods that are open or tenantless must not count on anybody."""
    call = _current.get()
    if call is None or call.principal is None:
        raise CredentialMissing("This call needs a credential of a tenant.")
    return call.principal
