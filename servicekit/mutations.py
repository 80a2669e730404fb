"""A mutating call is one transaction: the change, its events, and the answer to give again.

The answer is written last, in the same commit. Two calls with one request id may both do the work;
the second then fails on the answer's key, rolls back, and returns what the first one stored. That
costs one insert per call; claiming the id first would cost an update more.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import InternalError, RequestIdReused, ServiceError
from servicekit import calls
from servicekit.audit.gate import Gate
from servicekit.database import violated_constraint
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork, Work_co

Response = TypeVar("Response", bound=Message)

_ANSWERS_KEY = "answers_pkey"


class Mutations(Generic[Work_co]):
    """Performs mutating calls once, however often they are asked for."""

    def __init__(self, *, units_of_work: UnitsOfWork[Work_co], gate: Gate) -> None:
        self._units_of_work = units_of_work
        self._gate = gate
        self._answers = units_of_work.tables.answers

    async def once(
        self,
        request: Any,
        response_type: type[Response],
        work: Callable[[Work_co], Awaitable[Response]],
        *,
        tenant: str,
        also: tuple[str, ...] = (),
    ) -> Response:
        """Do the work and commit it, or return the answer it was given before.

        `also` names further tenants that the work must see; only machine-made work has any.

        Raises:
            RequestIdReused: the same request id came before with another body.
            AuditUnavailable: the change could not be audited, so it was not made.
        """
        self._gate.require_open()
        try:
            async with self._units_of_work(tenant, *also) as unit_of_work:
                earlier = await self._find(unit_of_work, request, response_type, tenant)
                if earlier is not None:
                    return earlier
                response = await work(unit_of_work)
                _require_audit(unit_of_work, request)
                await self._remember(unit_of_work, request, response, tenant)
                await cast("UnitOfWork", unit_of_work).commit()
                return response
        except ServiceError as error:
            # A twin of this call may have won meanwhile and caused this; then its answer is ours.
            earlier = await self._find_afresh(request, response_type, tenant)
            if earlier is None or isinstance(error, RequestIdReused):
                raise
            return earlier

    async def _find_afresh(
        self, request: Any, response_type: type[Response], tenant: str
    ) -> Response | None:
        async with self._units_of_work(tenant) as unit_of_work:
            return await self._find(unit_of_work, request, response_type, tenant)

    async def _find(
        self, unit_of_work: object, request: Any, response_type: type[Response], tenant: str
    ) -> Response | None:
        answers = self._answers.c
        statement = select(answers.request_hash, answers.response).where(
            answers.tenant_id == tenant,
            answers.method == request.DESCRIPTOR.full_name,
            answers.request_id == request.request_id,
        )
        row = (await _connection(unit_of_work).execute(statement)).first()
        if row is None:
            return None
        if row.request_hash != _fingerprint(request):
            raise RequestIdReused(
                "This request_id was used before with another request. Choose a new one.",
                metadata={"request_id": request.request_id},
            )
        return response_type.FromString(row.response)

    async def _remember(
        self, unit_of_work: object, request: Any, response: Message, tenant: str
    ) -> None:
        row = {
            "tenant_id": tenant,
            "method": request.DESCRIPTOR.full_name,
            "request_id": request.request_id,
            "request_hash": _fingerprint(request),
            "response": without_secrets(response).SerializeToString(),
        }
        try:
            await _connection(unit_of_work).execute(insert(self._answers), row)
        except IntegrityError as error:
            if violated_constraint(error) == _ANSWERS_KEY:
                raise _AnsweredMeanwhile("The same request was answered meanwhile.") from error
            raise


class _AnsweredMeanwhile(ServiceError):
    """A twin of this call committed first; its answer is read and returned."""


def _require_audit(unit_of_work: object, request: Any) -> None:
    """No audit, no action: a change that records nothing is our mistake and is rolled back."""
    if not cast("UnitOfWork", unit_of_work).recorded:
        raise InternalError(f"{request.DESCRIPTOR.name} would change something without a record.")


def _connection(unit_of_work: object) -> AsyncConnection:
    # The caller's type is its own port, which knows no connection.
    return cast("UnitOfWork", unit_of_work).connection


def _fingerprint(request: Message) -> bytes:
    """What makes a repetition the same request: its body, and who asks.

    An answer belongs to whoever asked; a colleague with narrower rights must not fetch it by
    guessing the request id.
    """
    call = calls.current()
    actor = call.principal.actor_id if call and call.principal else ""
    body = request.SerializeToString(deterministic=True)
    return hashlib.sha256(actor.encode() + b"\0" + body).digest()


def without_secrets(message: Response) -> Response:
    """A copy without the fields marked ``debug_redact``: what is kept must not hold them."""
    copy = type(message)()
    copy.CopyFrom(message)
    _clear_secrets(copy)
    return copy


def _clear_secrets(message: Message) -> None:
    for field, value in message.ListFields():
        if field.GetOptions().debug_redact:
            message.ClearField(field.name)
        elif field.type == FieldDescriptor.TYPE_MESSAGE and not field.is_repeated:
            _clear_secrets(value)
