"""What a refused call was told."""

from dataclasses import dataclass, field

from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode, aio


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A gRPC error, unpacked."""

    code: StatusCode
    message: str
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    # Seconds after which it is worth trying again, if the answer says so.
    retry_after: float | None = None


def refusal_of(error: aio.AioRpcError) -> Refusal:
    """Unpack everything that the answer says."""
    status, info = status_pb2.Status(), error_details_pb2.ErrorInfo()
    fields, retry = error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    for name, value in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            status.ParseFromString(value)
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(fields)
        detail.Unpack(retry)
    delay = retry.retry_delay.ToTimedelta().total_seconds()
    return Refusal(
        code=error.code(),
        message=error.details() or "",
        reason=info.reason,
        metadata=dict(info.metadata),
        fields={entry.field: entry.description for entry in fields.field_violations},
        retry_after=delay or None,
    )


async def refusal(call: object) -> Refusal:
    """Await a call that must be refused, and return what it was told."""
    try:
        answer = await call  # type: ignore[misc]
    except aio.AioRpcError as error:
        return refusal_of(error)
    raise AssertionError(f"the call was not refused but answered {answer}")
