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


def refusal_of(error: aio.AioRpcError) -> Refusal:
    """Unpack everything that the answer says."""
    status, info = status_pb2.Status(), error_details_pb2.ErrorInfo()
    fields = error_details_pb2.BadRequest()
    for name, value in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            status.ParseFromString(value)
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(fields)
    return Refusal(
        code=error.code(),
        message=error.details() or "",
        reason=info.reason,
        metadata=dict(info.metadata),
        fields={entry.field: entry.description for entry in fields.field_violations},
    )


async def refusal(call: object) -> Refusal:
    """Await a call that must be refused, and return what it was told."""
    try:
        answer = await call  # type: ignore[misc]
    except aio.AioRpcError as error:
        return refusal_of(error)
    raise AssertionError(f"the call was not refused but answered {answer}")
