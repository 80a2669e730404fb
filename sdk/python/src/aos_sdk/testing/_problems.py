"""Refusals of a fake plane, in both shapes that the contract knows."""

import secrets

from grpc import StatusCode, aio

from aos_sdk._contract import error_details_pb2, refusal_pb2, status_pb2
from aos_sdk._refusals import BY_CODE, DETAILS_KEY, DOMAIN, kind_of

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


class Problem(Exception):
    """Why something is refused: within a session as a message, outside as a status."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        field: str = "",
        retryable: bool = False,
        metadata: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.retryable = retryable
        self.metadata = metadata or {}

    def refusal(self) -> refusal_pb2.Refusal:
        """As a message of a session says it."""
        return refusal_pb2.Refusal(
            reason=self.reason, message=self.message, field=self.field, retryable=self.retryable
        )

    async def abort(self, context: "aio.ServicerContext[object, object]") -> None:
        """As the status of a call says it."""
        code = self._code()
        info = error_details_pb2.ErrorInfo(
            reason=self.reason, domain=DOMAIN, metadata=self.metadata
        )
        status = status_pb2.Status(code=code.value[0], message=self.message)
        status.details.add().Pack(info)
        if self.field:
            fields = error_details_pb2.BadRequest()
            fields.field_violations.add(field=self.field, description=self.message)
            status.details.add().Pack(fields)
        trailer = (DETAILS_KEY, status.SerializeToString())
        await context.abort(code, self.message, (trailer,))

    def _code(self) -> StatusCode:
        wanted = kind_of(self.reason, field=self.field, retryable=self.retryable)
        return next(code for code, kind in reversed(BY_CODE.items()) if issubclass(wanted, kind))


def new_id(prefix: str) -> str:
    """An identifier as AOS writes them: a prefix and 26 letters and digits."""
    return f"{prefix}_0" + "".join(secrets.choice(_LETTERS) for _ in range(25))
