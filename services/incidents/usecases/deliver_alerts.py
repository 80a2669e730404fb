"""Bring alerts to where they go: claim, send outside of any transaction, write down the rest."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.errors import InternalError
from kernel.identifiers import DestinationId
from kernel.principal import Actor, ActorType
from services.incidents.domain.alert import Alert
from services.incidents.domain.alert_events import DeliveryDead
from services.incidents.domain.alert_message import Post, letter_of, payload_of
from services.incidents.domain.delivery import (
    Answer,
    Attempt,
    AttemptOutcome,
    Delivery,
    DeliveryState,
    RetrySchedule,
)
from services.incidents.domain.destination import Destination, EmailTarget, WebhookTarget
from services.incidents.domain.webhook_signature import signed_headers
from services.incidents.usecases.alert_ports import (
    AlertUnitOfWork,
    ClaimDue,
    Mail,
    OpenAlertUnitOfWork,
    Seal,
    SealedSecrets,
    Webhooks,
)
from services.incidents.usecases.keep_destinations import place_of_secret

_ITSELF = Actor(type=ActorType.SERVICE, id="service:incidents")
_TOO_LATE = Answer(delivered=False, error="It was begun too late, so nothing was sent.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    """Everything that is needed to send a delivery."""

    delivery: Delivery
    alert: Alert
    destination: Destination
    secrets: SealedSecrets | None
    begun_at: datetime


class DeliverAlerts:
    """One try at a time. A claim is a lease: whoever dies with one loses it to others.

    Whether a message arrived whose sender died is known to nobody, so it is sent again, under the
    identifier by which its receiver knows it.
    """

    def __init__(
        self,
        *,
        units_of_work: OpenAlertUnitOfWork,
        due: ClaimDue,
        webhooks: Webhooks,
        mail: Mail,
        seal: Seal,
        schedule: RetrySchedule,
        chance: Callable[[], float],
        longest: timedelta,
    ) -> None:
        self._units_of_work = units_of_work
        self._due = due
        self._webhooks = webhooks
        self._mail = mail
        self._seal = seal
        self._schedule = schedule
        self._chance = chance
        # How long one try may last.
        self._longest = longest

    async def claim(self, at_most: int, busy: Sequence[DestinationId]) -> Sequence[Delivery]:
        """Take on deliveries that are due, to none of the destinations that have enough to do."""
        return await self._due(at_most, busy)

    async def deliver(self, delivery: Delivery) -> None:
        """Try a claimed delivery once."""
        parcel = await self._pack(delivery)
        begun = time.monotonic()
        answer = await self._send(parcel) if self._is_in_time(parcel) else _TOO_LATE
        duration_ms = round((time.monotonic() - begun) * 1000)
        async with self._units_of_work(delivery.tenant_id) as unit_of_work:
            await self._write_down(parcel, answer, duration_ms, unit_of_work)
            await unit_of_work.commit()

    def _is_in_time(self, parcel: _Parcel) -> bool:
        """Whether a try can end, and be written down, before somebody else takes it over.

        Without it a process that is merely slow would send what another one sends as well.
        """
        return parcel.begun_at + 2 * self._longest <= parcel.delivery.due_at

    async def _pack(self, delivery: Delivery) -> _Parcel:
        tenant = delivery.tenant_id
        async with self._units_of_work(tenant) as unit_of_work:
            destinations = unit_of_work.destinations
            destination = await destinations.known(tenant, delivery.destination_id)
            alert = await unit_of_work.alerts.find(tenant, delivery.alert_id, None)
            assert alert is not None
            wants_secrets = destination.is_webhook and destination.is_open
            return _Parcel(
                delivery=delivery,
                alert=alert,
                destination=destination,
                secrets=await destinations.secrets(destination) if wants_secrets else None,
                begun_at=await unit_of_work.now(),
            )

    async def _send(self, parcel: _Parcel) -> Answer:
        destination = parcel.destination
        if not destination.is_open:
            what = "was removed" if destination.deleted else "is disabled"
            return Answer(delivered=False, error=f"The destination {what}.", is_final=True)
        target = destination.target
        if isinstance(target, EmailTarget):
            letter = letter_of(
                parcel.delivery, parcel.alert, destination.template, target.recipients
            )
            return await self._mail(letter)
        try:
            post = self._post(parcel, target)
        except InternalError as error:
            # A secret that does not open here must not keep its delivery going round for ever.
            return Answer(delivered=False, error=error.message)
        return await self._webhooks(post)

    def _post(self, parcel: _Parcel, target: WebhookTarget) -> Post:
        body = payload_of(parcel.alert, parcel.destination.template)
        return Post(
            url=target.url,
            allowed_networks=target.allowed_networks,
            headers=signed_headers(
                parcel.delivery.id, body, secret_keys=self._secrets(parcel), at=parcel.begun_at
            ),
            body=body,
        )

    def _secrets(self, parcel: _Parcel) -> list[bytes]:
        """The secrets that count: the new one, and for a while the one before."""
        destination, sealed = parcel.destination, parcel.secrets
        assert sealed is not None
        version, until = destination.secret_version, destination.previous_secret_until
        place = place_of_secret(destination, version)
        found = [self._seal.open(sealed.current, bound_to=place)]
        if sealed.previous is not None and until is not None and parcel.begun_at < until:
            place = place_of_secret(destination, version - 1)
            found.append(self._seal.open(sealed.previous, bound_to=place))
        return found

    async def _write_down(
        self, parcel: _Parcel, answer: Answer, duration_ms: int, unit_of_work: AlertUnitOfWork
    ) -> None:
        claimed = parcel.delivery
        held = await unit_of_work.deliveries.hold(claimed.tenant_id, claimed.id)
        assert held is not None
        outcome = AttemptOutcome.DELIVERED if answer.delivered else AttemptOutcome.FAILED
        attempt = Attempt(
            tenant_id=claimed.tenant_id,
            delivery_id=claimed.id,
            number=claimed.attempts,
            started_at=parcel.begun_at,
            duration_ms=duration_ms,
            outcome=outcome,
            status_code=answer.status_code,
            error=answer.error,
        )
        await unit_of_work.deliveries.note([*await _lost(claimed, unit_of_work), attempt])
        if not _still_ours(held, claimed, answer):
            return
        at = await unit_of_work.now()
        after = held.concluded(answer, self._schedule, at=at, chance=self._chance())
        await unit_of_work.deliveries.update(after)
        if after.state is DeliveryState.DEAD:
            unit_of_work.announce(DeliveryDead(delivery=after), actor=_ITSELF, before=held)


def _still_ours(held: Delivery, claimed: Delivery, answer: Answer) -> bool:
    """Whether what came of a try is what came of the delivery.

    Somebody else may have taken it over because we took too long; what has arrived has arrived all
    the same, and only their failure is theirs to write down.
    """
    if held.state is not DeliveryState.PENDING:
        return False
    return answer.delivered or held.attempts == claimed.attempts


async def _lost(claimed: Delivery, unit_of_work: AlertUnitOfWork) -> list[Attempt]:
    """Tries of which nobody has written down what came of them: their process has ended."""
    known = await unit_of_work.deliveries.attempts(claimed.tenant_id, [claimed.id])
    numbers = {attempt.number for attempt in known.get(claimed.id, ())}
    last = claimed.attempts
    return [
        Attempt(
            tenant_id=claimed.tenant_id,
            delivery_id=claimed.id,
            number=number,
            started_at=claimed.created_at,
            duration_ms=0,
            outcome=AttemptOutcome.UNKNOWN,
            error="Whoever tried has ended in the middle of it.",
        )
        for number in range(max(1, last - 40), last)
        if number not in numbers
    ]
