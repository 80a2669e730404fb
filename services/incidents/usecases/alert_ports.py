"""What the use cases of alerts need of the outer ring."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kernel.identifiers import AlertId, DeliveryId, DestinationId, ProjectId, TenantId
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor
from services.incidents.domain.alert import Alert, AlertKind
from services.incidents.domain.alert_events import AlertsEvent
from services.incidents.domain.alert_fatigue import AlertSettings, HeldBackGroup, Storm, Told
from services.incidents.domain.alert_message import Letter, Post
from services.incidents.domain.delivery import Answer, Attempt, Delivery, DeliveryState
from services.incidents.domain.destination import Destination, EmailTarget, WebhookTarget
from services.incidents.domain.kinds import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts somebody wants to see; empty means all of them."""

    kind: AlertKind | None
    minimum_severity: Severity | None
    run_id: str
    held_back: bool | None
    told_by: str
    exclude_synthetic: bool
    project_id: ProjectId | None


class AlertRepository(Protocol):
    """Keeps alerts; an alert's key is there once in a tenant."""

    async def raised(self, tenant_id: TenantId, dedupe_key: str) -> Alert | None:
        """Return the alert that was raised before under a key, if one was."""
        ...

    async def add(self, alert: Alert) -> bool:
        """Keep a new alert; False if somebody else has raised it meanwhile."""
        ...

    async def find(
        self, tenant_id: TenantId, alert_id: AlertId, project_id: ProjectId | None
    ) -> Alert | None:
        """Return the alert, or None if the tenant (or the project) has none with this id."""
        ...

    async def hold(
        self, tenant_id: TenantId, alert_id: AlertId, project_id: ProjectId | None
    ) -> Alert | None:
        """Return the alert as it stays until this transaction ends."""
        ...

    async def acknowledge(self, alert: Alert) -> None:
        """Keep who has taken note of a held alert."""
        ...

    async def count_held_back(self, tenant_id: TenantId, leader: AlertId) -> None:
        """Count one more that was held back because of an alert."""
        ...

    async def list(
        self, tenant_id: TenantId, wanted: AlertFilter, page: PageRequest
    ) -> Page[Alert]:
        """Return alerts, newest first."""
        ...


class FatigueKeeper(Protocol):
    """Keeps how much people were told of late. What is held stays until the transaction ends."""

    async def hold_told(self, tenant_id: TenantId, kind: AlertKind, subject: str) -> Told:
        """Return what people were told last about a subject."""
        ...

    async def keep_told(self, told: Told) -> None:
        """Keep what they were told, which is held."""
        ...

    async def hold_storm(self, tenant_id: TenantId) -> Storm:
        """Return whether the tenant is in a storm."""
        ...

    async def keep_storm(self, storm: Storm) -> None:
        """Keep a storm that is held."""
        ...

    async def went_out(self, tenant_id: TenantId, *, since: datetime, at_most: int) -> int:
        """Return how many alerts went out since then; who is satisfied earlier says so."""
        ...

    async def held_back_in_storm(self, tenant_id: TenantId) -> Sequence[HeldBackGroup]:
        """Return what a storm has held back and no digest has told of."""
        ...

    async def tell_of_storm(self, digest: Alert) -> None:
        """Say of all that it tells of that a digest does."""
        ...

    async def settings(self, tenant_id: TenantId) -> AlertSettings:
        """Return what a tenant holds for too much."""
        ...

    async def set(self, settings: AlertSettings, *, by: str, at: datetime) -> bool:
        """Keep changed settings; False if somebody else changed them meanwhile."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecrets:
    """The secrets of a webhook, which nobody can read here."""

    current: bytes
    previous: bytes | None = None


class DestinationRepository(Protocol):
    """Keeps where alerts go."""

    async def add(self, destination: Destination, secrets: SealedSecrets | None) -> None:
        """Keep a new destination, a webhook with its secret."""
        ...

    async def find(self, tenant_id: TenantId, destination_id: DestinationId) -> Destination | None:
        """Return the destination, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, destination_id: DestinationId) -> Destination | None:
        """Return the destination as it stays until this transaction ends."""
        ...

    async def known(self, tenant_id: TenantId, destination_id: DestinationId) -> Destination:
        """Return a destination that there is or was."""
        ...

    async def update(self, destination: Destination) -> None:
        """Keep the new state of a held destination; one that is removed loses its secrets."""
        ...

    async def secrets(self, destination: Destination) -> SealedSecrets:
        """Return the secrets of a webhook."""
        ...

    async def renew(self, destination: Destination, secrets: SealedSecrets) -> None:
        """Keep a held webhook with other secrets."""
        ...

    async def open(self, tenant_id: TenantId) -> Sequence[Destination]:
        """Return every destination to which something may go."""
        ...

    async def list(self, tenant_id: TenantId, page: PageRequest) -> Page[Destination]:
        """Return destinations, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries somebody wants to see; empty means all of them."""

    alert_id: str
    destination_id: str
    state: DeliveryState | None


class DeliveryRepository(Protocol):
    """Keeps what goes where, and every try."""

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Keep new deliveries."""
        ...

    async def hold(self, tenant_id: TenantId, delivery_id: DeliveryId) -> Delivery | None:
        """Return the delivery as it stays until this transaction ends."""
        ...

    async def update(self, delivery: Delivery) -> None:
        """Keep the new state of a held delivery."""
        ...

    async def note(self, attempts: Sequence[Attempt]) -> None:
        """Keep how tries ended; what is known of one stays."""
        ...

    async def attempts(
        self, tenant_id: TenantId, delivery_ids: Sequence[DeliveryId]
    ) -> dict[DeliveryId, list[Attempt]]:
        """Return the last tries of deliveries, each's oldest first."""
        ...

    async def list(
        self, tenant_id: TenantId, wanted: DeliveryFilter, page: PageRequest
    ) -> Page[Delivery]:
        """Return deliveries, newest first."""
        ...


class AlertUnitOfWork(Protocol):
    """One transaction of incidents, as far as it is about alerts."""

    @property
    def alerts(self) -> AlertRepository:
        """The alerts, as this transaction sees them."""
        ...

    @property
    def fatigue(self) -> FatigueKeeper:
        """How much is too much, as this transaction sees it."""
        ...

    @property
    def destinations(self) -> DestinationRepository:
        """Where alerts go, as this transaction sees it."""
        ...

    @property
    def deliveries(self) -> DeliveryRepository:
        """What is under way, as this transaction sees it."""
        ...

    async def now(self) -> datetime:
        """The moment by the database's clock."""
        ...

    def announce(self, event: AlertsEvent, *, actor: Actor, before: object | None = None) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        ...

    def leave_unchanged(self) -> None:
        """Say that what was asked for is so already."""
        ...

    async def commit(self) -> None:
        """Make the changes durable, together with their announcements."""
        ...


class OpenAlertUnitOfWork(Protocol):
    """Opens a transaction for a tenant."""

    def __call__(self, *tenants: str) -> AbstractAsyncContextManager[AlertUnitOfWork]:
        """Open it; it rolls back unless committed."""
        ...


class Seal(Protocol):
    """Seals secrets for one place, and opens them there."""

    def seal(self, secret: bytes, *, bound_to: Sequence[str]) -> bytes:
        """Seal a secret."""
        ...

    def open(self, sealed: bytes, *, bound_to: Sequence[str]) -> bytes:
        """Open a sealed secret."""
        ...


class Webhooks(Protocol):
    """Posts, and looks at where is to be posted to."""

    async def inspect(self, target: WebhookTarget) -> None:
        """Refuse an address to which nothing may be sent.

        Raises:
            InvalidField: it is private, ambiguous, or no address.
        """
        ...

    async def __call__(self, post: Post) -> Answer:
        """Post once; whatever comes of it is an answer."""
        ...


class Mail(Protocol):
    """Sends e-mail, if somebody has said how."""

    def inspect(self, target: EmailTarget) -> None:
        """Refuse what cannot be sent to.

        Raises:
            MailNotConfigured: there is no mail server.
            InvalidField: a recipient is no plain address.
        """
        ...

    async def __call__(self, letter: Letter) -> Answer:
        """Send once; whatever comes of it is an answer."""
        ...


# Due deliveries, at most so many, of none of these destinations; nobody else has them meanwhile.
ClaimDue = Callable[[int, Sequence[DestinationId]], Awaitable[Sequence[Delivery]]]
# The tenants whose storm is over.
OverdueStorms = Callable[[], Awaitable[Sequence[TenantId]]]
