"""Errors a service raises, each with a reason that machines can act on.

ServiceError
├── InvalidRequest        the request can never succeed as it is
│   ├── InvalidField      … and these fields are why
│   ├── InvalidPageToken  the page token is not one of this query's
│   └── DeadlineMissing   a spine call must say how long it is willing to wait
├── Unauthenticated       nobody is known to be asking
│   ├── CredentialMissing
│   ├── CredentialInvalid
│   └── CredentialExpired
├── Forbidden             somebody is asking who may not
│   ├── PermissionMissing
│   ├── CallerNotAllowed
│   └── TenantMismatch
├── NotFound              there is no such thing, or none that the asker may know of
├── AlreadyExists         the name is taken
├── Conflict              the state moved on while the request was under way; ask again
│   └── EtagMismatch
├── FailedPrecondition    the state forbids it until something else changes
│   └── RequestIdReused   the same request id came with another body
├── Exhausted             a limit is reached; the error says when to come back
│   ├── Overloaded
│   └── MessageTooLarge
├── DeadlineTooShort      too little time is left to do it properly
├── Unavailable           not now; the same request may succeed later
│   ├── SpineBroken       an invariant does not hold, so no run is accepted
│   ├── AuditUnavailable  what would be done could not be audited, so it is not done
│   └── StorageUnavailable
└── InternalError         our own fault; details are in our log and nowhere else

A domain adds its own leaves beside these (``RunNotFound(NotFound)``). One interceptor knows which
gRPC status each branch becomes; nobody else mentions gRPC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldViolation:
    """One field of a request and what is wrong with it."""

    field: str
    description: str


class ServiceError(Exception):
    """An error with a reason, told to the caller in one sentence."""

    reason: ClassVar[str] = "INTERNAL"

    def __init__(
        self,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[FieldViolation] = (),
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = dict(metadata or {})
        self.violations = tuple(violations)
        self.retry_after = retry_after


class InvalidRequest(ServiceError):
    """The request can never succeed as it is."""

    reason = "INVALID_REQUEST"


class InvalidField(InvalidRequest):
    """A field holds something it cannot hold."""

    reason = "INVALID_FIELD"

    @classmethod
    def named(cls, field: str, description: str) -> "InvalidField":
        """Blame one field."""
        violation = FieldViolation(field=field, description=description)
        return cls(f"{field}: {description}", violations=[violation])


class InvalidPageToken(InvalidRequest):
    """The page token is damaged, or belongs to another query."""

    reason = "INVALID_PAGE_TOKEN"


class DeadlineMissing(InvalidRequest):
    """A call on the enforcement path came without a deadline."""

    reason = "DEADLINE_MISSING"


class Unauthenticated(ServiceError):
    """Nobody is known to be asking."""

    reason = "UNAUTHENTICATED"


class CredentialMissing(Unauthenticated):
    """The call carries no credential."""

    reason = "CREDENTIAL_MISSING"


class CredentialInvalid(Unauthenticated):
    """The credential is unknown, revoked, damaged or meant for somebody else."""

    reason = "CREDENTIAL_INVALID"


class CredentialExpired(Unauthenticated):
    """The credential was good and is no longer."""

    reason = "CREDENTIAL_EXPIRED"


class Forbidden(ServiceError):
    """Somebody is asking who may not."""

    reason = "FORBIDDEN"


class PermissionMissing(Forbidden):
    """None of the asker's roles grants what the call needs."""

    reason = "PERMISSION_MISSING"


class CallerNotAllowed(Forbidden):
    """The calling service is not on the list of this method's callers."""

    reason = "CALLER_NOT_ALLOWED"


class TenantMismatch(Forbidden):
    """The request names another tenant than the credential does."""

    reason = "TENANT_MISMATCH"


class NotFound(ServiceError):
    """There is no such thing, or none that the asker may know of."""

    reason = "NOT_FOUND"
    # What is not there, in words; each kind of thing has a class of its own.
    thing: ClassVar[str] = "such thing"

    @classmethod
    def of(cls, identifier: str) -> Self:
        """The same words for everything that somebody may not know of."""
        name = f"{cls.thing.replace(' ', '_').lower()}_id"
        return cls(f"There is no {cls.thing} {identifier}.", metadata={name: identifier})


class AlreadyExists(ServiceError):
    """The name is taken."""

    reason = "ALREADY_EXISTS"


class Conflict(ServiceError):
    """The state moved on while the request was under way."""

    reason = "CONFLICT"


class EtagMismatch(Conflict):
    """The thing changed since the caller read it."""

    reason = "ETAG_MISMATCH"


class FailedPrecondition(ServiceError):
    """The state forbids it until something else changes."""

    reason = "FAILED_PRECONDITION"


class RequestIdReused(FailedPrecondition):
    """The same request id came before with another body."""

    reason = "REQUEST_ID_REUSED"


class Exhausted(ServiceError):
    """A limit is reached."""

    reason = "EXHAUSTED"


class Overloaded(Exhausted):
    """More work is waiting than can be done in time."""

    reason = "OVERLOADED"


class MessageTooLarge(Exhausted):
    """A message is larger than this service takes."""

    reason = "MESSAGE_TOO_LARGE"


class DeadlineTooShort(ServiceError):
    """Too little of the caller's deadline is left to answer."""

    reason = "DEADLINE_TOO_SHORT"


class Unavailable(ServiceError):
    """Not now; the same request may succeed later."""

    reason = "UNAVAILABLE"


class SpineBroken(Unavailable):
    """An invariant does not hold, so no run is accepted (INV-004)."""

    reason = "SPINE_BROKEN"


class AuditUnavailable(Unavailable):
    """What would be done could not be audited, so it is not done."""

    reason = "AUDIT_UNAVAILABLE"


class StorageUnavailable(Unavailable):
    """The database cannot be reached or refuses to write."""

    reason = "STORAGE_UNAVAILABLE"


class InternalError(ServiceError):
    """Our own fault; details are in our log and nowhere else."""

    reason = "INTERNAL"
