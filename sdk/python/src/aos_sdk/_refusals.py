"""From what the plane answers when it refuses to the exception that says so."""

from google.protobuf.message import DecodeError
from grpc import StatusCode, aio

from aos_sdk import _errors as errors
from aos_sdk._contract import error_details_pb2, refusal_pb2, status_pb2
from aos_sdk._errors import AOSError, PlaneUnreachable, RequestRefused

DETAILS_KEY = "grpc-status-details-bin"
DOMAIN = "aos"

BY_CODE: dict[StatusCode, type[RequestRefused]] = {
    StatusCode.INVALID_ARGUMENT: errors.Invalid,
    StatusCode.OUT_OF_RANGE: errors.Invalid,
    StatusCode.UNIMPLEMENTED: errors.Invalid,
    StatusCode.UNAUTHENTICATED: errors.Unauthenticated,
    StatusCode.PERMISSION_DENIED: errors.PermissionDenied,
    StatusCode.NOT_FOUND: errors.NotFound,
    StatusCode.ALREADY_EXISTS: errors.AlreadyExists,
    StatusCode.ABORTED: errors.Conflict,
    StatusCode.FAILED_PRECONDITION: errors.PreconditionFailed,
    StatusCode.RESOURCE_EXHAUSTED: errors.Exhausted,
    StatusCode.DEADLINE_EXCEEDED: errors.Unavailable,
    StatusCode.UNAVAILABLE: errors.Unavailable,
}
# Reasons that deserve a class of their own.
_EXACT: dict[str, type[RequestRefused]] = {
    "SPINE_BROKEN": errors.SpineBroken,
    "GOVERNANCE_DEGRADED": errors.GovernanceDegraded,
}
# A refusal within a session has a reason and no status; these say which branch it belongs to.
_BRANCHES: dict[type[RequestRefused], frozenset[str]] = {
    errors.Invalid: frozenset(
        ["INVALID_REQUEST", "INVALID_FIELD", "INVALID_PAGE_TOKEN", "DEADLINE_MISSING"]
    ),
    errors.Unauthenticated: frozenset(
        ["UNAUTHENTICATED", "CREDENTIAL_MISSING", "CREDENTIAL_INVALID", "CREDENTIAL_EXPIRED"]
    ),
    errors.PermissionDenied: frozenset(
        ["FORBIDDEN", "PERMISSION_MISSING", "CALLER_NOT_ALLOWED", "TENANT_MISMATCH"]
    ),
    errors.AlreadyExists: frozenset(["ALREADY_EXISTS"]),
    errors.Conflict: frozenset(["CONFLICT", "ETAG_MISMATCH"]),
    errors.Exhausted: frozenset(["EXHAUSTED", "OVERLOADED", "MESSAGE_TOO_LARGE"]),
    errors.Unavailable: frozenset(
        ["UNAVAILABLE", "STORAGE_UNAVAILABLE", "AUDIT_UNAVAILABLE", "DEADLINE_TOO_SHORT"]
    ),
    errors.Internal: frozenset(["INTERNAL"]),
}
# A status of these that has no reason beside it comes from the way and not from the plane.
_SILENCE = frozenset(
    {
        StatusCode.UNAVAILABLE,
        StatusCode.DEADLINE_EXCEEDED,
        StatusCode.CANCELLED,
        # gRPC's own words for a connection that broke while something was written to it.
        StatusCode.INTERNAL,
        StatusCode.UNKNOWN,
    }
)
_RETRYABLE = (errors.Conflict, errors.Exhausted, errors.Unavailable)


def from_call(call: aio.AioRpcError) -> AOSError:
    """What a call failed with: the plane's refusal, or that it was out of reach."""
    status = _status(call)
    info, fields = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(fields)
    said = status.message or call.details() or call.code().name
    if info.domain != DOMAIN and call.code() in _SILENCE:
        return PlaneUnreachable(f"The plane did not answer ({call.code().name}: {said}).")
    kind = _EXACT.get(info.reason) or BY_CODE.get(call.code(), errors.Internal)
    metadata = dict(info.metadata)
    metadata.update({item.field: item.description for item in fields.field_violations})
    return kind(
        said,
        reason=info.reason or call.code().name,
        metadata=metadata,
        retryable=issubclass(kind, _RETRYABLE) and info.reason != "MESSAGE_TOO_LARGE",
    )


def _status(call: aio.AioRpcError) -> status_pb2.Status:
    status = status_pb2.Status()
    for name, value in call.trailing_metadata() or ():
        if name == DETAILS_KEY and isinstance(value, bytes):
            try:
                status.ParseFromString(value)
            except DecodeError:
                status.Clear()
    return status


def from_refusal(refusal: refusal_pb2.Refusal) -> RequestRefused:
    """What one message of a session was refused with."""
    kind = kind_of(refusal.reason, field=refusal.field, retryable=refusal.retryable)
    return kind(
        refusal.message,
        reason=refusal.reason,
        metadata={"field": refusal.field} if refusal.field else {},
        retryable=refusal.retryable,
    )


def kind_of(reason: str, *, field: str = "", retryable: bool = False) -> type[RequestRefused]:
    """The class of a reason, for a refusal that has no status."""
    if reason in _EXACT:
        return _EXACT[reason]
    if reason.endswith("_NOT_FOUND") or reason == "NOT_FOUND":
        return errors.NotFound
    for kind, reasons in _BRANCHES.items():
        if reason in reasons:
            return kind
    if field:
        return errors.Invalid
    return errors.Unavailable if retryable else errors.PreconditionFailed
