"""Errors become gRPC statuses here and nowhere else, each with a reason for programs."""

from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

from kernel import errors

DOMAIN = "aos"
DETAILS_KEY = "grpc-status-details-bin"

# The most exact class that an error is an instance of decides; order matters for nothing else.
_CODES: dict[type[errors.ServiceError], StatusCode] = {
    errors.InvalidRequest: StatusCode.INVALID_ARGUMENT,
    errors.Unauthenticated: StatusCode.UNAUTHENTICATED,
    errors.Forbidden: StatusCode.PERMISSION_DENIED,
    errors.NotFound: StatusCode.NOT_FOUND,
    errors.AlreadyExists: StatusCode.ALREADY_EXISTS,
    errors.Conflict: StatusCode.ABORTED,
    errors.FailedPrecondition: StatusCode.FAILED_PRECONDITION,
    errors.Exhausted: StatusCode.RESOURCE_EXHAUSTED,
    errors.DeadlineTooShort: StatusCode.DEADLINE_EXCEEDED,
    errors.Unavailable: StatusCode.UNAVAILABLE,
    errors.ServiceError: StatusCode.INTERNAL,
}


def code_of(error: errors.ServiceError) -> StatusCode:
    """The status code of an error, by the nearest branch of the tree."""
    return next(_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)


def status_of(error: errors.ServiceError) -> status_pb2.Status:
    """The whole answer: code, one sentence, reason, fields, and when to come back."""
    status = status_pb2.Status(code=code_of(error).value[0], message=error.message)
    details: list[object] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    ]
    if error.violations:
        fields = error_details_pb2.BadRequest()
        for violation in error.violations:
            fields.field_violations.add(field=violation.field, description=violation.description)
        details.append(fields)
    if error.retry_after is not None:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(error.retry_after)
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)  # type: ignore[arg-type]
        status.details.append(packed)
    return status
