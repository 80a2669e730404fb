"""A mutating call is one transaction: the change, its events, and the answer to give again.

The answer is written last, in the same commit. Two calls with one request id may both do the work;
the second then fails on the answer's key, rolls back, and returns what the first one stored. That
costs one insert per call; claiming the id first would cost an update more.

A call of many items is one transaction as well, as long as all goes well: one statement finds the
answers that were given before, one keeps the new ones. If something is raised, the items are halved
until the one that is to blame stands alone; what the others did is committed without it.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import (
    InternalError,
    InvalidField,
    RequestIdReused,
    ServiceError,
    StorageUnavailable,
)
from servicekit import calls
from servicekit.audit.gate import Gate
from servicekit.database import violated_constraint
from servicekit.failpoints import failpoint
from servicekit.refusals import refusal_of
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork, Work_co

Response = TypeVar("Response", bound=Message)

# What is done with many items: one outcome for each, in their order. An item that is refused has
# changed nothing; where that cannot be known beforehand, the error is raised.
WorkOfMany = Callable[[Work_co, Sequence[Any]], Awaitable[Sequence[Response | ServiceError]]]
_Outcomes = dict[str, Response | Exception]

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
                method = request.DESCRIPTOR.full_name
                _require_audit(unit_of_work, method, 1)
                await self._remember(unit_of_work, method, [(request, response)], tenant)
                await _commit(unit_of_work, method)
                return response
        except ServiceError as error:
            # A twin of this call may have won meanwhile and caused this; then its answer is ours.
            earlier = await self._find_afresh(request, response_type, tenant)
            if earlier is None or isinstance(error, RequestIdReused):
                raise
            return earlier

    async def each(
        self,
        request: Any,
        items: Sequence[Any],
        result_type: type[Response],
        work: WorkOfMany[Work_co, Response],
        *,
        tenant: str,
    ) -> list[Response]:
        """Do each item once, however often it is asked for; one result for each, in their order.

        Items have a `request_id` and are about a `run_id`; results have a `refusal`, which is set
        here for items whose work answers, or raises, an error.

        Raises:
            AuditUnavailable: nothing could be audited, so nothing was done.
            StorageUnavailable: not everything was done; the same call may do the rest.
        """
        self._gate.require_open()
        many = _Many(
            method=request.DESCRIPTOR.full_name, result_type=result_type, work=work, tenant=tenant
        )
        places = _first_of_each(items)
        first = [items[place] for place in places]
        outcomes = await self._do(many, first)
        await self._listen_to_twins(many, first, outcomes)
        own = {place: outcomes[items[place].request_id] for place in places}
        return [_result(own.get(place, _NAMED_TWICE), result_type) for place in range(len(items))]

    async def _do(self, many: "_Many[Work_co, Response]", items: Sequence[Any]) -> Any:
        """What became of the items, by their request ids."""
        try:
            return await self._do_together(many, items)
        except StorageUnavailable:
            raise
        except _AnsweredMeanwhile:
            # Each time round there is one answer more to be found, so this comes to an end.
            return await self._do(many, items)
        except Exception as error:  # noqa: BLE001 - a fault in one item is not that of the others
            if len(items) == 1:
                return {items[0].request_id: error}
            middle = len(items) // 2
            done = await self._do(many, items[:middle])
            return done | await self._do(many, items[middle:])

    async def _do_together(
        self, many: "_Many[Work_co, Response]", items: Sequence[Any]
    ) -> "_Outcomes[Response]":
        async with self._units_of_work(many.tenant) as unit_of_work:
            outcomes = await self._earlier(many, items, unit_of_work)
            rest = [item for item in items if item.request_id not in outcomes]
            if not rest:
                return outcomes
            done = dict(zip(_ids(rest), await many.work(unit_of_work, rest), strict=True))
            answered = [
                (item, done[item.request_id])
                for item in rest
                if not isinstance(done[item.request_id], Exception)
            ]
            if answered:
                _require_audit(unit_of_work, many.method, len(answered))
                await self._remember(unit_of_work, many.method, answered, many.tenant)
                await _commit(unit_of_work, many.method)
        return outcomes | done

    async def _listen_to_twins(
        self, many: "_Many[Work_co, Response]", items: Sequence[Any], outcomes: Any
    ) -> None:
        """Replace refusals by answers of twins that won meanwhile and caused them."""
        refused = [item for item in items if isinstance(outcomes[item.request_id], Exception)]
        if refused:
            async with self._units_of_work(many.tenant) as unit_of_work:
                outcomes |= await self._earlier(many, refused, unit_of_work)

    async def _earlier(
        self, many: "_Many[Work_co, Response]", items: Sequence[Any], unit_of_work: object
    ) -> "_Outcomes[Response]":
        found = await self._find_all(unit_of_work, many.method, items, many.tenant)
        outcomes: _Outcomes[Response] = {}
        for item in items:
            if item.request_id in found:
                outcomes[item.request_id] = _read(item, found[item.request_id], many.result_type)
        return outcomes

    async def _find_afresh(
        self, request: Any, response_type: type[Response], tenant: str
    ) -> Response | None:
        async with self._units_of_work(tenant) as unit_of_work:
            return await self._find(unit_of_work, request, response_type, tenant)

    async def _find(
        self, unit_of_work: object, request: Any, response_type: type[Response], tenant: str
    ) -> Response | None:
        method = request.DESCRIPTOR.full_name
        found = await self._find_all(unit_of_work, method, [request], tenant)
        if not found:
            return None
        earlier = _read(request, found[request.request_id], response_type)
        if isinstance(earlier, RequestIdReused):
            raise earlier
        return earlier

    async def _find_all(
        self, unit_of_work: object, method: str, requests: Sequence[Any], tenant: str
    ) -> Mapping[str, Any]:
        answers = self._answers.c
        statement = select(answers.request_id, answers.request_hash, answers.response).where(
            answers.tenant_id == tenant,
            answers.method == method,
            answers.request_id.in_(_ids(requests)),
        )
        rows = await _connection(unit_of_work).execute(statement)
        return {row.request_id: row for row in rows}

    async def _remember(
        self,
        unit_of_work: object,
        method: str,
        answered: Sequence[tuple[Any, Any]],
        tenant: str,
    ) -> None:
        rows = [
            {
                "tenant_id": tenant,
                "method": method,
                "request_id": request.request_id,
                "request_hash": _fingerprint(request),
                "response": without_secrets(response).SerializeToString(),
            }
            # In one order, so that two calls with the same items do not wait for each other.
            for request, response in sorted(answered, key=lambda pair: pair[0].request_id)
        ]
        try:
            await _connection(unit_of_work).execute(insert(self._answers), rows)
        except IntegrityError as error:
            if violated_constraint(error) == _ANSWERS_KEY:
                raise _AnsweredMeanwhile("The same request was answered meanwhile.") from error
            raise


class _AnsweredMeanwhile(ServiceError):
    """A twin of this call committed first; its answer is read and returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Many(Generic[Work_co, Response]):
    """What a call of many items asks for."""

    method: str
    result_type: type[Response]
    work: WorkOfMany[Work_co, Response]
    tenant: str


_NAMED_TWICE = InvalidField.named(
    "run_id", "is named by another item of the same call, or the item's request_id is"
)


def _first_of_each(items: Sequence[Any]) -> list[int]:
    """The places of all items but those that repeat the run or the request id of one before."""
    places: list[int] = []
    runs: set[str] = set()
    requests: set[str] = set()
    for place, item in enumerate(items):
        if item.run_id not in runs and item.request_id not in requests:
            places.append(place)
        runs.add(item.run_id)
        requests.add(item.request_id)
    return places


def _result(outcome: Any, result_type: type[Response]) -> Response:
    if isinstance(outcome, Exception):
        return result_type(refusal=refusal_of(outcome))
    return cast("Response", outcome)


def _ids(requests: Iterable[Any]) -> list[str]:
    return [request.request_id for request in requests]


def _read(request: Any, row: Any, response_type: type[Response]) -> Response | RequestIdReused:
    """The answer that was given before, if it was given to the same request."""
    if row.request_hash == _fingerprint(request):
        return response_type.FromString(row.response)
    return RequestIdReused(
        "This request_id was used before with another request. Choose a new one.",
        metadata={"request_id": request.request_id},
    )


def _require_audit(unit_of_work: object, method: str, changes: int) -> None:
    """No audit, no action: a change that records nothing is our mistake and is rolled back."""
    if cast("UnitOfWork", unit_of_work).recorded < changes:
        raise InternalError(f"{method} would change something without a record.")


async def _commit(unit_of_work: object, method: str) -> None:
    failpoint(f"{method}.before_commit")
    await cast("UnitOfWork", unit_of_work).commit()
    failpoint(f"{method}.after_commit")


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
