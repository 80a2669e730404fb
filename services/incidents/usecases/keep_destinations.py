"""Say where alerts go, and with which secrets they are signed there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.identifiers import DestinationId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.revision import require_current
from services.incidents.domain.alert import Alert, AlertKind, new_alert_id
from services.incidents.domain.alert_events import (
    DestinationCreated,
    DestinationDeleted,
    DestinationEvent,
    DestinationSecretRotated,
    DestinationUpdated,
)
from services.incidents.domain.alert_template import AlertTemplate
from services.incidents.domain.destination import Destination, EmailTarget, Routing, Target
from services.incidents.domain.errors import DestinationNotFound
from services.incidents.domain.kinds import Severity
from services.incidents.domain.webhook_signature import new_secret, written
from services.incidents.usecases.alert_ports import (
    AlertUnitOfWork,
    Mail,
    Seal,
    SealedSecrets,
    Webhooks,
)
from services.incidents.usecases.raise_alert import try_destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What somebody wants a destination to be."""

    name: str
    target: Target
    routing: Routing
    template: AlertTemplate
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What somebody wants to do with a destination."""

    principal: Principal
    destination_id: DestinationId
    # None where it does not matter what the destination looks like by now.
    etag: str | None


_Change = Callable[[Destination, datetime], Destination]


class KeepDestinations:
    """Looks at what is described before a transaction begins, and seals what is secret."""

    def __init__(self, *, webhooks: Webhooks, mail: Mail, seal: Seal) -> None:
        self._webhooks = webhooks
        self._mail = mail
        self._seal = seal

    async def inspect(self, description: Description, *, principal: Principal) -> None:
        """Refuse what alerts cannot be sent to, or cannot be written like.

        Raises:
            PermissionMissing: the credential is bound to a project.
            InvalidField: an address is private, ambiguous or none; a template has no such field.
            MailNotConfigured: there is no mail server.
        """
        principal.require_whole_tenant()
        description.template.check()
        if isinstance(description.target, EmailTarget):
            self._mail.inspect(description.target)
        else:
            await self._webhooks.inspect(description.target)

    async def create(
        self, description: Description, *, principal: Principal, unit_of_work: AlertUnitOfWork
    ) -> tuple[Destination, str]:
        """Make a destination; return it with its secret, which nobody sees again."""
        at = await unit_of_work.now()
        is_webhook = not isinstance(description.target, EmailTarget)
        made = Destination(
            id=DestinationId(new_id("dst")),
            tenant_id=principal.tenant_id,
            name=description.name,
            target=description.target,
            routing=description.routing,
            template=description.template,
            created_at=at,
            updated_at=at,
            secret_version=1 if is_webhook else 0,
        )
        secret = new_secret()
        sealed = SealedSecrets(current=self._sealed(secret, made)) if is_webhook else None
        await unit_of_work.destinations.add(made, sealed)
        unit_of_work.announce(DestinationCreated(destination=made), actor=principal.actor)
        return made, written(secret) if is_webhook else ""

    async def rotate(
        self, step: Step, *, overlap: timedelta, unit_of_work: AlertUnitOfWork
    ) -> tuple[Destination, str]:
        """Make a new secret for a webhook; return it with the destination.

        Raises:
            PermissionMissing: the credential is bound to a project.
            DestinationNotFound: there is none that the principal may know of.
            EtagMismatch: somebody changed it since it was read.
            IllegalDestinationStep: it is no webhook.
        """
        before = await _held(step, unit_of_work)
        after = before.rotated(overlap=overlap, at=await unit_of_work.now())
        known = await unit_of_work.destinations.secrets(before)
        secret = new_secret()
        sealed = SealedSecrets(
            current=self._sealed(secret, after), previous=known.current if overlap else None
        )
        await unit_of_work.destinations.renew(after, sealed)
        event = DestinationSecretRotated(destination=after)
        unit_of_work.announce(event, actor=step.principal.actor, before=before)
        return after, written(secret)

    def _sealed(self, secret: bytes, destination: Destination) -> bytes:
        version = destination.secret_version
        return self._seal.seal(secret, bound_to=place_of_secret(destination, version))


def place_of_secret(destination: Destination, version: int) -> tuple[str, ...]:
    """Where the secret of a webhook belongs, and opens."""
    return (destination.tenant_id, destination.id, str(version), "webhook")


async def update_destination(
    step: Step, description: Description, *, unit_of_work: AlertUnitOfWork
) -> Destination:
    """Replace what a destination says.

    Raises:
        PermissionMissing: the credential is bound to a project.
        DestinationNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        IllegalDestinationStep: a webhook would become e-mail, or the other way round.
    """

    def change(destination: Destination, at: datetime) -> Destination:
        return destination.updated(
            name=description.name,
            target=description.target,
            routing=description.routing,
            template=description.template,
            disabled=description.disabled,
            at=at,
        )

    return await _take(step, change, DestinationUpdated, unit_of_work)


async def delete_destination(step: Step, *, unit_of_work: AlertUnitOfWork) -> None:
    """Remove a destination and its secrets.

    Raises:
        PermissionMissing: the credential is bound to a project.
        DestinationNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
    """

    def change(destination: Destination, at: datetime) -> Destination:
        return destination.removed(at=at)

    await _take(step, change, DestinationDeleted, unit_of_work)


async def send_test_alert(step: Step, *, unit_of_work: AlertUnitOfWork) -> Alert:
    """Send something to a destination that says nothing but that it arrives.

    Raises:
        PermissionMissing: the credential is bound to a project.
        DestinationNotFound: there is none that the principal may know of.
    """
    destination = await _held(step, unit_of_work)
    at = await unit_of_work.now()
    alert = Alert(
        id=new_alert_id(),
        tenant_id=destination.tenant_id,
        dedupe_key=f"test/{new_id('alt')}",
        kind=AlertKind.TEST,
        severity=Severity.LOW,
        subject=destination.id,
        title=f"A test of {destination.name}",
        detail="Somebody wants to know whether alerts arrive here.",
        occurred_at=at,
        created_at=at,
    )
    actor = step.principal.actor
    return await try_destination(alert, destination, actor=actor, unit_of_work=unit_of_work)


async def get_destination(
    destination_id: DestinationId, *, principal: Principal, unit_of_work: AlertUnitOfWork
) -> Destination:
    """Return a destination.

    Raises:
        PermissionMissing: the credential is bound to a project.
        DestinationNotFound: there is none that the principal may know of.
    """
    principal.require_whole_tenant()
    found = await unit_of_work.destinations.find(principal.tenant_id, destination_id)
    if found is None:
        raise DestinationNotFound.of(destination_id)
    return found


async def list_destinations(
    page: PageRequest, *, principal: Principal, unit_of_work: AlertUnitOfWork
) -> Page[Destination]:
    """Return destinations, newest first.

    Raises:
        PermissionMissing: the credential is bound to a project.
    """
    principal.require_whole_tenant()
    return await unit_of_work.destinations.list(principal.tenant_id, page)


async def _held(step: Step, unit_of_work: AlertUnitOfWork) -> Destination:
    step.principal.require_whole_tenant()
    destinations = unit_of_work.destinations
    found = await destinations.hold(step.principal.tenant_id, step.destination_id)
    if found is None:
        raise DestinationNotFound.of(step.destination_id)
    if step.etag is not None:
        require_current(step.etag, found.revision)
    return found


async def _take(
    step: Step,
    change: _Change,
    event_type: Callable[..., DestinationEvent],
    unit_of_work: AlertUnitOfWork,
) -> Destination:
    before = await _held(step, unit_of_work)
    after = change(before, await unit_of_work.now())
    await unit_of_work.destinations.update(after)
    unit_of_work.announce(event_type(destination=after), actor=step.principal.actor, before=before)
    return after
