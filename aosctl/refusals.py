"""What a service says when it refuses: a reason for programs, and the fields that are to blame."""

from dataclasses import dataclass, field
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A refused call, unpacked."""

    code: grpc.StatusCode
    message: str
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    # What is wrong with which field.
    fields: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        named = "".join(f"; {name}: {what}" for name, what in self.fields.items())
        return f"{self.reason or self.code.name}: {self.message}{named}"


def refused(error: grpc.aio.AioRpcError) -> Refused:
    """Unpack everything that the answer says."""
    status, info = status_pb2.Status(), error_details_pb2.ErrorInfo()
    blame = error_details_pb2.BadRequest()
    trailing: Any = error.trailing_metadata() or ()
    for name, value in trailing:
        if name == "grpc-status-details-bin":
            status.ParseFromString(value)
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(blame)
    return Refused(
        code=error.code(),
        message=error.details() or "",
        reason=info.reason,
        metadata=dict(info.metadata),
        fields={one.field: one.description for one in blame.field_violations},
    )
