"""A plane that tells people of things, and tenants that are told."""

from typing import Any

from aos.incidents.v1 import alert_pb2, delivery_pb2, destination_pb2, incident_pb2
from aosctl.ports import free_port
from kernel.identifiers import new_id
from tests.support.mishaps import Scene
from tests.support.plane import Plane
from tests.support.waiting import until

LOW, MEDIUM, HIGH, CRITICAL = (
    incident_pb2.SEVERITY_LOW,
    incident_pb2.SEVERITY_MEDIUM,
    incident_pb2.SEVERITY_HIGH,
    incident_pb2.SEVERITY_CRITICAL,
)
PENDING, DELIVERED, DEAD = (
    delivery_pb2.DELIVERY_STATE_PENDING,
    delivery_pb2.DELIVERY_STATE_DELIVERED,
    delivery_pb2.DELIVERY_STATE_DEAD,
)
COOL_DOWN, STORM = alert_pb2.HELD_BACK_REASON_COOL_DOWN, alert_pb2.HELD_BACK_REASON_STORM
DIGEST = alert_pb2.ALERT_KIND_DIGEST
THIS_MACHINE = "127.0.0.0/8"


async def start_alerting(plane: Plane, **environment: str) -> None:
    """Incidents beside all that it listens to, with little patience."""
    await plane.start_accounts_stand_in()
    await plane.start("policies", AOS_MID_EXECUTION_POLICY_CHECK_ENABLED="false")
    await start_telling(plane, **environment)


async def start_telling(plane: Plane, **environment: str) -> None:
    """The same without policies, for those who look at what becomes of alerts."""
    if plane.accounts is None:
        await plane.start_accounts_stand_in()
    plane.peers.setdefault("policies", f"127.0.0.1:{free_port()}")
    await plane.start("activity")
    settings = {
        "AOS_WATCH_SECONDS": "3600",
        "AOS_DIGEST_CHECK_SECONDS": "0.2",
        "AOS_DELIVERY_RETRIES": "0.05,0.05",
        "AOS_DELIVERY_CHECK_SECONDS": "0.05",
        **environment,
    }
    await plane.start("incidents", **settings)
    await until(lambda: plane.accepts_runs("incidents"))


class AlertScene(Scene):
    """A tenant of its own, with whoever raises alerts and whoever is told."""

    async def alert(self, *, request_id: str | None = None, **fields: Any) -> alert_pb2.Alert:
        """Raise an alert about something new unless told otherwise."""
        plain = {
            "kind": alert_pb2.ALERT_KIND_PARKED_SAGA,
            "severity": MEDIUM,
            "subject": new_id("run"),
            "title": "A saga waits",
        }
        answer = await self.reporter.call("RaiseAlert", request_id, **{**plain, **fields})
        raised: alert_pb2.Alert = answer.alert
        return raised

    async def read(self, alert_id: str) -> alert_pb2.Alert:
        """An alert as it is now."""
        found: alert_pb2.Alert = (await self.responder.call("GetAlert", alert_id=alert_id)).alert
        return found

    async def alerts(self, **wanted: Any) -> list[alert_pb2.Alert]:
        """What a responder sees."""
        return await self.responder.every("ListAlerts", "alerts", size=200, **wanted)

    async def settle(
        self, *, cool_down: int = 300, threshold: int = 1000, digest: int = 300
    ) -> None:
        """Say how much is too much."""
        etag = (await self.responder.call("GetAlertSettings")).etag
        settings = alert_pb2.AlertSettings(
            cool_down_seconds=cool_down,
            storm_threshold_per_minute=threshold,
            digest_seconds=digest,
        )
        await self.responder.call("UpdateAlertSettings", settings=settings, etag=etag)

    async def end_storm(self) -> None:
        """Let the time of the storm be over."""
        await self.plane.database.fetch(
            "UPDATE incidents.alert_storms SET ends_at = now() WHERE tenant_id = $1", self.tenant
        )

    async def webhook(
        self, url: str, *, networks: tuple[str, ...] = (THIS_MACHINE,), **more: Any
    ) -> tuple[destination_pb2.Destination, str]:
        """A destination that is posted to, with its secret."""
        target = destination_pb2.WebhookTarget(url=url, allowed_networks=networks)
        made = await self.responder.call(
            "CreateDestination", **{"name": "a receiver", **more}, webhook=target
        )
        return made.destination, made.secret

    async def mailbox(self, *recipients: str, **more: Any) -> destination_pb2.Destination:
        """A destination that is written to."""
        target = destination_pb2.EmailTarget(recipients=recipients)
        made = await self.responder.call(
            "CreateDestination", **{"name": "a mailbox", **more}, email=target
        )
        destination: destination_pb2.Destination = made.destination
        return destination

    async def deliveries(self, **wanted: Any) -> list[delivery_pb2.Delivery]:
        """What goes where."""
        return await self.responder.every("ListDeliveries", "deliveries", **wanted)

    async def delivered(self, alert_id: str, *, state: int = DELIVERED) -> delivery_pb2.Delivery:
        """The one delivery of an alert, as soon as it has come that far."""
        (found,) = await until(lambda: self.deliveries(alert_id=alert_id, state=state))
        return found

    async def tried(self) -> list[delivery_pb2.Delivery]:
        """The deliveries that were tried, as soon as there are any."""

        async def found() -> list[delivery_pb2.Delivery]:
            return [one for one in await self.deliveries() if one.attempts]

        tried: list[delivery_pb2.Delivery] = await until(found)
        return tried
