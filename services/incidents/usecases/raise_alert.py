"""Raise alerts: each once, each past fatigue control, each to wherever it is wanted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kernel.identifiers import TenantId
from kernel.principal import Actor, ActorType
from services.incidents.domain.alert import Alert, AlertKind, HeldBackReason
from services.incidents.domain.alert_events import AlertRaised
from services.incidents.domain.alert_fatigue import (
    MINUTE,
    AlertSettings,
    Storm,
    Told,
    begins_storm,
    digest_of,
)
from services.incidents.domain.delivery import Delivery
from services.incidents.domain.destination import Destination
from services.incidents.usecases.alert_ports import AlertUnitOfWork

_ITSELF = Actor(type=ActorType.SERVICE, id="service:incidents")


async def raise_alert(alert: Alert, *, actor: Actor, unit_of_work: AlertUnitOfWork) -> Alert:
    """Keep an alert and let it out or hold it back; one that was raised before is returned.

    Whoever raises something about the same subject waits here for the others, on whichever replica
    they are; so do all of a tenant's whose alerts are about to go out.
    """
    told = await unit_of_work.fatigue.hold_told(alert.tenant_id, alert.kind, alert.subject)
    earlier = await unit_of_work.alerts.raised(alert.tenant_id, alert.dedupe_key)
    if earlier is not None:
        unit_of_work.leave_unchanged()
        return earlier
    decided = await _decided(alert, told, unit_of_work)
    if not await unit_of_work.alerts.add(decided):
        return await _raised_meanwhile(alert, unit_of_work)
    await _remember(told, decided, unit_of_work)
    unit_of_work.announce(AlertRaised(alert=decided), actor=actor)
    if decided.held_back is None:
        await _let_out(decided, unit_of_work)
    return decided


async def _decided(alert: Alert, told: Told, unit_of_work: AlertUnitOfWork) -> Alert:
    """The alert as it goes out or is held back."""
    if not alert.may_be_held_back:
        return replace(alert, held_back_before=told.held_back, created_at=await unit_of_work.now())
    settings = await unit_of_work.fatigue.settings(alert.tenant_id)
    if told.alert_id is not None:
        at = await unit_of_work.now()
        if told.cools_down(alert.severity, settings, at=at):
            reason = HeldBackReason.COOL_DOWN
            return replace(alert, held_back=reason, told_by=told.alert_id, created_at=at)
    weathered = await _weathered(alert, settings, unit_of_work)
    if weathered.held_back is not None:
        return weathered
    return replace(weathered, held_back_before=told.held_back)


async def _remember(told: Told, alert: Alert, unit_of_work: AlertUnitOfWork) -> None:
    after = told.with_alert(alert)
    # In a storm nothing changes, and storms are when there is no time to lose.
    if after != told:
        await unit_of_work.fatigue.keep_told(after)
    if alert.held_back is HeldBackReason.COOL_DOWN and told.alert_id is not None:
        await unit_of_work.alerts.count_held_back(alert.tenant_id, told.alert_id)


async def _raised_meanwhile(alert: Alert, unit_of_work: AlertUnitOfWork) -> Alert:
    """The same key for another subject: whoever came first has made the alert."""
    earlier = await unit_of_work.alerts.raised(alert.tenant_id, alert.dedupe_key)
    assert earlier is not None
    unit_of_work.leave_unchanged()
    return earlier


async def _weathered(alert: Alert, settings: AlertSettings, unit_of_work: AlertUnitOfWork) -> Alert:
    """The alert as the tenant's weather lets it be."""
    storm = await unit_of_work.fatigue.hold_storm(alert.tenant_id)
    at = await unit_of_work.now()
    if storm.is_over(at=at):
        storm = await _tell_of(storm, at, unit_of_work)
    if not storm.is_on and await _is_too_much(alert, settings, at, unit_of_work):
        storm = storm.begun(settings, at=at)
        await unit_of_work.fatigue.keep_storm(storm)
    held_back = HeldBackReason.STORM if storm.is_on else None
    return replace(alert, held_back=held_back, created_at=at)


async def _is_too_much(
    alert: Alert, settings: AlertSettings, at: datetime, unit_of_work: AlertUnitOfWork
) -> bool:
    went_out = await unit_of_work.fatigue.went_out(
        alert.tenant_id, since=at - MINUTE, at_most=settings.storm_threshold_per_minute
    )
    return begins_storm(went_out, settings)


async def end_storm(tenant_id: TenantId, *, unit_of_work: AlertUnitOfWork) -> bool:
    """Tell of a tenant's storm if it is over; False if it is not, or somebody else has."""
    storm = await unit_of_work.fatigue.hold_storm(tenant_id)
    at = await unit_of_work.now()
    if not storm.is_over(at=at):
        return False
    await _tell_of(storm, at, unit_of_work)
    return True


async def _tell_of(storm: Storm, at: datetime, unit_of_work: AlertUnitOfWork) -> Storm:
    groups = tuple(await unit_of_work.fatigue.held_back_in_storm(storm.tenant_id))
    calm = storm.calmed()
    await unit_of_work.fatigue.keep_storm(calm)
    if not groups:
        return calm
    digest = digest_of(storm, groups, at=at)
    await unit_of_work.alerts.add(digest)
    await unit_of_work.fatigue.tell_of_storm(digest)
    unit_of_work.announce(AlertRaised(alert=digest), actor=_ITSELF)
    destinations = await unit_of_work.destinations.open(storm.tenant_id)
    wanting = [each for each in destinations if each.wants_digest_of(groups)]
    await _deliver(digest, wanting, unit_of_work)
    return calm


async def _let_out(alert: Alert, unit_of_work: AlertUnitOfWork) -> None:
    destinations = await unit_of_work.destinations.open(alert.tenant_id)
    await _deliver(alert, [each for each in destinations if each.wants(alert)], unit_of_work)


async def try_destination(
    alert: Alert, destination: Destination, *, actor: Actor, unit_of_work: AlertUnitOfWork
) -> Alert:
    """Send an alert to one destination alone, past everything that is too much."""
    assert alert.kind is AlertKind.TEST
    await unit_of_work.alerts.add(alert)
    unit_of_work.announce(AlertRaised(alert=alert), actor=actor)
    await _deliver(alert, [destination], unit_of_work)
    return alert


async def _deliver(
    alert: Alert, destinations: Sequence[Destination], unit_of_work: AlertUnitOfWork
) -> None:
    if destinations:
        deliveries = [Delivery.of(alert, destination) for destination in destinations]
        await unit_of_work.deliveries.add(deliveries)
